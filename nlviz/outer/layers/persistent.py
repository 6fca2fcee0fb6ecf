"""Persistent memory: what a model always has before it, whatever it reads."""

from __future__ import annotations

import torch
from torch import Generator, Tensor, nn

from nlviz.door import words as door
from nlviz.outer.entrance import vectors
from nlviz.outer.layers.initial import normal

__all__ = ["PersistentMemory"]


class PersistentMemory(nn.Module):
    """Slow vectors p_1 … p_N in front of every text: knowledge of the task, not of the text.

        [p_1 ‖ … ‖ p_N ‖ x_1 ‖ x_2 ‖ …]

    They are learned by the outer loop and never move while reading. count: N, may be 0. generator: draws them,
    standard normal as the tokens they stand among are.
    Raises ValueError for a count below zero.
    Source: Behrouz et al. 2024 (arXiv 2501.00663) §3.3, eq. 19.

        p = PersistentMemory(4, 64)
        p(x)                                          # [batch, 4, 64], for as many streams as x has
        p.before(x)                                   # [batch, 4 + time, 64]
    """

    def __init__(self, count: int, width: int, *, generator: Generator | None = None) -> None:
        super().__init__()
        shape = door.count("count", count, least=0, of="persistent vectors"), door.count("width", width)
        self.vectors: nn.Parameter = nn.Parameter(normal(*shape, generator=generator))

    def __len__(self) -> int:
        return len(self.vectors)

    def forward(self, x: Tensor) -> Tensor:
        """The vectors for every stream of x [batch, …]: [batch, count, width]."""
        return self.vectors.expand(x.shape[0], -1, -1)

    def before(self, x: Tensor) -> Tensor:
        """[p ‖ x], [batch, count + time, width]."""
        x = vectors(x, self.vectors.shape[1], self.vectors)
        return torch.cat([self(x), x], 1)
