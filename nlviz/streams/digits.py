"""Handwritten digits, task after task: real data for continual learning, with everything seen once and then not again.

class-incremental    five tasks of two digits each; an answer is always one of all ten
domain-incremental   five tasks of all ten digits, each seen through another fixed shuffling of its pixels
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Literal, NamedTuple, get_args

import numpy as np
import torch
from torch import Generator, Tensor

from nlviz.door.tensors import generator as generator_at
from nlviz.door.words import choice, instance, several

__all__ = ["CLASSES", "PIXELS", "DigitTask", "Examples", "Scenario", "digits", "rehearsal"]

CLASSES, PIXELS = 10, 64
TEST = 0.2
TASKS = 5

Scenario = Literal["class-incremental", "domain-incremental"]
_SCENARIOS: tuple[Scenario, ...] = get_args(Scenario)


class Examples(NamedTuple):
    """Digits with their labels: images [examples, 64], 0 white to 1 black, row by row; labels [examples], 0 to 9."""

    images: Tensor
    labels: Tensor


class DigitTask(NamedTuple):
    """One task: what it is called, what to learn from, and what to be asked about; no image is in both."""

    name: str
    train: Examples
    test: Examples


def digits(scenario: Scenario = "class-incremental", *, generator: Generator) -> tuple[DigitTask, ...]:
    """The 1,797 digits of scikit-learn, 8 × 8 pixels, as five tasks to be learned one after the other.

    A fifth of the images, drawn by the generator, is kept for testing; the same images in every task of one call.
    "class-incremental": digits 0 and 1, then 2 and 3, and so on; each task some 290 images.
    "domain-incremental": all digits in every task, 1,438 images; the first as they are, every other with its pixels
    shuffled, the same way for all of its images.
    Raises ValueError for another scenario, and an ImportError that names the remedy where scikit-learn is missing.
    Source: Alpaydin & Kaynak 1998, UCI optical digits (test part); Kirkpatrick et al. 2017 (arXiv 1612.00796) for the
    shuffling; van de Ven & Tolias 2019 (arXiv 1904.07734) for the names of the scenarios.

        tasks = digits(generator=torch.Generator().manual_seed(0))
        tasks[0].name, tasks[0].train.images.shape           # '0, 1' [about 290, 64]

        >>> tasks = streams.digits(generator=torch.Generator().manual_seed(0))
        >>> [task.name for task in tasks]
        ['0, 1', '2, 3', '4, 5', '6, 7', '8, 9']
    """
    scenario, generator = choice("scenario", scenario, _SCENARIOS), generator_at("generator", generator)
    everything = _everything()
    order = torch.randperm(len(everything.labels), generator=generator)
    kept = round(TEST * len(order))
    train, test = (Examples(*(part[rows] for part in everything)) for rows in (order[kept:], order[:kept]))
    if scenario == "class-incremental":
        return _by_class(train, test, range(CLASSES))
    shuffles = [torch.arange(PIXELS), *(_shuffle(generator) for _ in range(TASKS - 1))]
    return _by_domain(train, test, shuffles)


def rehearsal(tasks: Sequence[DigitTask], scenario: Scenario, *, generator: Generator) -> tuple[DigitTask, ...]:
    """A course of the same kind for an outer loop to learn from: training images only, none of them as they will come.

    Every image is seen through shufflings drawn here; class-incremental rehearsals also shuffle which digits come
    together, and domain-incremental ones know the first task's images alone. A fifth of the images is asked about, the
    rest learned from. The test images of `tasks` do not occur.
    Raises ValueError for another scenario, or no tasks.
    """
    scenario, generator = choice("scenario", scenario, _SCENARIOS), generator_at("generator", generator)
    remedy = "give the tasks of streams.digits(…)"
    tasks = [
        instance(f"tasks[{place}]", task, DigitTask, remedy)
        for place, task in enumerate(several("tasks", tasks, least=1, what="tasks"))
    ]
    seen = tasks if scenario == "class-incremental" else tasks[:1]
    images, labels = (torch.cat([task.train[part] for task in seen]) for part in range(2))
    rows = torch.randperm(len(labels), generator=generator)
    kept = round(TEST * len(rows))
    train, test = (Examples(images[some], labels[some]) for some in (rows[kept:], rows[:kept]))
    shuffles = [_shuffle(generator) for _ in range(TASKS)]
    if scenario == "domain-incremental":
        return _by_domain(train, test, shuffles)
    train, test = (_shuffled(part, shuffles[0]) for part in (train, test))
    return _by_class(train, test, torch.randperm(CLASSES, generator=generator).tolist())


def _by_class(train: Examples, test: Examples, order: Sequence[int]) -> tuple[DigitTask, ...]:
    pairs = [order[first : first + CLASSES // TASKS] for first in range(0, CLASSES, CLASSES // TASKS)]
    return tuple(DigitTask(", ".join(map(str, pair)), *(_only(part, pair) for part in (train, test))) for pair in pairs)


def _by_domain(train: Examples, test: Examples, shuffles: Sequence[Tensor]) -> tuple[DigitTask, ...]:
    plain = torch.arange(PIXELS)
    return tuple(
        DigitTask(
            "as they are" if torch.equal(pixels, plain) else f"shuffled {number}",
            *(_shuffled(part, pixels) for part in (train, test)),
        )
        for number, pixels in enumerate(shuffles)
    )


def _only(examples: Examples, labels: Sequence[int]) -> Examples:
    chosen = torch.isin(examples.labels, torch.tensor(labels))
    return Examples(*(part[chosen] for part in examples))


def _shuffled(examples: Examples, pixels: Tensor) -> Examples:
    return examples._replace(images=examples.images[:, pixels])


def _shuffle(generator: Generator) -> Tensor:
    return torch.randperm(PIXELS, generator=generator)


@cache
def _everything() -> Examples:
    table = torch.tensor(_table())
    return Examples((table[:, :-1] / 16).float(), table[:, -1].long())


def _table() -> np.ndarray:
    """A row for each image: its pixels, 0 to 16, and its label.

    Importing scikit-learn takes seconds of a core, and nothing of it is wanted but this one file; should it lie
    elsewhere one day, scikit-learn is asked for it.
    """
    package = find_spec("sklearn")
    for folder in (package and package.submodule_search_locations) or ():
        with suppress(OSError, ValueError):
            table = np.loadtxt(Path(folder, "datasets", "data", "digits.csv.gz"), delimiter=",")
            if table.shape == (1797, PIXELS + 1):
                return table
    return _told()


def _told() -> np.ndarray:
    """The same by scikit-learn itself."""
    try:
        from sklearn.datasets import load_digits
    except ImportError as missing:
        raise ImportError(
            "the digits come with scikit-learn, which is not installed; install it with `pip install scikit-learn`"
        ) from missing
    images, labels = load_digits(return_X_y=True)
    return np.column_stack([images, labels])
