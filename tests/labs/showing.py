"""What a lab shows, for the tests of labs: what went wrong is raised here rather than hidden."""

from __future__ import annotations

import numpy as np

from nlviz.trace import Trace
from nlviz.widgets import Lab

__all__ = ["of", "shown"]


def shown(lab: Lab) -> Trace:
    """The trace of a lab that is well; else its problem is raised."""
    if lab.problem is not None:
        raise lab.problem
    assert lab.trace is not None
    return lab.trace


def of(lab: Lab, name: str) -> np.ndarray:
    """One signal of the first stream, [time, …]."""
    return shown(lab)[name].values[:, 0]
