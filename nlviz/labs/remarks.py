"""What a lab adds to its summary about the setting: that a knob was taken for less than it says.

Remarks are a note of the trace, so that whoever draws or tells the trace has them too. That a knob does nothing as the
others stand is no remark of the run: a `Lab` is told so by its `dead`, and says it at the knob.
"""

from __future__ import annotations

from typing import Any

from nlviz.memory.able import Able
from nlviz.trace import Trace

__all__ = ["disobeyed", "remarked", "remarks"]

_NOTE = "remarks"


def remarked(trace: Trace, *remarks: str) -> Trace:
    """The trace with these remarks, in this order; "" is none."""
    said = tuple(one for one in remarks if one)
    return trace.merge(notes={_NOTE: said}) if said else trace


def disobeyed(memory: Any, *gates: str) -> dict[str, str]:
    """Of these gates those that this memory has no use for, by name: why."""
    able = Able(memory)
    name = type(able.inner).__name__
    return {gate: f"{name} does not obey it" for gate in gates if gate not in able.obeys}


def remarks(trace: Trace) -> list[str]:
    """All remarks on a setting, for its summary."""
    return list(trace.noted(_NOTE))
