"""One home for every slow weight: whichever way it is replaced, the layer goes on with the new one."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Generator, Tensor, nn
from torch.nn.utils import parametrizations, parametrize, prune

from nlviz.inner import unroll
from nlviz.memory import MLP, DeepMemory, LayerNorm, Pairs, ProgressGate, SurpriseGate, Titans, squared_error
from nlviz.outer import LMM, MAC, MAG, MAL, MemoryLayer, TTTLayer
from nlviz.outer.layers.lmm import Beginning

WIDTH, TIME = 8, 9


def chance(seed: int) -> Generator:
    return Generator().manual_seed(seed)


def drawn(seed: int, *shape: int) -> nn.Parameter:
    return nn.Parameter(torch.rand(shape, generator=chance(seed)) + 0.1)


class Own(nn.Module):
    """A memory that is a module: one matrix that starts from a weight of its own."""

    d_key = d_value = 4
    objective = squared_error

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.inside, self.start = Titans(4, 4), drawn(seed, 4, 4)

    def init(self, batch: int, like: Tensor | None = None) -> Any:
        state = self.inside.init(batch, like)
        return state._replace(memory=state.memory + self.start)

    def read(self, state: Any, queries: Tensor) -> Tensor:
        return self.inside.read(state, queries)

    def write(self, state: Any, pairs: Pairs, gates: Any) -> Any:
        return self.inside.write(state, pairs, gates)


def deep(seed: int) -> DeepMemory:
    """Slow weights everywhere they may stand: W_0, a norm's gain and shift, the factors of the positions."""
    net = MLP((6,), norm=LayerNorm(drawn(seed, 4), drawn(seed + 50, 4)))
    initial = tuple(nn.Parameter(one) for one in net.draw(4, 4, chance(seed)))
    return DeepMemory(4, 4, net=net, initial=initial, position=drawn(seed + 90, 4))


def gated(kind: type[SurpriseGate], seed: int) -> SurpriseGate:
    return kind(deep(seed), drawn(seed + 7), 0.5)


def around(kind: Callable[..., Any], memory: Any, seed: int, **options: Any) -> Any:
    return kind(WIDTH, memory, generator=chance(seed), **options).double()


LAYERS: dict[str, Callable[[int], Any]] = {
    "ttt linear": lambda seed: TTTLayer(WIDTH, generator=chance(seed)).double(),
    "ttt mlp": lambda seed: TTTLayer(WIDTH, kind="mlp", heads=2, generator=chance(seed)).double(),
    "deep": lambda seed: around(MemoryLayer, deep(seed), seed, period=4),
    "gated": lambda seed: around(MemoryLayer, gated(SurpriseGate, seed), seed, period=4),
    "by progress": lambda seed: around(MemoryLayer, gated(ProgressGate, seed), seed, period=4),
    "a module": lambda seed: around(MemoryLayer, Own(seed), seed),
    "a module behind a gate": lambda seed: around(MemoryLayer, SurpriseGate(Own(seed), 0.01), seed),
    "lmm": lambda seed: around(LMM, deep(seed), seed, period=4),
    "lmm, learned start": lambda seed: around(LMM, Titans(4, 4), seed, beginning=Beginning(learned=True)),
    "mac": lambda seed: around(MAC, deep(seed), seed, period=4, segment=4),
    "mag": lambda seed: around(MAG, deep(seed), seed, period=4),
    "mal": lambda seed: around(MAL, deep(seed), seed, period=4),
}
every_layer = pytest.mark.parametrize("name", LAYERS)
X = torch.randn(2, TIME, WIDTH, generator=chance(9), dtype=torch.float64)


def out(layer: nn.Module) -> Tensor:
    return layer(X)[0]


def home(layer: nn.Module, name: str) -> tuple[nn.Module, str]:
    place, _, last = name.rpartition(".")
    return layer.get_submodule(place), last


def by_assignment(one: nn.Module, other: nn.Module) -> None:
    other.load_state_dict(one.state_dict(), assign=True)


def by_copying(one: nn.Module, other: nn.Module) -> None:
    other.load_state_dict(one.state_dict())


def one_by_one(one: nn.Module, other: nn.Module) -> None:
    for name, weight in one.named_parameters():
        setattr(*home(other, name), nn.Parameter(weight.detach().clone()))


def from_meta(one: nn.Module, other: nn.Module) -> None:
    other.to("meta").to_empty(device="cpu").load_state_dict(one.state_dict())


def swapped(one: nn.Module, other: nn.Module) -> None:
    torch.__future__.set_swap_module_params_on_conversion(True)
    try:
        other.float().double().load_state_dict(one.state_dict())
    finally:
        torch.__future__.set_swap_module_params_on_conversion(False)


def overwritten(one: nn.Module, other: nn.Module) -> None:
    torch.__future__.set_overwrite_module_params_on_conversion(True)
    try:
        other.float().double().load_state_dict(one.state_dict())
    finally:
        torch.__future__.set_overwrite_module_params_on_conversion(False)


@every_layer
@pytest.mark.parametrize("way", [by_assignment, by_copying, one_by_one, from_meta, swapped, overwritten])
def test_whichever_way_weights_come_the_layer_answers_with_them(
    name: str, way: Callable[[nn.Module, nn.Module], None]
) -> None:
    one, other = LAYERS[name](0), LAYERS[name](1)
    assert not torch.equal(out(one), out(other))
    way(one, other)
    assert torch.equal(out(one), out(other))


@every_layer
def test_weights_given_for_one_call_count_for_it_alone(name: str) -> None:
    one, other = LAYERS[name](0), LAYERS[name](1)
    before = out(other)
    assert torch.equal(torch.func.functional_call(other, dict(one.named_parameters()), (X,))[0], out(one))
    assert torch.equal(out(other), before)


@every_layer
def test_a_copy_shares_no_weight(name: str) -> None:
    one = LAYERS[name](0)
    twin, before = copy.deepcopy(one), out(one)
    with torch.no_grad():
        for weight in twin.parameters():
            weight += 0.1
    assert torch.equal(out(one), before)
    assert not torch.equal(out(twin), before)


@every_layer
def test_an_optimizer_finds_each_weight_once_and_all_are_reached(name: str) -> None:
    layer = LAYERS[name](0)
    weights = dict(layer.named_parameters())
    assert len({id(one) for one in weights.values()}) == len(weights)
    out(layer).square().sum().backward()
    # no persistent vectors were asked for: those weights have no numbers
    assert [name for name, one in weights.items() if one.grad is None and one.numel()] == []
    assert not out(layer.requires_grad_(False)).requires_grad


class Twice(nn.Module):
    def forward(self, weight: Tensor) -> Tensor:
        return 2 * weight + 1


@every_layer
def test_a_parametrized_weight_is_what_the_layer_uses(name: str) -> None:
    for weight in dict(LAYERS[name](0).named_parameters()):
        layer, plain = LAYERS[name](0), LAYERS[name](0)
        parametrize.register_parametrization(*home(layer, weight), Twice())
        with torch.no_grad():
            getattr(*home(plain, weight)).mul_(2).add_(1)
        torch.testing.assert_close(out(layer), out(plain), rtol=0, atol=1e-10)


@pytest.mark.parametrize("name", [name for name in LAYERS if "module" not in name])
def test_pruned_and_normed_weights_go_on_being_trained(name: str) -> None:
    """A module that is a memory itself is never called, so its own hooks do not run: those it has to run itself."""
    for weight, held in LAYERS[name](0).named_parameters():
        if held.dim() < 2 or not held.numel():
            continue
        pruned, normed = LAYERS[name](0), LAYERS[name](0)
        prune.random_unstructured(*home(pruned, weight), amount=0.5)
        for _ in range(2):
            out(pruned).sum().backward()
        parametrizations.weight_norm(*home(normed, weight))
        torch.testing.assert_close(out(normed), out(LAYERS[name](0)), rtol=0, atol=1e-10)


def test_the_memory_of_a_layer_is_one_to_unroll_and_may_be_put_behind_a_gate() -> None:
    layer = LAYERS["deep"](0)
    run = unroll(layer.memory, *layer.stream(X), period=4)  # pyright: ignore
    assert run.outputs.shape == (2, TIME, 4)
    before, count = out(layer), len(list(layer.parameters()))
    layer.memory = SurpriseGate(layer.memory, nn.Parameter(torch.tensor(5.0, dtype=torch.float64)), softness=1.0)
    assert len(list(layer.parameters())) == count + 1
    assert not torch.equal(out(layer), before)


def test_two_layers_may_share_a_start() -> None:
    start = drawn(3, 4, 4)
    both = nn.ModuleList(MemoryLayer(WIDTH, DeepMemory(4, 4, initial=start)) for _ in range(2))
    assert sum(one is start for one in both.parameters()) == 1
    assert all(layer.memory.initial is start for layer in both)  # pyright: ignore


def test_a_weight_of_another_shape_is_refused_in_words() -> None:
    layer = TTTLayer(WIDTH, generator=chance(0))
    layer.initial[0] = nn.Parameter(torch.zeros(1, 9))
    with pytest.raises(ValueError, match=r"initial\[0\] has shape \[1, 9\]; expected \[8, 9\]"):
        layer(X.float())


def test_no_two_layers_are_alike_unless_one_asks_for_it() -> None:
    torch.manual_seed(0)
    one, other = TTTLayer(WIDTH), TTTLayer(WIDTH)
    assert not torch.equal(one.initial[0], other.initial[0])
    torch.manual_seed(0)
    assert torch.equal(one.initial[0], TTTLayer(WIDTH).initial[0])


def test_the_epsilon_behind_a_ttt_layer_is_its_codes() -> None:
    assert TTTLayer(WIDTH).after.eps == 1e-6
    with torch.device("meta"):
        assert all(one.is_meta for one in TTTLayer(WIDTH).parameters())
