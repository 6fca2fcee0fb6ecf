"""Segments: one slider from a memory of all that was read to attention, by the length of what one state holds."""

from __future__ import annotations

from typing import Any, Unpack

from nlviz import views
from nlviz.experiments.budget import MEETINGS, slide
from nlviz.labs.entrance import lab
from nlviz.trace import Trace
from nlviz.widgets import Choice, Lab, Number, Shown

__all__ = ["segments"]

GATED, SUM = "gated", "sum"
_USUAL: dict[str, Any] = {"joined": GATED, "sharpness": 30.0, "inner_lr": 0.3}
PRESETS: dict[str, dict[str, Any]] = {
    "each once": {"meeting": "each once", **_USUAL},
    "alike": {"meeting": "alike", **_USUAL},
    "rare": {"meeting": "rare among common", **_USUAL},
    "overwritten": {"meeting": "overwritten", **_USUAL},
    "summed": {"meeting": "each once", **_USUAL, "joined": SUM},
}


@lab()
def segments(preset: str = "each once", *, seed: int = 0, **shown: Unpack[Shown]) -> Lab:
    """A stream is cut into segments; a 32 × 32 delta memory reads each and is kept, and a question asks all of them.

    The slider is the length of a segment. One segment for the whole stream is the memory itself; segments of one token
    are gated attention. The state of a segment answers for its share, softmax over segments of β ⟨q, mean key⟩, or all
    states are summed. What is kept grows as segments get shorter.
    preset: "each once" (128 pairs), "alike" (keys of cosine .5), "rare" (16 items eight times, 16 among them once),
    "overwritten" (32 keys, 128 values: the newest counts), "summed" (each once, without a gate). seed: of the streams.
    shown: see `widgets.Shown`.
    Knobs: meeting (what is read), joined (how states are), sharpness β (of the gate), inner_lr θ.
    Source: Behrouz et al. 2026 (Memory Caching, arXiv 2602.24281); see `inner.unroll_segments`.

        >>> labs.segments("rare").summary
        'recalled, by tokens a segment: 1: 1.00 · 4: 0.92 · 16: 0.75 · 64: 0.57 · 144: 0.61'
    """

    def run(meeting: str, joined: Any, sharpness: float, inner_lr: float) -> Trace:
        return slide(meeting, sharpness=sharpness, joined=joined, inner_lr=inner_lr, seed=seed)

    return Lab(
        run,
        views.segments,
        name="segments",
        title="Segments",
        summary=_summary,
        presets=PRESETS,
        preset=preset,
        dead=_dead,
        given={"seed": seed},
        **shown,  # pyright: ignore[reportArgumentType] (it holds only what Shown lists)
        meeting=Choice("each once", tuple(MEETINGS), label="what is read"),
        joined=Choice(GATED, (GATED, SUM), label="states are joined"),
        sharpness=Choice(30.0, (0.0, 3.0, 10.0, 30.0, 100.0), label="sharpness β"),
        inner_lr=Number(0.3, 0.1, 1.0, 0.1, label="inner_lr θ"),
    )


def _dead(joined: str, **_: Any) -> dict[str, str]:
    """Why a knob changes nothing as the others stand, by its name."""
    return {"sharpness": "summed states have no gate" if joined == SUM else ""}


def _summary(trace: Trace) -> str:
    """The share that is recalled at a few lengths, both ends among them."""
    lengths, shares = trace["recall"].times, trace["recall"].values[:, 0].mean(-1)
    rows = [*range(0, len(lengths) - 1, 2), len(lengths) - 1]
    said = " · ".join(f"{lengths[row]}: {shares[row]:.2f}" for row in rows)
    return f"recalled, by tokens a segment: {said}"
