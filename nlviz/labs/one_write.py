"""One write in numbers: a 4 × 4 memory, a few pairs made for mental arithmetic, and where each patch lands."""

from __future__ import annotations

from typing import Any, Unpack

import numpy as np
import torch

from nlviz import views
from nlviz.inner import probes, to_numpy, unroll
from nlviz.labs.entrance import lab
from nlviz.memory import Gates, Hebbian, Pairs
from nlviz.trace import Signal, Trace
from nlviz.views.drawing.sheet import some
from nlviz.widgets import Choice, Control, Lab, Number, Shown, Whole

__all__ = ["one_write"]

APART, ALIKE, SAME = "apart", "alike", "the same"
# Keys of length 1 whose products come out even: at right angles, at a cosine of .96, and the first again.
KEYS = {
    APART: ((0.6, 0.8, 0.0, 0.0), (0.8, -0.6, 0.0, 0.0), (0.0, 0.0, 0.6, 0.8)),
    ALIKE: ((0.6, 0.8, 0.0, 0.0), (0.8, 0.6, 0.0, 0.0), (0.0, 0.6, 0.8, 0.0)),
    SAME: ((0.6, 0.8, 0.0, 0.0),) * 3,
}
VALUES = ((1.0, 0.0, -1.0, 2.0), (0.0, 1.0, 1.0, -1.0), (2.0, -1.0, 0.0, 1.0))
PRESETS: dict[str, dict[str, Any]] = {
    "keys apart": {"keys": APART, "writes": 2, "inner_lr": 1.0},
    "keys alike": {"keys": ALIKE, "writes": 2, "inner_lr": 1.0},
    "one key": {"keys": SAME, "writes": 2, "inner_lr": 1.0},
}
CONTROLS: dict[str, Control] = {
    "keys": Choice(APART, tuple(KEYS), label="keys"),
    "writes": Whole(2, 1, len(VALUES)),
    "inner_lr": Number(1.0, 0.0, 2.0, 0.1, label="inner_lr θ"),
}


@lab()
def one_write(preset: str = "keys apart", *, seed: int = 0, **shown: Unpack[Shown]) -> Lab:
    """A 4 × 4 Hebbian memory, written with numbers that can be checked in the head: column × row, patch, sum.

    preset: "keys apart" (at right angles: every value comes back), "keys alike" (a cosine of .96), or "one key" (the
    same again, with another value). seed: nothing here is left to chance; it is taken as by every lab.
    shown: see `widgets.Shown`. Knobs: keys, writes, inner_lr.

        >>> lab = labs.one_write()
        >>> lab.trace["weights"].values[0, 0, 0].round(2).tolist()
        [0.6, 0.8, 0.0, 0.0]
    """
    return Lab(
        _run,
        views.landing,
        name="one_write",
        title="One write",
        summary=_summary,
        presets=PRESETS,
        preset=preset,
        dead=lambda writes, **_: {"keys": "" if writes > 1 else "one write has one key"},
        given={"seed": seed},
        **shown,  # pyright: ignore[reportArgumentType] (it holds only what Shown lists)
        **CONTROLS,  # pyright: ignore[reportArgumentType] (no knob is named like a parameter)
    )


def _run(keys: str, writes: int, inner_lr: float) -> Trace:
    # in float64, so that .6² + .8² is 1
    pairs = Pairs(*(torch.tensor(rows[:writes], dtype=torch.float64)[None] for rows in (KEYS[keys], VALUES)))
    run = unroll(Hebbian(4, 4), pairs, Gates.constant(pairs, inner_lr), probes=[probes.weights()])
    times = run.trace["weights"].times
    shown = {name: Signal(to_numpy(part.transpose(0, 1)), times) for name, part in pairs._asdict().items()}
    item = np.zeros(writes) if keys == SAME else np.arange(writes)
    return run.trace.merge({**shown, "item": Signal(item[:, None], times, "key")})


def _summary(trace: Trace) -> str:
    """What each value comes back as, and how far off that is."""
    keys, values, weights = (np.asarray(trace[name].values)[:, 0] for name in ("keys", "values", "weights"))
    off = np.abs(keys @ weights[-1].T - values).max(-1)
    said = [f"value {place + 1} comes back off by {wrong:.2f}" for place, wrong in enumerate(off.tolist())]
    return " · ".join([some(len(off), "write"), *said])
