"""The outer loop: seeded, stoppable at any step, honest about divergence; truncation is another algorithm by name."""

from __future__ import annotations

import signal
from collections.abc import Iterator
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
    return list(train(made, options.pop("task", Repeat()), steps=steps, optimizer=optimizer, **{"batch": 4} | options))


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


@pytest.fixture
def heard() -> Iterator[None]:
    """An interrupt is heard here even where whoever began the tests told them to ignore it, as a shell's & does."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("heard")
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


class Steep:
    """A loss that is finite and has an infinite slope: √ at zero."""

    def draw(self, batch: int, generator: Generator) -> Tensor:
        return torch.ones(batch, 2, 1)

    def loss(self, model: nn.Module, given: Tensor, state: Any) -> tuple[Tensor, Any]:
        answer = model(given)
        return (answer - answer.detach() + self.offset).abs().sqrt().mean(), None

    offset = 1.0


class Breaking(torch.optim.Adam):
    """Its third step leaves one weight that is no number, and has changed its means by then."""

    done = 0

    def step(self, closure: Any = None) -> Any:
        self.done += 1
        super().step(closure)
        if self.done == 3:
            with torch.no_grad():
                self.param_groups[0]["params"][0][0] = float("nan")


def held(made: nn.Module, optimizer: torch.optim.Optimizer) -> list[Tensor]:
    kept = [one for state in optimizer.state.values() for one in state.values()]
    return [one.detach().clone() for one in (*made.parameters(), *kept)]


def trained_until_it_breaks(made: nn.Module, task: Any, optimizer: torch.optim.Optimizer) -> tuple[list[Tensor], str]:
    """Weights and what the optimizer carries after the last report, and the words it ended with."""
    last: list[Tensor] = []
    try:
        for report in train(made, task, steps=5, optimizer=optimizer, batch=2):
            last = held(made, optimizer)
            task.offset = 0.0 if report.step == 2 else 1.0
    except FloatingPointError as problem:
        return last, str(problem)
    return last, "it did not end"


def test_a_gradient_that_is_not_finite_is_no_step_and_the_words_are_true() -> None:
    made = nn.Linear(1, 1)
    optimizer = torch.optim.Adam(made.parameters(), lr=0.1)
    before, words = trained_until_it_breaks(made, Steep(), optimizer)
    assert words.startswith(("the gradient of step 3 is nan", "the gradient of step 3 is inf"))
    assert "the weights are those of step 2" in words
    assert all(map(torch.equal, before, held(made, optimizer)))
    assert all(one.grad is None for one in made.parameters())


def test_an_update_that_is_not_finite_is_taken_back_to_the_bit() -> None:
    made = model()
    optimizer = Breaking(made.parameters(), lr=0.01)
    before, words = trained_until_it_breaks(made, Repeat(), optimizer)
    assert words.startswith("the size of the weights of step 3 is nan; the weights are those of step 2")
    assert len(before) > len(list(made.parameters()))
    assert all(map(torch.equal, before, held(made, optimizer)))


def test_a_gradient_too_long_for_its_precision_is_still_clipped_to_length() -> None:
    class Long(Steep):
        def loss(self, model: nn.Module, given: Tensor, state: Any) -> tuple[Tensor, Any]:
            return 1e30 * sum((one.sum() for one in model.parameters()), torch.zeros(())), None

    made = nn.Linear(8, 8)
    start = weights(made)
    (report,) = run(made, steps=1, lr=1.0, task=Long(), clip=1.0)
    assert report.gradient_norm == pytest.approx(1e30 * 72**0.5, rel=1e-5)
    assert (weights(made) - start).norm().item() == pytest.approx(1.0, rel=1e-4)


class Wrong(Repeat):
    def __init__(self, drawn: Any = None, answer: Any = None) -> None:
        super().__init__()
        self.drawn, self.answer = drawn, answer

    def draw(self, batch: int, generator: Generator) -> Any:
        return super().draw(batch, generator) if self.drawn is None else self.drawn

    def loss(self, model: nn.Module, given: Any, state: Any) -> Any:
        return super().loss(model, given, state) if self.answer is None else self.answer


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        *(({name: bad}, f"{name} is ") for name in ("steps", "batch", "truncate") for bad in (True, 2.5, -1, "8")),
        *(({"clip": bad}, "clip is .*above 0") for bad in (0, -1.0, float("nan"), float("inf"), True)),
        ({"seed": 0.5}, "seed is 0.5"),
        ({"task": Repeat}, r"task is the class Repeat; .*make one first: Repeat"),
        ({"task": object()}, "it lacks draw and loss"),
        ({"task": Wrong(drawn=3)}, "what the task drew is 3"),
        ({"task": Wrong(drawn=torch.zeros(4))}, "what the task drew is Tensor"),
        ({"task": Wrong(drawn=torch.zeros(4, 0, 8))}, "none of them empty"),
        ({"task": Wrong(answer=torch.zeros(()))}, r"expected \(loss, state\)"),
        ({"task": Wrong(answer=(0.5, None))}, "the loss is 0.5; expected a tensor"),
        ({"task": Wrong(answer=(torch.ones(3, requires_grad=True), None))}, "take the mean"),
        ({"task": Wrong(answer=(torch.ones(()), None))}, "leave out no_grad"),
        ({"task": Wrong(answer=(torch.ones((), requires_grad=True), None))}, "no weight of the optimizer"),
    ],
)
def test_what_cannot_be_trained_is_refused_in_words(wrong: dict[str, Any], said: str) -> None:
    made = model()
    before = weights(made)
    with pytest.raises(ValueError, match=said):
        run(made, **wrong)
    assert torch.equal(before, weights(made))


def test_an_optimizer_of_other_weights_is_refused() -> None:
    made = model()
    late = torch.optim.SGD(made.parameters(), lr=0.1)
    made.load_state_dict(model(1).state_dict(), assign=True)
    for optimizer, said in ((late, "weights of the model, 6 are not"), (torch.optim.SGD, "class SGD"), (None, "None")):
        with pytest.raises(ValueError, match=said):
            train(made, Repeat(), steps=1, optimizer=optimizer, batch=2)  # pyright: ignore
    with pytest.raises(ValueError, match=r"model is the class MemoryLayer; .*make one first"):
        train(MemoryLayer, Repeat(), steps=1, optimizer=late, batch=2)  # pyright: ignore
