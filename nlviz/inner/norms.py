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

from nlviz.inner.coefficients import Shares
from nlviz.memory import LinearState

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
    start: LinearState,
    pushes: tuple[Sum, Tensor, Tensor],
) -> tuple[Sum, Sum, Sum]:
    """(‖S_t‖², ‖M_t − M_{t−1}‖², ‖M_t‖²) of every token.

    gates: (momentum, forget); pushes: (uᵀM_{t−1}k, uᵀS_{t−1}k, ‖u‖²‖k‖²); all [batch, blocks, C].
    start: M and S at every block's start, [batch, blocks, d_value, d_key].
    """
    momentum, forget = gates
    in_memory, in_past, own = pushes
    keep = 1 - forget
    m0, d0, s0 = ((a * b).sum((-2, -1)) for a, b in ((start.memory,) * 2, start, (start.past_surprise,) * 2))
    carried, past, memory = shares.carried[..., 1:, :], shares.past[..., 1:], shares.memory[..., 1:]

    ridden = 2 * momentum * in_past
    s = _chain(carried.square(), past.square(), s0, Sum(ridden + own, ridden.abs() + own))
    met = Sum(keep * in_memory.value, keep.abs() * in_memory.size)
    d = _chain(shares.kept * carried, memory * past, d0, Sum(met.value + s.value, met.size + s.size))
    d_before = d.before(d0)
    x = Sum(momentum * d_before.value + in_memory.value, momentum.abs() * d_before.size + in_memory.size)
    crossed = Sum(2 * keep * x.value + s.value, 2 * keep.abs() * x.size + s.size)
    m = _chain(shares.kept.square(), memory.square(), m0, crossed)
    m_before = m.before(m0)
    write = Sum(
        forget.square() * m_before.value - 2 * forget * x.value + s.value,
        forget.square() * m_before.size + 2 * forget.abs() * x.size + s.size,
    )
    return s, write, m


def _chain(decays: Tensor, of_start: Tensor, start: Tensor, added: Sum) -> Sum:
    """y_t = (decay) y_{t−1} + added_t for a block; decays [.., C, C] are the products, of_start [.., C] those of y_0."""
    value = (decays @ added.value[..., None])[..., 0] + of_start * start[..., None]
    size = (decays.abs() @ added.size[..., None])[..., 0] + of_start.abs() * start.abs()[..., None]
    return Sum(value, size)
