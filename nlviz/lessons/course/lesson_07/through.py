"""07.1: an outer loss whose slope goes through every write. It is differentiated, and held to finite differences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Generator, Tensor

from nlviz.lessons.checking.cases import cases
from nlviz.lessons.checking.exercise import Exercise, Judged, Verdict
from nlviz.lessons.checking.losses import KINDS, judged_by_slopes

__all__ = ["SLIPS", "judge"]

Loss = Callable[..., Tensor]
_STEP = 1e-5


def _normal(generator: Generator, dtype: torch.dtype) -> dict[str, Any]:
    shapes = ((4, 3), (3, 3), (3, 4), (3,), (4,))
    W0, keys, values, query, target = (
        torch.randn(*shape, generator=generator, dtype=torch.float64).to(dtype) / 2 for shape in shapes
    )
    theta = torch.tensor(0.3 + 0.2 * generator.initial_seed(), dtype=dtype)
    return {"W0": W0, "theta": theta, "keys": keys, "values": values, "query": query, "target": target}


def _half(miss: Tensor) -> Tensor:
    return miss.square().sum() / 2


def _written(
    W0: Tensor, theta: Any, keys: Tensor, values: Tensor, patch: Callable[..., Tensor], seen: Callable[[Tensor], Tensor]
) -> Tensor:
    """W after the writes; patch: made of the memory that is seen, key, value."""
    W = W0
    for k, v in zip(keys, values, strict=True):
        W = seen(W) - theta * patch(seen(W), k, v)
    return W


def _gradient(W: Tensor, k: Tensor, v: Tensor) -> Tensor:
    return torch.outer(W @ k - v, k)


def _after(patch: Callable[..., Tensor] = _gradient, seen: Callable[[Tensor], Tensor] = lambda W: W) -> Loss:
    """The outer loss after writes of this kind."""

    def loss(W0: Tensor, theta: Any, keys: Tensor, values: Tensor, query: Tensor, target: Tensor) -> Tensor:
        return _half(_written(W0, theta, keys, values, patch, seen) @ query - target)

    return loss


_TRUE = _after()


def _at_first(W0: Tensor, theta: Tensor, keys: Tensor, values: Tensor, query: Tensor, target: Tensor) -> Tensor:
    """Every error taken at W_0."""
    return _half((W0 - theta * (W0 @ keys.mT - values.mT) @ keys) @ query - target)


def _inner_after(W0: Tensor, theta: Tensor, keys: Tensor, values: Tensor, query: Tensor, target: Tensor) -> Tensor:
    return _half(keys @ _written(W0, theta, keys, values, _gradient, lambda W: W).mT - values)


def _inner_before(W0: Tensor, theta: Tensor, keys: Tensor, values: Tensor, query: Tensor, target: Tensor) -> Tensor:
    """What the writes lowered: the inner losses, each at the memory it found."""
    W, total = W0, W0.new_zeros(())
    for k, v in zip(keys, values, strict=True):
        total = total + _half(W @ k - v)
        W = W - theta * _gradient(W, k, v)
    return total


def _differences(
    W0: Tensor, theta: Tensor, keys: Tensor, values: Tensor, query: Tensor, target: Tensor
) -> tuple[Tensor, Tensor]:
    """∂/∂W_0 and ∂/∂θ of the outer loss by central differences, in float64."""
    W0, theta, *others = (one.double() for one in (W0, theta, keys, values, query, target))

    def slope(one: Tensor) -> Tensor:
        found = torch.zeros_like(one)
        for place in range(one.numel()):
            way = torch.zeros_like(one)
            way.view(-1)[place] = _STEP
            ups, downs = ((W0 + s * way, theta) if one is W0 else (W0, theta + s * way) for s in (1, -1))
            found.view(-1)[place] = (_TRUE(*ups, *others) - _TRUE(*downs, *others)) / (2 * _STEP)
        return found

    return slope(W0), slope(theta)


def _slopes(loss: Loss) -> Callable[..., Tensor]:
    """Both slopes of a loss by autograd, in one row; 0 for what it does not reach."""

    def slopes(W0: Tensor, theta: Tensor, *others: Tensor) -> Tensor:
        given = [W0.requires_grad_(), theta.requires_grad_()]
        found = torch.autograd.grad(loss(*given, *others), given, allow_unused=True, materialize_grads=True)
        return _row(*found)

    return slopes


def _row(by_start: Tensor, by_rate: Tensor) -> Tensor:
    return torch.cat([by_start.reshape(-1), by_rate.reshape(1)])


_SMALL = {
    "W0": torch.tensor([[1.0, 0.0], [0.0, 2.0]]), "theta": torch.tensor(0.5),
    "keys": torch.tensor([[1.0, 1.0]]), "values": torch.tensor([[2.0, 1.0]]),
    "query": torch.tensor([1.0, 0.0]), "target": torch.tensor([1.0, 1.0]),
}  # fmt: skip

# What is compared are the slopes by W_0 and by θ, in one row; a loss may differ by a constant.
GRADIENT = Exercise(
    "07.1",
    "outer_loss",
    truth=lambda *given: _row(*_differences(*given)),
    cases=cases([_SMALL], _normal),
    slips={
        "unwritten": _slopes(_after(lambda W, k, v: 0 * W)),
        "first_order": _slopes(_after(lambda W, k, v: _gradient(W, k, v).detach())),
        "truncated": _slopes(_after(seen=lambda W: W.detach())),
        "no_start": _slopes(lambda W0, *others: _TRUE(W0.detach(), *others)),
        "no_rate": _slopes(lambda W0, theta, *others: _TRUE(W0, theta.detach(), *others)),
        "at_first": _slopes(_at_first),
        "inner": [_slopes(_inner_after), _slopes(_inner_before)],
        "twice": _slopes(lambda *given: 2 * _TRUE(*given)),
        "mean": [
            _slopes(lambda *given: _TRUE(*given) / len(given[-1])),
            _slopes(lambda *given: 2 * _TRUE(*given) / len(given[-1])),
        ],
        "ascent": _slopes(_after(lambda W, k, v: -_gradient(W, k, v))),
        "hebbian": _slopes(_after(lambda W, k, v: -torch.outer(v, k))),
        "one_write": _slopes(lambda W0, theta, keys, values, *others: _TRUE(W0, theta, keys[:1], values[:1], *others)),
    },
)

SLIPS = (*GRADIENT.slips, *KINDS)


def judge(exercise: Judged, answer: Any, truth: Any) -> Verdict:
    """One number that hangs together with W_0 and θ, then its slopes against finite differences."""
    return judged_by_slopes(exercise, answer, GRADIENT, weights=2, of="slopes", joined=_row)
