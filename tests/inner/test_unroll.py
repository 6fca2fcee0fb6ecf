"""The loop itself: what waits, what is timed when, and that probes see the writes and nothing else."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import torch

from nlviz.inner import Pending, Probe, probes, unroll
from nlviz.memory import Gates, Pairs, Titans

from ..strategies import make

CASE = make(2, (2, 11, 3, 4), state=False)


def test_a_trailing_chunk_waits_in_the_state() -> None:
    run = unroll(Titans(3, 4), *CASE[:3], period=4)
    assert isinstance(run.state, Pending)
    whole = unroll(Titans(3, 4), *_first(8), period=4)
    assert torch.equal(run.state.state.memory, whole.state.memory)
    assert torch.equal(run.state.pairs.keys, CASE.pairs.keys[:, 8:])
    assert torch.equal(run.state.gates.forget, CASE.gates.forget[:, 8:])
    assert run.outputs.shape == (2, 11, 4)


def _first(tokens: int) -> tuple[Pairs, Gates, torch.Tensor]:
    assert CASE.queries is not None
    pairs = Pairs(*(x[:, :tokens] for x in CASE.pairs))
    return pairs, Gates(*(x[:, :tokens] for x in CASE.gates)), CASE.queries[:, :tokens]


@pytest.mark.parametrize("period", [1, 2, 3])
def test_waiting_tokens_may_meet_another_period(period: int) -> None:
    """They are written as the new period says, and only the new tokens are answered."""
    waiting = unroll(Titans(3, 4), *_first(3), period=4).state
    case = make(3, (2, 5, 3, 4), state=False)
    run = unroll(Titans(3, 4), *case[:3], state=waiting, period=period)
    together = Pairs(*(torch.cat(x, 1) for x in zip(_first(3)[0], case.pairs, strict=True)))
    gates = Gates(*(torch.cat(x, 1) for x in zip(_first(3)[1], case.gates, strict=True)))
    queries = torch.cat([_first(3)[2], case.queries if case.queries is not None else case.pairs.keys], 1)
    whole = unroll(Titans(3, 4), together, gates, queries, period=period)
    assert torch.equal(run.outputs, whole.outputs[:, 3:])


def test_a_write_is_timed_at_its_last_token_and_its_surprise_at_each() -> None:
    run = unroll(Titans(3, 4), *CASE[:3], period=4, probes=[probes.surprise, probes.write_norm])
    assert run.trace["write_norm"].times.tolist() == [3, 7]
    assert run.trace["write_norm"].values.shape == (2, 2)
    assert run.trace["surprise"].times.tolist() == list(range(8))
    assert run.trace["surprise"].values.shape == (8, 2)


@pytest.mark.parametrize(("every", "times"), [(1, [3, 7]), (2, [7]), (3, [])])
def test_every_counts_writes_not_tokens(every: int, times: list[int]) -> None:
    run = unroll(Titans(3, 4), *CASE[:3], period=4, probes=[probes.weights(every)])
    assert run.trace["weights"].times.tolist() == times


def test_a_probe_sees_the_write_and_no_graph() -> None:
    keys = CASE.pairs.keys.clone().requires_grad_()
    seen = []

    def look(step: object) -> torch.Tensor:
        seen.append(step)
        return step.after.memory - step.before.memory  # pyright: ignore[reportAttributeAccessIssue]

    probe = Probe("change", look, "")
    run = unroll(Titans(3, 4), CASE.pairs._replace(keys=keys), CASE.gates, probes=[probe])
    # the first look is the trial write of nothing
    assert [step.index for step in seen] == [0, *range(11)]
    steps = seen[1:]
    for step, later in pairwise(steps):
        assert later.before is step.after
    np.testing.assert_allclose(run.trace["change"].values.sum(0), run.state.memory.detach(), rtol=0, atol=1e-12)
    assert run.outputs.requires_grad


def test_units_are_carried_to_the_trace() -> None:
    run = unroll(Titans(3, 4), *CASE[:3], probes=[probes.surprise, probes.inner_loss])
    assert {name: signal.unit for name, signal in run.trace.items()} == {
        "surprise": probes.surprise.unit,
        "inner_loss": probes.inner_loss.unit,
    }


def test_recall_of_nothing_is_zero_and_of_a_stored_pair_one() -> None:
    pairs = Pairs(torch.eye(3)[None], torch.eye(4)[None, :3])
    run = unroll(Titans(3, 4), pairs, Gates.constant(pairs), probes=[probes.recall(pairs.keys, pairs.values)])
    np.testing.assert_array_equal(run.trace["recall"].values[:, 0], np.tril(np.ones((3, 3))))


def test_tokens_that_waited_count_backwards_from_the_new_stream() -> None:
    """A run in two calls, split inside a chunk: the second's times, from its own first token on, are the whole's."""
    case = make(2, (1, 12, 3, 4))
    asked = [probes.surprise, Probe("index", lambda step: torch.full((1,), float(step.index)), "")]
    whole = unroll(Titans(3, 4), *case[:3], period=4, probes=asked).trace
    halves = [
        (Pairs(*(x[:, cut] for x in case.pairs)), Gates(*(x[:, cut] for x in case.gates)))
        for cut in (slice(6), slice(6, 12))
    ]
    first = unroll(Titans(3, 4), *halves[0], period=4, probes=asked)
    second = unroll(Titans(3, 4), *halves[1], period=4, probes=asked, state=first.state).trace
    assert first.trace["surprise"].times.tolist() == [0, 1, 2, 3]
    assert (second["surprise"].times + 6).tolist() == whole["surprise"].times.tolist()[4:]
    assert second["index"].values[:, 0].tolist() == second["index"].times.tolist() == [1, 5]
