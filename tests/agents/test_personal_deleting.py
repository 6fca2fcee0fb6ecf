"""Ways to delete beside plain loops, and lies that are planted where they are said to be."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from nlviz import inner, memory
from nlviz.agents import personal
from nlviz.agents.personal import WAYS
from nlviz.measure import cosine
from nlviz.memory import Gates, Pairs

MET = personal.life(3, generator=Generator().manual_seed(4), days=6)
PAIRS = Pairs(*(one.double() for one in MET.pairs))
RATE, GONE = 0.6, [9, 20]


def run(start: Tensor, keys: Tensor, values: Tensor) -> Tensor:
    for k, v in zip(keys, values, strict=True):
        start = start - RATE * torch.outer(start @ k - v, k)
    return start


def test_every_way_is_its_loop() -> None:
    made = personal.ways(memory.Delta(16, 16), PAIRS, Gates.constant(PAIRS, RATE), GONE)
    assert tuple(made) == WAYS
    for user, (keys, values) in enumerate(zip(*PAIRS, strict=True)):
        stays = torch.tensor([one not in GONE for one in range(len(keys))])
        blank = keys.new_zeros(16, 16)
        whole, patched = run(blank, keys, values), run(blank, keys, values)
        emptied = whole
        for gone in GONE:
            then = run(blank, keys[:gone], values[:gone])
            patched = patched - RATE * torch.outer(values[gone] - then @ keys[gone], keys[gone])
            emptied = emptied @ (torch.eye(16) - torch.outer(keys[gone], keys[gone]) / keys[gone].square().sum())
        expected = [
            run(blank, keys[stays], values[stays]),
            whole,
            patched,
            emptied,
            run(whole, keys[stays], values[stays]),
        ]
        for name, one in zip(WAYS, expected, strict=True):
            torch.testing.assert_close(made[name][user], one, msg=name)


def test_what_remains_is_measured_against_never_told_and_told() -> None:
    found = personal.remains(memory.Delta(16, 16), MET, Gates.constant(MET.pairs, RATE), GONE)
    assert not found["never told"].apart.any()
    assert (found["log deleted"].apart == 1).all()
    torch.testing.assert_close(found["never told"].answer, found["never told"].usual)
    whole = memory.Delta(16, 16)

    state = inner.unroll(whole, MET.pairs, Gates.constant(MET.pairs, RATE)).state.memory
    error = (MET.topics @ state.mT - MET.tastes[:, -1]).square().sum(-1).mean(-1)
    torch.testing.assert_close(found["log deleted"].error, error)


def test_a_lie_stands_where_it_says_and_all_else_is_as_it_was() -> None:
    for how in personal.POISONS:
        bad, at, wanted = personal.poisoned(MET, how, 20, generator=Generator().manual_seed(0))
        other = [one for one in range(36) if one not in at]
        assert at == list(range(20, 20 + len(at)))
        for one, before in zip(bad.pairs, MET.pairs, strict=True):
            assert torch.equal(one[:, other], before[:, other])
        assert (bad.topic[:, at] == -1).all()
        assert torch.equal(bad.topic[:, other], MET.topic[:, other])
        torch.testing.assert_close(bad.pairs.values[:, at[-1]], wanted)
        assert cosine(wanted, MET.tastes[:, 3, 0]).abs().max() < 1e-5
        near = cosine(bad.pairs.keys[:, at[0]], MET.topics[:, 0])
        assert (near > 0.999).all() if how != "new topic" else (near < 0.9).all()


def test_small_steps_are_small() -> None:
    bad, at, _ = personal.poisoned(MET, "small steps", 5, generator=Generator().manual_seed(0))
    steps = cosine(bad.pairs.values[:, at[1:]], bad.pairs.values[:, at[:-1]])
    torch.testing.assert_close(steps, torch.full_like(steps, torch.tensor(torch.pi / 20).cos().item()))


def test_surprise_is_the_length_of_the_error_before_the_write() -> None:
    keys, values = (F.normalize(one[:1, :2], dim=-1) for one in PAIRS)
    found = personal.surprises(memory.Delta(16, 16), Pairs(keys, values), Gates.constant(Pairs(keys, values), RATE))
    second = values[0, 1] - RATE * (keys[0, 0] @ keys[0, 1]) * values[0, 0]
    torch.testing.assert_close(found, torch.stack([torch.ones(()).double(), second.norm()])[None])


def test_lies_that_have_no_room_are_refused() -> None:
    with pytest.raises(ValueError, match="at most 26"):
        personal.poisoned(MET, "small steps", 30, generator=Generator())
    with pytest.raises(ValueError, match=r"shape \[3, 1, 16\]"):
        personal.planted(MET, [3], MET.topics, MET.topics)
