"""A stretch that overflows is done again token by token, once for each stream that is lost; then blocks go on."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from nlviz.inner import probes, unroll, unroll_blocks
from nlviz.inner.lost import Done, by_token, loses
from nlviz.memory import Delta, Gates, LinearMemory, LinearState, Pairs, Titans

D, TIME = 3, 5000
# stretches of so narrow a memory are 2,048 tokens of one stream, 682 of three
RATES = torch.tensor([[3.0], [0.5], [2.05]])


def _stream(batch: int) -> tuple[Pairs, Gates]:
    generator = torch.Generator().manual_seed(0)
    keys = F.normalize(torch.randn(batch, 1, D, generator=generator), dim=-1).expand(batch, TIME, D)
    pairs = Pairs(keys, torch.randn(batch, TIME, D, generator=generator))
    return pairs, Gates.constant(pairs, RATES[:batch])


@pytest.mark.parametrize("rule", [Delta, Titans])
@pytest.mark.parametrize("read_first", [False, True])
def test_streams_are_lost_one_after_the_other(rule: type[LinearMemory], read_first: bool) -> None:
    """The first within 130 tokens, the third in its second thousand, the second never."""
    pairs, gates = _stream(3)
    asked = [probes.surprise, probes.memory_norm.sampled(7), probes.weights(every=50)]
    loop, blocks = (
        execute(rule(D, D), pairs, gates, read_first=read_first, probes=asked) for execute in (unroll, unroll_blocks)
    )
    assert loop.trace.marks == blocks.trace.marks
    finite, found = (torch.isfinite(run.outputs).all(-1) for run in (loop, blocks))
    assert torch.equal(finite, found)
    firsts = (~finite).int().argmax(1).tolist()
    assert 100 < firsts[0] < 150
    assert 1500 < firsts[2] < 2100
    assert finite[1].all()
    # what is lost stays lost, and what was read before, and beside it, is what the loop read
    for row in range(3):
        until = firsts[row] if row != 1 else TIME
        assert not finite[row, until:].any()
        scale = loop.outputs[row, :until].abs().amax(-1, keepdim=True).clamp_min(1)
        off = (blocks.outputs[row, :until] - loop.outputs[row, :until]) / scale
        assert off.abs().max() < 2e-3
    assert torch.isfinite(blocks.state.memory).flatten(1).all(1).tolist() == [False, True, False]
    for name, signal in loop.trace.items():
        other = blocks.trace[name]
        assert other.times.tolist() == signal.times.tolist()
        assert other.values.shape == signal.values.shape
        np.testing.assert_allclose(other.values[:, 1], signal.values[:, 1], rtol=1e-3, atol=1e-5)


def test_only_what_is_newly_lost_is_done_again() -> None:
    good, bad = torch.zeros(2, 3, D), torch.zeros(2, 3, D)
    bad[1, 2, 0] = torch.inf
    entry, lost = LinearState(good, good), LinearState(bad, good)
    assert not loses(entry, Done(good, entry))
    assert loses(entry, Done(bad, entry))
    assert loses(entry, Done(good, lost))
    # lost before: nothing is left to find
    assert not loses(lost, Done(bad, lost))
    other = bad.flip(0)
    assert loses(lost, Done(other, lost))
    # the sum overflows, no number does
    large = torch.full((2, 3, D), 3e38)
    assert not loses(entry, Done(large, entry))
    # what float64 still holds may be no float32
    assert loses(entry, Done(good, LinearState(torch.full((2, 3, D), 1e39, dtype=torch.float64), good.double())))


def test_token_by_token_is_the_loop() -> None:
    """Also in the middle of a stream, where a probe is due by the whole stream's count."""
    pairs, gates = _stream(2)
    pairs, gates = Pairs(*(x[:, :20] for x in pairs)), Gates(*(x[:, :20] for x in gates))
    asked = [probes.surprise, probes.memory_norm.sampled(4)]
    whole = unroll(Delta(D, D), pairs, gates, probes=asked)
    half = unroll(Delta(D, D), Pairs(*(x[:, :6] for x in pairs)), Gates(*(x[:, :6] for x in gates)))
    rest = Pairs(*(x[:, 6:] for x in pairs)), Gates(*(x[:, 6:] for x in gates))
    done, (surprise, norm) = by_token(
        *(Delta(D, D), *rest, rest[0].keys, half.state),
        first=6,
        read_first=False,
        probes=asked,
        blanks=[torch.zeros(0, 2)] * 2,
    )
    assert torch.equal(done.reads, whole.outputs[:, 6:])
    assert torch.equal(done.end.memory, whole.state.memory)
    assert surprise.tolist() == whole.trace["surprise"].values[6:].tolist()
    # due at 3, 7, 11, 15 and 19
    assert norm.tolist() == whole.trace["memory_norm"].values[1:].tolist()
