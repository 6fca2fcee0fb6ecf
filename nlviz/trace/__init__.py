"""What a run measured, and nothing else: NumPy arrays with names, times and units.

A `Trace` is the wall between computing and drawing. Whatever computes (`inner`, `labs`) makes one; whatever draws
(`views`, `widgets`) takes one. It knows neither torch nor Plotly, and saves to `.npz` without pickle.
"""

from nlviz.trace.parts import Mark, Signal, Token
from nlviz.trace.thinned import Thinned
from nlviz.trace.trace import PROBES, Trace

__all__ = ["PROBES", "Mark", "Signal", "Thinned", "Token", "Trace"]
