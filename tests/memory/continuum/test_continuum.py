"""A continuum beside plain loops by autograd, beside the memories it contains, and at its extreme settings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest
import torch
from torch import Tensor

from nlviz.inner import probes, unroll
from nlviz.memory import (
    MLP,
    Continuum,
    ContinuumState,
    DeepMemory,
    Function,
    Gates,
    GradientDescent,
    Level,
    Momentum,
    Pairs,
    SurpriseGate,
    huber,
    silu,
)

D, TIME, BATCH = 3, 12, 2
CHANCE = torch.Generator().manual_seed(7)
PAIRS = Pairs(*torch.randn(2, BATCH, TIME, D, dtype=torch.float64, generator=CHANCE))
GATES = Gates.constant(PAIRS, 0.1)
FULL = Gates.constant(PAIRS, 0.1, 0.5, 0.02)


def deep(*hidden: int, seed: int = 0, **how: Any) -> DeepMemory:
    """A net in float64; one matrix where no width is given."""
    net = MLP(hidden, silu, residual=how.pop("residual", False))
    drawn = net.draw(D, D, torch.Generator().manual_seed(seed))
    return DeepMemory(D, D, initial=tuple(one.double() for one in drawn), net=net, **how)


def flat(weights: Any) -> list[Tensor]:
    return [weights] if isinstance(weights, Tensor) else list(weights)


Answer = Callable[[list[list[Tensor]], Tensor], Tensor]


def by_hand(levels: Sequence[Level], answer: Answer, joined: str) -> list[Tensor]:
    """Every stream by itself, token by token, gradients by autograd: plain descent, W ← W − scale · Σ gradients."""
    found = []
    for row in range(BATCH):
        shown = [[one.clone() for one in flat(level.memory.initial)] for level in levels]
        sums = [[torch.zeros_like(one) for one in own] for own in shown]
        for t in range(TIME):
            held = [[one.detach().requires_grad_() for one in own] for own in shown]
            miss = answer(held, PAIRS.keys[row, t]) - PAIRS.values[row, t]
            (0.5 * miss.square().sum()).backward()
            for place, level in enumerate(levels):
                source = held[0] if joined == "nested" else held[place]
                for total, one in zip(sums[place], source, strict=True):
                    assert one.grad is not None
                    total += one.grad
                if (t + 1) % level.period == 0:
                    scale = 0.1 * level.rate / (level.period if level.mean else 1)
                    shown[place] = [one - scale * total for one, total in zip(shown[place], sums[place], strict=True)]
                    sums[place] = [torch.zeros_like(one) for one in shown[place]]
            if joined == "nested":
                for place in range(len(levels) - 1, 0, -1):
                    if (t + 1) % levels[place].period == 0:
                        shown[:place] = [list(shown[place]) for _ in range(place)]
                        sums[:place] = [[torch.zeros_like(one) for one in own] for own in shown[:place]]
                        break
        found.append([one for own in shown for one in own])
    return [torch.stack(rows) for rows in zip(*found, strict=True)]


def one_net(own: list[Tensor], x: Tensor) -> Tensor:
    """W_2 silu(W_1 x), or W x."""
    return own[0] @ x if len(own) == 1 else own[1] @ torch.nn.functional.silu(own[0] @ x)


def chained(held: list[list[Tensor]], x: Tensor) -> Tensor:
    for own in held:
        x = one_net(own, x)
    return x


def summed(held: list[list[Tensor]], x: Tensor) -> Tensor:
    return torch.stack([one_net(own, x) for own in held]).sum(0)


ANSWERS: dict[str, Answer] = {
    "sequential": chained,
    "independent": summed,
    "nested": lambda held, x: one_net(held[0], x),
}


@pytest.mark.parametrize("joined", ANSWERS)
@pytest.mark.parametrize("mean", [True, False])
@pytest.mark.parametrize("periods", [(1, 2, 6), (3, 3, 3), (2, 4, 100)])
def test_it_is_the_plain_loop_by_autograd(joined: Any, mean: bool, periods: tuple[int, ...]) -> None:
    alike = joined == "nested"
    nets = [
        deep(4, seed=0 if alike else 1),
        deep(*(4,) * alike, seed=0 if alike else 2),
        deep(4, seed=0 if alike else 3),
    ]
    periods = tuple(4 * period if alike and period == 100 else period for period in periods)
    levels = [
        Level(DeepMemory(D, D, initial=one.initial, net=one.net, rule=GradientDescent()), period, rate, mean)
        for one, period, rate in zip(nets, periods, (0.5, 1.0, 0.8), strict=True)
    ]
    run = unroll(Continuum(levels, joined), PAIRS, GATES)
    expected = by_hand(levels, ANSWERS[joined], joined)
    for found, one in zip(flat(run.state.memory), expected, strict=True):
        torch.testing.assert_close(found, one, rtol=0, atol=1e-12)


@pytest.mark.parametrize("period", [1, 3, 4])
@pytest.mark.parametrize("joined", ANSWERS)
@pytest.mark.parametrize("rule", [GradientDescent(), Momentum()])
def test_one_level_is_that_memory_at_that_period(period: int, joined: Any, rule: Any) -> None:
    """Outputs read before the write, weights, what is carried, and gradients to the start."""
    alone = deep(5, rule=rule)
    start = [one.clone().requires_grad_() for one in flat(alone.initial)]
    alone = DeepMemory(D, D, initial=start, net=alone.net, rule=rule)
    whole = unroll(alone, PAIRS, FULL, period=period, read_first=True)
    built = Continuum([Level(alone, period, mean=False)], joined)
    run = unroll(built, PAIRS, FULL, read_first=True)
    torch.testing.assert_close(run.outputs, whole.outputs, rtol=0, atol=1e-12)
    both = [(*each.state.memory, *each.state.past_surprise) for each in (run, whole)]
    for found, one in zip(*both, strict=True):
        torch.testing.assert_close(found, one, rtol=0, atol=1e-12)
    slopes = [torch.autograd.grad(each.outputs.square().sum(), start, retain_graph=True) for each in (run, whole)]
    for found, one in zip(*slopes, strict=True):
        torch.testing.assert_close(found, one, rtol=1e-10, atol=1e-12)


def test_a_chunk_is_one_write_of_a_level_of_period_one() -> None:
    alone = deep(5)
    for period in (1, 4):
        one, other = (unroll(memory, PAIRS, FULL, period=period) for memory in (alone, Continuum([Level(alone)])))
        torch.testing.assert_close(other.outputs, one.outputs, rtol=0, atol=1e-12)


def test_maps_side_by_side_of_period_one_are_one_map_with_the_summed_rate() -> None:
    """All periods 1: not more memory, one level."""
    maps = [Level(DeepMemory(D, D), rate=rate) for rate in (0.2, 0.5, 0.3)]
    run = unroll(Continuum(maps, "independent"), PAIRS, FULL)
    one = unroll(DeepMemory(D, D), PAIRS, FULL)
    torch.testing.assert_close(run.outputs, one.outputs, rtol=0, atol=1e-12)
    half = unroll(Continuum(maps[:2], "independent"), PAIRS, FULL)
    less = unroll(DeepMemory(D, D), PAIRS, FULL._replace(inner_lr=0.7 * FULL.inner_lr))
    torch.testing.assert_close(half.outputs, less.outputs, rtol=0, atol=1e-12)


def test_off_its_tick_a_level_is_unchanged_to_the_bit_and_beyond_the_stream_it_never_ticks() -> None:
    built = Continuum([Level(deep(4, seed=seed), period) for seed, period in enumerate((1, 5, 50))])
    state, before = built.init(BATCH, PAIRS.keys), built.init(BATCH, PAIRS.keys)
    for t in range(TIME):
        after = built.write(state, Pairs(*(x[:, t : t + 1] for x in PAIRS)), Gates(*(x[:, t : t + 1] for x in FULL)))
        moved = [not torch.equal(old, new) for old, new in zip(state.memory, after.memory, strict=True)]
        assert moved == [True, True, *[(t + 1) % 5 == 0] * 2, False, False]
        assert built.waiting(after) == (0, (t + 1) % 5, t + 1)
        assert built.updates(after) == (t + 1, (t + 1) // 5, 0)
        state = after
    assert all(torch.equal(old, new) for old, new in zip(before.memory[4:], state.memory[4:], strict=True))


def test_a_pretrained_net_with_no_rate_is_given_back() -> None:
    """Stacked ad hoc: levels that start at the blocks of a net, and write nothing, answer as the net does."""
    blocks = [deep(6, seed=seed, residual=True) for seed in range(3)]
    x = PAIRS.keys
    for block in blocks:
        x = block.net.answer([one[None].expand(BATCH, -1, -1) for one in flat(block.initial)], x)
    built = Continuum([Level(block, period) for block, period in zip(blocks, (1, 4, 8), strict=True)])
    run = unroll(built, PAIRS, Gates.constant(PAIRS, 0.0))
    torch.testing.assert_close(run.outputs, x, rtol=0, atol=1e-14)
    near = unroll(built, PAIRS, Gates.constant(PAIRS, 1e-9)).outputs
    torch.testing.assert_close(near, x, rtol=0, atol=1e-6)


def test_a_level_lets_go_at_its_tick_and_starts_anew_at_its_reset() -> None:
    still = Gates.constant(PAIRS, 0.0)
    start = torch.eye(D, dtype=torch.float64)
    leaky = Continuum([Level(DeepMemory(D, D, initial=start), period=3, forget=0.25)])
    told = torch.full((BATCH, D, D), 5.0, dtype=torch.float64)
    state = leaky.init(BATCH, PAIRS.keys)._replace(memory=told, coming=told)
    for ticks in range(4):
        expected = start + 0.75**ticks * (told - start)
        torch.testing.assert_close(state.memory, expected)
        part = type(PAIRS)(*(x[:, 3 * ticks : 3 * ticks + 3] for x in PAIRS))
        state = unroll(leaky, part, Gates(*(x[:, :3] for x in still)), state=state).state
    anew = Continuum([Level(DeepMemory(D, D, initial=start), period=2, reset=6)])
    states = [
        unroll(anew, Pairs(*(x[:, :n] for x in PAIRS)), Gates(*(x[:, :n] for x in FULL))).state for n in (5, 6, 12)
    ]
    assert not torch.equal(states[0].memory[0], start)
    assert all(torch.equal(one.memory[0], start) and not one.past_surprise.any() for one in states[1:])


def test_a_plain_sum_diverges_where_the_period_is_long_and_a_mean_does_not() -> None:
    keys = torch.nn.functional.normalize(torch.randn(1, 2048, 8, generator=CHANCE), dim=-1)
    pairs = Pairs(keys, keys)
    sizes = {}
    for mean in (True, False):
        built = Continuum([Level(DeepMemory(8, 8), period=128, mean=mean)])
        sizes[mean] = unroll(built, pairs, Gates.constant(pairs, 1.0)).state.memory.norm().item()
    assert sizes[True] < 8
    assert sizes[False] > 1e6


def test_the_norm_of_what_is_written_and_of_what_waits_is_told_level_by_level() -> None:
    built = Continuum([Level(deep(4, seed=seed), period) for seed, period in enumerate((1, 5))])
    run = unroll(built, PAIRS, FULL, probes=[probes.level_writes, probes.level_waiting, probes.write_norm])
    wrote, waits = (run.trace[name].values for name in ("level_writes", "level_waiting"))
    assert wrote.shape == waits.shape == (TIME, BATCH, 2)
    assert ((wrote[:, 0, 1] > 0).nonzero()[0] + 1).tolist() == [5, 10]
    assert (wrote[:, :, 0] > 0).all()
    assert not waits[:, :, 0].any()
    assert (waits[[4, 9], :, 1] == 0).all()
    assert (waits[[0, 3, 5, 11], :, 1] > 0).all()
    whole = torch.tensor(run.trace["write_norm"].values)
    torch.testing.assert_close(torch.tensor(wrote).norm(dim=-1), whole)
    gated = unroll(SurpriseGate(built, 0.0), PAIRS, FULL, probes=[probes.level_writes])
    torch.testing.assert_close(torch.tensor(gated.trace["level_writes"].values), torch.tensor(wrote))
    with pytest.raises(
        ValueError, match=r"'level_writes' cannot be answered by DeepMemory: .*a memory of several levels"
    ):
        unroll(deep(), PAIRS, FULL, probes=[probes.level_writes])


def _other(d_key: int = D, d_value: int = D, **how: Any) -> DeepMemory:
    return DeepMemory(d_key, d_value, **how)


@pytest.mark.parametrize(
    ("levels", "joined", "said"),
    [
        ([], "sequential", "levels is .*; expected at least 1 of levels"),
        ([_other()], "sequential", r"levels\[0\] is .*DeepMemory.*; expected a Level"),
        ([Level(_other())], "parallel", "joined is 'parallel'; expected one of 'sequential', 'independent', 'nested'"),
        ([Level(_other(3, 4)), Level(_other(3, 4))], "sequential", "d_key of level 1 is 3; expected 4, the d_value"),
        ([Level(_other(3, 4)), Level(_other(3, 3))], "independent", "d_value of level 1 is 3; expected 4"),
        ([Level(_other()), Level(deep(4))], "nested", r"weights of level 1 .*; expected .*as level 0"),
        ([Level(_other(), 4), Level(_other(), 6)], "nested", "period of level 1 is 6; expected a multiple of 4.*8"),
        ([Level(_other()), Level(_other(objective=huber(1.0)))], "independent", "objective of level 1 .*one loss"),
    ],
)
def test_levels_that_do_not_fit_are_refused(levels: list[Any], joined: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Continuum(levels, joined)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"period": 0}, "period is 0"),
        ({"period": 2.5}, "period is 2.5"),
        ({"forget": 1.5}, "forget is 1.5"),
        ({"rate": float("nan")}, "rate is nan"),
        ({"period": 4, "reset": 6}, "reset is 6; expected a multiple of the level's period, 4; use 4, 8"),
        ({"memory": MLP()}, "the level's memory is .*DeepMemory"),
    ],
)
def test_a_level_that_cannot_be_is_refused(given: dict[str, Any], said: str) -> None:
    every: dict[str, Any] = {"memory": _other()} | given
    with pytest.raises(ValueError, match=said):
        Level(**every)


def test_a_state_of_another_memory_is_refused() -> None:
    built = Continuum([Level(deep())])
    with pytest.raises(ValueError, match=r"state is .*; expected a state of Continuum"):
        built.read(deep().init(BATCH, PAIRS.keys), PAIRS.keys)  # pyright: ignore[reportArgumentType]
    with pytest.raises(ValueError, match="clock of the state is -1"):
        built.updates(ContinuumState(*built.init(BATCH)[:3], -1))
    other = Continuum([Level(deep(4))]).init(BATCH, PAIRS.keys)
    with pytest.raises(ValueError, match=r"(?s)state.memory is .*; expected a tensor"):
        unroll(built, PAIRS, FULL, state=other)


def test_a_function_passes_its_error_on() -> None:
    """Any net in a chain: its backward pass by `torch.func` is that of the same MLP written out."""
    own = deep(4, seed=5)
    net = Function(lambda weights, x: weights[1] @ torch.nn.functional.silu(weights[0] @ x), ((4, D), (D, 4)))
    same = DeepMemory(D, D, initial=[one.reshape(-1, 1) for one in flat(own.initial)], net=net)
    first = deep(6, seed=6)
    one, other = (unroll(Continuum([Level(first), Level(behind, 2)]), PAIRS, FULL) for behind in (own, same))
    torch.testing.assert_close(other.outputs, one.outputs, rtol=0, atol=1e-12)


@pytest.mark.parametrize("period", [2, 3, 6])
def test_nested_maps_are_maps_side_by_side_whose_fast_one_is_cleared_at_the_slow_tick(period: int) -> None:
    """One says that the fast map starts anew from the slow one, the other that it starts from nothing beside it."""
    slow = Level(DeepMemory(D, D), period, 2.0)
    nested = unroll(Continuum([Level(DeepMemory(D, D), rate=0.7), slow], "nested"), PAIRS, GATES)
    beside = Continuum([Level(DeepMemory(D, D), rate=0.7, reset=period), slow], "independent")
    torch.testing.assert_close(unroll(beside, PAIRS, GATES).outputs, nested.outputs, rtol=0, atol=1e-12)
