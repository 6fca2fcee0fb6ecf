"""What a lab adds to its summary about the setting: that a knob does nothing here, or was taken for less than it says.

Remarks are a note of the trace, so that whoever draws or tells the trace has them too. They are made only for a knob
that was turned: a lab as it opens says nothing about knobs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nlviz.memory.able import Able
from nlviz.trace import Trace

__all__ = ["disobeyed", "idle", "remarked", "remarks"]

_NOTE = "remarks"


def remarked(trace: Trace, *remarks: str) -> Trace:
    """The trace with these remarks, in this order; "" is none."""
    said = tuple(one for one in remarks if one)
    return trace.merge(notes={_NOTE: said}) if said else trace


def idle(reasons: Mapping[str, str]) -> tuple[str, ...]:
    """A remark for every knob, by its label, that changes nothing as the others stand: why; "" for one that does."""
    return tuple(f"{knob} does nothing here: {why}" for knob, why in reasons.items() if why)


def disobeyed(memory: Any, gates: Mapping[str, float]) -> dict[str, str]:
    """Reasons for the gates, by name, that are open and that this memory has no use for."""
    able = Able(memory)
    name = type(able.inner).__name__
    return {gate: f"{name} does not obey it" for gate, open in gates.items() if open and gate not in able.obeys}


def remarks(trace: Trace) -> list[str]:
    """All remarks on a setting, for its summary."""
    return list(trace.noted(_NOTE))
