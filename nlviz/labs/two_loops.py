"""Two loops: a line is read again and again, by slow weights that were trained and fast ones that are written now."""

from __future__ import annotations

import re
from functools import partial
from typing import Any, Unpack

import numpy as np

from nlviz import views
from nlviz.experiments.reading import read
from nlviz.labs.entrance import lab
from nlviz.labs.remarks import remarks
from nlviz.outer.models.byte_model import ByteModel
from nlviz.trace import Token, Trace
from nlviz.widgets import Control, Lab, Line, Number, Shown, Whole

__all__ = ["two_loops"]

LINE = "My cat is called Mimi Schmidt."
MOST_BYTES = 200
PRESETS: dict[str, dict[str, Any]] = {
    "twice": {"times": 2, "inner_lr": 1.0},
    "no inner loop": {"times": 2, "inner_lr": 0.0},
    "four times": {"times": 4, "inner_lr": 1.0},
}
CONTROLS: dict[str, Control] = {
    "line": Line(LINE, MOST_BYTES, label="your line"),
    "times": Whole(2, 1, 4, label="times read"),
    "inner_lr": Number(1.0, 0.0, 3.0, 0.1, label="inner_lr θ"),
}


@lab()
def two_loops(line: str = LINE, preset: str = "twice", *, seed: int = 0, **shown: Unpack[Shown]) -> Lab:
    """A line of yours is read again and again: the loop that acts, what it was worth, and how far the memory has moved.

    line: what to read at first, of your own, at most 200 bytes; every reading ends with a line end.
    preset: "twice", "four times", or "no inner loop" (the frozen model). seed: nothing here is left to chance; it is
    taken as by every lab. shown: see `widgets.Shown`.
    Knobs: line, times (how often it is read), inner_lr (0: nothing is written).
    Raises ValueError for an empty line, or one that is too long.

        >>> lab = labs.two_loops("never odd or even")
        >>> lab.state()
        'two_loops?preset=twice&line=never+odd+or+even&seed=0'
    """
    shown["knobs"] = {"line": line, **shown.get("knobs", {})}
    return Lab(
        partial(_run, ByteModel.load()),
        views.two_loops,
        name="two_loops",
        title="Two loops",
        summary=_summary,
        presets=PRESETS,
        preset=preset,
        given={"seed": seed},
        **shown,  # pyright: ignore[reportArgumentType] (it holds only what Shown lists)
        **CONTROLS,  # pyright: ignore[reportArgumentType] (no knob is named like a parameter)
    )


def _run(model: ByteModel, *, line: str, times: int, inner_lr: float) -> Trace:
    raw = f"{line}\n".encode(errors="replace")
    trace = read(model, raw * times, inner_lr=inner_lr, period=1).trace
    note = ByteModel.note()
    steps, size = (int(re.findall(r"\d+", words)[0]) for words in (note["command"], note["trained_on"]))
    trained = f"{steps:,} rounds over {size:,} bytes of Python"
    tokens = [one for time in range(times) for one in _letters(line, time * len(raw), f"reading {time + 1}")]
    return trace.merge(tokens=tuple(tokens), notes={"trained": trained})


def _letters(line: str, start: int, kind: str) -> list[Token]:
    """One token a letter, with the bytes it takes, the line's end among them."""
    found = []
    for letter in f"{line}\n":
        stop = start + len(letter.encode(errors="replace"))
        found.append(Token(letter, start, stop, kind))
        start = stop
    return found


def _summary(trace: Trace) -> str:
    """What each reading cost, and how far the fast weights have moved."""
    bits, frozen = (trace[name].values[:, 0] for name in ("bits", "frozen_bits"))
    kinds = dict.fromkeys(token.kind for token in trace.tokens)
    said = []
    for kind in kinds:
        at = np.concatenate([np.arange(one.start, one.stop) for one in trace.tokens if one.kind == kind])
        said.append(f"{kind}: {bits[at].mean():.2f} bits a byte, frozen {frozen[at].mean():.2f}")
    return " · ".join([*said, f"fast weights moved by {trace['drift_norm'].values[-1, 0]:.1f}", *remarks(trace)])
