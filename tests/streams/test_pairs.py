"""Streams of pairs: what is known of them at the end is what the stream last showed."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Generator, Tensor

from nlviz.streams import NOISE, Stream, drift, needle, overwrites, recall_pairs

MAKERS: dict[str, Callable[..., Stream]] = {
    "recall_pairs": partial(recall_pairs, 6, 5, 4, passes=2, noise=0.3),
    "overlapping": partial(recall_pairs, 6, 5, 4, overlap=0.5),
    "overwrites": partial(overwrites, 4, 11, 5, 4),
    "needle": partial(needle, 7, 5, 4),
    "drift": partial(drift, 4, 3, 5, 4, rate=0.4),
}


def seeded(seed: int = 0) -> Generator:
    return torch.Generator().manual_seed(seed)


def cosines(keys: Tensor) -> Tensor:
    """Cosine of every key with every other, [batch, pairs]."""
    apart = ~torch.eye(keys.shape[1], dtype=torch.bool)
    return (keys @ keys.mT)[:, apart]


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_every_stream_keeps_its_word(make: Callable[..., Stream]) -> None:
    stream = make(generator=seeded(), batch=3)
    keys, values = stream.pairs
    assert keys.shape == (3, len(stream.item), 5)
    assert values.shape == (3, len(stream.item), 4)
    assert len(stream.tokens) == len(stream.item)
    for vectors in (keys, values, stream.keys, stream.values):
        torch.testing.assert_close(vectors.norm(dim=-1), torch.ones(vectors.shape[:-1]))
    shown = stream.item >= 0
    torch.testing.assert_close(keys[:, shown], stream.keys[:, stream.item[shown]])
    torch.testing.assert_close(values[:, stream.last_shown], stream.values)


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_the_generator_decides_and_nothing_else(make: Callable[..., Stream]) -> None:
    first, again, other = make(generator=seeded(1)), make(generator=seeded(1)), make(generator=seeded(2))
    assert torch.equal(first.pairs.keys, again.pairs.keys)
    assert torch.equal(first.pairs.values, again.pairs.values)
    assert not torch.equal(first.pairs.keys, other.pairs.keys)


def test_streams_of_a_batch_are_different_texts() -> None:
    keys = recall_pairs(4, 8, generator=seeded(), batch=2).keys
    assert not torch.allclose(keys[0], keys[1])


def test_items_come_in_turn_pass_by_pass() -> None:
    stream = recall_pairs(3, 4, generator=seeded(), passes=2)
    assert stream.item.tolist() == [0, 1, 2, 0, 1, 2]
    assert stream.last_shown.tolist() == [3, 4, 5]
    assert [token.text for token in stream.tokens[:2]] == ["item 0", "item 1"]


def test_values_are_as_wide_as_keys_unless_told() -> None:
    assert recall_pairs(2, 5, generator=seeded()).values.shape[-1] == 5
    assert recall_pairs(2, 5, 3, generator=seeded()).values.shape[-1] == 3


@pytest.mark.parametrize("overlap", [0.0, 0.3, 0.6, 0.9])
def test_overlap_is_the_mean_cosine_between_keys(overlap: float) -> None:
    keys = recall_pairs(16, 32, generator=seeded(), overlap=overlap, batch=200).keys
    # 240 cosines of each of 200 texts; those of one text share their direction, so only texts count as draws
    assert cosines(keys).mean().item() == pytest.approx(overlap, abs=0.01)


@given(items=st.integers(1, 20), passes=st.integers(1, 3), noise=st.floats(0, 0.9))
def test_noise_is_a_share_of_the_whole_stream(items: int, passes: int, noise: float) -> None:
    stream = recall_pairs(items, 3, generator=seeded(), passes=passes, noise=noise)
    one_offs = int((stream.item == NOISE).sum())
    assert one_offs == pytest.approx(noise * len(stream.item), abs=1)
    # strewing changes where the items are shown, not their order
    assert stream.item[stream.item != NOISE].tolist() == list(range(items)) * passes


def test_noise_is_named_strewn_and_never_seen_twice() -> None:
    stream = recall_pairs(20, 8, generator=seeded(), noise=0.5)
    noise = stream.item == NOISE
    assert {token.kind for token, is_noise in zip(stream.tokens, noise, strict=True) if is_noise} == {"noise"}
    assert 5 < noise[:20].sum() < 15
    strange = torch.cat([stream.pairs.keys[:, noise], stream.keys], 1)
    assert cosines(strange).max() < 0.999


def test_overwrites_show_every_item_then_any() -> None:
    stream = overwrites(16, 80, 8, generator=seeded())
    assert stream.item[:16].tolist() == list(range(16))
    assert len(stream.item) == 80
    again = torch.bincount(stream.item[16:], minlength=16)
    assert again.sum() == 64
    assert len(again.unique()) > 1
    given_twice = int(again.argmax())
    shown = stream.pairs.values[0, stream.item == given_twice]
    assert not torch.allclose(shown[0], shown[-1])
    assert torch.equal(stream.values[0, given_twice], shown[-1])


def test_as_many_overwrites_as_items_is_plain_recall() -> None:
    stream = overwrites(5, 5, 4, generator=seeded())
    assert torch.equal(stream.values, stream.pairs.values)


def test_a_needle_lies_before_its_hay() -> None:
    assert needle(3, 4, generator=seeded()).item.tolist() == [0, NOISE, NOISE, NOISE]
    assert needle(0, 4, generator=seeded()).item.tolist() == [0]


def test_an_item_never_shown_was_never_last_shown() -> None:
    stream = recall_pairs(4, 3, generator=seeded(), passes=2)
    part = stream._replace(item=torch.tensor([2, NOISE, 0, 2]))
    assert part.last_shown.tolist() == [2, -1, 3, -1]
    nothing = stream._replace(item=stream.item[:0])
    assert nothing.last_shown.tolist() == [-1] * 4
    assert nothing.tokens == ()
    assert stream._replace(keys=stream.keys[:, :0], item=stream.item[:0]).last_shown.tolist() == []


@pytest.mark.parametrize("rate", [0.0, 0.3, math.pi / 2])
def test_drift_turns_a_value_by_its_rate_at_every_pass(rate: float) -> None:
    stream = drift(4, 3, 6, rate=rate, generator=seeded())
    passes = stream.pairs.values.unflatten(1, (3, 4))
    turned = (passes[:, :-1] * passes[:, 1:]).sum(-1)
    torch.testing.assert_close(turned, torch.full_like(turned, math.cos(rate)), atol=1e-6, rtol=0)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (partial(recall_pairs, 0, 4), "items is 0; expected a whole number, at least 1"),
        (partial(recall_pairs, 2, 4, passes=0), "passes is 0; expected a whole number, at least 1"),
        (partial(recall_pairs, 2, 4, batch=0), "batch is 0; expected a whole number, at least 1"),
        (partial(recall_pairs, 2, 4, 0), "d_value is 0; expected a whole number, at least 1"),
        (partial(recall_pairs, 2, 4, noise=1.0), "noise is 1.0; expected a finite number of at least 0 and below 1"),
        (partial(recall_pairs, 2, 4, overlap=-0.1), "overlap is -0.1; expected a finite"),
        (partial(overwrites, 4, 3, 4), "3 writes for 4 items; .* use at least 4"),
        (partial(overwrites, 4, 8, 0), "d_key is 0; expected a whole number, at least 1"),
        (partial(needle, -1, 4), "distance is -1; expected a whole number of tokens after the needle, at least 0"),
        (partial(needle, 2, 4, 0), "d_value is 0; expected a whole number, at least 1"),
        (partial(drift, 2, 0, 4, rate=0.1), "passes is 0; expected a whole number, at least 1"),
    ],
)
def test_what_cannot_be_a_stream_is_refused_in_words(make: Callable[..., Stream], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        make(generator=seeded())
