"""What an optimizer carries from step to step: its momentum, of ours and of torch's own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.optim import SGD, Adam, AdamW, Muon, Optimizer

from nlviz.door import words
from nlviz.optim.memory_optimizer import MemoryOptimizer, as_matrix, gradient_of, group_of

__all__ = ["carried", "shares"]


class _Buffer(NamedTuple):
    """How one of torch's optimizers keeps its momentum: its name, and the shares kept and taken, of a group."""

    name: str
    keeps: Callable[[Any], float]
    takes: Callable[[Any], float]


_ADAM = _Buffer("exp_avg", lambda group: group["betas"][0], lambda group: 1 - group["betas"][0])
BUFFERS: dict[type[Optimizer], _Buffer] = {
    SGD: _Buffer("momentum_buffer", lambda group: group["momentum"], lambda group: 1 - group["dampening"]),
    Adam: _ADAM,
    AdamW: _ADAM,
    Muon: _Buffer("momentum_buffer", lambda group: group["momentum"], lambda group: 1 - group["momentum"]),
}


def carried(optimizer: Optimizer, weight: Tensor) -> Tensor:
    """The past surprise of a weight, [rows, columns], in units of its gradient: what the optimizer's momentum is now.

    Zero before the first step. Where an optimizer has no momentum (DGD, or SGD with momentum 0) it is the gradient
    that the weight has now. Raises ValueError for an optimizer nothing is known of, and for a weight
    that is none of its own.

        >>> weight = torch.nn.Parameter(torch.zeros(1, 2))
        >>> steps = torch.optim.SGD([weight], lr=0.1, momentum=0.9)
        >>> for _ in range(2):
        ...     weight.grad = torch.tensor([[1.0, 0.0]])
        ...     steps.step()
        >>> optim.carried(steps, weight)
        tensor([[1.9000, 0.0000]])
    """
    words.instance("optimizer", optimizer, Optimizer)
    group = group_of(optimizer, words.instance("weight", weight, Tensor))
    if isinstance(optimizer, MemoryOptimizer):
        return optimizer.carried(weight)
    buffer = _buffer(optimizer)
    if not _has_momentum(optimizer, group):
        return torch.zeros_like(as_matrix(weight)) if weight.grad is None else gradient_of(weight, group)
    held = optimizer.state[weight].get(buffer.name) if weight in optimizer.state else None
    return torch.zeros_like(as_matrix(weight)) if held is None else as_matrix(held)


def shares(optimizer: Optimizer, weight: Tensor, gradient: Tensor, first: bool) -> tuple[Any, Tensor]:
    """What this step leaves of past gradients (a function of them), and what it takes of its own."""
    group = group_of(optimizer, weight)
    if isinstance(optimizer, MemoryOptimizer):
        return lambda past: optimizer.kept(past, gradient, group), optimizer.taken(gradient, group)
    buffer = _buffer(optimizer)
    # torch's own dampens no first gradient, and none where there is no momentum
    whole = isinstance(optimizer, SGD) and (first or not _has_momentum(optimizer, group))
    return lambda past: buffer.keeps(group) * past, (1.0 if whole else buffer.takes(group)) * gradient


def _has_momentum(optimizer: Optimizer, group: Mapping[str, Any]) -> bool:
    """Whether it keeps any: SGD looks at no buffer where its momentum is 0."""
    return not isinstance(optimizer, SGD) or bool(group["momentum"])


def _buffer(optimizer: Optimizer) -> _Buffer:
    if type(optimizer) not in BUFFERS:
        known = ", ".join([kind.__name__ for kind in BUFFERS])
        words.refuse("optimizer", type(optimizer), f"one whose momentum is known: {known}, or one of nlviz.optim")
    return BUFFERS[type(optimizer)]
