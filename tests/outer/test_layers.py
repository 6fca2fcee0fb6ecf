"""Layers with fast weights: gradients reach every slow weight, nothing sees the future, and any split is the whole."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Generator, Tensor, nn

from nlviz.inner import unroll
from nlviz.memory import (
    MLP,
    Adam,
    DeepMemory,
    Delta,
    GatedDelta,
    Hebbian,
    SurpriseGate,
    Titans,
    inner_rate,
    ttt_linear,
)
from nlviz.outer import MemoryLayer, TTTLayer, detach, load, save

WIDTH, TIME = 8, 21


def chance(seed: int = 0) -> Generator:
    return Generator().manual_seed(seed)


def drawn(*hidden: int) -> tuple[nn.Parameter, ...]:
    return tuple(nn.Parameter(one) for one in MLP(hidden).draw(4, 4, chance(3)))


def memory_layer(memory: object, **options: int) -> Callable[[], MemoryLayer]:
    return lambda: MemoryLayer(WIDTH, memory, heads=2, generator=chance(), **options).double()  # pyright: ignore


def ttt_layer(**options: object) -> Callable[[], TTTLayer]:
    return lambda: TTTLayer(WIDTH, generator=chance(), **options).double()  # pyright: ignore


PLAIN = {"start": "zero", "norm": False, "bias": False, "period": None, "rate": 0.5}
LAYERS: dict[str, Callable[[], MemoryLayer | TTTLayer]] = {
    "hebbian": memory_layer(Hebbian(4, 4)),
    "delta": memory_layer(Delta(4, 4)),
    "gated delta": memory_layer(GatedDelta(4, 3)),
    "titans": memory_layer(Titans(4, 4)),
    "titans in chunks": memory_layer(Titans(4, 4), period=5),
    "deep, one map from W_0": lambda: memory_layer(DeepMemory(4, 4, initial=drawn()[0]))(),
    "deep, two layers": lambda: memory_layer(DeepMemory(4, 4, initial=drawn(6), net=MLP((6,))), period=4)(),
    "deep, by Adam": lambda: memory_layer(DeepMemory(4, 4, initial=drawn()[0], rule=Adam()), period=4)(),
    "ttt linear": ttt_layer(),
    "ttt linear, two heads": ttt_layer(heads=2, period=4, position="sum"),
    "ttt mlp": ttt_layer(kind="mlp", period=4),
    "linear attention": ttt_layer(**PLAIN),
}
every_layer = pytest.mark.parametrize("name", LAYERS)


def texts(seed: int = 1) -> Tensor:
    return torch.randn(2, TIME, WIDTH, generator=chance(seed), dtype=torch.float64)


@every_layer
def test_every_slow_weight_has_the_gradient_of_finite_differences(name: str) -> None:
    layer, x, toward = LAYERS[name](), texts(), texts(2)

    def loss() -> Tensor:
        return (layer(x)[0] * toward).sum()

    loss().backward()
    for weight_name, weight in layer.named_parameters():
        reached = weight.grad
        assert reached is not None, weight_name
        direction = torch.randn(weight.shape, generator=chance(4), dtype=torch.float64)
        step = 1e-6
        with torch.no_grad():
            values = []
            for side in (1, -1):
                weight += side * step * direction
                values.append(loss().item())
                weight -= side * step * direction
        measured = (values[0] - values[1]) / (2 * step)
        assert (reached * direction).sum().item() == pytest.approx(measured, rel=2e-5, abs=2e-7), weight_name


@every_layer
def test_all_slow_weights_that_the_memory_obeys_are_reached(name: str) -> None:
    layer = LAYERS[name]()
    layer(texts())[0].square().sum().backward()
    for weight_name, weight in layer.named_parameters():
        assert weight.grad is not None
        assert weight.grad.abs().sum() > 0, weight_name


@every_layer
def test_what_comes_later_changes_nothing(name: str) -> None:
    layer, x = LAYERS[name](), texts()
    for at in (1, 7, TIME - 1):
        other = x.clone()
        other[:, at:] = other[:, at:].flip(-1)
        first, second = layer(x)[0], layer(other)[0]
        torch.testing.assert_close(first[:, :at], second[:, :at], rtol=0, atol=1e-12)
        assert not torch.allclose(first[:, at], second[:, at])


@given(cuts=st.lists(st.integers(1, TIME - 1), max_size=3, unique=True), name=st.sampled_from(list(LAYERS)))
def test_any_split_gives_the_numbers_of_the_whole(cuts: list[int], name: str) -> None:
    layer, x, state, pieces = LAYERS[name](), texts(), None, []
    for piece in x.tensor_split(sorted(cuts), 1):
        y, state = layer(piece, state)
        pieces.append(y)
    torch.testing.assert_close(torch.cat(pieces, 1), layer(x)[0], rtol=0, atol=1e-11)


@every_layer
def test_the_state_is_cut_only_by_name(name: str) -> None:
    layer, x = LAYERS[name](), texts()

    def gradient(cut: bool) -> Tensor:
        past = x[:, :10].clone().requires_grad_()
        _, state = layer(past)
        layer(x[:, 10:], detach(state) if cut else state)[0].square().sum().backward()
        return torch.zeros(1) if past.grad is None else past.grad

    assert gradient(cut=False).abs().sum() > 0
    assert gradient(cut=True).abs().sum() == 0


@every_layer
def test_a_saved_state_reads_on_as_if_nothing_had_happened(name: str, tmp_path: Path) -> None:
    layer, x = LAYERS[name](), texts()
    _, state = layer(x[:, :9])
    save(tmp_path / "state.safetensors", state)
    # any state of the same layer says the form, wherever in a chunk it stands
    back = load(tmp_path / "state.safetensors", layer(x[:, :4])[1])
    assert torch.equal(layer(x[:, 9:], back)[0], layer(x[:, 9:], state)[0])


@every_layer
def test_streams_and_heads_do_not_know_of_one_another(name: str) -> None:
    layer, x = LAYERS[name](), texts()
    torch.testing.assert_close(layer(x)[0][:1], layer(x[:1])[0], rtol=0, atol=1e-12)


def test_forgetting_starts_low_and_keys_are_unit_vectors() -> None:
    layer = MemoryLayer(WIDTH, Titans(4, 4), heads=2, generator=chance()).double()
    pairs, gates, queries = layer.stream(texts())
    assert gates.forget.mean().item() < 0.02
    for vectors in (pairs.keys, queries):
        torch.testing.assert_close(vectors.norm(dim=-1), torch.ones(4, TIME, dtype=torch.float64))


def test_a_gated_memory_of_ones_own_runs_too() -> None:
    layer = MemoryLayer(WIDTH, SurpriseGate(Delta(4, 4), 0.1), generator=chance())
    y, _ = layer(texts().float())
    assert torch.isfinite(y).all()


@every_layer
def test_the_layer_is_the_loop_with_slow_weights_around_it(name: str) -> None:
    layer, x = LAYERS[name](), texts()
    run = unroll(layer.memory, *layer.stream(x), period=layer.period)
    # heads stood beside the batch
    reads = run.outputs.unflatten(0, (2, layer.heads)).transpose(1, 2).flatten(2)
    torch.testing.assert_close(layer(x)[0], layer.out(layer.read_out(reads)), rtol=0, atol=1e-11)


def test_ttt_rates_are_those_of_the_paper() -> None:
    layer, x = TTTLayer(WIDTH, generator=chance()).double(), texts()
    assert layer.rate is not None
    expected = inner_rate(x, layer.rate.weight[0], layer.rate.bias[0])
    torch.testing.assert_close(layer.stream(x).gates.inner_lr, expected)
    assert TTTLayer(WIDTH, kind="mlp", rate=0.5).stream(x.float()).gates.inner_lr[0, 0] == pytest.approx(0.05 / WIDTH)


def test_linear_attention_is_the_first_rung() -> None:
    layer, x = LAYERS["linear attention"](), texts()
    k, v, q = layer.keys(x), layer.values(x), layer.queries(x)
    shares = (q @ k.mT).tril() * 0.5 / WIDTH
    # the code's position factor, the mean instead of the sum
    z = shares @ v / torch.arange(1, TIME + 1)[:, None]
    torch.testing.assert_close(layer(x)[0], layer.out(layer.after(z)), rtol=0, atol=1e-11)  # pyright: ignore


def test_slow_weights_of_the_memory_belong_to_the_layer() -> None:
    slow = drawn(6)
    layer = MemoryLayer(WIDTH, DeepMemory(4, 4, initial=slow, net=MLP((6,))))
    assert {id(one) for one in slow} <= {id(one) for one in layer.parameters()}
    assert len(list(TTTLayer(WIDTH).initial)) == 1
    assert ttt_linear(4, chance()).initial is not None


@pytest.mark.parametrize(
    ("options", "said"),
    [({"heads": 3}, "multiple of 3"), ({"kind": "conv"}, "'linear', 'mlp'"), ({"kind": "mlp", "start": "zero"}, "W")],
)
def test_nonsense_is_refused_in_words(options: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said if said != "W" else "no gradient"):
        TTTLayer(WIDTH, **options)  # pyright: ignore[reportArgumentType]
