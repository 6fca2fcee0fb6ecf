"""Digits as tasks: what is asked was never learned from, and a scenario is what its name says."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits
from torch import Generator, Tensor

from nlviz import streams
from nlviz.streams.digits import Scenario

# the module: `streams.digits` is the function
FILE: Any = sys.modules["nlviz.streams.digits"]
SCENARIOS: tuple[Scenario, ...] = ("class-incremental", "domain-incremental")
every_scenario = pytest.mark.parametrize("scenario", SCENARIOS)


def chance(seed: int = 0) -> Generator:
    return torch.Generator().manual_seed(seed)


def prints(images: Tensor) -> set[tuple[float, ...]]:
    """What no shuffling of pixels changes: each image's pixels in order of size."""
    return set(map(tuple, images.sort(-1).values.tolist()))


def test_class_incremental_is_two_digits_a_task_and_all_of_them_once() -> None:
    tasks = streams.digits(generator=chance())
    assert [task.name for task in tasks] == ["0, 1", "2, 3", "4, 5", "6, 7", "8, 9"]
    for number, task in enumerate(tasks):
        for part in (task.train, task.test):
            assert part.labels.unique().tolist() == [2 * number, 2 * number + 1]
    assert sum(len(task.train.labels) for task in tasks) == 1438
    assert sum(len(task.test.labels) for task in tasks) == 359


def test_domain_incremental_is_the_same_images_shuffled_anew() -> None:
    tasks = streams.digits("domain-incremental", generator=chance())
    assert len(tasks) == 5
    for task in tasks:
        assert torch.equal(task.train.labels, tasks[0].train.labels)
        torch.testing.assert_close(task.test.images.sort(-1).values, tasks[0].test.images.sort(-1).values)
        assert task.train.labels.unique().tolist() == list(range(10))
    pictures = [task.train.images for task in tasks]
    assert all(not torch.equal(a, b) for n, a in enumerate(pictures) for b in pictures[:n])
    # one shuffling for all images of a task: a pixel's column is some column of the first
    columns = {tuple(column) for column in pictures[0].T.tolist()}
    assert {tuple(column) for column in pictures[3].T.tolist()} == columns


@every_scenario
def test_no_image_is_both_learned_and_asked(scenario: Scenario) -> None:
    for seed in range(3):
        for task in streams.digits(scenario, generator=chance(seed)):
            assert not prints(task.train.images) & prints(task.test.images)
            assert task.train.images.min() >= 0
            assert task.train.images.max() == 1


@every_scenario
def test_a_rehearsal_never_shows_what_the_course_asks(scenario: Scenario) -> None:
    tasks = streams.digits(scenario, generator=chance())
    asked = set().union(*(prints(task.test.images) for task in tasks))
    rehearsed = streams.rehearsal(tasks, scenario, generator=chance(1))
    assert len(rehearsed) == 5
    for task in rehearsed:
        for part in (task.train, task.test):
            assert not prints(part.images) & asked
        assert not prints(task.train.images) & prints(task.test.images)
    # and no picture of it is one of the course's as it will come
    for ours in rehearsed:
        for theirs in tasks:
            both = set(map(tuple, ours.train.images.tolist())) & set(map(tuple, theirs.train.images.tolist()))
            assert not both


@every_scenario
def test_the_seed_decides(scenario: Scenario) -> None:
    first, again, other = (streams.digits(scenario, generator=chance(seed))[1].train.images for seed in (0, 0, 1))
    assert torch.equal(first, again)
    assert first.shape != other.shape or not torch.equal(first, other)


def test_another_scenario_is_refused() -> None:
    with pytest.raises(ValueError, match="expected one of 'class-incremental', 'domain-incremental'"):
        streams.digits("task-incremental", generator=chance())  # pyright: ignore[reportArgumentType]


def test_they_are_read_without_importing_scikit_learn_and_are_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    told: Any = load_digits(return_X_y=True)
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    assert np.array_equal(FILE._table(), np.column_stack(told))


def test_without_their_file_scikit_learn_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    read = FILE._table()
    monkeypatch.setattr(FILE, "find_spec", lambda name: None)
    assert np.array_equal(FILE._table(), read)


def test_without_scikit_learn_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("sklearn", "sklearn.datasets"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ImportError, match="pip install scikit-learn"):
        FILE._table()
