"""08.4: an optimizer of one's own, by what a real training on digits makes of it."""

from __future__ import annotations

import math
from functools import cache
from typing import Any, NamedTuple

import torch
from torch import Generator, Tensor

from nlviz.door.results import fitted, numbers, parts
from nlviz.experiments.optimizers import Digits
from nlviz.lessons.checking.calling import Case, attempt, name_of
from nlviz.lessons.checking.exercise import Judged, Verdict

__all__ = ["RATES", "SLIPS", "judge"]

SLIPS = ("shape", "still", "late", "climbs", "lost", "plain", "hoards", "slow")
RATES = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0)
STEPS, BETA, SEEDS = 30, 0.9, 3
# Between momentum and what has no memory, or one that never forgets, each at its best rate.
ASKED = 0.35
_NAMES = ("weight", "gradient", "past", "lr", "beta")


class _Stop(Exception):
    """What went wrong in a call: words of our own, or a slip with what came."""

    def __init__(self, problem: str, slip: str = "") -> None:
        super().__init__(problem)
        self.problem, self.slip = problem, slip


class _Best(NamedTuple):
    """The least loss, and the rate it came at."""

    loss: float
    rate: float


def judge(exercise: Judged, answer: Any, truth: Any) -> Verdict:
    """Thirty steps on digits at eight rates; at the best of them three seeds."""
    unable = exercise.uncallable(answer, dict.fromkeys(_NAMES))
    if unable:
        return unable
    try:
        slip = _once_wrong(answer)
        if slip:
            return exercise.slip(slip)
        best = _searched(answer)
        said = {"loss": f"{best.loss:.2f}", "rate": f"{best.rate:g}", "asked": f"{ASKED:g}", "steps": STEPS}
        slip = _why(answer, best)
    except _Stop as stop:
        return exercise.slip(stop.slip, got=stop.problem) if stop.slip else exercise.wrong(stop.problem)
    return exercise.slip(slip, **said) if slip else exercise.right(**said, plain=f"{_without_memory():.2f}")


def _once_wrong(answer: Any) -> str:
    """The slip that two steps of a small matrix show, whatever a training would say."""
    weight, gradient = torch.ones(2, 3), torch.tensor([[1.0, -2.0, 0.5], [0.5, 1.0, -1.0]])
    first, past = _step(answer, weight, gradient, torch.zeros(2, 3), 0.1)
    second, _ = _step(answer, first, gradient, past, 0.1)
    if torch.equal(second, weight):
        return "still"
    if torch.equal(first, weight):
        return "late"
    return "climbs" if float(((first - weight) * gradient).sum()) > 0 else ""


def _why(answer: Any, best: _Best) -> str:
    """Which slip it is that does not learn well enough; "" if it does."""
    if not math.isfinite(best.loss):
        return "lost"
    if best.loss < ASKED:
        return ""
    weight, gradient, past = (torch.full((2, 3), size) for size in (1.0, 0.37, 1.7))
    after = _step(answer, weight, gradient, past, 0.1)[1]
    if torch.equal(after, past) or torch.equal(after, gradient):
        return "plain"
    return "hoards" if torch.allclose(after, past + gradient) else "slow"


def _searched(answer: Any) -> _Best:
    """The best rate on one seed, and its mean loss on three."""
    losses = {rate: _trained(answer, rate, 0) for rate in RATES}
    rate = min(losses, key=losses.__getitem__)
    more = [_trained(answer, rate, seed) for seed in range(1, SEEDS)]
    return _Best(sum([losses[rate], *more]) / SEEDS, rate)


@cache
def _without_memory() -> float:
    """What plain gradient descent comes to."""
    return _searched(lambda weight, gradient, past, lr, beta: (weight - lr * gradient, past)).loss


def _trained(answer: Any, rate: float, seed: int) -> float:
    """The loss on digits that were kept for asking; inf where the training was lost."""
    task = Digits(Generator().manual_seed(seed))
    weights = list(task.model.parameters())
    pasts = [torch.zeros_like(one) for one in weights]
    for _ in range(STEPS):
        task.model.zero_grad()
        task.loss().backward()
        for place, weight in enumerate(weights):
            assert weight.grad is not None
            after, pasts[place] = _step(answer, weight.detach(), weight.grad, pasts[place], rate)
            if not bool(after.isfinite().all()):
                return math.inf
            with torch.no_grad():
                weight.copy_(after)
    loss = task.asked().loss
    return loss if math.isfinite(loss) else math.inf


def _step(answer: Any, weight: Tensor, gradient: Tensor, past: Tensor, rate: float) -> tuple[Tensor, Tensor]:
    """One call, its two results as tensors. Raises _Stop for what is no two matrices of that shape."""
    given = zip(_NAMES, (weight, gradient, past, rate, BETA), strict=True)
    result, problem = attempt(answer, Case(dict(given)))
    if problem:
        raise _Stop(problem)
    both = parts(result, 2)
    if both is None:
        raise _Stop(name_of(result), "shape")
    found = [_like(part, weight) for part in both]
    return found[0], found[1]


def _like(part: Any, weight: Tensor) -> Tensor:
    value = numbers(part)
    fits = None if value is None else fitted(value, weight.shape)
    if fits is None:
        got = name_of(part) if value is None else f"shape {list(value.shape)}"
        raise _Stop(got, "shape")
    return fits.to(weight)
