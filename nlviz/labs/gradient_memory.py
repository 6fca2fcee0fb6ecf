"""The gradient-memory lab: a ball rolls down a curved valley, and its momentum is a memory of gradients."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any, Unpack

import numpy as np
import torch
from torch import Tensor

from nlviz import views
from nlviz.experiments.optimizers import ROLLERS, roll, valley
from nlviz.inner import probes
from nlviz.labs.entrance import lab
from nlviz.labs.own.optimizer import CALL, OwnOptimizer, Step
from nlviz.trace import Signal, Trace
from nlviz.views.drawing.sheet import two
from nlviz.widgets import Choice, Lab, Number, Shown, Whole

__all__ = ["gradient_memory"]

BETAS = (0.0, 0.5, 0.9, 0.99)
RATES = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3)
ACROSS, ALONG = np.linspace(-4.6, 4.6, 93), np.linspace(-4.6, 4.6, 93)
PRESETS: dict[str, dict[str, Any]] = {
    "momentum": {"optimizer": "momentum", "momentum": 0.8, "lr": 0.003, "noise": 0.0, "steps": 120},
    "no memory": {"optimizer": "momentum", "momentum": 0.0, "lr": 0.003, "noise": 0.0, "steps": 120},
    "too long": {"optimizer": "momentum", "momentum": 0.99, "lr": 0.003, "noise": 0.0, "steps": 120},
    "noise": {"optimizer": "momentum", "momentum": 0.8, "lr": 0.001, "noise": 20.0, "steps": 120},
    "delta": {"optimizer": "DeltaMomentum", "momentum": 0.99, "lr": 0.003, "noise": 0.0, "steps": 120},
    "AdamW": {"optimizer": "AdamW", "momentum": 0.8, "lr": 0.3, "noise": 0.0, "steps": 120},
    "Muon": {"optimizer": "Muon", "momentum": 0.8, "lr": 0.1, "noise": 0.0, "steps": 120},
}
USUAL, OWN = "momentum", "yours"


@lab(step=CALL)
def gradient_memory(step: Step | None = None, preset: str = USUAL, *, seed: int = 0, **shown: Unpack[Shown]) -> Lab:
    """A ball in a curved valley (NL eq. 53): where momentum takes it, and which past gradients momentum is made of.

    step: your own, step(weight, gradient, past, lr, beta) -> (weight, past), each [1, 2]; it is "yours" then, beside
    the others, and the preset to start with.
    preset: "momentum" (β = .8: 4 gradients make half of it, 21 make 99 %), "no memory" (β = 0), "too long" (β = .99),
    "noise", "delta" (as long, but what is said already is erased), "AdamW", "Muon". seed: of the start, which is near
    (−3.5, 2), and of the noise. shown: see `widgets.Shown`.
    Knobs: optimizer, momentum β (β₁ of AdamW), lr, noise (deviation added to every gradient), steps. The small valleys
    show the same with β = 0, .5, .9 and .99.

        labs.gradient_memory(step=lambda weight, gradient, past, lr, beta: (weight - lr * gradient, past))
    """
    choices = (OWN, *ROLLERS) if step else ROLLERS
    presets = {OWN: {**PRESETS[USUAL], "optimizer": OWN}, **PRESETS} if step else PRESETS
    rolled = partial(_rolled, step, seed)
    # turning one knob leaves the other valleys as they were
    beside = lru_cache(maxsize=32)(partial(_beside, rolled))

    def run(optimizer: str, momentum: float, lr: float, noise: float, steps: int) -> Trace:
        trace = rolled(optimizer, lr, momentum, steps=steps, noise=noise)
        return trace.merge({**_others(beside(optimizer, lr, noise, steps)), **_ground()})

    return Lab(
        run,
        views.gradient_memory,
        name="gradient_memory",
        title="Gradient memory, with your own step" if step else "Gradient memory",
        summary=_summary,
        presets=presets,
        preset=OWN if step and preset == USUAL else preset,
        dead=lambda optimizer, lr, noise, steps, **_: _dead(optimizer, beside(optimizer, lr, noise, steps)),
        given={"step": step, "seed": seed},
        **shown,  # pyright: ignore[reportArgumentType] (it holds only what Shown lists)
        optimizer=Choice(choices[0], choices),
        momentum=Number(0.8, 0.0, 0.99, 0.01, label="momentum β"),
        lr=Choice(0.003, RATES, label="lr η"),
        noise=Number(0.0, 0.0, 40.0, 5.0),
        steps=Whole(120, 20, 200, 20),
    )


def _rolled(step: Step | None, seed: int, optimizer: str, lr: float, beta: float, **how: Any) -> Trace:
    """One ball, by the optimizer of this name, or by a student's own step."""

    def make(weights: list[Tensor], lr: float, beta: float) -> OwnOptimizer:
        assert step is not None
        return OwnOptimizer(weights[0], step, lr, beta)

    return roll(optimizer, lr, beta, seed=seed, make=make if optimizer == OWN else None, **how)


def _beside(rolled: Callable[..., Trace], optimizer: str, lr: float, noise: float, steps: int) -> list[Trace]:
    """The way for every β of the small valleys, and how much is carried on it."""
    asked = (probes.past_surprise,)
    return [rolled(optimizer, lr, beta, steps=steps, noise=noise, asked=asked) for beta in BETAS]


def _others(beside: list[Trace]) -> dict[str, Signal]:
    ways = np.stack([one["way"].values[:, 0] for one in beside], 1)
    return {
        "beside": Signal(ways, np.arange(len(ways))),
        "beta": Signal(np.array([BETAS]), np.arange(1)),
    }


def _dead(optimizer: str, beside: list[Trace]) -> dict[str, str]:
    """Why β changes nothing, if it does not."""
    lost = [marks[0].time if (marks := one.marked("diverged")) else len(one["way"].values) for one in beside]
    if max(lost) <= 1:
        return {"momentum": "the ball is lost before there is any momentum"}
    first, *rest = ([one[name].values for name in ("way", "past_surprise")] for one in beside)
    alike = all(np.array_equal(x, y, equal_nan=True) for other in rest for x, y in zip(first, other, strict=True))
    return {"momentum": "your step makes nothing of beta" if optimizer == OWN and alike else ""}


def _ground() -> dict[str, Signal]:
    """The valley's height over a grid, and the grid."""
    r, phi = torch.meshgrid(torch.tensor(ACROSS), torch.tensor(ALONG), indexing="xy")
    ground = {"floor": (valley(r, phi).numpy(), "ψ"), "across": (ACROSS, "r"), "along": (ALONG, "φ")}
    return {name: Signal(values[None, None], np.arange(1), unit) for name, (values, unit) in ground.items()}


def _summary(trace: Trace) -> str:
    heights, spectrum = trace["height"].values[:, 0], trace["age_spectrum"].values[:, 0]
    last = int(np.flatnonzero(np.isfinite(heights))[-1])
    said = f"after {last + 1} steps at height ψ = {two(heights[last])}, least {two(np.nanmin(heights))}"
    return f"{said} · {_carried(spectrum[last])}"


def _carried(left: np.ndarray) -> str:
    """How many of the last gradients make what is carried, of what is left of each by age."""
    if not left[1:].any():
        return "nothing older is carried"
    shares = left.cumsum() / left.sum()
    half, most = (int(np.argmax(shares >= share - 1e-9)) + 1 for share in (0.5, 0.99))
    return f"{half} gradients make half of the momentum, {most} make 99 %"
