"""The door of continual learning: tasks, learners and images."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from nlviz.door.tensors import fits, floating, tensor
from nlviz.door.words import instance, refuse, several
from nlviz.streams.digits import CLASSES, PIXELS, DigitTask, Examples

__all__ = ["examples", "images", "learner", "settle", "tasks"]


def tasks(value: Any, *, least: int = 0) -> Sequence[DigitTask]:
    """Tasks in a row; one alone is no course."""
    remedy = "give the tasks of streams.digits(…)"
    if isinstance(value, DigitTask):
        refuse("tasks", value, "several tasks", "put it in brackets: [task]")
    every = several("tasks", value, least=least, what="tasks")
    return [instance(f"tasks[{place}]", one, DigitTask, remedy) for place, one in enumerate(every)]


def learner(value: Any) -> Any:
    """Whoever can be begun, taught and asked; not its class."""
    if isinstance(value, type):
        refuse("learner", value, "a learner", f"make one first: {value.__name__}(…)")
    lacking = [name for name in ("init", "learn", "answer") if not callable(getattr(value, name, None))]
    if lacking:
        refuse("learner", value, "a learner", f"it lacks {', '.join(lacking)}; see experiments.continual.Learner")
    return value


def images(value: Any, like: Tensor) -> Tensor:
    """[images, 64] in the precision of `like`; lists and NumPy are turned into it."""
    given = floating("images", tensor("images", value, "images pixels", like=like))
    fits("images", given, "pixels", PIXELS, "lay each image out row by row")
    return given if given.dtype == like.dtype else given.to(like.dtype)


def examples(value: Any) -> Examples:
    """Images with as many labels."""
    given = instance("examples", value, Examples, "give task.train or Examples(images, labels)")
    here = images(given.images, torch.empty(0) if not isinstance(given.images, Tensor) else given.images)
    labels = tensor("labels", given.labels, "images")
    if len(labels) != len(here):
        refuse("the number of labels", len(labels), f"{len(here)}, one for each image")
    strange = labels[(labels != labels.long()) | (labels < 0) | (labels >= CLASSES)]
    if len(strange):
        refuse("a label", strange[0].item(), f"0 to {CLASSES - 1}")
    return Examples(here, labels.long())


def settle(thing: object, **values: Any) -> None:
    """Put looked-at values into a frozen dataclass while it is made."""
    for name, value in values.items():
        object.__setattr__(thing, name, value)
