"""Blocks with periods, beside plain loops and autograd; written in the forward pass, in any pieces, or not at all."""

from __future__ import annotations

from typing import Any

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Generator, Tensor

from nlviz.outer import ContinuumBlocks

WIDTH, TIME, BATCH = 3, 11, 2
X = torch.randn(BATCH, TIME, WIDTH, dtype=torch.float64, generator=Generator().manual_seed(4))
JOINED = ("sequential", "independent", "nested")


def layer(*periods: int, **how: Any) -> ContinuumBlocks:
    chance = Generator().manual_seed(1)
    made = ContinuumBlocks(WIDTH, periods, hidden=4, generator=chance, **how).double()
    with torch.no_grad():
        for weight in made.initial:
            # W_2 begins at zero: here it is to do something
            weight.add_(0.3 * torch.randn(weight.shape, generator=chance))
    return made


def weights(made: ContinuumBlocks) -> list[list[Tensor]]:
    return [[one.detach().clone() for one in block] for block in made.slow()]


def chained(blocks: list[list[Tensor]], x: Tensor) -> Tensor:
    """One token through the blocks, written out."""
    for first, last in blocks:
        x = x + last @ F.silu(first @ x)
    return x


def summed(blocks: list[list[Tensor]], x: Tensor) -> Tensor:
    return torch.stack([chained([block], x) for block in blocks]).sum(0)


def by_hand(made: ContinuumBlocks, x: Tensor, answer: Any = chained) -> tuple[Tensor, list[list[Tensor]]]:
    """One text, a token at a time, gradients by autograd, at the weights shown."""
    assert made.keys is not None
    assert made.values is not None
    assert made.rates is not None
    shown = weights(made)
    coming = weights(made)
    answers = []
    for t, token in enumerate(x, start=1):
        answers.append(answer(shown, token))
        k, v = (one.weight.detach() @ token for one in (made.keys, made.values))
        rate = made.rate * torch.sigmoid(made.rates.weight.detach()[0] @ token + made.rates.bias.detach()[0])
        flat = [one.requires_grad_() for block in shown for one in block]
        loss = 0.5 * (answer(shown, k / k.norm()) - v / v.norm()).square().sum()
        slopes = iter(torch.autograd.grad(loss, flat))
        shown = [[one.detach() for one in block] for block in shown]
        for level, period in enumerate(made.periods):
            coming[level] = [one - rate / period * next(slopes) for one in coming[level]]
            if t % period == 0:
                shown[level] = [one.clone() for one in coming[level]]
    return torch.stack(answers), shown


@pytest.mark.parametrize("periods", [(1, 1), (1, 4), (4, 1), (2, 3, 5)])
@pytest.mark.parametrize("joined", ["sequential", "independent"])
def test_it_is_the_equations(periods: tuple[int, ...], joined: str) -> None:
    made = layer(*periods, joined=joined)
    y, state = made(X)
    for row in range(BATCH):
        answers, shown = by_hand(made, X[row], chained if joined == "sequential" else summed)
        torch.testing.assert_close(y[row], answers, rtol=0, atol=1e-12)
        flat = [one for block in shown for one in block]
        for one, other in zip(state.memory, flat, strict=True):
            torch.testing.assert_close(one[row], other, rtol=0, atol=1e-12)


@pytest.mark.parametrize("how", [{"rate": 0.0}, {}], ids=["not written", "periods longer than the text"])
def test_without_a_tick_it_is_a_plain_chain_of_mlps(how: dict[str, Any]) -> None:
    made = layer(TIME + 1, 2 * TIME, **how)
    plain = torch.stack([torch.stack([chained(weights(made), token) for token in text]) for text in X])
    torch.testing.assert_close(made(X)[0], plain, rtol=0, atol=1e-12)


def test_a_new_chain_is_the_identity() -> None:
    made = ContinuumBlocks(WIDTH, (TIME + 1,), generator=Generator().manual_seed(0)).double()
    assert torch.equal(made(X)[0], X)


@pytest.mark.parametrize("joined", JOINED)
def test_off_its_tick_a_block_stays_to_the_bit(joined: Any) -> None:
    made = layer(1, 4, joined=joined)
    state = made.begin(BATCH)
    for t in range(TIME):
        before = state
        _, state = made(X[:, t : t + 1], state)
        same = [torch.equal(one, other) for one, other in zip(before.memory, state.memory, strict=True)]
        assert same[2:] == [(t + 1) % 4 != 0] * 2, t
        assert not all(same[:2]), t
        assert made.memory.waiting(state) == (0, (t + 1) % 4)


def leaves(state: Any) -> list[Tensor]:
    if isinstance(state, Tensor):
        return [state]
    return [x for part in state for x in leaves(part)] if isinstance(state, tuple) else []


@pytest.mark.parametrize("joined", JOINED)
@settings(max_examples=8)
@given(cuts=st.lists(st.integers(0, TIME), max_size=3))
def test_a_text_may_be_split_anywhere_and_so_may_its_gradient(joined: Any, cuts: list[int]) -> None:
    made = layer(2, 4, joined=joined)
    slow = list(made.parameters())
    whole, end = made(X)
    state, pieces = None, []
    for piece in X.tensor_split(sorted(cuts), 1):
        y, state = made(piece, state)
        pieces.append(y)
    torch.testing.assert_close(torch.cat(pieces, 1), whole, rtol=0, atol=1e-12)
    assert state is not None
    assert state.clock == end.clock == TIME
    for one, other in zip(leaves(state), leaves(end), strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=1e-12)
    found = [torch.autograd.grad(y.square().sum(), slow, retain_graph=True) for y in (torch.cat(pieces, 1), whole)]
    for one, other in zip(*found, strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=1e-11)


@pytest.mark.parametrize("joined", JOINED)
def test_outer_gradients_reach_every_slow_weight_through_the_writes(joined: Any) -> None:
    made = layer(1, 2, joined=joined)
    names, slow = zip(*made.named_parameters(), strict=True)
    x = X[:, :5].clone().requires_grad_()

    def outputs(x: Tensor, *given: Tensor) -> Tensor:
        return torch.func.functional_call(made, dict(zip(names, given, strict=True)), (x,))[0]

    inputs = [x, *(one.detach().clone().requires_grad_() for one in slow)]
    assert torch.autograd.gradcheck(outputs, inputs, fast_mode=True)
    found = torch.autograd.grad(outputs(*inputs).square().sum(), inputs)
    assert all(bool(slope.abs().max() > 0) for slope in found), names


def test_nothing_sees_the_future_and_texts_do_not_meet() -> None:
    made = layer(1, 4)
    other = X.clone()
    other[:, 6:] += 1
    assert torch.equal(made(other)[0][:, :6], made(X)[0][:, :6])
    assert not torch.equal(made(other)[0][:, 6:], made(X)[0][:, 6:])
    torch.testing.assert_close(made(X[1:])[0], made(X)[0][1:], rtol=0, atol=1e-14)


def test_watching_changes_nothing_and_shows_who_was_written_when() -> None:
    made = layer(1, 4)
    y, end = made(X)
    run = made.watched(X)
    torch.testing.assert_close(run.outputs, y, rtol=0, atol=1e-12)
    assert run.state.clock == end.clock
    writes, waiting = (run.trace[name] for name in ("level_writes", "level_waiting"))
    assert writes.names == waiting.names == ("period 1", "period 4")
    assert writes.values.shape == waiting.values.shape == (TIME, BATCH, 2)
    ticks = (torch.arange(TIME) + 1) % 4 == 0
    assert ((writes.values[..., 1] > 0).all(1) == ticks.numpy()).all()
    assert ((waiting.values[..., 1] == 0).all(1) == ticks.numpy()).all()
    assert (writes.values[..., 0] > 0).all()
    assert run.trace["level_lr"].values.shape == (TIME, BATCH)
    assert not made.watched(X[:, :0]).trace


def test_a_state_of_another_layer_is_refused() -> None:
    made = layer(1, 4)
    with pytest.raises(ValueError, match=r"shape of memory in the state is .*\[2, 4, 3\].*; expected .*give"):
        made(X, layer(1).begin(BATCH))
    with pytest.raises(ValueError, match=r"state is .*; expected a ContinuumState"):
        made(X, X)  # pyright: ignore[reportArgumentType]
    with pytest.raises(ValueError, match="clock of the state is -1"):
        made(X, made.begin(BATCH)._replace(clock=-1))


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match=r"period of level 1 is 3; expected a multiple of 2.*use 2, 4"):
        ContinuumBlocks(4, (2, 3), joined="nested")
    with pytest.raises(ValueError, match="periods is 0"):
        ContinuumBlocks(4, (0,))
    with pytest.raises(ValueError, match="rate is -1"):
        ContinuumBlocks(4, rate=-1)
