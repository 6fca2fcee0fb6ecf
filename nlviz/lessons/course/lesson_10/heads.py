"""Exercises 10.3 and 10.4: a head for every prefix, and the first prefix that is sure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from nlviz.lessons.checking.cases import cases
from nlviz.lessons.checking.exercise import Exercise

__all__ = ["CASCADE", "MATRYOSHKA"]


# ---- 10.3


def _heads_case(generator: Generator, dtype: torch.dtype) -> dict[str, Any]:
    drawn = {
        name: torch.randn(*shape, generator=generator, dtype=torch.float64).to(dtype)
        for name, shape in {"z": (5, 4), "W_short": (3, 2), "W_long": (3, 4)}.items()
    }
    return drawn | {"labels": torch.randint(3, (5,), generator=generator)}


def _by_hand(z: Tensor, W_short: Tensor, W_long: Tensor, labels: Tensor) -> Tensor:
    """−log of the right class's share, example by example."""
    total = z.new_zeros(())
    for W in (W_short, W_long):
        for one, label in zip(z, labels.tolist(), strict=True):
            logits = W @ one[: W.shape[1]]
            total = total + (logits.logsumexp(0) - logits[label]) / len(z)
    return total


def _ce(z: Tensor, W: Tensor, labels: Tensor) -> Tensor:
    return F.cross_entropy(z @ W.mT, labels)


def _two(short: Callable[..., Tensor], join: Callable[[Tensor, Tensor], Tensor] = torch.add) -> Callable[..., Tensor]:
    """The long head is right; what the short one sees is made by `short`."""
    return lambda z, W, V, labels: join(_ce(short(z), W, labels), _ce(z, V, labels))


_PLAIN = {
    "z": torch.tensor([[1.0, 0.0, 2.0], [0.0, 1.0, 0.0]]),
    "W_short": torch.tensor([[1.0], [0.0]]),
    "W_long": torch.tensor([[1.0, 0.0, 0.5], [0.0, 1.0, 0.0]]),
    "labels": torch.tensor([0, 1]),
}

MATRYOSHKA = Exercise(
    "10.3",
    "matryoshka_loss",
    truth=_by_hand,
    cases=cases([_PLAIN], _heads_case),
    slips={
        "long": lambda z, W, V, labels: _ce(z, V, labels),
        "short": lambda z, W, V, labels: _ce(z[:, : W.shape[1]], W, labels),
        "end": lambda z, W, V, labels: _ce(z[:, -W.shape[1] :], W, labels) + _ce(z, V, labels),
        "mean": lambda z, W, V, labels: _by_hand(z, W, V, labels) / 2,
        "summed": lambda z, W, V, labels: len(z) * _by_hand(z, W, V, labels),
        "product": lambda z, W, V, labels: _ce(z[:, : W.shape[1]], W, labels) * _ce(z, V, labels),
        "best": lambda z, W, V, labels: torch.minimum(_ce(z[:, : W.shape[1]], W, labels), _ce(z, V, labels)),
        "one_head": lambda z, W, V, labels: _ce(z[:, : W.shape[1]], V[:, : W.shape[1]], labels) + _ce(z, V, labels),
        "added_logits": lambda z, W, V, labels: F.cross_entropy(z[:, : W.shape[1]] @ W.mT + z @ V.mT, labels),
        "rest": lambda z, W, V, labels: (
            _ce(z[:, : W.shape[1]], W, labels) + _ce(z[:, W.shape[1] :], V[:, W.shape[1] :], labels)
        ),
        "each": lambda z, W, V, labels: torch.stack([_ce(z[:, : W.shape[1]], W, labels), _ce(z, V, labels)]),
    },
)


# ---- 10.4


def _chances_case(generator: Generator, dtype: torch.dtype) -> dict[str, Any]:
    logits = torch.randn(3, 6, 4, generator=generator, dtype=torch.float64).to(dtype)
    sharper = torch.tensor([1.0, 2.0, 3.0], dtype=dtype)[:, None, None]
    return {"chances": (logits * sharper).softmax(-1), "sizes": (2, 4, 8), "sure": 0.7}


def _step_by_step(chances: Tensor, sizes: tuple[int, ...], sure: float) -> list[list[float]]:
    """Item by item, from the shortest prefix on."""
    answers, read = [], []
    for item in range(chances.shape[1]):
        for place, size in enumerate(sizes):
            if chances[place, item].max() >= sure or size == sizes[-1]:
                answers.append(float(chances[place, item].argmax()))
                read.append(float(size))
                break
    return [answers, read]


Places = Callable[[Tensor, float], Tensor]


def _stops(place: Places, cost: Callable[[Tensor, Tensor], Tensor] = lambda sizes, at: sizes[at]) -> Callable[..., Any]:
    """Answers and numbers read, by the place where each item stops."""

    def cascade(chances: Tensor, sizes: tuple[int, ...], sure: float) -> Tensor:
        best, classes = chances.max(-1)
        at = place(best, sure)
        return torch.stack([classes.gather(0, at[None])[0].double(), cost(torch.tensor(sizes), at).double()])

    return cascade


def _first_sure(best: Tensor, sure: float) -> Tensor:
    enough = best >= sure
    enough[-1] = True
    return enough.int().argmax(0)


def _falls_back(best: Tensor, sure: float) -> Tensor:
    """The first that is sure; where none is, the first of all: argmax of nothing."""
    return (best >= sure).int().argmax(0)


def _last_sure(best: Tensor, sure: float) -> Tensor:
    enough = (best >= sure).int()
    return torch.where(enough.any(0), len(best) - 1 - enough.flip(0).argmax(0), len(best) - 1)


_THREE = {
    "chances": torch.tensor([[[0.9, 0.1], [0.4, 0.6], [0.55, 0.45]], [[0.2, 0.8], [0.1, 0.9], [0.4, 0.6]]]),
    "sizes": (2, 8),
    "sure": 0.8,
}

CASCADE = Exercise(
    "10.4",
    "cascade",
    truth=_step_by_step,
    cases=cases([_THREE], _chances_case),
    slips={
        "longest": _stops(lambda best, sure: torch.full_like(best[0], len(best) - 1, dtype=torch.long)),
        "shortest": _stops(lambda best, sure: torch.zeros_like(best[0], dtype=torch.long)),
        "surest": _stops(lambda best, sure: best.argmax(0)),
        "falls_back": _stops(_falls_back),
        "last": _stops(_last_sure),
        "unsure": _stops(lambda best, sure: (best < sure).int().argmax(0)),
        "added": _stops(_first_sure, lambda sizes, at: sizes.cumsum(0)[at]),
        "place": _stops(_first_sure, lambda sizes, at: at),
        "all": _stops(_first_sure, lambda sizes, at: sizes[-1].expand(len(at))),
        "swapped": lambda chances, sizes, sure: _stops(_first_sure)(chances, sizes, sure).flip(0),
    },
)
