"""What a watch meets that it was not made for: groups added later, and weights of no numbers."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.optim import SGD, Adam, Optimizer

from nlviz.inner import probes
from nlviz.optim import M3, DeltaMomentum, age_spectrum, watched

ASKED = (probes.surprise, probes.past_surprise, probes.write_norm, probes.memory_norm, age_spectrum(3))


def _one(*shape: int) -> nn.Parameter:
    weight = nn.Parameter(torch.ones(shape or (2, 2)))
    weight.grad = torch.ones_like(weight)
    return weight


@pytest.mark.parametrize("asked", [probes.surprise, age_spectrum(3), probes.write_norm])
def test_a_group_added_later_is_refused_before_the_step_and_watched_anew(asked: probes.Probe) -> None:
    first, second = _one(), _one()
    optimizer = SGD([first], lr=0.1)
    watch = watched(optimizer, asked)
    optimizer.step()
    optimizer.add_param_group({"params": [second]})
    before = first.detach().clone()
    with pytest.raises(ValueError, match=r"number of weights is 2; expected the 1 there were .*; watch it anew"):
        optimizer.step()
    assert torch.equal(first, before)
    assert len(watch.trace[asked.name].values) == 1
    watch.remove()
    with watched(optimizer, asked) as watch:
        optimizer.step()
    assert watch.trace[asked.name].values.shape[:2] == (1, 2)


@pytest.mark.parametrize("kind", [SGD, Adam, DeltaMomentum, M3])
@pytest.mark.parametrize("shape", [(0, 3), (2, 0, 3), (0,), (0, 2, 2)])
def test_weights_of_no_numbers_are_streams_of_nothing(kind: type[Optimizer], shape: tuple[int, ...]) -> None:
    optimizer = kind([_one(*shape), _one()])  # pyright: ignore[reportCallIssue]
    watch = watched(optimizer, ASKED)
    for _ in range(2):
        optimizer.step()
    for probe in ASKED:
        rows = watch.trace[probe.name].values
        assert not rows[:, 0].any()
        assert rows[:, 1].any()


def test_what_a_probe_sees_before_and_after_are_copies_of_the_weights_alone() -> None:
    weight = _one()
    seen = []
    probe = probes.Probe("seen", lambda step: seen.append((step.before, step.after)) or torch.zeros(1), "")
    with watched(SGD([weight], lr=0.5), probe) as watch:
        watch.optimizer.step()
    before, after = seen[-1]
    assert torch.equal(before.memory[0][0], torch.ones(2, 2))
    assert torch.equal(after.memory[0][0], torch.full((2, 2), 0.5))
    assert [before[1], after[1]] == [(), ()]
