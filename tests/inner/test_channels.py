"""Shares by channel, put together by halves, against the products written out; gates of 0 and 1 are exact."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from nlviz import memory
from nlviz.inner import probes, unroll, unroll_blocks
from nlviz.inner.blocks.channels import channels
from nlviz.memory import Gates, Pairs

D = 3
SIZES = [1, 2, 3, 5, 8, 13, 16]


def _drawn(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(2, 2, *shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def _keep(size: int) -> Tensor:
    keep = _drawn(size, D, seed=1).sigmoid()
    keep[0, 0, size // 2], keep[0, 1, size // 3, 1], keep[1, 1, size // 3] = 0, 0, 1
    return keep


def _written_out(keep: Tensor) -> Tensor:
    """∏_{i<l<t} a_l, [.., t, i, channels]; 0 for i ≥ t."""
    size = keep.shape[-2]
    found = keep.new_zeros(2, 2, size, size, D)
    for t in range(size):
        for i in range(t):
            found[..., t, i, :] = keep[..., i + 1 : t, :].prod(-2)
    return found


@pytest.mark.parametrize("size", SIZES)
def test_what_tokens_ask_of_earlier_writes(size: int) -> None:
    keep, asking, writing = _keep(size), _drawn(size, 2, D, seed=2), _drawn(size, D, seed=3)
    share, shares = channels(keep), _written_out(keep)
    found = share.meet(share.asked(asking), writing)
    assert len(found) == 2
    for kind, one in enumerate(found):
        expected = torch.einsum("bntd,bntid,bnid->bnti", asking[..., kind, :], shares, writing)
        torch.testing.assert_close(one, expected, rtol=1e-12, atol=1e-12)
        assert not one.triu().any()


@pytest.mark.parametrize("size", SIZES)
def test_what_is_left_at_both_ends_of_a_block(size: int) -> None:
    keep = _keep(size)
    share = channels(keep)
    torch.testing.assert_close(share.whole[..., 0, :], keep.prod(-2))
    for t in range(size):
        torch.testing.assert_close(share.before[..., t, :], keep[..., :t, :].prod(-2))
        torch.testing.assert_close(share.after[..., t, :], keep[..., t + 1 :, :].prod(-2))


@pytest.mark.parametrize("size", SIZES)
def test_what_norms_are_made_of(size: int) -> None:
    keep, weights, writing, added = _keep(size), _drawn(size, size), _drawn(size, D, seed=3), _drawn(size, D, seed=4)
    share, start = channels(keep), _drawn(D, seed=5)
    expected = torch.einsum("bnti,bntid,bnid->bntd", weights, _written_out(keep), writing)
    torch.testing.assert_close(share.gathered(weights, writing), expected, rtol=1e-12, atol=1e-12)
    rows = [start]
    for t in range(size):
        rows.append(keep[..., t, :].square() * rows[-1] + added[..., t, :])
    torch.testing.assert_close(share.summed(start, added), torch.stack(rows[1:], -2), rtol=1e-12, atol=1e-12)


def test_gradients_of_everything() -> None:
    keep, asking, writing = (one.requires_grad_() for one in (_keep(5), _drawn(5, 1, D), _drawn(5, D, seed=3)))

    def met(keep: Tensor, asking: Tensor, writing: Tensor) -> Tensor:
        share = channels(keep)
        return share.meet(share.asked(asking), writing)[0]

    assert torch.autograd.gradcheck(met, (keep, asking, writing))
    assert torch.autograd.gradgradcheck(met, (keep, asking, writing))


@pytest.mark.parametrize("name", ["KDA", "GDN2", "RWKV7"])
def test_float32_keeps_the_digits_that_the_token_loop_keeps(name: str) -> None:
    """Blocks of 64, some channels wiped out and some kept for ever: answers and norms, in float32 beside float64."""
    generator = torch.Generator().manual_seed(0)
    keys = torch.nn.functional.normalize(torch.randn(2, 200, 8, generator=generator), dim=-1)
    pairs = Pairs(keys, torch.randn(2, 200, 4, generator=generator))
    forget = torch.rand(2, 200, 8, generator=generator) * 0.2
    forget = torch.where(torch.rand(2, 200, 8, generator=generator) < 0.05, forget.gt(0.1).float(), forget)
    gates = Gates(torch.rand(2, 200, generator=generator), torch.zeros(2, 200), forget)
    rule: Any = getattr(memory, name)(8, 4)
    asked = [probes.surprise, probes.past_surprise, probes.write_norm, probes.memory_norm]

    def found(execute: Any, dtype: torch.dtype) -> list[Tensor]:
        wide = Pairs(*(x.to(dtype) for x in pairs)), Gates(*(x.to(dtype) for x in gates))
        run = execute(rule, *wide, probes=asked)
        return [run.outputs.double(), *(torch.tensor(run.trace[one.name].values).double() for one in asked)]

    true, loop, blocks = found(unroll, torch.float64), found(unroll, torch.float32), found(unroll_blocks, torch.float32)
    for exact, of_loop, of_blocks in zip(true, loop, blocks, strict=True):
        scale = float(exact.abs().max())
        off, usual = (float((one - exact).abs().max()) / scale for one in (of_blocks, of_loop))
        assert off <= 8 * max(2e-7, usual)
    for exact, of_blocks in zip(true, found(unroll_blocks, torch.float64), strict=True):
        torch.testing.assert_close(of_blocks, exact, rtol=1e-10, atol=1e-10)
