"""Kept: a few exact tokens beside a memory. Does surprise choose them better than dice?"""

from __future__ import annotations

from typing import Any, Unpack

from nlviz import views
from nlviz.experiments.budget import MEETINGS, ROOMS, choose
from nlviz.labs.entrance import lab
from nlviz.memory.cached import KEEPS
from nlviz.trace import Trace
from nlviz.widgets import Choice, Lab, Number, Shown

__all__ = ["kept"]

_USUAL: dict[str, Any] = {"keep": "largest write", "room": 16, "inner_lr": 0.3}
PRESETS: dict[str, dict[str, Any]] = {
    "each once": {"meeting": "each once", **_USUAL},
    "rare": {"meeting": "rare among common", **_USUAL},
    "overwritten": {"meeting": "overwritten", **_USUAL},
    "noise": {"meeting": "half noise", **_USUAL},
    "dice": {"meeting": "rare among common", **_USUAL, "keep": "random"},
}


@lab()
def kept(preset: str = "each once", *, seed: int = 0, **shown: Unpack[Shown]) -> Lab:
    """A 32 × 32 delta memory reads a stream; beside it a few tokens are kept as they were. Which ones are worth it?

    Kept are those with the largest write θ‖∇ℓ‖, the newest, or tokens that dice choose. A key that is kept gives its
    own value, any other the memory's answer. One stream is shown; recall is the mean of eight, of dice of eight throws.
    preset: what is read: "each once" (128 pairs), "rare" (16 items eight times, 16 among them once), "overwritten" (32
    keys, 128 values: the newest counts), "noise" (32 items twice, as many one-off tokens between); "dice" (rare, kept
    by lot). seed: of streams and dice. shown: see `widgets.Shown`.
    Knobs: meeting (what is read), keep (which tokens), room (how many), inner_lr θ.
    Source: HOLA (arXiv 2607.02303) for the cache by write; see `memory.Cached`.

        >>> labs.kept("rare").summary
        'of 16 kept 5 eight times, 11 once · recalled: largest write 0.89, newest 0.61, dice 0.64, without 0.61'
    """

    def run(meeting: str, keep: str, room: int, inner_lr: float) -> Trace:
        return choose(meeting, keep, room, inner_lr=inner_lr, seed=seed)

    return Lab(
        run,
        views.keeping,
        name="kept",
        title="Kept",
        summary=_summary,
        presets=PRESETS,
        preset=preset,
        dead=_dead,
        given={"seed": seed},
        **shown,  # pyright: ignore[reportArgumentType] (it holds only what Shown lists)
        meeting=Choice("each once", tuple(MEETINGS), label="what is read"),
        keep=Choice("largest write", KEEPS, label="kept by"),
        room=Choice(16, ROOMS, label="room (tokens)"),
        inner_lr=Number(0.3, 0.1, 1.0, 0.1, label="inner_lr θ"),
    )


def _dead(room: int, **_: Any) -> dict[str, str]:
    """Why a knob changes nothing as the others stand, by its name."""
    return {"keep": "" if room else "there is no room to keep anything"}


def _summary(trace: Trace) -> str:
    """What is kept at the end, by kind, and what every way to choose recalls with as much room."""
    room, kind, names = int(trace.noted("room")[0]), trace["kind"].values[0, 0], trace.noted("kinds")
    held = trace["kept"].values[-1, 0] > 0
    inside = ", ".join(f"{int((held & (kind == number)).sum())} {name}" for number, name in enumerate(names))
    shares = trace["by_room"].values[:, 0]
    here = shares[trace["by_room"].times.tolist().index(room)]
    each = [f"{'dice' if name == 'random' else name} {one:.2f}" for name, one in zip(KEEPS, here, strict=True)]
    first = f"of {room} kept {inside}" if len(names) > 1 else f"{room} kept"
    return f"{first} · recalled: {', '.join(each)}, without {shares[0, 0]:.2f}"
