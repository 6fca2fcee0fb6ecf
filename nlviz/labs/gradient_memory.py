"""The gradient-memory lab: a ball rolls down a curved valley, and its momentum is a memory of gradients."""

from __future__ import annotations

from functools import lru_cache, partial
from typing import Any, Unpack

import numpy as np
import torch

from nlviz import views
from nlviz.experiments.optimizers import ROLLERS, roll, valley
from nlviz.labs.entrance import lab
from nlviz.trace import Signal, Trace
from nlviz.views.drawing.sheet import two
from nlviz.widgets import Choice, Lab, Number, Shown, Whole

__all__ = ["gradient_memory"]

BETAS = (0.0, 0.5, 0.9, 0.99)
RATES = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3)
ACROSS, ALONG = np.linspace(-4.6, 4.6, 93), np.linspace(-4.6, 4.6, 93)
PRESETS: dict[str, dict[str, Any]] = {
    "momentum": {"optimizer": "momentum", "momentum": 0.9, "lr": 0.003, "noise": 0.0, "steps": 120},
    "no memory": {"optimizer": "momentum", "momentum": 0.0, "lr": 0.003, "noise": 0.0, "steps": 120},
    "too long": {"optimizer": "momentum", "momentum": 0.99, "lr": 0.003, "noise": 0.0, "steps": 120},
    "noise": {"optimizer": "momentum", "momentum": 0.9, "lr": 0.001, "noise": 20.0, "steps": 120},
    "delta": {"optimizer": "DeltaMomentum", "momentum": 0.99, "lr": 0.003, "noise": 0.0, "steps": 120},
    "AdamW": {"optimizer": "AdamW", "momentum": 0.9, "lr": 0.3, "noise": 0.0, "steps": 120},
    "Muon": {"optimizer": "Muon", "momentum": 0.9, "lr": 0.1, "noise": 0.0, "steps": 120},
}


@lab()
def gradient_memory(preset: str = "momentum", *, seed: int = 0, **shown: Unpack[Shown]) -> Lab:
    """A ball in a curved valley (NL eq. 53): where momentum takes it, and which past gradients momentum is made of.

    preset: "momentum" (β = .9: 7 gradients make half of it, 44 make 99 %), "no memory" (β = 0), "too long" (β = .99),
    "noise", "delta" (as long, but what is said already is erased), "AdamW", "Muon". seed: of the start, which is near
    (−3.5, 2), and of the noise. shown: see `widgets.Shown`.
    Knobs: optimizer, momentum β (β₁ of AdamW), lr, noise (deviation added to every gradient), steps. The small valleys
    show the same with β = 0, .5, .9 and .99.
    """
    # turning one knob leaves the other valleys as they were
    beside = lru_cache(maxsize=32)(partial(_beside, seed))

    def dead(optimizer: str, lr: float, noise: float, steps: int, **_: Any) -> dict[str, str]:
        lost = [
            marks[0].time if (marks := one.marked("diverged")) else steps for one in beside(optimizer, lr, noise, steps)
        ]
        return {"momentum": "the ball is lost before there is any momentum" if max(lost) <= 1 else ""}

    def run(optimizer: str, momentum: float, lr: float, noise: float, steps: int) -> Trace:
        others = [one["way"].values[:, 0] for one in beside(optimizer, lr, noise, steps)]
        more = {
            "beside": Signal(np.stack(others, 1), np.arange(steps)),
            "beta": Signal(np.array([BETAS]), np.arange(1)),
        }
        return roll(optimizer, lr, momentum, steps=steps, noise=noise, seed=seed).merge({**more, **_ground()})

    return Lab(
        run,
        views.gradient_memory,
        name="gradient_memory",
        title="Gradient memory",
        summary=_summary,
        presets=PRESETS,
        preset=preset,
        dead=dead,
        given={"seed": seed},
        **shown,  # pyright: ignore[reportArgumentType] (it holds only what Shown lists)
        optimizer=Choice("momentum", ROLLERS),
        momentum=Number(0.9, 0.0, 0.99, 0.01, label="momentum β"),
        lr=Choice(0.003, RATES, label="lr η"),
        noise=Number(0.0, 0.0, 40.0, 5.0),
        steps=Whole(120, 20, 200, 20),
    )


def _beside(seed: int, optimizer: str, lr: float, noise: float, steps: int) -> list[Trace]:
    """The way for every β of the small valleys."""
    return [roll(optimizer, lr, beta, steps=steps, noise=noise, seed=seed, asked=()) for beta in BETAS]


def _ground() -> dict[str, Signal]:
    """The valley's height over a grid, and the grid."""
    r, phi = torch.meshgrid(torch.tensor(ACROSS), torch.tensor(ALONG), indexing="xy")
    ground = {"floor": (valley(r, phi).numpy(), "ψ"), "across": (ACROSS, "r"), "along": (ALONG, "φ")}
    return {name: Signal(values[None, None], np.arange(1), unit) for name, (values, unit) in ground.items()}


def _summary(trace: Trace) -> str:
    heights, spectrum = trace["height"].values[:, 0], trace["age_spectrum"].values[:, 0]
    last = int(np.flatnonzero(np.isfinite(heights))[-1])
    shares = spectrum[last].cumsum() / spectrum[last].sum()
    half, most = (int(np.argmax(shares >= share - 1e-9)) + 1 for share in (0.5, 0.99))
    made = f"{half} gradients make half of the momentum, {most} make 99 %"
    carried = made if most > 1 else "nothing older is carried"
    return f"after {last + 1} steps at height ψ = {two(heights[last])}, least {two(np.nanmin(heights))} · {carried}"
