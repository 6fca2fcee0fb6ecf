"""Update rules: how a gradient changes the weights, as `init` and `step`. Any rule, on any net, under any objective.

A rule sees one matrix of weights at a time, and the gradients of a chunk as pairs (input κ, error u), each the gradient
u κᵀ of one token. That is what a memory stores; so a memory can be the optimiser of another (`MemoryRule`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import torch
from torch import Tensor

from nlviz.door import words
from nlviz.memory.nets import Gradient
from nlviz.memory.protocol import Gates, Memory, Pairs
from nlviz.memory.scan import accumulate, scale

__all__ = ["Adam", "AdamState", "GradientDescent", "MemoryRule", "Momentum", "UpdateRule"]


CARRIED = "it is the share carried on"


class UpdateRule(Protocol):
    """init: what the rule carries for one matrix of weights, at rest. step: (weights, carried) after a chunk.

    weights [batch, rows, columns]: W, less W_0 where forgetting leads back there. gates [batch, chunk]; `obeys` names
    those that count. What is carried is a tensor like the weights, or a NamedTuple whose first field is: the past
    surprise.
    """

    @property
    def obeys(self) -> frozenset[str]: ...

    def init(self, weights: Tensor) -> Any: ...

    def step(self, weights: Tensor, carried: Any, gradient: Gradient, gates: Gates) -> tuple[Tensor, Any]: ...


@dataclass(frozen=True)
class GradientDescent:
    """W ← (1 − α) W − θ ∂ℓ/∂W: what is carried is the last write, and nobody asks for it. Obeys inner_lr, forget."""

    @property
    def obeys(self) -> frozenset[str]:
        """The gates that count."""
        return frozenset({"inner_lr", "forget"})

    def init(self, weights: Tensor) -> Tensor:
        return torch.zeros_like(weights)

    def step(self, weights: Tensor, carried: Tensor, gradient: Gradient, gates: Gates) -> tuple[Tensor, Tensor]:
        return accumulate(weights, carried, _impulses(gradient, gates), gradient.inputs, None, 1 - gates.forget)


@dataclass(frozen=True)
class Momentum:
    """S ← η S − θ ∂ℓ/∂W;  W ← (1 − α) W + S: momentary surprise and past surprise. Obeys all three gates.

    In a chunk all gradients are those at its start, and the gates act token by token.
    Source: Behrouz et al. 2024 (arXiv 2501.00663) eq. 13–14, 16–18.
    """

    @property
    def obeys(self) -> frozenset[str]:
        """The gates that count."""
        return frozenset({"inner_lr", "momentum", "forget"})

    def init(self, weights: Tensor) -> Tensor:
        return torch.zeros_like(weights)

    def step(self, weights: Tensor, carried: Tensor, gradient: Gradient, gates: Gates) -> tuple[Tensor, Tensor]:
        impulses = _impulses(gradient, gates)
        return accumulate(weights, carried, impulses, gradient.inputs, gates.momentum, 1 - gates.forget)


class AdamState(NamedTuple):
    """Running means of the gradient and of its square, [batch, rows, columns], and the steps taken [batch]."""

    first: Tensor
    second: Tensor
    steps: Tensor


@dataclass(frozen=True)
class Adam:
    """m ← β₁m + (1−β₁)g, n ← β₂n + (1−β₂)g²;  W ← (1 − α) W − θ m̂/(√n̂ + ε). Obeys inner_lr, forget.

    A chunk is one step: g is the mean of its gradients weighted with their θ, the step is its mean θ. A chunk with
    θ = 0 throughout is no step, and moves no moment. Steps do not shrink with the surprise, so θ is a length here.
    Source: Kingma & Ba 2014 (arXiv 1412.6980), with decoupled decay.
    """

    first: float = 0.9
    second: float = 0.999
    epsilon: float = 1e-8

    @property
    def obeys(self) -> frozenset[str]:
        """The gates that count."""
        return frozenset({"inner_lr", "forget"})

    def __post_init__(self) -> None:
        for name in ("first", "second"):
            share = words.number(f"Adam's {name}", getattr(self, name), least=0, below=1, remedy=CARRIED)
            object.__setattr__(self, name, share)
        object.__setattr__(self, "epsilon", words.number("Adam's epsilon", self.epsilon, least=0))

    def init(self, weights: Tensor) -> AdamState:
        # counts of steps, and 1 − 0.999, do not fit into less
        zeros = torch.zeros_like(weights, dtype=torch.promote_types(weights.dtype, torch.float32))
        return AdamState(zeros, zeros, zeros[:, 0, 0])

    def step(self, weights: Tensor, carried: AdamState, gradient: Gradient, gates: Gates) -> tuple[Tensor, AdamState]:
        if not gates.inner_lr.shape[1]:
            return weights, carried
        total = gates.inner_lr.sum(-1)
        moves = total != 0
        share = torch.where(moves, 1 / torch.where(moves, total, 1.0), 0.0)[:, None] * gates.inner_lr
        g = (share[..., None] * gradient.errors).mT @ gradient.inputs
        first = self.first * carried.first + (1 - self.first) * g
        second = self.second * carried.second + (1 - self.second) * g.square()
        steps = carried.steps + 1
        # √ of the uncorrected mean has no slope at zero: a weight that was never asked to move does not
        root = torch.where(second > 0, second, 1.0).sqrt() * (second > 0)
        moment = scale(1 / (1 - self.first**steps), first)
        size = scale((1 - self.second**steps).rsqrt(), root) + self.epsilon
        kept = scale((1 - gates.forget).prod(-1), weights)
        after = AdamState(first, second, steps)
        still = AdamState(*(_where(moves, new, old) for new, old in zip(after, carried, strict=True)))
        return kept - scale(gates.inner_lr.mean(-1), moment / size), still


@dataclass(frozen=True)
class MemoryRule:
    """Another memory as optimiser: M stores the pairs (κ, −u) that gradients are;  W ← (1 − α) W + M.

    kind: a memory that is one matrix, by its class, `MemoryRule(Hebbian)`. It writes with inner_lr θ and forgets 1 − η.
    With `Hebbian` this is `Momentum` to the last bit (token by token, wherever 1 − (1 − η) is η in floating point): so
    momentum is a memory of past surprise without values of its own. With `Delta` the optimiser corrects itself.
    Obeys forget, and those of inner_lr and momentum that the memory of gradients obeys.
    Source: Behrouz et al. 2025 (arXiv 2512.24695) eq. 33.
    """

    kind: Callable[[int, int], Memory[Any]]

    def __post_init__(self) -> None:
        if not callable(self.kind):
            named = f"give the class: MemoryRule({type(self.kind).__name__})" if hasattr(self.kind, "write") else ""
            words.refuse("kind", self.kind, "a memory by its class, such as MemoryRule(Hebbian)", named)
        try:
            one = self.kind(2, 3)
            state = one.init(1)
        except Exception as error:
            words.refuse("kind", self.kind, "what makes a memory of (d_key, d_value)", f"it says: {error}")
        if not isinstance(getattr(state, "memory", None), Tensor) or state.memory.shape != (1, 3, 2):
            words.refuse("kind", self.kind, "a memory that is one matrix, such as MemoryRule(Hebbian)")

    @property
    def obeys(self) -> frozenset[str]:
        """Which gates count; momentum is the optimiser's own keep, where it forgets at all."""
        own = getattr(self.kind, "obeys", Gates._fields)
        return frozenset({"forget"} | ({"inner_lr"} & set(own)) | ({"momentum"} if "forget" in own else set()))

    def init(self, weights: Tensor) -> Any:
        return self._memory(weights).init(weights.shape[0], like=weights)

    def step(self, weights: Tensor, carried: Any, gradient: Gradient, gates: Gates) -> tuple[Tensor, Any]:
        memory, pairs = self._memory(weights), Pairs(gradient.inputs, -gradient.errors)
        how = Gates(gates.inner_lr, torch.zeros_like(gates.momentum), 1 - gates.momentum)
        for t in range(pairs.keys.shape[1]):
            now = slice(t, t + 1)
            carried = memory.write(carried, Pairs(*(x[:, now] for x in pairs)), Gates(*(x[:, now] for x in how)))
            weights = scale(1 - gates.forget[:, t], weights) + carried.memory
        return weights, carried

    def _memory(self, weights: Tensor) -> Memory[Any]:
        rows, columns = weights.shape[1:]
        return self.kind(columns, rows)


def _impulses(gradient: Gradient, gates: Gates) -> Tensor:
    return -gates.inner_lr[..., None] * gradient.errors


def _where(moves: Tensor, new: Tensor, old: Tensor) -> Tensor:
    return torch.where(moves.reshape(-1, *(1,) * (new.dim() - 1)), new, old)
