"""A short look back: every channel a weighted sum of its own last few values."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Generator, Tensor, nn

from nlviz.door.tensors import tensor
from nlviz.door.words import count, refuse
from nlviz.outer.entrance import vectors
from nlviz.outer.layers.initial import normal

__all__ = ["Convolution"]


class Convolution(nn.Module):
    """Depthwise causal convolution, each channel by itself:

        y_t = Σ_{j<kernel} w_j ∘ x_{t−j},    x_t = 0 before the text began

    After a projection this is the depthwise-separable convolution of the papers; the projection is its pointwise half.
    With it a key can be made of the token before: what follows what is then a single association.
    It begins near the identity, w_0 near 1 and the rest near 0 (deviation 0.1): drawn wholly by chance it mixes every
    token with its neighbours before anything is known, and a needle takes three times the steps (measured here).
    kernel: tokens it sees, itself included. generator: draws w.
    Raises ValueError for a kernel below one.
    Source: Behrouz et al. 2024 (arXiv 2501.00663) §4.4, after each of q, k and v.

        y, tail = Convolution(64)(x)                 # [batch, time, 64] -> the same; tail: the last kernel − 1 of x
        y, tail = convolution(more, tail)            # any split of a text gives the numbers of the whole
    """

    def __init__(self, width: int, kernel: int = 4, *, generator: Generator | None = None) -> None:
        super().__init__()
        shape = count("kernel", kernel, of="tokens, itself included"), count("width", width)
        weight = normal(*shape, generator=generator, deviation=0.1)
        weight[0] += 1
        self.weight: nn.Parameter = nn.Parameter(weight)

    @torch.no_grad()
    def begin_at(self, kernel: Sequence[float]) -> None:
        """Give every channel the same weights, the newest token's first. Raises ValueError if their number differs."""
        given = tensor("kernel", kernel, "kernel", like=self.weight)
        if len(given) != len(self.weight):
            raise ValueError(f"{len(given)} weights for a kernel of {len(self.weight)}; give one for each token")
        self.weight.copy_(given[:, None].expand_as(self.weight))

    def begin(self, x: Tensor) -> Tensor:
        """The tail before any token: nothing, which is zeros [batch, kernel − 1, width]."""
        return x.new_zeros(x.shape[0], len(self.weight) - 1, self.weight.shape[1])

    def forward(self, x: Tensor, tail: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """(y [batch, time, width], the tail to go on from)."""
        x = vectors(x, self.weight.shape[1], self.weight)
        time = x.shape[1]
        last = len(self.weight) - 1
        if tail is not None:
            tail = tensor("tail", tail, "batch kernel−1 width", like=x).to(x)
            if tail.shape != (x.shape[0], last, x.shape[2]):
                refuse("tail", tail, f"shape {[x.shape[0], last, x.shape[2]]}", "give what the last call returned")
        seen = torch.cat([self.begin(x) if tail is None else tail, x], 1)
        y = sum((w * seen[:, last - j : last - j + time] for j, w in enumerate(self.weight)), torch.zeros_like(x))
        return y, seen[:, time:]
