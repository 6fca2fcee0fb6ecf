"""Every memory there is, built for the contract tests. A new memory in `memory.__all__` is in here by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor

from nlviz import memory
from nlviz.memory import (
    MLP,
    Adam,
    Cached,
    Continuum,
    DeepMemory,
    Function,
    GatedDelta,
    GradientDescent,
    Hebbian,
    LayerNorm,
    Learned,
    Level,
    Memory,
    MemoryRule,
    Momentum,
    Plastic,
    ProgressGate,
    SurpriseGate,
    Titans,
    UpdateRule,
    cross_entropy,
    dot_product,
    huber,
    l_p,
    position_factors,
    silu,
    ttt_linear,
    ttt_mlp,
)
from nlviz.memory.state import parts

__all__ = ["D_KEY", "D_VALUE", "MEMORIES", "leaves", "mlp", "obeyed", "slow_weights"]

D_KEY, D_VALUE = 3, 4

Build = Callable[[], Memory[Any]]


def _generator() -> torch.Generator:
    return torch.Generator().manual_seed(3)


def _initial() -> Tensor:
    return torch.randn(D_VALUE, D_KEY, dtype=torch.float64, generator=_generator())


def _threshold() -> Tensor:
    return torch.tensor(1.0, dtype=torch.float64)


def mlp(*hidden: int, widths: tuple[int, int] = (D_KEY, D_VALUE), rule: UpdateRule | None = None, **how: Any) -> Any:
    """A DeepMemory on an MLP, its initial weights drawn in float64; `how` goes to the net, or to the memory."""
    outer = {name: how.pop(name) for name in ("objective", "decay", "position") if name in how}
    net = MLP(hidden, **how)
    initial = tuple(one.double() for one in net.draw(*widths, _generator()))
    return DeepMemory(*widths, initial=initial, net=net, rule=rule or Momentum(), **outer)


def _norm(width: int) -> LayerNorm:
    gain, shift = torch.randn(2, width, dtype=torch.float64, generator=_generator())
    return LayerNorm(1 + 0.1 * gain, 0.1 * shift)


def _function() -> DeepMemory:
    """tanh(V k) ∘ c: neither linear nor an MLP of ours, with a matrix and a vector as weights."""
    net = Function(lambda weights, x: (weights[0] @ x).tanh() * weights[1], ((D_VALUE, D_KEY), (D_VALUE,)))
    initial = [torch.randn(*shape, dtype=torch.float64, generator=_generator()) for shape in net.shapes(0, 0)]
    return DeepMemory(D_KEY, D_VALUE, initial=initial, net=net)


def _plastic() -> Plastic:
    return Plastic(torch.randn(D_VALUE, D_KEY, dtype=torch.float64, generator=_generator()))


def _learned() -> Learned:
    """One that listens to its hidden layer already."""
    made = [one.double() for one in Learned.draw(4, _generator()).slow]
    last = 0.3 * torch.randn(4, dtype=torch.float64, generator=_generator())
    return Learned(made[0], made[1] + 0.1, last, made[3] - 0.1)


def _ttt_mlp() -> DeepMemory:
    drawn = ttt_mlp(3, _generator(), expand=2)
    factors = position_factors(9, torch.full((9,), 0.1, dtype=torch.float64))
    wider = [10 * one.double() for one in drawn.initial or ()]
    return ttt_mlp(3, wider, expand=2, position=factors, norm=_norm(3))


RECIPES: dict[str, dict[str, Build]] = {
    "DeepMemory": {
        "DeepMemory": lambda: DeepMemory(D_KEY, D_VALUE),
        "DeepMemory from slow weights": lambda: DeepMemory(D_KEY, D_VALUE, initial=_initial()),
        "DeepMemory, cross-entropy": lambda: DeepMemory(D_KEY, D_VALUE, cross_entropy, _initial()),
        "two layers": lambda: mlp(5),
        "two layers, decay to zero": lambda: mlp(5, activation=silu, decay="zero"),
        "two layers, bias, residual, norm": lambda: mlp(5, widths=(4, 4), bias=True, residual=True, norm=_norm(4)),
        "three layers, Huber": lambda: mlp(4, 5, objective=huber(0.3), norm=_norm(D_VALUE)),
        "a function by torch.func": _function,
        "DeepMemory, GradientDescent, dot product": lambda: DeepMemory(
            D_KEY, D_VALUE, dot_product, _initial(), rule=GradientDescent()
        ),
        "two layers, Adam": lambda: mlp(3, rule=Adam(0.8, 0.9, 1e-2)),
        "two layers, MemoryRule(GatedDelta)": lambda: mlp(3, rule=MemoryRule(GatedDelta), activation=silu),
        "two layers, GradientDescent, l_p": lambda: mlp(3, rule=GradientDescent(), objective=l_p(3), position="mean"),
        "DeepMemory, MemoryRule(Hebbian)": lambda: DeepMemory(D_KEY, D_VALUE, rule=MemoryRule(Hebbian)),
        "DeepMemory, Plastic, dot product": lambda: DeepMemory(
            D_KEY, D_VALUE, dot_product, _initial(), rule=_plastic()
        ),
        "DeepMemory, Plastic": lambda: DeepMemory(D_KEY, D_VALUE, rule=_plastic()),
        "DeepMemory, Learned": lambda: DeepMemory(D_KEY, D_VALUE, initial=_initial(), rule=_learned()),
        "two layers, Learned": lambda: mlp(3, rule=_learned()),
        "TTT-Linear": lambda: ttt_linear(3, torch.randn(3, 4, dtype=torch.float64, generator=_generator())),
        "TTT-MLP": _ttt_mlp,
    },
    "SurpriseGate": {
        "hard SurpriseGate": lambda: SurpriseGate(Titans(D_KEY, D_VALUE), 1.0),
        "soft SurpriseGate": lambda: SurpriseGate(GatedDelta(D_KEY, D_VALUE), _threshold(), softness=0.5),
        "SurpriseGate over DeepMemory": lambda: SurpriseGate(
            DeepMemory(D_KEY, D_VALUE, cross_entropy, _initial()), _threshold(), softness=0.5, metric=memory.bits
        ),
        "SurpriseGate over two layers": lambda: SurpriseGate(
            mlp(5), _threshold(), softness=0.5, metric=memory.total_surprise
        ),
    },
    "Cached": {
        "Cached by write": lambda: Cached(Titans(D_KEY, D_VALUE), 2, sharpness=3.0, level=0.1),
        "Cached, newest": lambda: Cached(GatedDelta(D_KEY, D_VALUE), 3, "newest", sharpness=3.0),
        "Cached at random, two layers": lambda: Cached(mlp(5), 2, "random", sharpness=3.0, seed=4),
        "Cached, no room": lambda: Cached(Hebbian(D_KEY, D_VALUE), 0),
    },
    "Continuum": {
        "one level": lambda: Continuum([Level(mlp(5))]),
        "a chain of three": lambda: Continuum(
            [
                Level(mlp(5, widths=(3, 3), bias=True, residual=True), rate=0.1),
                Level(mlp(widths=(3, 4), rule=GradientDescent()), period=2, rate=0.05, mean=False),
                Level(mlp(3, widths=(4, 4), norm=_norm(4), residual=True), period=4, rate=0.1),
            ]
        ),
        "a function in a chain": lambda: Continuum([Level(mlp(widths=(3, 3))), Level(_function(), period=3)]),
        "side by side": lambda: Continuum(
            [
                Level(mlp(rule=Adam(0.8, 0.9, 1e-2))),
                Level(mlp(5), period=3),
                Level(DeepMemory(D_KEY, D_VALUE, rule=MemoryRule(Hebbian)), period=2),
            ],
            "independent",
        ),
        "nested": lambda: Continuum([Level(mlp(5), period) for period in (1, 2, 6)], "nested"),
        "nested, cross-entropy": lambda: Continuum(
            [Level(DeepMemory(D_KEY, D_VALUE, cross_entropy, _initial()), period) for period in (1, 3)], "nested"
        ),
    },
    "ProgressGate": {"soft ProgressGate": lambda: ProgressGate(Titans(D_KEY, D_VALUE), _threshold(), softness=0.5)},
}
"""Memories that need more than two widths, or come in several kinds."""


def _is_memory(thing: object) -> bool:
    return isinstance(thing, type) and all(hasattr(thing, method) for method in ("init", "read", "write"))


def _all() -> dict[str, Build]:
    found: dict[str, Build] = {}
    for name in memory.__all__:
        kind = getattr(memory, name)
        if not _is_memory(kind) or name in ("Memory", "LinearMemory", "LinearRule"):
            continue
        found |= RECIPES.get(name, {name: lambda kind=kind: kind(d_key=D_KEY, d_value=D_VALUE)})
    return found


MEMORIES = _all()


def leaves(state: Any) -> Iterator[Tensor]:
    """The tensors of a state, however its tuples are nested."""
    if isinstance(state, Tensor):
        yield state
    elif isinstance(state, tuple):
        for part in state:
            yield from leaves(part)


def obeyed(built: Any) -> frozenset[str]:
    """The gates a memory says it obeys; all of them unless it says otherwise."""
    built = getattr(built, "gated", built)
    return getattr(built, "obeys", frozenset({"inner_lr", "momentum", "forget"}))


def slow_weights(built: Any) -> Iterator[Tensor]:
    """The tensors a memory was built with and an outer loss may move."""
    inner = getattr(built, "gated", built)
    norm = getattr(getattr(inner, "net", None), "norm", None) or ()
    initial = getattr(inner, "initial", None)
    # what forgetting leads back to; the weights a state started from reach no state that is given
    back = () if initial is None or inner.decay == "zero" else parts(initial)
    of_rule = getattr(getattr(inner, "rule", None), "slow", ())
    given = (*back, *norm, *of_rule, getattr(built, "threshold", None))
    yield from (one for one in (*given, getattr(inner, "position", None)) if isinstance(one, Tensor))
