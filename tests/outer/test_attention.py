"""Attention: causal, blind beyond its window, and the same with a cache as without."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from nlviz.outer import Attention, AttentionState

WIDTH, TIME = 16, 23


def layer(window: int | None = None, dtype: torch.dtype = torch.float64) -> Attention:
    return Attention(WIDTH, 2, window=window, generator=torch.Generator().manual_seed(0)).to(dtype)


def texts(dtype: torch.dtype = torch.float64) -> Tensor:
    return torch.randn(2, TIME, WIDTH, generator=torch.Generator().manual_seed(1), dtype=dtype)


def by_hand(attention: Attention, x: Tensor, window: int) -> Tensor:
    """Token by token, from what attention means; no mask, no cache. Positions count from the text's beginning."""
    half = WIDTH // attention.heads // 2
    q, k, v = attention.into(x).unflatten(-1, (3, attention.heads, -1)).unbind(2)
    speeds = 10_000.0 ** (-torch.arange(half, dtype=x.dtype) / half)

    def turned(vector: Tensor, position: int) -> Tensor:
        spin = torch.polar(torch.ones(half, dtype=x.dtype), position * speeds)
        whole = torch.complex(vector[..., :half], vector[..., half:]) * spin
        return torch.cat([whole.real, whole.imag], -1)

    answers = []
    for t in range(x.shape[1]):
        seen = range(max(0, t - window + 1), t + 1)
        scores = torch.stack([(turned(q[:, t], t) * turned(k[:, i], i)).sum(-1) for i in seen], -1)
        shares = (scores / (2 * half) ** 0.5).softmax(-1)
        answers.append(torch.einsum("bhi,bihd->bhd", shares, v[:, seen.start : seen.stop]).flatten(1))
    return attention.out(torch.stack(answers, 1))


@pytest.mark.parametrize("window", [1, 2, 7, TIME, 40])
def test_it_is_what_the_equation_says(window: int) -> None:
    torch.testing.assert_close(layer(window)(texts())[0], by_hand(layer(window), texts(), window), rtol=0, atol=1e-12)


@given(cuts=st.lists(st.integers(0, TIME), max_size=4), window=st.sampled_from([None, 1, 2, 5, 16, TIME]))
def test_any_split_gives_the_numbers_of_the_whole(cuts: list[int], window: int | None) -> None:
    for dtype, tolerance in ((torch.float64, 1e-12), (torch.float32, 1e-6)):
        attention, x = layer(window, dtype), texts(dtype)
        state, pieces = None, []
        for piece in x.tensor_split(sorted(cuts), 1):
            y, state = attention(piece, state)
            pieces.append(y)
        torch.testing.assert_close(torch.cat(pieces, 1), attention(x)[0], rtol=0, atol=tolerance)


@given(at=st.integers(0, TIME - 1), window=st.sampled_from([None, 1, 3, 8]))
def test_what_comes_later_changes_nothing(at: int, window: int | None) -> None:
    x = texts()
    other = x.clone()
    other[:, at:] += 1
    first, second = (layer(window)(each)[0] for each in (x, other))
    torch.testing.assert_close(first[:, :at], second[:, :at], rtol=0, atol=0)
    assert not torch.allclose(first[:, at], second[:, at])


@pytest.mark.parametrize("window", [1, 4, 9])
def test_what_has_left_the_window_has_no_gradient_at_all(window: int) -> None:
    x = texts().requires_grad_()
    layer(window)(x)[0][:, -1].square().sum().backward()
    assert x.grad is not None
    reached = x.grad.abs().sum((0, 2)) > 0
    assert reached.tolist() == [t > TIME - 1 - window for t in range(TIME)]


def test_the_cache_holds_no_more_than_the_next_token_can_see() -> None:
    _, state = layer(5)(texts())
    assert state.keys.shape == (2, 2, 4, WIDTH // 2)
    assert layer()(texts())[1].keys.shape[2] == TIME


def test_a_window_can_be_given_for_one_call() -> None:
    whole = layer()
    assert torch.equal(whole(texts(), window=6)[0], layer(6)(texts())[0])
    assert whole.window is None


def test_only_distances_matter_so_a_text_may_go_on_for_ever() -> None:
    attention, x = layer(6), texts()
    _, state = attention(x)
    later = attention(x[:, :6], state)[0]
    # after six tokens everything in view is again the same text
    torch.testing.assert_close(later[:, -1], attention(x[:, :6])[0][:, -1], rtol=0, atol=1e-12)


def test_nonsense_is_refused_in_words() -> None:
    with pytest.raises(ValueError, match="window is 0"):
        Attention(8, 2, window=0)
    with pytest.raises(ValueError, match="use a multiple of 6"):
        Attention(16, 3)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda s: s._replace(keys=None),
        lambda s: s._replace(keys=s.keys[..., :2], values=s.values[..., :2]),
        lambda s: s._replace(keys=s.keys[:, :1], values=s.values[:, :1]),
        lambda s: s._replace(keys=s.keys[:, :, 1:]),
        lambda s: s._replace(keys=s.keys.long()),
    ],
    ids=["missing", "narrower", "fewer heads", "a key less", "whole numbers"],
)
def test_a_cache_of_another_attention_is_refused(spoil: Callable[[AttentionState], AttentionState]) -> None:
    attention, x = layer(), texts()
    with pytest.raises(ValueError, match="the state"):
        attention(x, spoil(attention(x)[1]))


def test_a_cache_in_another_precision_is_carried_on() -> None:
    attention, x = layer(), texts()
    state = AttentionState(*(one.float() for one in attention(x)[1]))
    y, after = attention(x, state)
    assert y.dtype == after.keys.dtype == torch.float64


@pytest.mark.parametrize("name", ["prefix", "beside"])
def test_vectors_to_be_seen_are_of_the_same_streams(name: str) -> None:
    with pytest.raises(ValueError, match=f"{name} is Tensor .* expected the batch"):
        layer()(texts(), **{name: texts()[:1]})
