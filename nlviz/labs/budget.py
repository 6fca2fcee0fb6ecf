"""Budget race: what a state of fixed size is worth beside a cache that grows, as more and more is read."""

from __future__ import annotations

from typing import Any, Unpack

from nlviz import views
from nlviz.experiments.budget import CONTENDERS, EQUAL, race
from nlviz.labs.entrance import lab
from nlviz.trace import Trace
from nlviz.widgets import Choice, Lab, Shown

__all__ = ["budget"]

PRESETS: dict[str, dict[str, Any]] = {
    "equal work": {"memory": "gated delta", "equal": "work", "width": 32, "number": 4},
    "equal bytes": {"memory": "gated delta", "equal": "bytes", "width": 32, "number": 4},
    "narrow": {"memory": "gated delta", "equal": "bytes", "width": 16, "number": 4},
    "wide": {"memory": "gated delta", "equal": "bytes", "width": 64, "number": 4},
    "bfloat16": {"memory": "gated delta", "equal": "bytes", "width": 64, "number": 2},
}


@lab()
def budget(preset: str = "equal work", *, seed: int = 0, **shown: Unpack[Shown]) -> Lab:
    """Unrelated pairs are read once, and every one is asked for: how far back does what was read come back?

    The slider is the context, the tokens read. A memory of fixed size stands beside full attention, which keeps all of
    them, and beside a window of attention that costs as much as the memory. Recall is the share of pairs whose answer
    is nearest to their own value of all that were read; the effective context is the age at which it first falls below
    .9. Gates are those of `experiments.budget.TUNED`.
    preset: "equal work" (a window with as many products a token), "equal bytes" (that keeps as many bytes), "narrow"
    and "wide" (the same at other widths), "bfloat16" (a cache of 2-byte numbers). seed: of keys and values.
    shown: see `widgets.Shown`.
    Knobs: memory, equal (what the window has as much of: bytes or work), width (of keys and values), number (bytes of
    one number in a cache; a state has 4).

        >>> lab = labs.budget("equal bytes", knobs={"width": 16})
        >>> lab.trace["window"].values[-1, 0].tolist()
        [128.0, 8.0, 8.0, 16.0, 32.0]
    """

    def run(memory: str, equal: str, width: int, number: int) -> Trace:
        return race(width, memory, equal=equal, number=number, seed=seed)

    return Lab(
        run,
        views.race,
        name="budget",
        title="Budget race",
        summary=_summary,
        presets=PRESETS,
        preset=preset,
        dead=_dead,
        given={"seed": seed},
        **shown,  # pyright: ignore[reportArgumentType] (it holds only what Shown lists)
        memory=Choice("gated delta", tuple(CONTENDERS)),
        equal=Choice("work", EQUAL, label="window of equal"),
        width=Choice(32, (16, 32, 64)),
        number=Choice(4, (4, 2), label="cached number (bytes)"),
    )


def _dead(equal: str, **_: Any) -> dict[str, str]:
    """Why a knob changes nothing as the others stand, by its name."""
    return {"number": "work is counted in products, whatever a number's bytes" if equal == "work" else ""}


def _summary(trace: Trace) -> str:
    """The effective context of every memory at the end, with that of the window that costs as much."""
    reach, window = trace["reach"], trace["window"]
    each = zip(reach.names, reach.values[-1, 0], window.values[-1, 0], strict=True)
    said = [f"{name} {far:.0f} ({wide:.0f})" for name, far, wide in each if name in CONTENDERS]
    equal = "bytes" if trace["cost"].unit == "bytes" else "work"
    return f"effective context (a window of equal {equal}) after {reach.times[-1]} tokens: {', '.join(said)}"
