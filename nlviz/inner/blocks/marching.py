"""The march from state to state through blocks, with its backward pass written out.

Every block asks the states X (M, and S if it is carried) and solves for its errors:

    H = A Xᵀ        (I + T) E = n + Σ known ∘ H        X ← to ∘ X + Eᵀ B (+ added)

Back through a block, with a bar for ∂ℓ/∂: substitution from the other end, and as many products as on the way there,

    (I + T)ᵀ n̄ = Ē + Σ B X̄ᵀ        H̄ = known ∘ n̄        X̄ ← to ∘ X̄ + H̄ᵀ A

What nothing waits for, ∂ℓ/∂ of A, T, B and shares, follows for all blocks at once. Autograd's own way through the same
march is three times as many calls, and gives the same numbers up to rounding. This backward pass is itself made of
what autograd knows, so that gradients of gradients are exact too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor

from nlviz.door.tensors import goes_back, may_look

__all__ = ["Mixer", "Steps", "Trail", "mixer", "walk"]


# blocks from which the backward pass written out is worth the call
MANY = 4


class Steps(NamedTuple):
    """What a march needs of every block, [batch, blocks, …]: see `recurrence.System`. Lists are over the states X.

    asking: A. known: how much of what X says counts. ends: B. to_memory: of X in M at the block's end; to_past: of S in
    S.
    """

    minus: Tensor
    triangle: Tensor | None
    added: Tensor | None
    to_past: Tensor | None
    asking: list[Tensor]
    known: list[Tensor]
    ends: list[Tensor]
    to_memory: list[Tensor]

    def flat(self) -> list[Tensor | None]:
        """All of it in a row."""
        return [*self[:4], *(one for each in self[4:] for one in each)]  # pyright: ignore

    @classmethod
    def of(cls, flat: Sequence[Any]) -> Steps:
        """Back from `flat`."""
        count = (len(flat) - 4) // 4
        return cls(*flat[:4], *(list(flat[4 + n * count : 4 + (n + 1) * count]) for n in range(4)))


class Trail(NamedTuple):
    """What a march leaves: E [batch, blocks, …], and per X the X where blocks start, likewise, and X at the end."""

    errors: Tensor
    starts: list[Tensor]
    end: list[Tensor]


Mixer = Callable[[Tensor, Sequence[Tensor], Sequence[Tensor]], Tensor]
"""Adds to a sum every part's share: (sum, shares, parts) -> sum."""


def mixer(*given: Tensor | None) -> Mixer:
    """What adds up here: in place, but not under `torch.func.vmap`, where one tensor stands for many."""
    return _mix if may_look(*(one for one in given if one is not None)) else _mix_apart


def walk(steps: Steps, at: tuple[Tensor, ...]) -> Trail:
    """From X to E to the next X, one block after the other."""
    given = [*steps.flat(), *at]
    held = [one for one in given if one is not None]
    if steps.minus.shape[1] >= MANY and goes_back(*held):
        n, (errors, *found) = len(at), _March.apply(len(at), *given)  # pyright: ignore
        return Trail(errors, found[:n], found[n:])
    return _forth(steps, at, mixer(*held))


def _forth(steps: Steps, at: tuple[Tensor, ...], mix: Mixer) -> Trail:
    starts, errors = [], []
    minus = steps.minus.unbind(1)
    triangle, added, to_past = (None if one is None else one.unbind(1) for one in steps[1:4])
    asking, known, ends, to_memory = (list(zip(*(x.unbind(1) for x in each), strict=True)) for each in steps[4:])
    for b in range(len(minus)):
        starts.append(at)
        said, *others = [torch.bmm(asks, x.mT) for asks, x in zip(asking[b], at, strict=True)]
        error = mix(torch.addcmul(minus[b], known[b][0], said), known[b][1:], others)
        error = error if triangle is None else _solved(triangle[b], error)
        errors.append(error)
        push = torch.bmm(error.mT, ends[b][0])
        memory = mix(push if added is None else push + added[b], to_memory[b], at)
        others = () if to_past is None else (mix(torch.bmm(error.mT, ends[b][1]), (to_past[b],), at[1:]),)
        at = (memory, *others)
    return Trail(_stack(errors), [_stack(one) for one in zip(*starts, strict=True)], list(at))


class _March(torch.autograd.Function):
    """`_forth`, and back."""

    @staticmethod
    def forward(ctx: Any, count: int, *given: Any) -> tuple[Tensor, ...]:  # pyright: ignore
        errors, starts, end = _forth(Steps.of(given[:-count]), given[-count:], _mix)
        ctx.count = count
        ctx.set_materialize_grads(False)
        ctx.save_for_backward(*given[:-count], errors, *starts)
        return errors, *starts, *end

    @staticmethod
    def backward(ctx: Any, *slopes: Tensor | None) -> tuple[Any, ...]:  # pyright: ignore[reportIncompatibleMethodOverride]
        n, saved = ctx.count, ctx.saved_tensors
        steps, trail = Steps.of(saved[: -n - 1]), Trail(saved[-n - 1], saved[-n:], [])
        minus, after, start = _back(steps, trail, slopes, n)
        return None, *_slopes(steps, Steps.of(ctx.needs_input_grad[1:-n]), trail, minus, after), *start


def _back(
    steps: Steps, trail: Trail, slopes: Sequence[Tensor | None], n: int
) -> tuple[Tensor, list[Tensor], list[Tensor]]:
    """Through all blocks from the last to the first: ∂ℓ/∂ of n, of X at every block's end, and of X at the start.

    slopes: ∂ℓ/∂ of E, of every X where blocks start, and of every X at the end; None for nothing. In place where nobody
    asks for a gradient of this gradient.
    """
    mix = _mix_apart if torch.is_grad_enabled() else _mix
    triangle, to_past = (None if one is None else one.unbind(1) for one in (steps.triangle, steps.to_past))
    asking, known, ends, to_memory = ([x.unbind(1) for x in each] for each in steps[4:])
    wrong, *seen = [
        (torch.zeros_like(x) if slope is None else slope).unbind(1)
        for x, slope in zip((trail.errors, *trail.starts), slopes[: n + 1], strict=True)
    ]
    at = [
        torch.zeros_like(x[:, 0]) if slope is None else slope
        for x, slope in zip(trail.starts, slopes[n + 1 :], strict=True)
    ]
    minus, after = [], []
    for b in reversed(range(len(wrong))):
        after.append(at)
        error = wrong[b]
        for one, slope in zip(ends, at, strict=True):
            error = torch.baddbmm(error, one[b], slope.mT)
        error = error if triangle is None else _solved_back(triangle[b], error)
        minus.append(error)
        at = [
            mix(torch.baddbmm(extra[b], (share[b] * error).mT, asks[b]), (to[b],), at[:1])
            for extra, share, asks, to in zip(seen, known, asking, to_memory, strict=True)
        ]
        if to_past is not None:
            at[1] = mix(at[1], (to_past[b],), after[-1][1:])
    return _stack(minus[::-1]), [_stack(one) for one in zip(*after[::-1], strict=True)], at


def _slopes(steps: Steps, wants: Any, trail: Trail, minus: Tensor, after: list[Tensor]) -> list[Tensor | None]:
    """∂ℓ/∂ of every step that wants it, as `Steps.flat` has them; nothing waits for these, so of all blocks at once."""

    def each(wanted: Sequence[bool], found: Callable[[int], Tensor]) -> list[Any]:
        return [found(x) if one else None for x, one in enumerate(wanted)]

    def of_share(share: Tensor, slope: Tensor, met: Tensor) -> Tensor:
        return (slope * met).sum_to_size(share.shape)

    # n̄ X, asked by A, is what known has to answer for; times known it is what A has
    pulled = [
        minus @ x if any(both) else minus for x, *both in zip(trail.starts, wants.asking, wants.known, strict=True)
    ]
    return Steps(
        minus=minus,
        triangle=(minus @ -trail.errors.mT).tril(-1) if wants.triangle else None,
        added=after[0] if wants.added else None,
        to_past=of_share(steps.to_past, after[-1], trail.starts[-1]) if wants.to_past else None,  # pyright: ignore
        asking=each(wants.asking, lambda x: steps.known[x] * pulled[x]),
        known=each(wants.known, lambda x: of_share(steps.known[x], steps.asking[x], pulled[x])),
        ends=each(wants.ends, lambda x: trail.errors @ after[x]),
        to_memory=each(wants.to_memory, lambda x: of_share(steps.to_memory[x], after[0], trail.starts[x])),
    ).flat()


def _solved(triangle: Tensor, known: Tensor) -> Tensor:
    """E of (I + triangle) E = known, by substitution; from the right, where LAPACK takes our rows as they lie."""
    upper = triangle.mT
    return torch.linalg.solve_triangular(upper, known.mT, upper=True, left=False, unitriangular=True).mT


def _solved_back(triangle: Tensor, known: Tensor) -> Tensor:
    """N of (I + triangle)ᵀ N = known, in the same way."""
    return torch.linalg.solve_triangular(triangle, known.mT, upper=False, left=False, unitriangular=True).mT


def _stack(blocks: list[Tensor] | tuple[Tensor, ...]) -> Tensor:
    return blocks[0].unsqueeze(1) if len(blocks) == 1 else torch.stack(blocks, 1)


def _mix(total: Tensor, shares: Sequence[Tensor], parts: Sequence[Tensor]) -> Tensor:
    """`total`, a product nobody else holds, with every part's share added to it in place."""
    for share, part in zip(shares, parts, strict=True):
        total.addcmul_(share, part)
    return total


def _mix_apart(total: Tensor, shares: Sequence[Tensor], parts: Sequence[Tensor]) -> Tensor:
    """The same with nothing in place: what `torch.func.vmap` can do, a tenth slower at large widths."""
    for share, part in zip(shares, parts, strict=True):
        total = total + share * part
    return total
