"""What a lab shows, for the tests of labs: what went wrong is raised here rather than hidden."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest

from nlviz.trace import Trace
from nlviz.widgets import Lab

__all__ = ["never_run", "of", "shown"]


@contextmanager
def never_run() -> Iterator[None]:
    """Labs that are made within have their knobs and their form, and never ran: they wait for nothing."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Lab, "_first", Lab._show_knobs)
        yield


def shown(lab: Lab) -> Trace:
    """The trace of a lab that is well; else its problem is raised."""
    if lab.problem is not None:
        raise lab.problem
    assert lab.trace is not None
    return lab.trace


def of(lab: Lab, name: str) -> np.ndarray:
    """One signal of the first stream, [time, …]."""
    return shown(lab)[name].values[:, 0]
