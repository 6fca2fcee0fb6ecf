"""Three ways to one number: the token loop, the block form, and a NumPy loop that knows neither."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from nlviz.inner import Probe, Step, Unrolled, probes
from nlviz.memory import Gates, LinearMemory, Pairs

from .. import reference
from ..strategies import Case, cases, make
from .executors import BLOCK_FORM, NORMS, build, by_token, in_blocks, same

ITEMS = np.random.default_rng(5).normal(size=(2, 3, 20))

largest = Probe("largest", lambda step: step.after.memory.abs().amax((-2, -1)) * (1 + step.index), "weight")
pull = Probe("pull", lambda step: (step.error * step.pairs.values).sum(-1) * step.gates.forget, "", per="token")


def _items(rule: LinearMemory) -> tuple[np.ndarray, np.ndarray]:
    return ITEMS[0, :, : rule.d_key], ITEMS[1, :, : rule.d_value]


def _probes(rule: LinearMemory) -> list[Probe]:
    keys, values = (torch.tensor(items) for items in _items(rule))
    every_third = [probes.surprise.sampled(3), probes.memory_norm.sampled(3)]
    renamed = [Probe(f"{p.name} by three", p.measure, p.unit, 3, p.per, p.whole) for p in every_third]
    standard = [getattr(probes, name) for name in NORMS]
    return [*standard, *renamed, probes.recall(keys, values), probes.weights(every=2), largest, pull]


def _check_against_numpy(rule: LinearMemory, case: Case, run: Unrolled, expected: reference.Run) -> None:
    same(run.outputs, expected.outputs, "outputs")
    # measured by the whole run: a state that has shrunk again carries the rounding of its larger past
    for part, states in zip(run.state, (expected.memory, expected.past), strict=True):
        scale = max(1.0, float(np.abs(states).max()))
        same(part / scale, states[:, -1] / scale, "final state")
    for name in NORMS:
        same(run.trace[name].values, expected.signals[name], name)
    for name in ("surprise", "memory_norm"):
        same(run.trace[f"{name} by three"].values, expected.signals[name][2::3], f"{name} by three")
    same(run.trace["weights"].values, expected.signals["weights"][1::2], "weights")
    time = expected.outputs.shape[1]
    assert run.trace["weights"].times.tolist() == list(range(time))[1::2]
    assert run.trace["surprise by three"].times.tolist() == list(range(time))[2::3]


def _check_recall(rule: LinearMemory, run: Unrolled, expected: reference.Run) -> None:
    """Cosines where there is an answer to speak of: the direction of a rounding error is nobody's to agree on."""
    keys, values = _items(rule)
    found = run.trace["recall"].values
    answers = np.linalg.norm(np.einsum("btvk,ik->tbiv", expected.memory[:, 1:], keys), axis=-1)
    clear = answers > 1e-4 * max(1.0, float(np.abs(expected.memory).max()))
    same(found[clear], reference.cosines(expected.memory, keys, values)[clear], "recall")


def _check(rule_name: str, case: Case) -> None:
    rule = build(rule_name, case)
    expected = reference.run(rule_name, **case.arrays())
    asked = _probes(rule)
    loop = by_token(rule, case, asked)
    _check_against_numpy(rule, case, loop, expected)
    _check_recall(rule, loop, expected)
    if rule_name not in BLOCK_FORM:
        return
    blocks = in_blocks(rule, case, asked)
    _check_against_numpy(rule, case, blocks, expected)
    _check_recall(rule, blocks, expected)
    assert list(blocks.trace) == list(loop.trace)
    assert blocks.trace.marks == loop.trace.marks
    for name, signal in loop.trace.items():
        assert blocks.trace[name].times.tolist() == signal.times.tolist(), name
        assert blocks.trace[name].unit == signal.unit
        if name != "recall":
            same(blocks.trace[name].values, signal.values, name)


@pytest.mark.parametrize("rule", sorted(reference.RULES))
@given(case=cases())
def test_loop_blocks_and_numpy_agree(rule: str, case: Case) -> None:
    _check(rule, case)


@pytest.mark.parametrize("rule", BLOCK_FORM)
@pytest.mark.parametrize("read_first", [False, True])
@pytest.mark.parametrize(
    ("time", "width", "block", "keys", "gates"),
    [
        (300, 16, 64, "unit", ("random", "random", "edges")),
        (200, 16, 64, "one key", ("constant", "random", "zero")),
        (150, 12, 37, "sparse", ("edges", "edges", "edges")),
        (130, 8, 128, "two keys", ("one", "zero", "zero")),
    ],
)
def test_long_streams_agree(
    rule: str, read_first: bool, time: int, width: int, block: int, keys: str, gates: tuple[str, str, str]
) -> None:
    case = make(time, (2, time, width, width + 3), keys, gates, block=block, read_first=read_first, queries=False)
    _check(rule, case)


def test_block_size_changes_nothing() -> None:
    case = make(12, (2, 23, 4, 3))
    rule = build("Titans", case)
    runs = [in_blocks(rule, case._replace(block=block), _probes(rule)) for block in (1, 2, 7, 23, 64)]
    for run in runs[1:]:
        same(run.outputs, runs[0].outputs, "outputs")
        for name in run.trace:
            same(run.trace[name].values, runs[0].trace[name].values, name)


@pytest.mark.parametrize("rule", BLOCK_FORM)
@given(case=cases(), data=st.data())
@settings(max_examples=25)
def test_blocks_carry_on_where_they_stopped(rule: str, case: Case, data: st.DataObject) -> None:
    time = case.pairs.keys.shape[1]
    cut = data.draw(st.integers(0, time))
    built = build(rule, case)
    whole = in_blocks(built, case, [probes.write_norm])
    outputs, norms, state = [], [], case.state
    for part in (slice(0, cut), slice(cut, time)):
        piece = case._replace(
            pairs=Pairs(*(x[:, part] for x in case.pairs)),
            gates=Gates(*(x[:, part] for x in case.gates)),
            queries=None if case.queries is None else case.queries[:, part],
            state=state,
        )
        run = in_blocks(built, piece, [probes.write_norm])
        outputs.append(run.outputs)
        norms.extend(run.trace["write_norm"].values.tolist())
        state = run.state
    same(torch.cat(outputs, 1), whole.outputs, "outputs")
    same(norms, whole.trace["write_norm"].values, "write_norm")
    for part, expected in zip(state or (), whole.state, strict=True):
        same(part, expected, "state")


def test_the_steps_a_probe_sees_are_those_of_theby_token() -> None:
    """Every field of every Step, not only what the standard probes make of it."""
    case = make(13, (2, 11, 3, 4), block=4)
    rule = build("GatedDelta", case)

    def fields(step: Step[Any]) -> Tensor:
        parts = [*step.pairs, *step.gates, step.error, *step.before, *step.after]
        return torch.cat([part.flatten(1) for part in parts] + [torch.full((2, 1), float(step.index))], 1)

    asked = [Probe("fields", fields, "")]
    loop, blocks = (execute(rule, case, asked).trace["fields"].values for execute in (by_token, in_blocks))
    assert loop.shape[0] == 11
    same(blocks, loop, "fields of a Step")
