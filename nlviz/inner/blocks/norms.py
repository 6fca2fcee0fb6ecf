"""Squared norms of every state in a block, from scalar recurrences: no state is built.

With s = ‖S‖², m = ‖M‖², d = ⟨M, S⟩ and x_t = ⟨M_{t−1}, S_t⟩ = η d_{t−1} + uᵀM_{t−1}k,

    s ← η² s + 2η uᵀS_{t−1}k + ‖u‖²‖k‖²        d ← (1−α) x + s
    m ← (1−α)² m + 2(1−α) x + s                 ‖M_t − M_{t−1}‖² = α² m_{t−1} − 2α x + s

Each is linear, so a block's worth of it is one product with the shares' squares. A square that comes out of a
cancellation keeps few digits, so each comes with the size of what was added up.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from nlviz.inner.blocks.shares import Shares

__all__ = ["Sum", "squares"]


class Sum(NamedTuple):
    """A sum and the sum of its terms' sizes, each [batch, blocks, C]; rounding is about eps × size."""

    value: Tensor
    size: Tensor

    def before(self, start: Tensor) -> Sum:
        """The sum before each token; start [batch, blocks] is that before the first."""
        return Sum(
            *(
                torch.cat([first[..., None], x[..., :-1]], -1)
                for first, x in ((start, self.value), (start.abs(), self.size))
            )
        )


def squares(
    shares: Shares,
    gates: tuple[Tensor, Tensor],
    starts: tuple[Tensor, Tensor, Tensor],
    pushes: tuple[Tensor, Tensor, Tensor],
) -> tuple[Sum, Sum, Sum]:
    """(‖S_t‖², ‖M_t − M_{t−1}‖², ‖M_t‖²) of every token.

    gates: (momentum, forget); pushes: (uᵀM_{t−1}k, uᵀS_{t−1}k, ‖u‖²‖k‖²); all [batch, blocks, C].
    starts: (‖M‖², ⟨M, S⟩, ‖S‖²) at every block's start, [batch, blocks].
    """
    momentum, forget = gates
    in_memory, in_past, own = pushes
    m0, d0, s0 = starts
    keep = 1 - forget
    carried, past, memory = shares.carried[..., 1:, :], shares.past[..., 1:], shares.memory[..., 1:]

    ridden = 2 * momentum * in_past
    s = _chain(carried.square(), past.square(), s0, Sum(ridden + own, ridden.abs() + own))
    met = keep * in_memory
    d = _chain(shares.kept * carried, memory * past, d0, Sum(met + s.value, met.abs() + s.size), signed=True)
    d_before = d.before(d0)
    x = Sum(momentum * d_before.value + in_memory, momentum.abs() * d_before.size + in_memory.abs())
    crossed = Sum(2 * keep * x.value + s.value, 2 * keep.abs() * x.size + s.size)
    m = _chain(shares.kept.square(), memory.square(), m0, crossed)
    m_before = m.before(m0)
    write = Sum(
        forget.square() * m_before.value - 2 * forget * x.value + s.value,
        forget.square() * m_before.size + 2 * forget.abs() * x.size + s.size,
    )
    return s, write, m


def _chain(decays: Tensor, of_start: Tensor, start: Tensor, added: Sum, *, signed: bool = False) -> Sum:
    """y_t = decay_t y_{t−1} + added_t for a block: decays [.., C, C] are products, of_start [.., C] those of y_0.

    signed: whether decays can be negative; what is a square has its size already.
    """

    def total(decays: Tensor, of_start: Tensor, start: Tensor, added: Tensor) -> Tensor:
        # a batch of matrices times one vector each: summing rows is several times as fast as a matrix product
        return torch.addcmul((decays * added[..., None, :]).sum(-1), of_start, start[..., None])

    value = total(decays, of_start, start, added.value)
    if signed:
        decays, of_start = decays.abs(), of_start.abs()
    return Sum(value, total(decays, of_start, start.abs(), added.size))
