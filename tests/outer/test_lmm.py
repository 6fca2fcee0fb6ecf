"""Where an LMM's slow weights begin: said once, for the gates, the convolutions, W_q and M_0."""

from __future__ import annotations

import pytest
import torch
from torch import Generator

from nlviz.memory import Hebbian, LinearMemory, Titans
from nlviz.outer import LMM, architecture, deep_memory
from nlviz.outer.layers.lmm import Beginning

WIDTH = 8


def chance(seed: int = 0) -> Generator:
    return Generator().manual_seed(seed)


def made(memory: LinearMemory | None = None, seed: int = 0, **how: object) -> LMM:
    return LMM(WIDTH, memory or Titans(4, 6), generator=chance(seed), **how).double()  # pyright: ignore[reportArgumentType]


def texts(time: int = 9) -> torch.Tensor:
    return torch.randn(2, time, WIDTH, generator=chance(7), dtype=torch.float64)


def test_the_gates_begin_where_they_are_told() -> None:
    layer = made(heads=2, beginning=Beginning(gates=(-2.0, 0.0, -6.0)))
    with torch.no_grad():
        layer.gates.weight.zero_()
    gates = layer.gated(texts())
    for gate, bias in zip(gates, (-2.0, 0.0, -6.0), strict=True):
        torch.testing.assert_close(gate, torch.full_like(gate, bias).sigmoid())


def test_a_plain_beginning_changes_no_weight() -> None:
    one, other = made(), made(beginning=Beginning())
    assert one.state_dict().keys() == other.state_dict().keys()
    assert all(torch.equal(*both) for both in zip(one.parameters(), other.parameters(), strict=True))


def test_equal_projections_and_shifted_kernels_ask_with_what_was_before() -> None:
    """The key of a token is the query of the token before it: what followed is found by what came before."""
    kernels = Beginning(queries=(1.0, 0.5, 0.25, 0.0), keys=(0.0, 1.0, 0.5, 0.25), alike=True)
    _, (keys, *_), queries = _given(made(beginning=kernels))
    torch.testing.assert_close(keys[:, 1:], queries[:, :-1])
    _, (keys, *_), queries = _given(made())
    assert (keys[:, 1:] - queries[:, :-1]).abs().max() > 0.1


def _given(layer: LMM) -> tuple[torch.Tensor, tuple[torch.Tensor, ...], torch.Tensor]:
    streamed = layer.stream(texts())
    return streamed.gates.inner_lr, tuple(streamed.pairs), streamed.queries


@pytest.mark.parametrize("memory", [Titans(4, 6), Hebbian(4, 6)])
def test_a_learned_start_is_read_where_nothing_is_written(memory: LinearMemory) -> None:
    layer = made(memory, rate=0.0, beginning=Beginning(learned=True), without=("forget",))
    state = layer.begin(texts()).memory
    streamed = layer.stream(texts())
    expected = layer.answered(streamed.queries @ state.memory.mT, texts())
    y, after = layer(texts())
    torch.testing.assert_close(y, expected)
    assert torch.equal(after.memory.memory, state.memory)
    assert state.memory.abs().max() > 0.1
    y.square().sum().backward()
    found = [name for name, one in layer.named_parameters() if one.shape == (6, 4) and one.grad is not None]
    # the values' projection is [6, 8]; of this shape there is M_0 alone
    assert len(found) == 1
    assert dict(layer.named_parameters())[found[0]].grad.abs().max() > 0  # pyright: ignore[reportOptionalMemberAccess]


def test_a_learned_start_is_part_of_a_model_and_of_its_split_reading() -> None:
    begun = {"beginning": Beginning(learned=True)}
    for name in ("LMM", "MAC", "MAG", "MAL", "linear attention"):
        model = architecture(name, 16, window=6, heads=2, size=20_000, generator=chance(), **begun).double()  # pyright: ignore
        text = torch.randint(0, 256, (2, 17), generator=chance(1))
        with torch.no_grad():
            keys, state = model(text[:, :7])
            more, _ = model(text[:, 7:], state)
            torch.testing.assert_close(torch.cat([keys, more], 1), model(text)[0], rtol=0, atol=1e-10)


def test_a_beginning_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="expected three biases"):
        made(beginning=Beginning(gates=(0.0, -2.0)))  # pyright: ignore[reportArgumentType]
    with pytest.raises(ValueError, match="gates is nan"):
        made(beginning=Beginning(gates=(0.0, float("nan"), 0.0)))
    with pytest.raises(ValueError, match="3 weights for a kernel of 4"):
        made(beginning=Beginning(queries=(1.0, 0.0, 0.0)))
    with pytest.raises(ValueError, match="convolution is 0"):
        made(convolution=0, beginning=Beginning(keys=(0.0, 1.0, 0.0, 0.0)))
    with pytest.raises(ValueError, match="a DeepMemory takes its own"):
        LMM(WIDTH, deep_memory(WIDTH, chance()), period=3, beginning=Beginning(learned=True), generator=chance())


@pytest.mark.parametrize("part", ["memory", "queries", "keys", "values"])
def test_a_state_that_lacks_a_part_is_refused(part: str) -> None:
    layer, x = LMM(4, Titans(4, 4), generator=Generator().manual_seed(0)), torch.ones(2, 3, 4)
    with pytest.raises(ValueError, match=f"{part} of the state is None"):
        layer(x, layer(x)[1]._replace(**{part: None}))
