"""The outer loop: seeded, stoppable at any step, honest about divergence; truncation is another algorithm by name."""

from __future__ import annotations

import signal
from itertools import islice
from typing import Any, NamedTuple

import pytest
import torch
from torch import Generator, Tensor, nn

from nlviz.memory import Delta
from nlviz.outer import MemoryLayer, Report, detach, train


class Echo(NamedTuple):
    """Random numbers x [batch, time, 8], to be said again."""

    x: Tensor
    place: Tensor


class Repeat:
    """Each token is to be answered with itself, or with the one `lag` before it."""

    def __init__(self, time: int = 12, lag: int = 1) -> None:
        self.time, self.lag = time, lag
        self.seen: list[tuple[list[int], bool]] = []

    def draw(self, batch: int, generator: Generator) -> Echo:
        x = torch.randn(batch, self.time, 8, generator=generator)
        return Echo(x, torch.arange(self.time).expand(batch, -1))

    def loss(self, model: nn.Module, given: Echo, state: Any) -> tuple[Tensor, Any]:
        self.seen.append((given.place[0].tolist(), state is None))
        y, state = model(given.x, state)
        return (y - given.x.roll(self.lag, 1)).square().mean(), state


def model(seed: int = 0) -> MemoryLayer:
    return MemoryLayer(8, Delta(8, 8), generator=Generator().manual_seed(seed))


def run(made: nn.Module, steps: int = 6, lr: float = 1e-2, **options: Any) -> list[Report]:
    optimizer = torch.optim.SGD(made.parameters(), lr=lr)
    return list(train(made, options.pop("task", Repeat()), steps=steps, optimizer=optimizer, batch=4, **options))


def weights(made: nn.Module) -> Tensor:
    return torch.cat([one.detach().flatten() for one in made.parameters()])


def test_it_is_the_loop_its_docstring_says() -> None:
    ours, by_hand, task = model(), model(), Repeat()
    reports = run(ours, steps=3, seed=7)
    optimizer, chance = torch.optim.SGD(by_hand.parameters(), lr=1e-2), Generator().manual_seed(7)
    for report in reports:
        loss, _ = task.loss(by_hand, task.draw(4, chance), None)
        optimizer.zero_grad()
        loss.backward()
        norm = torch.cat([one.grad.flatten() for one in by_hand.parameters() if one.grad is not None]).norm()
        optimizer.step()
        assert report.loss == loss.item()
        assert report.gradient_norm == pytest.approx(norm.item(), rel=1e-5)
        assert report.tokens_per_second > 0
    assert torch.equal(weights(ours), weights(by_hand))
    assert reports[-1].weight_norm == pytest.approx(weights(by_hand).norm().item(), rel=1e-5)
    assert [report.step for report in reports] == [1, 2, 3]


def test_the_seed_decides_and_nothing_else_does() -> None:
    losses = [[report.loss for report in run(model(), seed=seed)] for seed in (0, 0, 1)]
    torch.randn(3)
    assert losses[0] == losses[1] == [report.loss for report in run(model(), seed=0)]
    assert losses[0] != losses[2]


def test_the_global_generator_is_left_alone() -> None:
    before = torch.get_rng_state()
    run(model())
    assert torch.equal(torch.get_rng_state(), before)


def test_it_learns() -> None:
    made = model()
    optimizer = torch.optim.Adam(made.parameters(), lr=1e-2)
    losses = [r.loss for r in train(made, Repeat(lag=0), steps=60, optimizer=optimizer, batch=16)]
    assert sum(losses[-10:]) < 0.7 * sum(losses[:10])


def test_truncation_cuts_time_into_updates_and_carries_the_state() -> None:
    task = Repeat()
    run(model(), steps=4, task=task, truncate=5)
    assert task.seen == [
        ([0, 1, 2, 3, 4], True),
        ([5, 6, 7, 8, 9], False),
        ([10, 11], False),
        ([0, 1, 2, 3, 4], True),
    ]


def test_what_is_carried_is_cut_from_its_past() -> None:
    task, carried = Repeat(), []
    inner = task.loss
    task.loss = lambda model, given, state: (carried.append(state), inner(model, given, state))[1]  # type: ignore
    run(model(), steps=2, task=task, truncate=6)
    assert not carried[1].memory.requires_grad
    assert carried[1].memory.abs().sum() > 0
    assert detach(carried[1]).memory.shape == carried[1].memory.shape


def test_one_may_stop_at_any_step_and_go_on() -> None:
    made, task = model().eval(), Repeat()
    optimizer = torch.optim.SGD(made.parameters(), lr=1e-2)
    reports = train(made, task, steps=100, optimizer=optimizer, batch=4)
    assert len(list(islice(reports, 3))) == 3
    assert made.training
    reports.close()
    assert not made.training
    stopped = weights(made)
    assert torch.equal(stopped, weights(_after(3)))
    next(train(made, task, steps=1, optimizer=optimizer, batch=4))
    assert not torch.equal(stopped, weights(made))


def _after(steps: int, lr: float = 1e-2) -> MemoryLayer:
    made = model()
    run(made, steps=steps, lr=lr)
    return made


def test_an_interrupt_in_the_middle_of_an_update_waits_for_its_end() -> None:
    made = model()

    class Interrupted(torch.optim.SGD):
        """Interrupted before it has changed anything, in its second step."""

        steps = 0

        def step(self, closure: Any = None) -> Any:
            self.steps += 1
            if self.steps == 2:
                signal.raise_signal(signal.SIGINT)
            return super().step(closure)

    optimizer = Interrupted(made.parameters(), lr=1e-2)
    with pytest.raises(KeyboardInterrupt):
        list(train(made, Repeat(), steps=10, optimizer=optimizer, batch=4))
    assert torch.equal(weights(made), weights(_after(2)))
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_loss_that_is_not_finite_ends_it_before_any_harm() -> None:
    made = model()
    with pytest.raises(FloatingPointError, match=r"loss of step \d+ is (nan|inf).*smaller learning rate"):
        run(made, steps=50, lr=1e20)
    assert torch.isfinite(weights(made)).all()


def test_clipping_shortens_and_never_lengthens() -> None:
    (free,) = run(model(), steps=1)
    start = weights(model())
    for clip in (free.gradient_norm / 2, free.gradient_norm * 2):
        made = model()
        run(made, steps=1, clip=clip)
        moved = (weights(made) - start).norm().item() / 1e-2
        assert moved == pytest.approx(min(clip, free.gradient_norm), rel=1e-3)


@pytest.mark.parametrize("wrong", [{"steps": 0}, {"truncate": 0}])
def test_counts_below_one_are_refused_at_once(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=f"{next(iter(wrong))} is 0"):
        run(model(), **wrong)
