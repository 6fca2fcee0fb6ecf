"""Which rule is that: switches against the class of every name, names against all classes, lines, maps."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from nlviz import inner, memory, streams
from nlviz.experiments import family
from nlviz.experiments.family import Switches
from nlviz.memory import Gates, LinearRule, Pairs

WIDTH, RATE = 6, 0.8
CHANCE = torch.Generator().manual_seed(5)
# unit keys, as the stream of the lab has them
STREAM = streams.overwrites(4, 15, WIDTH, 3, generator=CHANCE)
PAIRS = Pairs(*(part.double() for part in STREAM.pairs))
PAIRS = PAIRS._replace(keys=PAIRS.keys / PAIRS.keys.norm(dim=-1, keepdim=True))
WHOLE = 0.3 * torch.rand(1, 15, generator=CHANCE, dtype=torch.float64)
CHANNELS = 0.3 * torch.rand(1, 15, WIDTH, generator=CHANCE, dtype=torch.float64)
UNEVEN = RATE * torch.linspace(0.5, 1.5, WIDTH, dtype=torch.float64).expand(1, 15, -1)
EVERY = [Switches(*each) for each in product(family.FORGETS, family.ORDERS, (0.0, 0.5), family.ERASES, family.OUTPUTS)]
NAMED = [one for one in EVERY if family.which(one)]
# half the erasing of RWKV-7 with a write of θ: its rate θ/2, its written key k (1 + mix (θ/2 − 1)) = θ k
MIX = (RATE - 1) / (RATE / 2 - 1)


def words(one: Switches) -> str:
    return f"{one.forgets}, {one.order}, {one.momentum:g}, {one.erases}, {one.output}"


def gates(rate: Any = RATE, momentum: float = 0.0, forget: Any = 0.0) -> Gates:
    return Gates.constant(PAIRS, rate, momentum, forget)


def forget_of(one: Switches) -> Any:
    return {"nothing": 0.0, "as a whole": WHOLE, "by channel": CHANNELS}[one.forgets]


def read(rule: LinearRule, how: Gates) -> tuple[Tensor, Tensor]:
    run = inner.unroll(rule, PAIRS, how)
    return run.outputs, run.state.memory


def made(one: Switches) -> tuple[Tensor, Tensor]:
    return read(family.Chosen(WIDTH, 3, one), gates(RATE, one.momentum, forget_of(one)))


class GatedMdn(memory.MomentumDelta):
    """MDN whose output gate is its own at every token: the class, made anew for each."""

    def choices(self, pairs: Pairs, gates: Gates) -> memory.Choices:
        each = [
            memory.MomentumDelta(WIDTH, 3, output=b).choices(pairs, gates).at(slice(at, at + 1))
            for at, b in enumerate(opened(pairs.keys)[0].tolist())
        ]
        outputs = [one.output for one in each if one.output is not None]
        return super().choices(pairs, gates)._replace(output=torch.cat(outputs, 1))


def opened(keys: Tensor) -> Tensor:
    """The gate of every token."""
    return 1 / (1 + torch.exp(-2 * keys.sum(-1)))


def published(one: Switches) -> tuple[LinearRule, Gates]:
    """The class of the name, at the gates of the switches."""
    forget, half, size = forget_of(one), one.erases == "half of it", (WIDTH, 3)
    rate = UNEVEN if one.erases == "unevenly" else RATE
    match family.which(one):
        case "Hebbian":
            return memory.Hebbian(*size), gates(forget=forget)
        case "GLA":
            return memory.GDN2(*size, erase=0.0), gates(forget=forget)
        case "Delta":
            return memory.Delta(*size), gates()
        case "Gated delta":
            return memory.GatedDelta(*size), gates(forget=forget)
        case "KDA":
            return memory.KDA(*size), gates(forget=forget)
        case "Titans":
            return memory.Titans(*size), gates(RATE, one.momentum, forget)
        case "MDN":
            rule = memory.MomentumDelta if one.output == "open" else GatedMdn
            return rule(*size), gates(RATE, one.momentum, forget)
        case "Comba":
            return memory.Comba(*size, softer=0.5), gates(forget=forget)
        case "GDN-2":
            return memory.GDN2(*size, erase=0.5 if half else 1.0), gates(rate, forget=forget)
        case "RWKV-7":
            return memory.RWKV7(*size, mix=MIX if half else 1.0), gates(RATE / 2 if half else RATE, forget=forget)
        case other:
            raise AssertionError(other)


@pytest.mark.parametrize("one", NAMED, ids=words)
def test_a_name_is_that_of_the_rule(one: Switches) -> None:
    for found, expected in zip(made(one), read(*published(one)), strict=True):
        torch.testing.assert_close(found, expected, rtol=1e-12, atol=1e-12)


def every_published(one: Switches) -> Iterator[tuple[LinearRule, Gates]]:
    """All classes of the table, at every setting of theirs that the switches offer, with these momentum and gates."""
    size, forget, momentum = (WIDTH, 3), forget_of(one), one.momentum
    yield memory.Delta(*size), gates()
    for gate in (1.0, 0.5):
        for rate in (RATE, UNEVEN, RATE / 2):
            yield memory.GDN2(*size, erase=gate), gates(rate, forget=forget)
            yield memory.RWKV7(*size, mix=MIX if gate == 1 else 1.0), gates(rate, forget=forget)
        yield memory.KDA(*size), gates(gate * RATE, forget=forget)
    yield memory.GDN2(*size, erase=0.0), gates(forget=forget)
    if one.forgets == "by channel":
        return  # what follows forgets as a whole
    for rate in (RATE, RATE / 2, RATE * opened(PAIRS.keys)):
        for rule in (memory.Titans, memory.MomentumDelta, GatedMdn):
            yield rule(*size), gates(rate, momentum, forget)
    for softer in (1.0, 0.5):
        yield memory.Comba(*size, softer=softer), gates(forget=forget)
    yield memory.Hebbian(*size), gates(forget=forget)
    yield memory.GatedDelta(*size), gates(forget=forget)


@pytest.mark.parametrize("one", [one for one in EVERY if one not in NAMED], ids=words)
def test_what_has_no_name_is_none_of_them(one: Switches) -> None:
    state = made(one)[1]
    for rule, how in every_published(one):
        assert (read(rule, how)[1] - state).abs().max() > 1e-3, rule


def test_every_name_can_be_made_and_some_rules_have_none() -> None:
    assert {family.which(one) for one in NAMED} == set(family.PUBLISHED)
    assert len(family.PUBLISHED) == 10
    assert len(NAMED) < len(EVERY)


@pytest.mark.parametrize("one", EVERY, ids=words)
def test_a_switch_that_does_not_matter_changes_nothing_and_one_that_does_does(one: Switches) -> None:
    other_order = next(order for order in family.ORDERS if order != one.order)
    other_output = next(output for output in family.OUTPUTS if output != one.output)
    changes = {"order": (other_order, one.order_matters), "output": (other_output, one.output_matters)}
    for name, (value, matters) in changes.items():
        changed: dict[str, Any] = vars(one) | {name: value}
        other = Switches(**changed)
        assert (
            (made(one)[1] - made(other)[1]).abs().max() > 1e-6 if matters else family.which(one) == family.which(other)
        )
        if not matters:
            torch.testing.assert_close(made(one)[1], made(other)[1], rtol=0, atol=0)


def by_its_line(one: Switches) -> Tensor:
    """The printed line, read as a formula of plain matrices, token by token; the state after the stream."""
    state, past, beta = torch.zeros(3, WIDTH).double(), torch.zeros(3, WIDTH).double(), UNEVEN[0, 0] / RATE
    first, *second = family.equation(one).split("; ")
    for at in range(15):
        k, v = PAIRS.keys[0, at], PAIRS.values[0, at]
        forgotten = {"a M": (1 - WHOLE[0, at]) * state, "M diag(a)": state * (1 - CHANNELS[0, at]), "M": state}
        left, right = first.split(" ← ")[1].split(" − θ (" if "(" in first and " − v)" in first else " + θ v kᵀ")
        asked = "M diag(a)" if "M diag(a)" in right else "a M" if "a M" in right else "M"
        key = 0.5 * k if "½" in right else beta * k if "β" in right else k
        found = forgotten[asked] @ key if right else torch.zeros(3).double()
        push = -RATE * torch.outer(found - v, k)
        if not second:
            state = forgotten[left] + push
            continue
        past = float(left.removesuffix(" S")) * past + push
        kept, share = second[0].split(" ← ")[1].split(" + ")
        state = forgotten[kept] + (opened(k) if share == "b S" else 1.0) * past
    return state


@pytest.mark.parametrize("one", EVERY, ids=words)
def test_the_line_is_what_the_rule_does(one: Switches) -> None:
    torch.testing.assert_close(made(one)[1][0], by_its_line(one), rtol=1e-12, atol=1e-12)


def test_the_rule_of_switches_runs_in_blocks_as_token_by_token() -> None:
    for one in EVERY[::7]:
        how = gates(RATE, one.momentum, forget_of(one))
        rule = family.Chosen(WIDTH, 3, one)
        loop, blocks = (run(rule, PAIRS, how).outputs for run in (inner.unroll, inner.unroll_blocks))
        torch.testing.assert_close(blocks, loop, rtol=1e-10, atol=1e-10)


def test_what_comes_back_is_the_shares_of_the_values_and_the_error_is_that_of_the_newest() -> None:
    """By hand: what the memory answers before each token, from the loop."""
    how = gates(0.5, 0.5, WHOLE)
    stream = STREAM._replace(pairs=PAIRS)
    trace = family.mapped(memory.Titans(WIDTH, 3), stream, how)
    answers = inner.unroll(memory.Titans(WIDTH, 3), PAIRS, how, read_first=True).outputs[0].numpy()
    shares, values = trace["influence"].values[:, 0], PAIRS.values[0].numpy()
    np.testing.assert_allclose(shares @ values, answers, atol=1e-10)
    items = STREAM.item.tolist()
    for at, item in enumerate(items):
        error = trace["error"].values[at, 0]
        before = [told for told in range(at) if items[told] == item]
        if not before:
            assert np.isnan(error)
            continue
        newest = values[before[-1]]
        assert error == pytest.approx(np.linalg.norm(answers[at] - newest) / np.linalg.norm(newest))
    assert [token.text for token in trace.tokens] == ["ABCD"[item] for item in items]


def test_noise_is_no_fact_that_is_told_again() -> None:
    stream = streams.needle(4, 8, generator=torch.Generator().manual_seed(0))
    trace = family.mapped(memory.Delta(8, 8), stream, Gates.constant(stream.pairs))
    assert np.isnan(trace["error"].values).all()
    assert [token.text for token in trace.tokens] == ["A", "·", "·", "·", "·"]


@pytest.mark.parametrize("seed", [0, 1, 7])
def test_erasing_leaves_less_of_older_tellings_and_as_much_of_the_newest(seed: int) -> None:
    """What the lab is there to show, on several streams."""
    old = {}
    for erases in ("nothing", "half of it", "what is there"):
        trace = family.facts(Switches(erases=erases), seed=seed)
        shares, items = trace["influence"].values[:, 0], trace["item"].values[:, 0]
        older = []
        for at in range(24):
            before = np.flatnonzero(items[:at] == items[at])
            older.append(np.abs(shares[at, before[:-1]]).sum())
        old[erases] = np.mean(older)
    assert old["what is there"] < 0.5 * old["half of it"] < 0.25 * 2 * old["nothing"]
