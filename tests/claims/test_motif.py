"""A motif repeated four times: the surprise at it falls on every pass, for every memory and rule that is stable.

Eight pairs of unit keys and values, d = 16, means over 20 texts, for each seed.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from nlviz.inner import probes, unroll, unroll_dual
from nlviz.memory import (
    MLP,
    Adam,
    DeepMemory,
    Delta,
    GatedDelta,
    Gates,
    GradientDescent,
    Hebbian,
    LayerNorm,
    Memory,
    MemoryRule,
    Momentum,
    Oja,
    Pairs,
    ProgressGate,
    SurpriseGate,
    Titans,
    UpdateRule,
    dot_product,
    gelu,
    huber,
    l_p,
    silu,
    squared_error,
    ttt_linear,
    ttt_mlp,
)

from .holding import Claims
from .seeds import SEEDS, chance

pytestmark = pytest.mark.claim

D, MOTIF, PASSES, TEXTS = 16, 8, 4, 20


@pytest.fixture(params=SEEDS)
def generator(request: pytest.FixtureRequest) -> Generator:
    return chance(request.param)


def motif(generator: Generator) -> Pairs:
    keys, values = (F.normalize(torch.randn(TEXTS, MOTIF, D, generator=generator), dim=-1) for _ in range(2))
    return Pairs(keys.repeat(1, PASSES, 1), values.repeat(1, PASSES, 1))


def surprise(memory: Memory[Any], pairs: Pairs, gates: Gates, name: str = "surprise", **how: Any) -> np.ndarray:
    """The mean surprise of every pass."""
    run = unroll(memory, pairs, gates, probes=[getattr(probes, name)], **how)
    assert run.trace.marks == ()
    return run.trace[name].values.reshape(PASSES, MOTIF, -1).mean((1, 2))


def falls(passes: np.ndarray) -> None:
    assert (np.diff(passes) < -0.005 * passes[0]).all(), passes


def deep(rule: UpdateRule, *hidden: int, objective: Any = squared_error, **net: Any) -> DeepMemory:
    mlp = MLP(hidden, **net)
    return DeepMemory(D, D, objective, mlp.draw(D, D, torch.Generator().manual_seed(9)), net=mlp, rule=rule)


LINEAR = {
    "Hebbian": (Hebbian(D, D), (0.2, 0, 0)),
    "Delta": (Delta(D, D), (0.5, 0, 0)),
    "GatedDelta": (GatedDelta(D, D), (0.5, 0, 0.01)),
    "Titans": (Titans(D, D), (0.3, 0.3, 0.01)),
    "Oja": (Oja(D, D), (0.2, 0, 0)),
    "SurpriseGate": (SurpriseGate(Titans(D, D), 0.2), (0.5, 0.2, 0)),
}
RULES = {
    "GradientDescent": (GradientDescent(), 0.1),
    "Momentum": (Momentum(), 0.05),
    "Adam": (Adam(), 0.01),
    "MemoryRule(Hebbian)": (MemoryRule(Hebbian), 0.05),
    "MemoryRule(GatedDelta)": (MemoryRule(GatedDelta), 0.05),
}
NETS: dict[str, dict[str, Any]] = {
    "one layer": {"hidden": ()},
    "two layers, GELU": {"hidden": (4 * D,), "activation": gelu},
    "two layers, SiLU, residual and norm": {
        "hidden": (4 * D,),
        "activation": silu,
        "residual": True,
        "norm": LayerNorm(),
    },
    "three layers": {"hidden": (4 * D, 4 * D)},
}


@pytest.mark.parametrize("name", LINEAR)
def test_linear_memories(name: str, generator: Generator) -> None:
    memory, (lr, momentum, forget) = LINEAR[name]
    pairs = motif(generator)
    falls(surprise(memory, pairs, Gates.constant(pairs, lr, momentum, forget)))


def test_a_gate_on_progress_begins_to_learn_when_the_motif_comes_back(generator: Generator) -> None:
    pairs, memory = motif(generator), ProgressGate(Delta(D, D), 0.05)
    passes = surprise(memory, pairs, Gates.constant(pairs, 0.5))
    assert passes[0] == pytest.approx(1, abs=0.05)
    assert passes[1] == pytest.approx(1, abs=0.05)
    falls(passes[1:])


def half_noise(seed: int) -> tuple[Pairs, Tensor, Tensor]:
    """192 pairs, each one of sixteen facts or, half of the time, something never seen again."""
    generator = chance(seed)
    keys, values = (F.normalize(torch.randn(TEXTS, 16, 32, generator=generator), dim=-1) for _ in range(2))
    which = torch.randint(0, 16, (TEXTS, 192, 1), generator=generator).expand(-1, -1, 32)
    noise = torch.rand(TEXTS, 192, 1, generator=generator) < 0.5
    once = (F.normalize(torch.randn(TEXTS, 192, 32, generator=generator), dim=-1) for _ in range(2))
    seen = (torch.where(noise, new, old.gather(1, which)) for new, old in zip(once, (keys, values), strict=True))
    return Pairs(*seen), keys, values


def test_what_to_write_when_half_of_what_comes_is_noise(claims: Claims) -> None:
    """Sixteen facts, d = 32, half of 192 pairs one-off noise: surprise picks the noise, progress the facts."""
    said = {"all": (".77", "100%"), "surprise": (".57", "67%"), "progress": (".85", "17%")}
    delta = Delta(32, 32)
    memories = {"all": delta, "surprise": SurpriseGate(delta, 0.9), "progress": ProgressGate(delta, 0.05)}
    for name, memory in memories.items():
        recall, writes = [], []
        for pairs, keys, values in map(half_noise, SEEDS):
            state = unroll(memory, pairs, Gates.constant(pairs, 0.5)).state
            recall.append(F.cosine_similarity(memory.read(state, keys), values, dim=-1).mean().item())
            writes.append(float(state.written.mean()) / 192 if name != "all" else 1.0)
        claims.says(said[name][0], recall, f"recall, {name}")
        claims.says(said[name][1], writes, f"written, {name}")


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("net", NETS)
def test_every_rule_on_every_net(net: str, rule: str, generator: Generator) -> None:
    how = dict(NETS[net])
    kind, lr = RULES[rule]
    pairs = motif(generator)
    # a layer norm's gradient is as large as its scale is small, and so are steps that suit it
    lr = lr * (0.1 if "norm" in how and rule != "Adam" else 1.0)
    falls(surprise(deep(kind, *how.pop("hidden"), **how), pairs, Gates.constant(pairs, lr, 0.3)))


@pytest.mark.parametrize("objective", [huber(0.1), l_p(1.5), l_p(3)], ids=lambda one: one.name)
def test_other_objectives(objective: Any, generator: Generator) -> None:
    pairs = motif(generator)
    gates = Gates.constant(pairs, 0.3 if objective.name.startswith("l_p, p = 3") else 0.1, 0.3)
    falls(surprise(deep(Momentum(), 64, objective=objective), pairs, gates, "inner_loss"))


@pytest.mark.parametrize("period", [1, 4, 8])
@pytest.mark.parametrize("kind", ["linear", "mlp"])
def test_ttt(kind: str, period: int, generator: Generator) -> None:
    # a gain of 1 would ask for answers four times as long as the values are
    net, norm = MLP(() if kind == "linear" else (4 * D,), bias=True), LayerNorm(torch.full((D,), 0.35))
    initial = net.draw(D, D, torch.Generator().manual_seed(9))
    memory = (ttt_linear if kind == "linear" else ttt_mlp)(D, initial, norm=norm)
    pairs = motif(generator)
    gates = Gates.constant(pairs, {"linear": 1.0, "mlp": 0.15}[kind])
    falls(surprise(memory, pairs, gates, period=period))


def test_a_motif_read_in_the_dual_form_is_the_same_motif(generator: Generator) -> None:
    pairs, memory = motif(generator), deep(Momentum(), 64)
    gates = Gates.constant(pairs, 0.05, 0.3)
    dual = unroll_dual(memory, pairs, gates, period=8, probes=[probes.surprise]).trace["surprise"]
    passes = dual.values.reshape(PASSES, MOTIF, -1).mean((1, 2))
    falls(passes)
    np.testing.assert_allclose(passes, surprise(memory, pairs, gates, period=8), rtol=1e-4)


def test_under_the_dot_product_nothing_is_ever_less_surprising(generator: Generator) -> None:
    """Its gradient does not ask what the memory knows: the loss falls for ever, the surprise stays."""
    pairs, memory = motif(generator), DeepMemory(D, D, dot_product, rule=GradientDescent())
    gates = Gates.constant(pairs, 0.2)
    np.testing.assert_allclose(surprise(memory, pairs, gates), 1, rtol=1e-5)
    falls(1 + surprise(memory, pairs, gates, "inner_loss"))


@pytest.mark.parametrize(
    ("memory", "gates", "why"),
    [
        (Delta(D, D), (2.5, 0, 0), "inner_lr·‖k‖² = 2.5 ≥ 2"),
        (GatedDelta(D, D), (2.3, 0, 0.01), "inner_lr·‖k‖² = 2.3 ≥ 2.01"),
        (Titans(D, D), (3.2, 0.5, 0), "inner_lr·‖k‖² = 3.2 ≥ 3"),
        (DeepMemory(D, D, rule=GradientDescent()), (2.5, 0, 0.01), "inner_lr·‖k‖² = 2.5 ≥ 1.99"),
        (deep(Momentum(), 64), (3, 0, 0), "inner_lr·λ_max(JJᵀ) at the start = "),
    ],
    ids=["Delta", "GatedDelta", "Titans", "one layer", "two layers"],
)
def test_the_unstable_say_so(memory: Any, gates: tuple[float, ...], why: str, generator: Generator) -> None:
    pairs = motif(generator)
    pairs = Pairs(*(x.repeat(1, 20, 1) for x in pairs))
    (mark,) = unroll(memory, pairs, Gates.constant(pairs, *gates)).trace.marks
    assert mark.kind == "diverged"
    assert why in mark.label


def test_a_chunk_of_one_key_is_as_strong_as_all_its_writes_together(generator: Generator) -> None:
    """θ·λ_max(KKᵀ): what one token bears, sixteen at once do not."""
    pairs = Pairs(*(x[:, :1].expand(-1, 320, -1) for x in motif(generator)))
    gates = Gates.constant(pairs, 0.5)
    assert unroll(Delta(D, D), pairs, gates).trace.marks == ()
    (mark,) = unroll(Delta(D, D), pairs, gates, period=16).trace.marks
    assert "inner_lr·λ_max(KKᵀ) = 8 ≥ 2" in mark.label
