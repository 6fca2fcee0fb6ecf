"""Is it just attention: which earlier write an answer comes from, under Hebb and under the delta rule."""

from __future__ import annotations

from typing import Any, Unpack

import numpy as np

from nlviz import views
from nlviz.experiments.family import mapped, neighbours
from nlviz.inner import to_numpy
from nlviz.labs.entrance import lab
from nlviz.memory import Delta, Gates, Hebbian
from nlviz.trace import Trace
from nlviz.widgets import Choice, Lab, Number, Shown

__all__ = ["attention_map"]

FACTS, TOKENS, WIDTH = 5, 15, 16
RULES = {
    "Hebbian": (Hebbian, "M ← M + θ v kᵀ"),
    "Delta": (Delta, "M ← M − θ (M k − v) kᵀ"),
}
PRESETS: dict[str, dict[str, Any]] = {
    "attention": {"rule": "Hebbian", "overlap": 0.5, "inner_lr": 1.0},
    "erases": {"rule": "Delta", "overlap": 0.5, "inner_lr": 1.0},
    "apart": {"rule": "Delta", "overlap": 0.0, "inner_lr": 1.0},
}
# Shares of this size come of rounding: float32 has seven digits.
ROUNDED = 1e-5


@lab()
def attention_map(preset: str = "attention", *, seed: int = 0, **shown: Unpack[Shown]) -> Lab:
    """Under Hebb the map of influence is attention without its softmax; the delta rule puts shares below zero into it.

    Five facts are told 15 times in all, each time with another value. The keys of neighbours in the alphabet overlap,
    all others are at right angles. Before a token is written, the memory is asked for its fact. A cell is the share of
    an earlier write in what comes back, exactly, by `inner.influence`; for Hebb it is θ kᵀq.
    preset: "attention" (Hebb), "erases" (delta), "apart" (delta, keys that do not overlap). seed: of values and order.
    shown: see `widgets.Shown`.
    Knobs: rule, overlap (cosine of neighbours' keys), inner_lr θ.
    Source: Schlag et al. 2021 (arXiv 2102.11174).

        >>> labs.attention_map("erases").summary.split(" · ")[1]
        '29 of 105 shares are below zero'
    """

    def run(rule: str, overlap: float, inner_lr: float) -> Trace:
        stream = neighbours(FACTS, TOKENS, overlap, seed=seed)
        memory, line = RULES[rule]
        trace = mapped(memory(FACTS, WIDTH), stream, Gates.constant(stream.pairs, inner_lr))
        keys = to_numpy(stream.pairs.keys[0])
        attention = inner_lr * np.tril(keys @ keys.T, -1)
        apart = trace["influence"]._replace(values=trace["influence"].values - attention[:, None])
        return trace.merge({"apart": apart}, notes={"rule": rule, "line": line})

    return Lab(
        run,
        views.influence,
        name="attention_map",
        title="Is it just attention?",
        summary=_summary,
        presets=PRESETS,
        preset=preset,
        given={"seed": seed},
        **shown,  # pyright: ignore[reportArgumentType] (it holds only what Shown lists)
        rule=Choice("Hebbian", tuple(RULES)),
        overlap=Number(0.5, 0.0, 0.5, 0.05, label="key overlap"),
        inner_lr=Number(1.0, 0.1, 1.5, 0.05, label="inner_lr θ"),
    )


def _summary(trace: Trace) -> str:
    """How far the map is from attention, and how much of it is negative."""
    shares, gaps = (trace[name].values[:, 0] for name in ("influence", "apart"))
    most, count = float(np.abs(gaps).max()), len(shares) * (len(shares) - 1) // 2
    is_it = "the map is masked attention" if most < ROUNDED else f"up to {most:.2f} away from masked attention"
    return f"{is_it} · {int((shares < -ROUNDED).sum())} of {count} shares are below zero"
