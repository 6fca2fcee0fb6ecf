"""A training whose optimizer is thrown away on the way, and all that it carried with it; the weights stay."""

from __future__ import annotations

import numpy as np
from torch import Generator

from nlviz.door import words
from nlviz.experiments.optimizers.contenders import contender
from nlviz.experiments.optimizers.tasks import TASKS, Task
from nlviz.inner import probes
from nlviz.optim import age_spectrum, watched
from nlviz.trace import Mark, Signal, Trace

__all__ = ["interrupted"]

AGES = 100
"""So old a gradient may be to be counted: of momentum .9 all older ones together make 3 in 100,000."""

_NORMS = probes.surprise, probes.past_surprise, probes.write_norm


def interrupted(
    name: str, task: str, lr: float, *, steps: int = 200, at: int | None = 100, since: int = 0, seed: int = 0
) -> Trace:
    """One of CONTENDERS on one of TASKS, watched; before step `at` it is made anew, and carries nothing. None: never.

    Signals, all [steps − since, 1], of the steps from `since` on: "loss", on what is kept for asking; "surprise",
    "past_surprise" and "write_norm", the norms over all weights together; "make half" and "make 99 %", how many of the
    newest gradients do so, of what is carried for the first weight, 0 where nothing is. A gradient older than 99 steps
    counts as none. The mark "thrown away" says when.
    Raises ValueError for a name that is none, numbers that are none, and an optimizer whose momentum is no sum of
    gradients (DeepMomentum).

        >>> run = experiments.optimizers.interrupted("momentum", "digits", 0.1, steps=4, at=2)
        >>> run["make 99 %"].values[:, 0].tolist()
        [1.0, 2.0, 1.0, 2.0]
    """
    make, steps = words.known("task", task, TASKS), words.count("steps", steps, of="steps", most=10_000)
    lr, seed = words.number("lr", lr, least=0), words.seed("seed", seed)
    since = words.count("since", since, least=0, most=steps - 1)
    at = None if at is None else words.count("at", at, least=0, most=steps)
    chance = Generator().manual_seed(seed)
    held, parts = make(Generator().manual_seed(seed)), [steps] if at is None else [at, steps - at]
    told = [_part(held, name, lr, length, chance) for length in parts if length]
    times = np.arange(since, steps)
    whole = {key: np.concatenate([part[key] for part in told]) for key in _UNITS}
    signals = {key: Signal(values[since:], times, _UNITS[key]) for key, values in whole.items()}
    return Trace(signals, marks=() if at is None else (Mark(at, "thrown away", "state thrown away"),))


_UNITS = {
    "loss": "loss",
    "surprise": "‖g‖",
    "past_surprise": "‖S‖",
    "write_norm": "‖ΔW‖",
    "make half": "gradients",
    "make 99 %": "gradients",
}


def _part(held: Task, name: str, lr: float, steps: int, chance: Generator) -> dict[str, np.ndarray]:
    """So many steps by a new optimizer: every signal [steps, 1]."""
    optimizer, losses = contender(name, held.model, lr, generator=chance), []
    with watched(optimizer, [*_NORMS, age_spectrum(min(AGES, steps))]) as watch:
        for _ in range(steps):
            optimizer.zero_grad()
            held.loss().backward()
            optimizer.step()
            losses.append(held.asked().loss)
    norms = {one.name: np.linalg.norm(watch.trace[one.name].values, axis=1) for one in _NORMS}
    left = watch.trace["age_spectrum"].values[:, 0]
    counts = {"make half": _made(left, 0.5), "make 99 %": _made(left, 0.99)}
    return {key: np.asarray(one, dtype=float)[:, None] for key, one in {"loss": losses, **norms, **counts}.items()}


def _made(left: np.ndarray, share: float) -> np.ndarray:
    """How many of the newest gradients make this share of what is carried, [steps], from what is left by age."""
    total = left.cumsum(1)
    # a share is reached when it is there up to rounding
    reached = total >= share * total[:, -1:] * (1 - 1e-6)
    return np.where(total[:, -1] > 0, reached.argmax(1) + 1, 0)
