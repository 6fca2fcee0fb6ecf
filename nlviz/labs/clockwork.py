"""The clockwork: a fast and a slow level read facts, a burst of others, and the facts again."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, Unpack

from nlviz import views
from nlviz.experiments.continuum import HANDING, LEVELS, clockwork_pieces
from nlviz.labs.entrance import lab
from nlviz.trace import Trace
from nlviz.widgets import Choice, Lab, Progress, Shown, Switch

__all__ = ["clockwork"]

BURSTS, PERIODS = (8, 16, 32, 64, 128), (4, 8, 16, 32, 64)
NONE = "none"
PRESETS: dict[str, dict[str, Any]] = {
    "short burst": {"burst": 16, "period": 32, "contradicts": True, "fast": HANDING[1], "out": NONE},
    "long burst": {"burst": 64, "period": 16, "contradicts": True, "fast": HANDING[1], "out": NONE},
    "new facts": {"burst": 64, "period": 16, "contradicts": False, "fast": HANDING[1], "out": NONE},
    "keeps all": {"burst": 16, "period": 32, "contradicts": True, "fast": HANDING[0], "out": NONE},
    "fast alone": {"burst": 16, "period": 32, "contradicts": True, "fast": HANDING[1], "out": LEVELS[1]},
    "slow alone": {"burst": 16, "period": 32, "contradicts": True, "fast": HANDING[1], "out": LEVELS[0]},
}


@lab()
def clockwork(preset: str = "short burst", *, seed: int = 0, **shown: Unpack[Shown]) -> Lab:
    """A for 64 tokens, a burst of B, A for 32 tokens more, read by two 32 × 32 maps whose answers add up.

    The fast one is updated at every token, the slow one once in so many; beside them a single map. Recall is the share
    of the values that comes back, the mean of 16 streams: both levels' shares add up to what they say together.
    preset: "short burst" (the slow level is not updated in it), "long burst" (four times), "new facts" (B has keys of
    its own), "keeps all" (the fast level never lets go, and leaves little to the slow one), "fast alone", "slow alone"
    (the other is knocked out). seed: of keys, values and order. shown: see `widgets.Shown`.
    Knobs: burst (tokens), period (of the slow level), contradicts (B gives A's keys other values), fast (what the fast
    level does with what it holds: "keeps all", "lets go" of a tenth at every token, "starts anew" when the slow one is
    updated), out (the level that is knocked out: it neither answers nor learns).
    Source: Behrouz et al. 2025 (arXiv 2512.24695) eq. 70–74, independent blocks.
    """

    def run(burst: int, period: int, contradicts: bool, fast: str, out: str) -> Generator[Progress, None, Trace]:
        knocked = None if out == NONE else LEVELS.index(out)
        pieces = clockwork_pieces(burst, period, contradicts=contradicts, fast=fast, out=knocked, batch=16, seed=seed)
        while True:
            try:
                done, total = next(pieces)
            except StopIteration as end:
                return end.value
            yield Progress(done, total)

    return Lab(
        run,
        views.clockwork,
        name="clockwork",
        title="Clockwork",
        summary=_summary,
        presets=PRESETS,
        preset=preset,
        dead=_dead,
        given={"seed": seed},
        **shown,  # pyright: ignore[reportArgumentType] (it holds only what Shown lists)
        burst=Choice(16, BURSTS, label="burst (tokens)"),
        period=Choice(32, PERIODS, label="slow period C"),
        contradicts=Switch(True, label="B contradicts A"),
        fast=Choice(HANDING[1], HANDING, label="the fast level"),
        out=Choice(NONE, (NONE, *LEVELS), label="knocked out"),
    )


def _dead(fast: str, out: str, **_: Any) -> dict[str, str]:
    """Why a knob changes nothing as the others stand, by its name."""
    return {
        "fast": "the fast level is knocked out" if out == LEVELS[0] else "",
        "period": "the slow level is knocked out" if out == LEVELS[1] and fast != HANDING[2] else "",
    }


def _summary(trace: Trace) -> str:
    """A before the burst, at its end and eight tokens later, from both levels and from one; and B at its end."""
    burst = next(token for token in trace.tokens if token.kind == "burst")
    # adding 0 takes the sign off a zero
    a, b = (trace[f"recall of {letter}"].values[:, 0].round(2) + 0.0 for letter in "AB")
    rows = burst.start - 1, burst.stop - 1, burst.stop + 7
    both, one = (" → ".join(f"{a[row, line]:.2f}" for row in rows) for line in (0, -1))
    said = f"A before the burst → at its end → 8 tokens on: both {both}, one level {one}"
    said += f" · B at its end: {b[burst.stop - 1, 0]:.2f}, {b[burst.stop - 1, -1]:.2f}"
    return said.replace("-", "−")
