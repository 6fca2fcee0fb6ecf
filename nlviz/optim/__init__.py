"""Optimizers as memories: each gradient is written, and what is read moves the weights.

Each is a `torch.optim.Optimizer`. `watched` measures any of them, and torch's own too, by the probes of the inner loop.
"""

from nlviz.optim.ages import AgeSpectrum, age_spectrum, gradients_in
from nlviz.optim.carried import carried
from nlviz.optim.deep_momentum import DeepMomentum
from nlviz.optim.delta_momentum import DeltaMomentum
from nlviz.optim.dgd import DGD
from nlviz.optim.inputs import Inputs
from nlviz.optim.m3 import M3
from nlviz.optim.memory_optimizer import MemoryOptimizer
from nlviz.optim.newton_schulz import newton_schulz
from nlviz.optim.watching import OptimizerStep, Watch, watched

__all__ = [
    "DGD",
    "M3",
    "AgeSpectrum",
    "DeepMomentum",
    "DeltaMomentum",
    "Inputs",
    "MemoryOptimizer",
    "OptimizerStep",
    "Watch",
    "age_spectrum",
    "carried",
    "gradients_in",
    "newton_schulz",
    "watched",
]
