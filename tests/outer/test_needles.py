"""A needle is told once, is made of nothing that hay is made of, and is asked for at the distance said."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Generator, Tensor, nn

from nlviz.outer import Hidden, Needles, asked_after, share_found
from nlviz.outer.tasks.needles import ASK, HAY, VOCABULARY


def chance(seed: int = 0) -> Generator:
    return Generator().manual_seed(seed)


@given(time=st.integers(8, 60), questions=st.integers(1, 4), seed=st.integers(0, 9))
def test_what_a_stream_holds(time: int, questions: int, seed: int) -> None:
    text, asked, needle = Needles(time, questions).draw(7, chance(seed))
    told = text >= HAY
    assert (told.sum(1) == 1).all()
    assert torch.equal(text[told], needle[:, 0])
    assert torch.equal(needle, needle[:, :1].expand(-1, time))
    assert (told.int().argmax(1) < max(1, time // 4)).all()
    # every question once, after the needle, and answered one symbol later
    assert (asked.sum(1) == questions).all()
    assert torch.equal(asked[:, 1:], text[:, :-1] == ASK)
    assert not (asked.int().cumsum(1) * told.flip(1).int().cumsum(1).flip(1)).any()
    assert ((text >= 0) & (text < VOCABULARY)).all()


@given(distance=st.integers(1, 50), seed=st.integers(0, 9))
def test_a_question_comes_at_the_distance_said(distance: int, seed: int) -> None:
    text, asked, _ = asked_after(distance, 5, generator=chance(seed))
    told, asks = (text >= HAY).int().argmax(1), (text == ASK).int().argmax(1)
    assert (asks - told == distance).all()
    assert (asked.int().argmax(1) == asks + 1).all()


class Knows(nn.Module):
    """Says of every token of row b what it was told to say."""

    def __init__(self, says: Tensor) -> None:
        super().__init__()
        self.says = says

    def forward(self, text: Tensor, state: None = None) -> tuple[Tensor, None]:
        return nn.functional.one_hot(self.says, VOCABULARY).float()[:, None].expand(-1, text.shape[1], -1), None

    def head_weights(self) -> Tensor:
        return 5 * torch.eye(VOCABULARY)


def test_the_loss_is_that_of_the_answers_and_their_share_is_counted() -> None:
    given = Needles(20).draw(4, chance())
    right = given.needle[:, 0].clone()
    wrong = right.clone()
    wrong[:1] = HAY + (right[:1] - HAY + 1) % (VOCABULARY - HAY)
    assert share_found(Knows(right), given) == 1
    assert share_found(Knows(wrong), given) == 0.75
    loss, _ = Needles(20).loss(Knows(right), given, None)
    assert loss.item() == pytest.approx(math.log(math.exp(5) + VOCABULARY - 1) - 5)


def test_the_generator_decides() -> None:
    one, other = (Needles().draw(3, chance(2)) for _ in range(2))
    assert all(torch.equal(*both) for both in zip(one, other, strict=True))
    assert isinstance(one, Hidden)


def test_nonsense_is_refused_in_words() -> None:
    with pytest.raises(ValueError, match="5 questions in a stream of 6"):
        Needles(6, 5)
    with pytest.raises(ValueError, match="distance is 0"):
        asked_after(0, 1, generator=chance())
