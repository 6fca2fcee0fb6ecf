"""Hope and Hope-Attention: one half after the other, in any pieces, watched, and as the plain nets they contain."""

from __future__ import annotations

from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from nlviz.outer import Attention, ContinuumBlocks, Hope, HopeAttention, SelfModifying, architecture, load, save
from nlviz.outer.layers.self_modifying import FIVE

WIDTH, TIME, BATCH, PERIODS = 4, 11, 2, (1, 4)
X = torch.randn(BATCH, TIME, WIDTH, dtype=torch.float64, generator=Generator().manual_seed(4))
KINDS: dict[str, Any] = {"Hope": Hope, "HopeAttention": HopeAttention}
every_kind = pytest.mark.parametrize("name", KINDS)


def layer(name: str = "Hope", periods: tuple[int, ...] = PERIODS, **how: Any) -> Any:
    if name == "HopeAttention":
        how["heads"] = 2
    made = KINDS[name](WIDTH, periods, generator=Generator().manual_seed(0), **how).double()
    with torch.no_grad():
        for weight in made.blocks.initial:
            # W_2 begins at zero: here it is to do something
            weight.add_(0.3 * torch.randn(weight.shape, generator=Generator().manual_seed(9)))
    return made


def first_half(made: Any) -> Any:
    return made.attention if isinstance(made, HopeAttention) else made.memories


@every_kind
def test_it_is_one_half_after_the_other(name: str) -> None:
    made = layer(name)
    assert isinstance(first_half(made), Attention if name == "HopeAttention" else SelfModifying)
    assert isinstance(made.blocks, ContinuumBlocks)
    o, first = first_half(made)(X)
    y, second = made.blocks(o)
    found, state = made(X)
    assert torch.equal(found, y)
    assert state.blocks.clock == second.clock == TIME
    for one, other in zip(leaves(state), leaves((*first, *second)), strict=True):
        assert torch.equal(one, other)


def test_with_frozen_memories_and_no_tick_it_is_a_matrix_and_then_mlps() -> None:
    made = layer(
        "Hope", (TIME + 1, 100), memories=SelfModifying(WIDTH, frozen=FIVE, generator=Generator().manual_seed(3))
    )
    memory = next(made.memories.starts[-1].parameters())
    x = X @ (made.memories.out.weight @ memory @ made.memories.queries.weight).mT
    for first, last in made.blocks.slow():
        x = x + F.silu(x @ first.mT) @ last.mT
    torch.testing.assert_close(made(X)[0], x, rtol=0, atol=1e-12)


def leaves(state: Any) -> list[Tensor]:
    if isinstance(state, Tensor):
        return [state]
    return [x for part in state for x in leaves(part)] if isinstance(state, tuple) else []


@every_kind
@pytest.mark.parametrize("cuts", [(0, 3), (4, 8), (1, 2, 9)])
def test_a_text_may_be_split_anywhere_and_so_may_its_gradient(name: str, cuts: tuple[int, ...]) -> None:
    made = layer(name)
    whole, end = made(X)
    state, pieces = None, []
    for piece in X.tensor_split(cuts, 1):
        y, state = made(piece, state)
        pieces.append(y)
    torch.testing.assert_close(torch.cat(pieces, 1), whole, rtol=0, atol=1e-12)
    for one, other in zip(leaves(state), leaves(end), strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=1e-12)
    slow = list(made.parameters())
    found = [torch.autograd.grad(y.square().sum(), slow, retain_graph=True) for y in (torch.cat(pieces, 1), whole)]
    for one, other in zip(*found, strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=1e-10)


def test_momentum_and_inner_q_go_on_with_the_text() -> None:
    memories = SelfModifying(
        WIDTH, momentum=True, own_queries=True, period=4, unit_values=True, generator=Generator().manual_seed(3)
    )
    made = layer("Hope", memories=memories)
    whole, end = made(X)
    first, state = made(X[:, :5])
    assert all(bool(one.abs().max() > 0) for own in state.memories.surprise for one in own)
    last, state = made(X[:, 5:], state)
    torch.testing.assert_close(torch.cat([first, last], 1), whole, rtol=0, atol=1e-12)
    for one, other in zip(leaves(state), leaves(end), strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=1e-12)
    assert made.watched(X).trace["write_norm"].names == memories.names


@every_kind
def test_outer_gradients_reach_every_slow_weight(name: str) -> None:
    made = layer(name, (1, 2))
    names, slow = zip(*made.named_parameters(), strict=True)
    x = X[:, :4].clone().requires_grad_()

    def outputs(x: Tensor, *given: Tensor) -> Tensor:
        return torch.func.functional_call(made, dict(zip(names, given, strict=True)), (x,))[0]

    inputs = [x, *(one.detach().clone().requires_grad_() for one in slow)]
    assert torch.autograd.gradcheck(outputs, inputs, fast_mode=True)
    found = torch.autograd.grad(outputs(*inputs).square().sum(), inputs)
    assert all(bool(slope.abs().max() > 0) for slope in found), names


@every_kind
def test_nothing_sees_the_future(name: str) -> None:
    made, other = layer(name), X.clone()
    other[:, 6:] += 1
    torch.testing.assert_close(made(other)[0][:, :6], made(X)[0][:, :6], rtol=0, atol=1e-12)
    assert not torch.equal(made(other)[0][:, 6:], made(X)[0][:, 6:])


@every_kind
def test_watching_changes_nothing_and_tells_of_every_memory_and_block(name: str) -> None:
    made = layer(name)
    run = made.watched(X)
    torch.testing.assert_close(run.outputs, made(X)[0], rtol=0, atol=1e-12)
    assert run.trace["level_writes"].names == ("period 1", "period 4")
    off = (torch.arange(TIME) + 1) % 4 != 0
    assert not run.trace["level_writes"].values[off.numpy(), :, 1].any()
    assert (run.trace["level_writes"].values[~off.numpy()] > 0).all()
    if name == "Hope":
        assert run.trace["write_norm"].names == FIVE
        assert (run.trace["write_norm"].values > 0).all()
        assert {"inner_lr", "forget", "level_lr", "level_waiting"} <= set(run.trace)
    last = made.watched(X[:, 5:], made.watched(X[:, :5]).state)
    torch.testing.assert_close(last.outputs, run.outputs[:, 5:], rtol=0, atol=1e-12)


@pytest.mark.parametrize("name", ["Hope", "Hope-Attention"])
def test_a_token_model_of_it_can_be_saved_in_the_middle_of_a_text(name: str, tmp_path: Any) -> None:
    model = architecture(name, 8, vocabulary=16, blocks=1, heads=2, generator=Generator().manual_seed(0))
    text = torch.randint(0, 16, (2, 30), generator=Generator().manual_seed(1))
    _, state = model(text[:, :13])
    save(tmp_path / "state.safetensors", state)
    back = load(tmp_path / "state.safetensors", state)
    assert torch.equal(model(text[:, 13:], back)[0], model(text[:, 13:], state)[0])


def test_long_texts_stay_finite() -> None:
    """Values of any length: a memory that makes its own target would multiply what it knows by theirs."""
    x = 7 * torch.randn(1, 400, WIDTH, dtype=torch.float64, generator=Generator().manual_seed(2))
    assert layer()(x)[0].isfinite().all()
    grown = SelfModifying(WIDTH, generator=Generator().manual_seed(0)).double()(x)[0]
    assert not grown.isfinite().all() or grown.abs().max() > 1e6


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="width of memories is 8; expected 4"):
        Hope(4, memories=SelfModifying(8))
    with pytest.raises(ValueError, match=r"(?s)memories is .*; expected a SelfModifying"):
        Hope(4, memories=Attention(4, 2))  # pyright: ignore[reportArgumentType]
    with pytest.raises(ValueError, match=r"state is a HopeState.*; expected a HopeAttentionState.*give the state"):
        layer("HopeAttention")(X, layer()(X)[1])
