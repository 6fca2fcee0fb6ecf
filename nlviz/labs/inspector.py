"""The memory inspector: one user's interactions, what is written of them, and which of them an answer comes from."""

from __future__ import annotations

from typing import Any, Unpack

import numpy as np

from nlviz import views
from nlviz.agents.personal import ARMS, INTERACTIONS, LIES, TASTES, inspected
from nlviz.labs.entrance import lab
from nlviz.trace import Trace
from nlviz.widgets import Choice, Lab, Number, Shown, Whole

__all__ = ["inspector"]


def _preset(arm: str = "delta", tastes: str = TASTES[0], lie: str = LIES[0], forget: int = 0) -> dict[str, Any]:
    return {"arm": arm, "tastes": tastes, "drift": 0.05, "lie": lie, "forget": forget}


PRESETS: dict[str, dict[str, Any]] = {
    "calm": _preset(),
    "change": _preset(tastes=TASTES[1]),
    "prompt": _preset("last 10", TASTES[1]),
    "one lie": _preset(lie="one lie"),
    "small steps": _preset(lie="small steps"),
    "forget one": _preset(forget=32),
}


@lab()
def inspector(preset: str = "change", *, seed: int = 0, **shown: Unpack[Shown]) -> Lab:
    """Memory inspector: which interactions does this answer come from, and what if one of them had never been?

    A simulated user says what they like, twice a day for 45 days, about five topics. Before each interaction is told,
    the memory is asked. Bars: the exact share of every earlier interaction in the answer. The constants of each arm are
    its best ones (tests/benchmarks/personal.md).
    preset: "calm" (all tastes stay), "change" (two of them are others from day 15 to 30), "prompt" (the same, known by
    the last ten interactions), "one lie", "small steps" (what is planted), "forget one". seed: of contexts, tastes and
    lies. shown: see `widgets.Shown`.
    Knobs: arm (who remembers: a profile made in the first ten days, the last ten interactions, all of them weighted by
    age, three memories), tastes (whether two of them change and change back), drift (radians that all turn a day), lie
    (what is planted, and how), forget (the interaction that is struck, 0 for none).

        >>> labs.inspector(knobs={"forget": 32}).summary.split(" · ")[0]
        'delta holds 256 numbers'
    """

    def run(arm: str, tastes: str, drift: float, lie: str, forget: int) -> Trace:
        return inspected(arm, tastes=tastes, drift=drift, lie=lie, forget=forget, seed=seed)

    return Lab(
        run,
        views.inspector,
        name="inspector",
        title="Memory inspector",
        summary=_summary,
        presets=PRESETS,
        preset=preset,
        given={"seed": seed},
        **shown,  # pyright: ignore[reportArgumentType] (it holds only what Shown lists)
        arm=Choice("delta", ARMS, label="who remembers"),
        tastes=Choice(TASTES[1], TASTES),
        drift=Number(0.05, 0.0, 0.3, 0.05, label="drift (radians a day)"),
        lie=Choice(LIES[0], LIES, label="planted"),
        forget=Whole(0, 0, INTERACTIONS, label="forget interaction (0: none)"),
    )


def _summary(trace: Trace) -> str:
    """How much is kept, how well the user is known, and what a deletion changed."""
    (arm,), (kept,) = trace.noted("arm"), trace.noted("kept")
    error = trace["error"].values[5:, 0]
    said = f"{arm} holds {int(kept):,} numbers · mean error from day 6 {error[:, 0].mean():.2f}"
    if error.shape[1] > 1:
        said += f", frozen profile {error[:, 1].mean():.2f}"
    if "levels" in trace:
        slow = trace["levels"].values[:, 0, -1]
        said += f" · its slow level gives {np.nanmean(slow):.2f} of an answer"
    for number in trace.noted("forgotten"):
        said += f" · interaction {number} was never told"
    return said
