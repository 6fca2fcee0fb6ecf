"""A learned update rule: a small net, the same for every weight, looks at what meets there and says what to write."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Generator, Tensor

from nlviz.door import tensors, words
from nlviz.memory.nets import Gradient
from nlviz.memory.protocol import Gates
from nlviz.memory.scan import scale
from nlviz.memory.start import finite

__all__ = ["Learned"]

SEEN = ("input", "error", "their product", "weight", "past surprise")
"""What the net sees of each weight."""


@dataclass(frozen=True, eq=False)
class Learned:
    """S ← η S + θ f(x);  W ← (1 − α) W + S, where f is a net of one hidden layer. Obeys all three gates.

        f(x) = skip · x + last · tanh(first x + bias),   x_ij = (κ_j, u_i, u_i κ_j, W_ij, S_ij)

    for the weight from j to i: its input κ_j, the error u_i that came back, their product (its gradient), the weight
    and the past surprise. The net is the same for all weights, so it has few numbers and fits any matrix.
    first [hidden, 5], bias [hidden], last [hidden], skip [5]: slow weights. As `draw` makes them, last is 0 and
    skip picks the gradient: then it is `Momentum`, and learning starts from there.
    In a chunk all tokens see the weights and the past surprise at its start; the gates act token by token.
    Raises ValueError for parts that do not fit one another.
    Source: the idea is Bengio, Bengio & Cloutier 1990; this net is ours.

        >>> rule = memory.Learned.draw(8, torch.Generator().manual_seed(0))
        >>> [tuple(one.shape) for one in rule.slow]
        [(8, 5), (8,), (8,), (5,)]
    """

    first: Tensor
    bias: Tensor
    last: Tensor
    skip: Tensor

    def __post_init__(self) -> None:
        for name, axes in (("first", "hidden inputs"), ("bias", "hidden"), ("last", "hidden"), ("skip", "inputs")):
            given = tensors.floating(name, tensors.tensor(name, getattr(self, name), axes))
            finite(name, given)
            object.__setattr__(self, name, given)
        hidden = self.first.shape[0]
        for name, shape in (("first", [hidden, 5]), ("bias", [hidden]), ("last", [hidden]), ("skip", [5])):
            if list(getattr(self, name).shape) != shape:
                words.refuse(name, getattr(self, name), f"{shape}; the net sees {', '.join(SEEN)}")

    @classmethod
    def draw(cls, hidden: int, generator: Generator) -> Learned:
        """A rule that is `Momentum` so far: its hidden layer is drawn, and not listened to yet."""
        hidden, seen = words.count("hidden", hidden), len(SEEN)
        chance = tensors.generator("generator", generator)
        first = torch.randn(hidden, seen, generator=chance, device=chance.device) / math.sqrt(seen)
        still, skip = first.new_zeros(hidden), first.new_zeros(seen)
        skip[SEEN.index("their product")] = -1.0
        return cls(first, still, still.clone(), skip)

    @property
    def obeys(self) -> frozenset[str]:
        """The gates that count."""
        return frozenset({"inner_lr", "momentum", "forget"})

    @property
    def slow(self) -> tuple[Tensor, ...]:
        """What an outer loop may move."""
        return self.first, self.bias, self.last, self.skip

    def init(self, weights: Tensor) -> Tensor:
        """Nothing on its way."""
        return torch.zeros_like(weights)

    def step(self, weights: Tensor, carried: Tensor, gradient: Gradient, gates: Gates) -> tuple[Tensor, Tensor]:
        # every token's wish comes of the same old weights
        wishes = self.wishes(weights, carried, gradient)
        for t, wish in enumerate(wishes.unbind(1)):
            carried = scale(gates.momentum[:, t], carried) + scale(gates.inner_lr[:, t], wish)
            weights = scale(1 - gates.forget[:, t], weights) + carried
        return weights, carried

    def wishes(self, weights: Tensor, carried: Tensor, gradient: Gradient) -> Tensor:
        """f(x) for every token and weight, [batch, chunk, rows, columns]."""
        inputs, errors = gradient.inputs[:, :, None, :], gradient.errors[..., None]
        parts = inputs, errors, inputs * errors, weights[:, None], carried[:, None]
        x = torch.stack(torch.broadcast_tensors(*parts), -1)
        first, bias, last, skip = (one.to(x) for one in self.slow)
        return (x * skip).sum(-1) + (torch.tanh(x @ first.mT + bias) * last).sum(-1)
