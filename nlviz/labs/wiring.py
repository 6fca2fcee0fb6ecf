"""Wirings: the same memory and the same attention as MAC, MAG, MAL, or the memory alone."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, Unpack

import numpy as np
import plotly.graph_objects as go
import torch
from torch import Tensor

from nlviz import views
from nlviz.inner import to_numpy
from nlviz.labs.entrance import lab
from nlviz.memory import Titans
from nlviz.outer import LMM, MAC, MAG, MAL
from nlviz.trace import Signal, Trace
from nlviz.widgets import Choice, Lab, Shown, Whole

__all__ = ["wiring"]

NAMES = ("MAC", "MAG", "MAL", "LMM")
HEADS = 2
WINDOW = 6
PRESETS: dict[str, dict[str, Any]] = {
    name: {"kind": name, "window": WINDOW, "persistent": 3, "tokens": 24, "width": 16} for name in NAMES
}


@lab()
def wiring(preset: str = "MAC", *, seed: int = 0, **shown: Unpack[Shown]) -> Lab:
    """Titans' wirings of memory and attention, side by side: the parts, what attention sees, and what each keeps.

    The models are real: the mask is theirs, and the numbers kept are counted in the state they hand on, token by
    token, while a random text is read. The summary says what moved: the fast weights, and no trained one.
    preset: "MAC", "MAG", "MAL" or "LMM". seed: of text and trained weights. shown: see `widgets.Shown`.
    Knobs: kind (the wiring), window (of attention; of MAC the segment), persistent (vectors p), tokens, width.
    Source: Behrouz et al. 2024 (arXiv 2501.00663) §4, eq. 21–31.
    """

    def run(kind: str, window: int, persistent: int, tokens: int, width: int) -> Trace:
        generator = torch.Generator().manual_seed(seed)
        model = _built(kind, window, persistent, width, generator)
        return _trace(kind, model, torch.randn(1, tokens, width, generator=generator), (width, window, persistent))

    def view(trace: Trace) -> go.Figure:
        return views.wiring(trace, *trace.noted("wiring"))

    return Lab(
        run,
        view,
        name="wiring",
        title="Wirings",
        summary=_summary,
        presets=PRESETS,
        preset=preset,
        dead=_dead,
        given={"seed": seed},
        **shown,  # pyright: ignore[reportArgumentType] (it holds only what Shown lists)
        kind=Choice("MAC", NAMES, label="wiring"),
        window=Whole(WINDOW, 1, 16, label="window, segment"),
        persistent=Whole(3, 0, 8, label="persistent p"),
        tokens=Whole(24, 4, 48),
        width=Choice(16, (8, 16, 32)),
    )


def _dead(kind: str, **_: int) -> dict[str, str]:
    """Why a knob changes nothing as the others stand, by its name."""
    if kind != "LMM":
        return {}
    return {"window": "LMM has no attention", "persistent": "LMM reads p before the text, and attends to none"}


def _built(kind: str, window: int, persistent: int, width: int, generator: torch.Generator) -> Any:
    memory, how = Titans(width, width), {"persistent": persistent, "generator": generator}
    if kind == "LMM":
        return LMM(width, memory, **how)
    if kind == "MAC":
        return MAC(width, memory, segment=window, heads=HEADS, **how)
    return {"MAG": MAG, "MAL": MAL}[kind](width, memory, window=window, heads=HEADS, **how)


def _trace(kind: str, model: Any, text: Tensor, sizes: tuple[int, int, int]) -> Trace:
    """The mask, and what the model hands on from token to token; the notes say which wiring it is and what moved."""
    before = [weight.detach().clone() for weight in model.parameters()]
    state, kept, moved = None, [], []
    with torch.no_grad():
        for token in text.split(1, 1):
            _, state = model(token, state)
            memory = state if kind == "LMM" else state.memory
            kept.append((0 if kind == "LMM" else _numbers(state.attention), _numbers(memory)))
            moved.append(memory.memory.memory.clone())
    steps = [(after - was).norm().item() for was, after in pairwise(moved)]
    frozen = all(torch.equal(was, now) for was, now in zip(before, model.parameters(), strict=True))
    times, mask = np.arange(text.shape[1]), model.mask(text.shape[1])
    said = f"{sum(step > 0 for step in steps)} of {len(steps)} further tokens moved the memory; "
    said += "every trained weight is as it was, to the bit" if frozen else "a trained weight moved"
    signals = {
        "mask": Signal(to_numpy(mask.seen.float())[:, None], times, names=mask.columns),
        "kept": Signal(np.array(kept, dtype=float)[:, None], times, "numbers"),
        "sizes": Signal(np.array([[sizes]], dtype=float), np.array([0]), names=("width", "window", "persistent")),
    }
    return Trace(signals, notes={"moved": said, "wiring": kind})


def _numbers(state: Any) -> int:
    """How many numbers a state holds."""
    if isinstance(state, Tensor):
        return state.numel()
    return sum(map(_numbers, state)) if isinstance(state, tuple | list) else 0


def _summary(trace: Trace) -> str:
    most = int(trace["mask"].values.sum(-1).max(initial=0.0))
    cache, memory = trace["kept"].values[:, 0].max(0).astype(int).tolist()
    said = [*trace.noted("moved"), f"a token attends to {most} vectors at most"]
    said.append(f"kept: {cache:,} numbers in the cache at most, {memory:,} in the memory")
    return " · ".join(said)
