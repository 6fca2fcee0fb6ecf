"""The matrix that rewrites itself: against a loop in NumPy, by slopes, stream by stream, and as any other memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Generator, Tensor

from nlviz.inner import probes, unroll
from nlviz.memory import Gates, Pairs
from nlviz.outer import SelfReferential

from ..reference import self_referential

D_KEY, D_VALUE, TIME = 3, 2, 5
X = torch.randn(2, TIME, D_KEY, dtype=torch.float64, generator=Generator().manual_seed(1))
either = pytest.mark.parametrize("softmax_inputs", [True, False])


def made(softmax_inputs: bool = True) -> SelfReferential:
    """Drawn twice as large, so that its writes are."""
    model = SelfReferential(D_KEY, D_VALUE, softmax_inputs=softmax_inputs, generator=Generator().manual_seed(0))
    with torch.no_grad():
        model.start.mul_(2)
    return model.double()


@either
def test_it_is_the_papers_loop(softmax_inputs: bool) -> None:
    model = made(softmax_inputs)
    run = model(X)
    for stream in range(2):
        answers, matrices = self_referential(model.start.detach().numpy(), X[stream].numpy(), D_VALUE, softmax_inputs)
        np.testing.assert_allclose(run.outputs[stream].detach(), answers, rtol=1e-12)
        np.testing.assert_allclose(run.state.memory[stream].detach(), matrices[-1], rtol=1e-12)


def test_every_part_of_it_is_rewritten_with_a_strength_of_its_own() -> None:
    """A β of −40 leaves its own part as it was, and no other."""
    model, (wide, d, _, count) = made(), made().rows
    ends = np.cumsum([0, wide, d, d, count])
    for part in range(4):
        other = made()
        with torch.no_grad():
            other.start[ends[3] + part] = -40.0
        moved = (other(X[:, :1]).state.memory - other.start).abs().amax((0, 2)) > 1e-9
        still = [bool(moved[ends[at] : ends[at + 1]].any()) for at in range(3)]
        assert still == [at != part for at in range(3)]
    assert (model(X).state.memory - model.start).abs().amax((0, 2)).min() > 1e-3


@either
def test_outer_gradients_are_the_slopes(softmax_inputs: bool) -> None:
    model = made(softmax_inputs)

    def of(start: Tensor, x: Tensor) -> tuple[Tensor, Tensor]:
        run = torch.func.functional_call(model, {"start": start}, (x,))
        return run.outputs, run.state.memory

    assert torch.autograd.gradcheck(of, (model.start.detach().clone().requires_grad_(), X.clone().requires_grad_()))


@pytest.mark.parametrize("cut", [0, 1, 3, TIME])
def test_any_split_gives_the_numbers_of_the_whole(cut: int) -> None:
    model = made()
    whole, first = model(X), model(X[:, :cut])
    rest = model(X[:, cut:], first.state)
    assert torch.equal(torch.cat([first.outputs, rest.outputs], 1), whole.outputs)
    assert torch.equal(rest.state.memory, whole.state.memory)


def test_every_stream_has_a_matrix_of_its_own() -> None:
    model = made()
    both, alone = model(X), model(X[1:])
    torch.testing.assert_close(both.state.memory[1:], alone.state.memory)
    assert not torch.allclose(both.state.memory[0], both.state.memory[1])
    assert both.state.memory.shape == (2, *model.form)


def test_probes_measure_its_writes() -> None:
    model = made()
    trace = model(X, probes=[probes.write_norm, probes.memory_norm]).trace
    states = [model.init(2, X)]
    for t in range(TIME):
        states.append(model(X[:, t : t + 1], states[-1]).state)
    for t in range(TIME):
        change = (states[t + 1].memory - states[t].memory).flatten(1).norm(dim=1).detach()
        np.testing.assert_allclose(trace["write_norm"].values[t], change, rtol=1e-6)
        norm = states[t + 1].memory.flatten(1).norm(dim=1).detach()
        np.testing.assert_allclose(trace["memory_norm"].values[t], norm, rtol=1e-6)


def test_as_a_memory_it_obeys_theta_and_looks_at_no_value() -> None:
    model = made()
    values = torch.randn(2, TIME, D_VALUE, dtype=torch.float64, generator=Generator().manual_seed(2))
    pairs = Pairs(X, values)
    still = unroll(model, pairs, Gates.constant(pairs, 0.0))
    assert torch.equal(still.state.memory, model.init(2, X).memory)
    run = unroll(model, pairs, Gates.constant(pairs, 1.0, 0.5, 0.5), probes=[probes.surprise])
    assert torch.equal(run.state.memory, model(X).state.memory)
    assert run.trace["surprise"].values.shape == (TIME, 2)


def test_tokens_of_a_chunk_see_the_same_old_matrix() -> None:
    model, pairs = made(), Pairs(X, torch.zeros(2, TIME, D_VALUE).double())
    together = unroll(model, pairs, Gates.constant(pairs), period=TIME).state.memory
    alone = [model(X[:, t : t + 1]).state.memory - model.start for t in range(TIME)]
    torch.testing.assert_close(together, model.start + torch.stack(alone).sum(0))


def test_all_that_it_learns_is_its_start() -> None:
    model = made()
    assert [name for name, _ in model.named_parameters()] == ["start"]
    model(X).outputs.square().sum().backward()
    assert model.start.grad is not None
    assert bool((model.start.grad != 0).all()), "every number of it, through the writes"


def test_its_strength_begins_where_it_is_told() -> None:
    """Many rows of β, each about −3 for any x that has gone through softmax."""
    drawn = [SelfReferential(8, 1, strength=-3.0, generator=Generator().manual_seed(seed)) for seed in range(40)]
    x = torch.randn(8, generator=Generator().manual_seed(0)).softmax(-1)
    betas = torch.stack([one.start.detach()[-4:] @ x for one in drawn])
    assert float(betas.mean()) == pytest.approx(-3.0, abs=0.05)
    plain, told = (SelfReferential(8, 1, generator=Generator().manual_seed(0)).start, drawn[0].start)
    assert torch.equal(plain[:-4], told[:-4])
    torch.testing.assert_close(plain[-4:] - 2, told[-4:])


def test_read_and_write_take_lists_and_a_start_of_another_precision() -> None:
    model, state = made(), made().init(2, X.float())
    assert state.memory.dtype == torch.float32
    assert model.init(2).memory.dtype == torch.float64
    begun, values = model.init(2), torch.zeros(2, TIME, D_VALUE).double()
    answers = model.read(begun, X.tolist())  # pyright: ignore[reportArgumentType]
    torch.testing.assert_close(answers, model.read(begun, X))
    assert model.read(begun, X.float()).dtype == torch.float32
    after = model.write(begun, Pairs(X, values), Gates.constant(Pairs(X, values)))
    lists = (X.tolist(), values.tolist())
    listed = model.write(begun, lists, (1.0, 0.0, 0.0))  # pyright: ignore[reportArgumentType]
    torch.testing.assert_close(listed.memory, after.memory)
    assert model.obeys == {"inner_lr"}


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: SelfReferential(0, 2, generator=Generator()), "d_key is 0"),
        (lambda: made()(X[..., :2]), "d_key"),
        (lambda: made()(X, "state"), "state"),
        (lambda: made()(X, made().init(3)), "streams"),
        (lambda: made().read(made().init(2), torch.ones(2, 5)), "queries"),
    ],
)
def test_what_does_not_fit_is_refused(call: Callable[[], Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        call()
