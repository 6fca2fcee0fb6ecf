"""Squared norms of every state in a block, from scalar recurrences: no state is built.

With s = ‖S‖², m = ‖M‖², d = ⟨M, S⟩ and x_t = ⟨M_{t−1}, S_t⟩ = η d_{t−1} + uᵀM_{t−1}k,

    s ← η² s + 2η uᵀS_{t−1}k + ‖u‖²‖k‖²        d ← (1−α) x + s
    m ← (1−α)² m + 2(1−α) x + s                 ‖M_t − M_{t−1}‖² = α² m_{t−1} − 2α x + s

Each is linear, so a block's worth of it is one product with the shares' squares. A square that comes out of a
cancellation keeps few digits, so each comes with the size of what was added up.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from nlviz.inner.blocks.channels import Channels
from nlviz.inner.blocks.shares import Shares

__all__ = ["Sum", "by_channel", "squares", "unmoved"]


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


def unmoved(share: Shares, forget: Tensor | None, start: Tensor, pushed: Tensor, own: Tensor) -> tuple[Sum, Sum]:
    """(‖M_t − M_{t−1}‖², ‖M_t‖²) of every token where nothing is carried, so that S_t is the write u cᵀ.

    forget: None where nothing is forgotten. start: ‖M‖² at every block's start. pushed: uᵀM_{t−1}c. own: ‖u‖²‖c‖².
    """
    if forget is None:
        memory = (own + 2 * pushed).cumsum(-1), (own + 2 * pushed.abs()).cumsum(-1)
        return Sum(own, own), Sum(*(start[..., None] + one for one in memory))
    keep = 1 - forget
    crossed = Sum(own + 2 * keep * pushed, own + 2 * (keep * pushed).abs())
    memory = _chain(share.kept.square(), share.memory[..., 1:].square(), start, crossed)
    (m, m_size), rest = memory.before(start), 2 * forget * pushed
    return Sum(forget.square() * m - rest + own, forget.square() * m_size + rest.abs() + own), memory


def by_channel(share: Channels, start: Tensor, writes: Sequence[tuple[Tensor, Tensor]]) -> tuple[Sum, Sum]:
    """(‖M_t − M_{t−1}‖², ‖M_t‖²) of every token, channel by channel; M_t = M_{t−1} diag(a_t) + Σ u_t c_tᵀ.

    start: M at every block's start. writes: (u, c) of all that is written without momentum. With m and g the squares of
    a column of M and the product uᵀM_{t−1} there,

        m ← a² m + 2a Σ g c + ‖Σ u c‖²        ‖M_t − M_{t−1}‖² = Σ_ch (1−a)² m_{t−1} − 2(1−a) Σ g c + ‖Σ u c‖²
    """
    keep, forget = share.keep, 1 - share.keep
    met, own = None, None
    for u, c in writes:
        pulled = share.before * (u @ start)
        for other, key in writes:
            pulled = pulled + share.gathered(u @ other.mT, key)
            each = (u * other).sum(-1, keepdim=True) * (c * key)
            own = Sum(each, each.abs()) if own is None else Sum(own.value + each, own.size + each.abs())
        each = pulled * c
        met = Sum(each, each.abs()) if met is None else Sum(met.value + each, met.size + each.abs())
    assert met is not None
    assert own is not None
    first = start.square().sum(-2)
    memory = Sum(*(share.summed(first, 2 * keep * x + y) for x, y in zip(met, own, strict=True)))
    (m, m_size), (x, x_size), (y, y_size) = (
        [torch.cat([first[..., None, :], one[..., :-1, :]], -2) for one in memory],
        met,
        own,
    )
    write = forget.square() * m - 2 * forget * x + y, forget.square() * m_size + 2 * forget * x_size + y_size
    return Sum(*(one.sum(-1) for one in write)), Sum(*(one.sum(-1) for one in memory))


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
