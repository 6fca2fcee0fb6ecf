"""nlviz: see nested learning. Slow weights, fast weights, and what an inner loop did, token by token.

The house, ground floor first; an import may only go down:

    door       every input is looked at here, once
    trace      what was measured, as NumPy arrays
    memory     fast weights: what a memory is, and the rules that write it
    views      a trace becomes a Plotly figure (no torch here)
    streams    what is to be remembered: pairs, overwrites, needles, drifts, digits, source code
    inner      the inner loop: token by token, and the same answer in blocks
    widgets    the machinery of a lab: player, knobs, pages that need no notebook
    measure    forgetting curves, half-lives, capacity, what is left of several tasks, theory lines
    optim      optimizers that are memories, and the same telemetry for any optimizer
    outer      slow weights: the models the memories sit in
    experiments  whole runs with them: a text read, tasks learned in turn
    agents     whole systems with a memory: one user's, one codebase's
    labs       one call each: a run, a view, a few knobs
    lessons    predict, check, hint, solution, glossary, and all their words
    site       the course as a folder of pages that need no Python
    teaching   what a lecturer makes of a lesson: an assignment, slides, a sheet to hand out
    commands   what is done from a terminal, one file each: demo, lab, doctor, export, training; `cli` finds them

`import nlviz` loads none of them; a room is loaded when it is asked for, by `from nlviz import labs` or `nlviz.labs`.
"""

from __future__ import annotations

from difflib import get_close_matches
from importlib import import_module
from types import ModuleType

from nlviz._setup import setup

__all__ = ["setup"]
__version__ = "0.1.0"

_ROOMS = (
    *("agents", "cli", "commands", "door", "experiments", "inner", "labs", "lessons", "measure"),
    *("memory", "optim", "outer", "site", "streams", "teaching", "trace", "views", "widgets"),
)


def __getattr__(name: str) -> ModuleType:
    """The room of this name, loaded now; the import system itself keeps it for the next time."""
    if name in _ROOMS:
        return import_module(f"{__name__}.{name}")
    near = get_close_matches(name, [*_ROOMS, *__all__], 1)
    remedy = f"did you mean {near[0]!r}?" if near else f"it has setup and the rooms {', '.join(_ROOMS)}"
    raise AttributeError(f"nlviz has no {name!r}; {remedy}", name=name)


def __dir__() -> list[str]:
    return sorted([*(name for name in globals() if name.startswith("__")), *__all__, *_ROOMS])
