"""When a write answers: with momentum not at once, and at last with the other sign."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Unpack

import numpy as np
import torch
from torch import Tensor

from nlviz import views
from nlviz.experiments.family import map_of, mapped, neighbours
from nlviz.inner import unroll
from nlviz.labs.entrance import lab
from nlviz.labs.own.titans import OwnTitans
from nlviz.memory import Gates, Pairs, Titans
from nlviz.trace import Trace
from nlviz.views.drawing.sheet import some, two
from nlviz.widgets import Lab, Number, Shown, Whole

__all__ = ["late_answer"]

TOKENS, WIDTH = 16, 16
LINE = "S ← η S − θ (M k − v) kᵀ; M ← (1 − α) M + S"
PRESETS: dict[str, dict[str, Any]] = {
    "at once": {"inner_lr": 0.3, "momentum": 0.0, "forget": 0.0, "facts": 1},
    "late": {"inner_lr": 0.3, "momentum": 0.6, "forget": 0.0, "facts": 1},
    "four facts": {"inner_lr": 0.3, "momentum": 0.6, "forget": 0.0, "facts": 4},
}
Step = Callable[[Tensor, Tensor, Tensor, float, float, float], tuple[Tensor, Tensor]]


@lab(step="step(M, S, gradient, inner_lr, momentum, forget)")
def late_answer(step: Step | None = None, preset: str = "late", *, seed: int = 0, **shown: Unpack[Shown]) -> Lab:
    """With momentum the newest telling of a fact is not the loudest: a write answers late, then too much is taken back.

    One fact, or a few whose keys are at right angles, are told at 16 tokens, each time with another value. Before a
    token is written, a Titans memory is asked for its fact. A cell is the share of an earlier write in what comes back,
    exactly. A column is one write over time, a row all writes in one answer.
    step: your own write, step(M, S, gradient, inner_lr, momentum, forget) -> (M, S). The map shows what it does if all
    values but one are 0 and that one is 1: its shares, as long as it is linear in the gradient, as Titans is.
    preset: "at once" (η = 0), "late", "four facts". seed: of values and order. shown: see `widgets.Shown`.
    Knobs: inner_lr θ, momentum η, forget α, facts.
    Source: Behrouz et al. 2024 (arXiv 2501.00663) eq. 13–14.

        >>> labs.late_answer().summary.split(" · ")[0]
        'the last answer has most, 0.39, of the telling 2 tokens before'
    """

    def run(inner_lr: float, momentum: float, forget: float, facts: int) -> Trace:
        stream = neighbours(facts, TOKENS, 0.0, seed=seed)
        gates = Gates.constant(stream.pairs, inner_lr, momentum, forget)
        if step is None:
            return mapped(Titans(facts, WIDTH), stream, gates).merge(notes={"rule": "Titans", "line": LINE})
        # a value of its own channel for each token: what comes back is the shares
        apart = Pairs(stream.pairs.keys, torch.eye(TOKENS)[None])
        shares = unroll(OwnTitans(facts, TOKENS, step), apart, gates, read_first=True).outputs[0]
        return map_of(stream, shares).merge(notes={"rule": "Your step"})

    return Lab(
        run,
        views.influence,
        name="late_answer",
        title="When does a write answer?" if step is None else "When does a write answer, with your own step?",
        summary=_summary,
        presets=PRESETS,
        preset=preset,
        given={"step": step, "seed": seed},
        **shown,  # pyright: ignore[reportArgumentType] (it holds only what Shown lists)
        inner_lr=Number(0.3, 0.05, 1.0, 0.05, label="inner_lr θ"),
        momentum=Number(0.6, 0.0, 0.9, 0.05, label="momentum η"),
        forget=Number(0.0, 0.0, 0.5, 0.05, label="forget α", complement="keep"),
        facts=Whole(1, 1, 6),
    )


def _summary(trace: Trace) -> str:
    """The loudest telling in the last answer, and how much speaks against."""
    last = trace["influence"].values[-1, 0]
    if not np.isfinite(last).all():
        return "the memory diverged: the last answer is no number"
    at = int(last.argmax())
    most = f"{last[at]:.2f}" if last[at] < 100 else two(float(last[at]))
    said = f"the last answer has most, {most}, of the telling {some(len(last) - 1 - at, 'token')} before"
    return f"{said} · {some(int((last < -1e-5).sum()), 'telling')} below zero"
