"""The stream with a burst, levels of maps, what one of them says alone, and the run that measures it all."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from nlviz.experiments.continuum import HANDING, LEVELS, alone, burst, clockwork, maps, nesting
from nlviz.inner import unroll
from nlviz.memory import Gates


def chance(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_a_burst_comes_between_the_facts_and_the_facts_again() -> None:
    stream = burst(6, generator=chance(), items=3, passes=2, again=4, batch=2)
    assert stream.spans == {"A": (0, 6), "burst of B": (6, 12), "A again": (12, 16)}
    for start, stop, facts in ((0, 6, stream.a), (6, 12, stream.b), (12, 16, stream.a)):
        for keys, values in zip(stream.pairs.keys[0, start:stop], stream.pairs.values[0, start:stop], strict=True):
            (item,) = (facts.keys[0] == keys).all(-1).nonzero()
            assert torch.equal(facts.values[0, item[0]], values)
    # every round shows each fact once
    assert len(stream.pairs.keys[0, :3].unique(dim=0)) == 3


def test_a_burst_that_contradicts_gives_the_same_keys_other_values() -> None:
    stream = burst(6, generator=chance(), items=3, contradicts=True)
    assert torch.equal(stream.a.keys, stream.b.keys)
    assert (stream.a.values - stream.b.values).abs().max() > 0.1
    other = burst(6, generator=chance(), items=3)
    assert not torch.equal(other.a.keys, other.b.keys)


def test_a_short_burst_tells_only_what_it_has_room_for() -> None:
    assert burst(2, generator=chance(), items=8).b.keys.shape == (1, 2, 32)
    assert burst(0, generator=chance(), items=8, again=8).pairs.keys.shape == (1, 72, 32)


def test_what_the_fast_level_does_with_what_it_holds() -> None:
    kept, let_go, anew = (maps((1, 4), (0.5, 4.0), fast=how, forget=0.2).levels[0] for how in HANDING)
    assert (kept.forget, kept.reset) == (0.0, 0)
    assert (let_go.forget, let_go.reset) == (0.2, 0)
    assert (anew.forget, anew.reset) == (0.0, 4)


def test_a_level_that_is_out_neither_answers_nor_learns() -> None:
    stream = burst(8, generator=chance(), items=3, passes=4, width=8)
    gates = Gates.constant(stream.pairs, 1.0)
    with_both, without = (maps((1, 4), (0.5, 4.0), width=8, out=out) for out in (None, 0))
    state = unroll(without, stream.pairs, gates).state
    assert not without.read(alone(without, state, 0), stream.a.keys).any()
    single = maps((4,), (4.0,), width=8, fast="keeps all")
    expected = single.read(unroll(single, stream.pairs, gates).state, stream.a.keys)
    torch.testing.assert_close(without.read(state, stream.a.keys), expected)
    assert with_both.read(unroll(with_both, stream.pairs, gates).state, stream.a.keys).any()


def test_answers_of_levels_alone_add_up() -> None:
    stream = burst(8, generator=chance(), items=3, passes=4, width=8)
    memory = maps((1, 3, 6), (0.5, 2.0, 4.0), width=8)
    state = unroll(memory, stream.pairs, Gates.constant(stream.pairs, 1.0)).state
    each = [memory.read(alone(memory, state, level), stream.a.keys) for level in range(3)]
    torch.testing.assert_close(sum(each), memory.read(state, stream.a.keys))


def test_rates_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="the number of rates is 1; expected 2, one for each period"):
        maps((1, 4), (0.5,))


def test_a_run_in_pieces_is_the_run_as_a_whole() -> None:
    trace = clockwork(16, 32, batch=3, seed=2)
    stream = burst(16, generator=chance(2), again=32, contradicts=True, batch=3)
    memory = maps((1, 32), (0.5, 6.0))
    state = unroll(memory, stream.pairs, Gates.constant(stream.pairs, 1.0)).state
    for letter, facts in (("A", stream.a), ("B", stream.b)):
        answers = [memory.read(state, facts.keys)]
        answers += [memory.read(alone(memory, state, level), facts.keys) for level in range(2)]
        expected = [float((one * facts.values).sum(-1).mean()) for one in answers]
        np.testing.assert_allclose(trace[f"recall of {letter}"].values[-1, 0, :3], expected, atol=1e-5)
    assert trace["level_writes"].names == LEVELS
    assert trace["level_writes"].values[:, 0, 1].nonzero()[0].tolist() == [31, 63, 95]
    assert trace["period"].values.tolist() == [[[1, 32]]]


def test_a_level_that_is_knocked_out_is_noted() -> None:
    assert clockwork(4, 4, out=1, batch=1).noted("out") == ("slow",)
    assert clockwork(4, 4, batch=1).noted("out") == ()


def test_every_notion_of_the_nesting_has_its_own_length() -> None:
    trace = nesting(12, 6, 3, (3, 6), sequences=2, batch=2)
    assert trace["sequence"].values[:, 1].tolist() == [1] * 12 + [2] * 12
    assert trace["segment"].values[:, 0].tolist() == ([1] * 6 + [2] * 6) * 2
    assert trace["chunk"].values[:12, 0].tolist() == [1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4]
    writes = trace["level_writes"]
    assert writes.times.tolist() == [2, 5, 8, 11, 14, 17, 20, 23]
    assert (writes.values[:, :, 0] > 0).all()
    assert (writes.values[:, 0, 1] > 0).tolist() == [False, True] * 4


def test_a_memory_begins_anew_with_every_sequence_and_is_each_streams_own() -> None:
    writes = nesting(4, 4, 1, (1, 4), sequences=2, batch=2)["level_writes"].values
    # the first write of a sequence is that of a unit key and value into nothing: θ
    np.testing.assert_allclose(writes[[0, 4], :, 0], 0.5, atol=1e-6)
    assert not np.allclose(writes[1:4, 0, 0], writes[1:4, 1, 0])


@pytest.mark.parametrize(
    ("lengths", "said"),
    [
        ((24, 8, 3, (4, 12)), "segment is 8; expected a multiple of the chunk, 3; use 3, 6, …"),
        ((20, 8, 2, (4, 12)), "sequence is 20; expected a multiple of the segment, 8; use 8, 16, …"),
        ((24, 8, 2, (4, 9)), "period of slow is 9; expected a multiple of the chunk, 2"),
        ((24, 8, 2, (2, 4, 8)), "the number of periods is 3; expected 2, of fast and slow"),
    ],
)
def test_lengths_that_do_not_nest_are_refused(lengths: tuple[int, int, int, tuple[int, ...]], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        nesting(*lengths)
