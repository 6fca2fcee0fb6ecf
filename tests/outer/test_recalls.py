"""MQAR: what is told and asked, that the newest value counts, and that a model which looks things up gets all."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import pytest
import torch
from torch import Generator, Tensor

from nlviz.outer import Asked, Recalls, pairs_asked, share_recalled


def drawn(count: int = 16, rewrites: float = 0.0, seed: int = 0) -> Asked:
    return pairs_asked(count, 8, generator=Generator().manual_seed(seed), rewrites=rewrites)


def answers(asked: Asked, row: int) -> dict[int, int]:
    """What a dictionary that reads the pairs would answer."""
    count = int((asked.text[row] >= 512)[:-1].sum())
    pairs = asked.text[row, : 2 * count].view(-1, 2).tolist()
    return dict(map(tuple, pairs))


class Dictionary:
    """A model that answers every question from a dictionary of the pairs before it."""

    def head_weights(self) -> Tensor:
        return torch.eye(1024)

    def __call__(self, text: Tensor) -> tuple[Tensor, Any]:
        told: list[dict[int, int]] = [{} for _ in text]
        keys = torch.zeros(*text.shape, 1024)
        for row, symbols in enumerate(text.tolist()):
            for at, (before, now) in enumerate(pairwise(symbols), 1):
                keys[row, at, told[row].get(before, 0)] = 1
                if before < 512 <= now:
                    told[row][before] = now
        return keys, None


@pytest.mark.parametrize("rewrites", [0.0, 0.5])
def test_the_newest_value_of_every_key_is_asked_for_once(rewrites: float) -> None:
    asked = drawn(rewrites=rewrites)
    different = 16 - int(16 * rewrites)
    assert asked.text.shape == (8, 2 * 16 + different + 1)
    assert (asked.asked.sum(1) == different).all()
    for row in range(8):
        told = answers(asked, row)
        assert len(told) == different
        places = asked.asked[row].nonzero()[:, 0]
        questions = asked.text[row, places - 1].tolist()
        assert sorted(questions) == sorted(told)
        assert asked.value[row, places].tolist() == [told[key] for key in questions]


def test_values_of_a_stream_differ_so_that_an_answer_says_which_pair_it_means() -> None:
    asked = drawn(rewrites=0.5)
    values = asked.text[:, 1:32:2]
    assert (values >= 512).all()
    assert all(len(set(row)) == 16 for row in values.tolist())


@pytest.mark.parametrize("rewrites", [0.0, 0.5])
def test_looking_up_finds_all_and_guessing_nothing(rewrites: float) -> None:
    asked = drawn(rewrites=rewrites)
    assert share_recalled(Dictionary(), asked) == 1.0
    shuffled = asked._replace(value=torch.where(asked.asked, asked.value.roll(1, 0), asked.value))
    assert share_recalled(Dictionary(), shuffled) < 0.05


def test_the_loss_is_that_of_the_questions_alone() -> None:
    class Reader(Dictionary):
        def __call__(self, text: Tensor, state: Any = None) -> tuple[Tensor, Any]:
            return super().__call__(text)

    asked = drawn(4)
    # one of 1024 answers has logit 1, the others 0
    right = math.log(1023 + math.e) - 1
    assert Recalls([4]).loss(Reader(), asked, None)[0].item() == pytest.approx(right, rel=1e-5)


def test_one_count_for_each_batch_all_of_them_in_turn() -> None:
    task, generator = Recalls([2, 4]), Generator().manual_seed(0)
    times = {task.draw(3, generator).text.shape for _ in range(20)}
    assert times == {(3, 7), (3, 13)}
    again = [Recalls([2, 4]).draw(3, Generator().manual_seed(1)).text for _ in range(2)]
    assert torch.equal(*again)


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({"count": 0}, "count is 0; expected a whole number of pairs, at least 1"),
        ({"count": 513}, "513 pairs from a vocabulary of 1024; keys are its lower half, use 1 to 512"),
        ({"count": 4, "rewrites": 1.0}, "rewrites is 1.0; .*below 1; it is a share of the pairs"),
    ],
)
def test_what_cannot_be_is_refused_in_words(how: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        pairs_asked(**how, streams=1, generator=Generator())
