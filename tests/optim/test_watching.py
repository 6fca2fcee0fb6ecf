"""Any optimizer watched: what the probes say is what happened, and nothing changes by it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from nlviz.inner import Probe, probes
from nlviz.optim import MemoryOptimizer, age_spectrum, carried, gradients_in, watched
from nlviz.trace import Trace

from .every import MAKES, Make, net, taught, torches

FOUR = (probes.surprise, probes.past_surprise, probes.write_norm, probes.memory_norm)
SUMS = ("DGD", "DeltaMomentum", "M3", "M3, averages")
"""Whose momentum is a sum of past gradients."""


def _makes() -> dict[str, Make]:
    return {**MAKES, **{name: lambda params, model, name=name: torches(params)[name] for name in torches([_one()])}}


def _one() -> nn.Parameter:
    return nn.Parameter(torch.ones(2, 2))


every = pytest.mark.parametrize("name", _makes())


def _run(name: str, asked: Any, steps: int = 6) -> tuple[nn.Module, Any, Trace, list[list[Tensor]], list[list[Tensor]]]:
    """A run: the model, its optimizer, the trace, and gradients and weights step by step as they really were."""
    model = net(bias=False)
    optimizer = _makes()[name](model.parameters(), model)
    gradients, weights = [], [[one.detach().clone() for one in model.parameters()]]
    with watched(optimizer, asked) as watch:
        for seed in range(steps):
            optimizer.zero_grad()
            taught(model, seed).backward()
            optimizer.step()
            gradients.append([one.grad.clone() for one in model.parameters() if one.grad is not None])
            weights.append([one.detach().clone() for one in model.parameters()])
    return model, optimizer, watch.trace, gradients, weights


@every
def test_what_is_measured_is_what_happened(name: str) -> None:
    model, optimizer, trace, gradients, weights = _run(name, FOUR)
    expected = {
        "surprise": [[one.norm() for one in row] for row in gradients],
        "memory_norm": [[one.norm() for one in row] for row in weights[1:]],
        "write_norm": [
            [(new - old).norm() for new, old in zip(*both, strict=True)]
            for both in zip(weights[1:], weights, strict=False)
        ],
    }
    for signal, rows in expected.items():
        np.testing.assert_allclose(trace[signal].values, np.array(rows), atol=1e-14)
        np.testing.assert_array_equal(trace[signal].times, np.arange(6))
    last = [carried(optimizer, one).norm().item() for one in model.parameters()]
    np.testing.assert_allclose(trace["past_surprise"].values[-1], last, atol=1e-14)
    assert trace["past_surprise"].unit == "‖S‖"


@every
def test_watching_changes_nothing(name: str) -> None:
    asked = FOUR if name.startswith("Deep") else (*FOUR, age_spectrum(3))
    one, other = _run(name, asked)[4][-1], _run(name, ())[4][-1]
    assert all(torch.equal(*both) for both in zip(one, other, strict=True))


@pytest.mark.parametrize("name", [*SUMS, *torches([_one()])])
def test_the_parts_of_a_momentum_by_age_add_up_to_it(name: str) -> None:
    """Two ways to what is carried: the optimizer's own, and the sum of what is left of every gradient."""
    model = net(bias=False)
    optimizer = _makes()[name](model.parameters(), model)
    watch = watched(optimizer, age_spectrum(9))
    for seed in range(7):
        optimizer.zero_grad()
        taught(model, seed).backward()
        optimizer.step()
    for past, weight in zip(watch._past, model.parameters(), strict=True):
        assert past.left is not None
        torch.testing.assert_close(past.left.sum(0), carried(optimizer, weight), rtol=0, atol=1e-13)


def _repeated(make: Make, steps: int, ages: int) -> np.ndarray:
    weight = nn.Parameter(torch.zeros(2, 3, dtype=torch.float64))
    optimizer = make([weight])
    watch = watched(optimizer, age_spectrum(ages))
    for seed in range(steps):
        weight.grad = torch.randn(2, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))
        optimizer.step()
    return watch.trace["age_spectrum"].values[-1, 0]


@pytest.mark.parametrize(("momentum", "half", "most"), [(0.9, 7, 44), (0.99, 69, 459)])
def test_seven_gradients_make_half_of_momentum_nine_tenths_and_44_nearly_all(
    momentum: float, half: int, most: int
) -> None:
    """Measured on a run, and by the formula."""
    steps = 25 * half
    ages = _repeated(lambda params: torch.optim.SGD(params, momentum=momentum), steps, steps)
    np.testing.assert_allclose(ages, momentum ** np.arange(steps), rtol=1e-9)
    shares = ages.cumsum() / ages.sum()
    found = [int(np.argmax(shares >= share)) + 1 for share in (0.5, 0.99)]
    assert found == [half, most] == [gradients_in(momentum, share) for share in (0.5, 0.99)]


def test_a_delta_momentum_forgets_sooner() -> None:
    ages = {
        erase: _repeated(lambda params, erase=erase: MAKES["DeltaMomentum"](params, None, erase=erase), 60, 50)
        for erase in (0.0, 1.0)
    }
    np.testing.assert_allclose(ages[0.0], 0.9 ** np.arange(50), rtol=1e-9)
    assert (ages[1.0][1:] < ages[0.0][1:]).all()
    assert ages[1.0][10] < 0.2 * ages[0.0][10]


def test_m3_in_sums_forgets_nothing() -> None:
    make = MAKES["M3"]
    np.testing.assert_allclose(_repeated(lambda params: make(params, None), 12, 10), np.full(10, 0.9))


def test_what_never_was_has_no_share_and_gradients_of_nothing_have_none() -> None:
    weight = nn.Parameter(torch.zeros(2, 2))
    optimizer = torch.optim.SGD([weight], momentum=0.5)
    watch = watched(optimizer, [age_spectrum(4), age_spectrum(2).sampled(1)][:1])
    for slope in (1.0, 0.0):
        weight.grad = torch.full_like(weight, slope)
        optimizer.step()
    np.testing.assert_allclose(watch.trace["age_spectrum"].values[:, 0], [[1, 0, 0, 0], [0, 0.5, 0, 0]])


def test_weights_every_second_step_and_names() -> None:
    model = net(bias=False)
    optimizer = torch.optim.SGD(model.named_parameters(), lr=0.1)
    watch = watched(optimizer, probes.weights(every=2, layer=1))
    for seed in range(5):
        taught(model, seed).backward()
        optimizer.step()
    assert watch.names == ("0.weight", "2.weight")
    assert watch.trace["weights"].values.shape == (2, 1, 2, 5)
    np.testing.assert_array_equal(watch.trace["weights"].times, [1, 3])
    assert watched(torch.optim.SGD([_one()]), ()).names == ("weight 0, 2 × 2",)


def test_a_weight_without_gradient_is_a_stream_of_nothing() -> None:
    still, moves = _one(), _one()
    optimizer = torch.optim.SGD([still, moves], lr=0.1)
    watch = watched(optimizer, FOUR)
    moves.grad = torch.ones(2, 2)
    optimizer.step()
    assert watch.trace["surprise"].values.tolist() == [[0, 2]]
    assert watch.trace["past_surprise"].values.tolist() == [[0, 2]]


def test_gradients_made_by_a_closure_are_the_ones_measured() -> None:
    weight = _one()
    optimizer = torch.optim.SGD([weight], lr=0.1)
    watch = watched(optimizer, probes.surprise)

    def closure() -> float:
        weight.grad = torch.full_like(weight, 3.0)
        return 0.0

    optimizer.step(closure)
    assert watch.trace["surprise"].values.tolist() == [[6]]


def test_before_any_step_signals_are_there_and_empty() -> None:
    trace = watched(torch.optim.SGD([_one(), _one()]), [*FOUR, age_spectrum(3)]).trace
    assert trace["surprise"].values.shape == (0, 2)
    assert trace["age_spectrum"].values.shape == (0, 2, 3)


def test_removed_it_sees_no_more() -> None:
    weight = _one()
    optimizer = torch.optim.SGD([weight])
    watch = watched(optimizer, probes.surprise)
    weight.grad = torch.ones(2, 2)
    optimizer.step()
    watch.remove()
    optimizer.step()
    assert len(watch.trace["surprise"].values) == 1


class Other(torch.optim.Optimizer):
    """One nothing is known of."""

    def __init__(self, params: Any) -> None:
        super().__init__(params, {"lr": 0.1})

    def step(self, closure: Any = None) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        pass


def test_of_an_unknown_optimizer_all_but_its_momentum_is_measured() -> None:
    other = Other([_one()])
    watched(other, (probes.surprise, probes.write_norm, probes.memory_norm))
    for probe in (probes.past_surprise, age_spectrum()):
        with pytest.raises(
            ValueError, match=r"cannot be answered by Other: .* expected one whose momentum is known: SGD"
        ):
            watched(other, probe)
    with pytest.raises(ValueError, match="one of those that this SGD moves"):
        carried(torch.optim.SGD([_one()]), _one())


def test_probes_that_cannot_be_answered_say_so_before_the_run() -> None:
    sgd, deep = torch.optim.SGD([_one()]), MAKES["DeepMomentum"]([_one()], None)
    for optimizer, probe, words in (
        (sgd, probes.inner_loss, "probe 'inner_loss' cannot be answered by SGD: an optimizer does not know the loss"),
        (sgd, probes.recall(torch.ones(1, 2), torch.ones(1, 2)), "probe 'recall' cannot be answered by SGD"),
        (sgd, probes.weights(layer=3), "one of the 1 there are"),
        (deep, age_spectrum(), "what DeepMomentum carries is no sum of past gradients; leave age_spectrum out"),
        (sgd, [probes.surprise, probes.surprise], "one probe of each name; rename one of the two 'surprise'"),
        (sgd, [3], r"probes\[0\] is 3; expected a Probe"),
    ):
        with pytest.raises(ValueError, match=words):
            watched(optimizer, probe)  # pyright: ignore[reportArgumentType]
    with pytest.raises(ValueError, match="optimizer is 3; expected an Optimizer"):
        watched(3, probes.surprise)  # pyright: ignore[reportArgumentType]
    with pytest.raises(ValueError, match="an optimizer does not know an error"):
        watched(sgd, Probe("error", lambda seen: seen.error, ""))


def test_ages_and_shares_that_are_none() -> None:
    for call, words in (
        (lambda: age_spectrum(0), "ages is 0; expected a whole number of gradients, at least 1"),
        (lambda: gradients_in(1.0, 0.5), "momentum is 1.0"),
        (lambda: gradients_in(0.9, 1.0), "share is 1.0"),
    ):
        with pytest.raises(ValueError, match=words):
            call()
    assert gradients_in(0.0, 0.5) == 1
    assert gradients_in(0.9, 0.0) == 0


def test_every_memory_optimizer_tells_what_it_carries() -> None:
    for name, make in MAKES.items():
        model = net(bias=False)
        optimizer: MemoryOptimizer = make(model.parameters(), model)
        weight = next(model.parameters())
        assert carried(optimizer, weight).shape == weight.shape
        assert not carried(optimizer, weight).any(), name
        assert not optimizer.state, "looking makes no state"
