"""Shares against the two scalar lines they are shares of: whatever is put in at one place is followed through."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from nlviz.inner.blocks.shares import shares

KEEP = torch.tensor([0.5, 0.0, 0.75, 1.0], dtype=torch.float64)
MOMENTUM = torch.tensor([0.25, 0.5, 1.0, 0.125], dtype=torch.float64)
C = len(KEEP)


def followed(momentum: Tensor, *, memory: float = 0.0, past: float = 0.0, impulse: int = -1) -> tuple[Tensor, Tensor]:
    """(M, S) at the start and after every token, each [C+1], where one thing is 1 and all else 0."""
    rows = [(memory, past)]
    for t in range(C):
        past = float(momentum[t]) * past + (t == impulse)
        memory = float(KEEP[t]) * memory + past
        rows.append((memory, past))
    found = torch.tensor(rows, dtype=torch.float64)
    return found[:, 0], found[:, 1]


@pytest.mark.parametrize("momentum", [MOMENTUM, None], ids=["momentum", "none"])
def test_every_share_is_what_is_left_of_one(momentum: Tensor | None) -> None:
    found = shares(momentum, KEEP)
    eta = torch.zeros_like(KEEP) if momentum is None else momentum
    torch.testing.assert_close(found.memory, followed(eta, memory=1.0)[0])
    torch.testing.assert_close(found.past_in_memory, followed(eta, past=1.0)[0])
    torch.testing.assert_close(found.past, followed(eta, past=1.0)[1])
    for i in range(C):
        in_memory, in_past = followed(eta, impulse=i)
        torch.testing.assert_close(found.impulses[:, i], in_memory)
        torch.testing.assert_close(found.carried[:, i], in_past)


def test_what_is_kept_is_kept_from_after_a_token() -> None:
    expected = [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0.75, 1, 0], [0, 0.75, 1, 1]]
    torch.testing.assert_close(shares(None, KEEP).kept, torch.tensor(expected, dtype=torch.float64))


def test_blocks_and_streams_do_not_meet() -> None:
    one, other = shares(MOMENTUM, KEEP), shares(MOMENTUM.flip(0), KEEP.flip(0))
    momentum, keep = (torch.stack([x, x.flip(0)])[None] for x in (MOMENTUM, KEEP))
    for whole, first, second in zip(shares(momentum, keep), one, other, strict=True):
        assert torch.equal(whole, torch.stack([first, second])[None])
