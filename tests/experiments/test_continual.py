"""Continual learners: each arm against the plainest thing it must equal, and nobody changes what is frozen."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Generator

from nlviz import measure
from nlviz.experiments.continual import (
    EWC,
    LEARNED,
    FastHead,
    FineTuning,
    LearnedGates,
    Replay,
    SetGates,
    accuracies,
    arms,
    course,
    learn_gates,
    relearning,
)
from nlviz.experiments.continual.course import batches
from nlviz.experiments.continual.nets import fisher, logits
from nlviz.inner import unroll
from nlviz.memory import Delta, GatedDelta, Gates, Hebbian, Titans
from nlviz.streams import DigitTask, Examples, digits

ARMS = {name: learner for name, learner in arms().items() if name != LEARNED}
every_arm = pytest.mark.parametrize("name", ARMS)


def chance(seed: int = 0) -> Generator:
    return torch.Generator().manual_seed(seed)


@pytest.fixture(scope="module")
def tasks() -> tuple[DigitTask, ...]:
    """Short ones: 60 images to learn from, in each of five tasks."""
    return tuple(
        task._replace(train=Examples(*(part[:60] for part in task.train))) for task in digits(generator=chance())
    )


def ended(learner: Any, tasks: Any, seed: int = 0) -> Any:
    moments = list(course(learner, tasks, generator=chance(seed)))
    return moments[-1]


@every_arm
def test_r_fills_row_by_row_and_no_row_changes_again(name: str, tasks: tuple[DigitTask, ...]) -> None:
    seen = np.full((5, 5), np.nan)
    for moment in course(ARMS[name], tasks, generator=chance()):
        known = np.isfinite(moment.matrix)
        assert known.all(1).sum() in (moment.task, moment.task + 1)
        assert (known.all(1) == known.any(1)).all()
        np.testing.assert_array_equal(moment.matrix[np.isfinite(seen)], seen[np.isfinite(seen)])
        seen = moment.matrix
    assert np.isfinite(seen).all()
    assert seen.min() >= 0
    assert seen.max() <= 1


@every_arm
def test_accuracy_is_what_counting_by_hand_gives(name: str, tasks: tuple[DigitTask, ...]) -> None:
    last = ended(ARMS[name], tasks)
    for number, task in enumerate(tasks):
        said = [ARMS[name].answer(last.state, image[None])[0].argmax().item() for image in task.test.images]
        right = sum(answer == label for answer, label in zip(said, task.test.labels.tolist(), strict=True))
        assert last.matrix[-1, number] == pytest.approx(right / len(said))


@every_arm
def test_the_seed_decides_and_an_old_state_is_not_touched(name: str, tasks: tuple[DigitTask, ...]) -> None:
    learner = ARMS[name]
    moments = list(course(learner, tasks[:2], generator=chance(3)))
    again = list(course(learner, tasks[:2], generator=chance(3)))
    np.testing.assert_array_equal(moments[-1].matrix, again[-1].matrix)
    first = next(moment for moment in moments if np.isfinite(moment.matrix[0]).all())
    # asked again after the second task was learned, the state after the first answers as it did then
    np.testing.assert_array_equal(accuracies(learner, first.state, tasks[:2]), first.matrix[0])


def test_fine_tuning_is_plain_gradient_descent(tasks: tuple[DigitTask, ...]) -> None:
    learner, train = FineTuning(passes=1), tasks[0].train
    start = learner.init(chance())
    *_, after = learner.learn(start, train, chance(1))
    net = torch.nn.Sequential(torch.nn.Linear(64, 64), torch.nn.ReLU(), torch.nn.Linear(64, 10))
    with torch.no_grad():
        for theirs, ours in zip(net.parameters(), start.weights, strict=True):
            theirs.copy_(ours)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    for rows in batches(len(train.labels), 1, chance(1)):
        optimizer.zero_grad()
        F.cross_entropy(net(train.images[rows]), train.labels[rows]).backward()
        optimizer.step()
    for theirs, ours in zip(net.parameters(), after.weights, strict=True):
        torch.testing.assert_close(ours, theirs.detach())


@pytest.mark.parametrize("learner", [EWC(strength=0.0), Replay(room=0)])
def test_with_nothing_kept_every_net_is_fine_tuning(learner: FineTuning, tasks: tuple[DigitTask, ...]) -> None:
    found = []
    for one in (learner, FineTuning()):
        state = one.init(chance())
        for number, task in enumerate(tasks[:2]):
            *_, state = one.learn(state, task.train, chance(number))
        found.append(state.weights)
    for ours, plain in zip(*found, strict=True):
        torch.testing.assert_close(ours, plain, rtol=0, atol=0)


def test_the_fisher_is_the_mean_of_squares_image_by_image(tasks: tuple[DigitTask, ...]) -> None:
    weights = tuple(part.double().requires_grad_() for part in FineTuning(hidden=7).init(chance()).weights)
    images = tasks[0].train.images[:6].double()
    expected = [torch.zeros_like(part) for part in weights]
    for image in images:
        shares = logits(weights, image[None])[0].softmax(-1).detach()
        for label in range(10):
            log_p = logits(weights, image[None])[0].log_softmax(-1)[label]
            for total, slope in zip(expected, torch.autograd.grad(log_p, weights), strict=True):
                total += shares[label] * slope.square() / len(images)
    found = fisher(tuple(part.detach() for part in weights), images)
    for ours, theirs in zip(found, expected, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-10, atol=1e-14)


def test_ewc_holds_the_weights_that_mattered(tasks: tuple[DigitTask, ...]) -> None:
    moved = []
    for strength in (0.0, 10.0):
        learner = EWC(strength=strength)
        *_, first = learner.learn(learner.init(chance()), tasks[0].train, chance(1))
        *_, second = learner.learn(first, tasks[1].train, chance(2))
        (anchor,) = first.anchors
        moved.append(
            sum(
                float((F_ * (b - a).square()).sum())
                for F_, a, b in zip(anchor[1], anchor[0], second.weights, strict=True)
            )
        )
        assert len(second.anchors) == 2
    assert moved[1] < 0.7 * moved[0]


def test_replay_keeps_as_many_of_each_task(tasks: tuple[DigitTask, ...]) -> None:
    state = ended(Replay(room=35, passes=1), tasks).state
    assert torch.bincount(state.origin).tolist() == [7] * 5
    # what it says of their origin is so: task t holds the digits 2t and 2t + 1
    assert torch.equal(state.kept.labels // 2, state.origin)


def test_replay_keeps_what_it_is_told_to(tasks: tuple[DigitTask, ...]) -> None:
    newest = Replay(room=30, passes=1, keep=lambda origin, room: torch.arange(len(origin))[-room:])
    assert ended(newest, tasks).state.origin.tolist() == [4] * 30


@pytest.mark.parametrize(
    ("keep", "said"),
    [
        (lambda origin, room: torch.arange(len(origin)), "room for 30"),
        (lambda origin, room: [9999], "candidates are 0"),
    ],
)
def test_a_keeper_s_slip_is_said(keep: Any, said: str, tasks: tuple[DigitTask, ...]) -> None:
    with pytest.raises(ValueError, match=said):
        ended(Replay(room=30, passes=1, keep=keep), tasks)


@pytest.mark.parametrize("rule", [Hebbian, Delta, GatedDelta, Titans])
def test_a_head_is_the_inner_loop_on_one_long_stream(rule: Any, tasks: tuple[DigitTask, ...]) -> None:
    """Steps of ten images are an execution choice: the same stream, token by token, gives the same memory."""
    gates = SetGates(0.3, 0.5, 0.01, pulse=0.4)
    head = FastHead(rule, gates, features=48)
    start = head.init(chance())
    state, source = start, chance(5)
    for task in tasks[:3]:
        *_, state = head.learn(state, task.train, source)
    source, images, labels = chance(5), [], []
    for task in tasks[:3]:
        order = torch.cat(list(batches(60, 1, source)))
        images.append(task.train.images[order])
        labels.append(task.train.labels[order])
    pairs = head.pairs(start, Examples(torch.cat(images), torch.cat(labels)))
    forget = torch.full((1, 180), 0.01)
    forget[0, [60, 120]] = 0.4
    run = unroll(head.memory, pairs, Gates.constant(pairs, 0.3, 0.5, forget))
    torch.testing.assert_close(state.fast.memory, run.state.memory, rtol=1e-4, atol=1e-5)
    assert all(torch.equal(*both) for both in zip(start.slow, state.slow, strict=True))


def test_keys_are_a_gaussian_kernel() -> None:
    """cos(Rx + u)·cos(Rx' + u) has mean ½ exp(−‖x − x'‖²/2 scale²)."""
    images = torch.rand(6, 64, generator=chance())
    for scale in (1.0, 3.0):
        head = FastHead(Hebbian, SetGates(), features=40_000, scale=scale)
        keys = head.keys(head.init(chance(1)), images)[0]
        expected = torch.exp(-torch.cdist(images, images).square() / (2 * scale**2))
        torch.testing.assert_close(keys @ keys.T, expected, rtol=0, atol=0.02)


def test_the_first_task_is_no_switch(tasks: tuple[DigitTask, ...]) -> None:
    found = []
    for pulse in (0.0, 1.0):
        head = FastHead(Hebbian, SetGates(pulse=pulse), features=64)
        *_, first = head.learn(head.init(chance()), tasks[0].train, chance(1))
        *_, second = head.learn(first, tasks[1].train, chance(2))
        found.append((first.fast.memory, second.fast.memory))
    assert torch.equal(found[0][0], found[1][0])
    # a pulse of 1 leaves nothing of the first task
    head = FastHead(Hebbian, SetGates(), features=64)
    *_, alone = head.learn(head.init(chance()), tasks[1].train, chance(2))
    torch.testing.assert_close(found[1][1], alone.fast.memory)


def test_learned_gates_move_by_outer_gradients_and_lower_the_loss(tasks: tuple[DigitTask, ...]) -> None:
    full = digits(generator=chance())
    head = FastHead(Titans, LearnedGates())
    reports = list(learn_gates(head, full, "class-incremental", generator=chance(), steps=20, images=60))
    assert [report.step for report in reports] == list(range(1, 21))
    assert np.mean([report.loss for report in reports[-5:]]) < 0.6 * reports[0].loss
    first, last = reports[0].gates, reports[-1].gates
    assert last.forget < first.forget  # everything is asked about, so nothing is to be forgotten
    assert last.pulse < first.pulse
    with torch.no_grad():
        assert head.gates.weights.tolist() == LearnedGates().weights.tolist()  # pyright: ignore


def test_learning_curves_begin_before_the_first_step(tasks: tuple[DigitTask, ...]) -> None:
    learner = FineTuning()
    last = ended(learner, tasks)
    curve = relearning(learner, last.state, tasks[0], generator=chance(), steps=4)
    assert curve.shape == (5,)
    assert curve[0] == last.matrix[-1, 0]
    states = learner.learn(last.state, tasks[0].train, chance())
    assert curve[2] == accuracies(learner, [next(states), next(states)][1], tasks)[0]


def test_chance_is_what_an_untaught_head_answers(tasks: tuple[DigitTask, ...]) -> None:
    """Nothing written: every digit is called 0, so the first task is half right and no other."""
    head = FastHead(Hebbian, SetGates())
    found = accuracies(head, head.init(chance()), tasks)
    assert found[0] == pytest.approx(0.5, abs=0.1)
    assert found[1:].tolist() == [0] * 4
    matrix = ended(head, tasks).matrix
    # what is not yet taught is not known either
    assert abs(measure.forward_transfer(matrix, found)) < 0.03


@pytest.mark.parametrize("learner", [FineTuning(hidden=4, passes=1), FastHead(Hebbian, SetGates(), features=8)])
def test_digits_that_are_none_are_refused_and_any_precision_learned(learner: Any) -> None:
    train = digits(generator=Generator().manual_seed(0))[0].train
    few = type(train)(train.images[:8], train.labels[:8])

    def learned(examples: Any) -> Any:
        generator = Generator().manual_seed(0)
        return list(learner.learn(learner.init(generator), examples, generator))

    for images in (few.images.half(), few.images.double(), (16 * few.images).long()):
        assert learned(few._replace(images=images))
    for labels in (few.labels + 50, few.labels - 10, few.labels + 0.5):
        with pytest.raises(ValueError, match=r"a label is .* expected 0 to 9"):
            learned(few._replace(labels=labels))
