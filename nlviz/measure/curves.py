"""Curves: what a memory answers, how well, and how that falls with age."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from nlviz.door.arrays import array
from nlviz.door.tensors import floating, same_kind, tensor
from nlviz.door.words import instance, refuse
from nlviz.memory import Memory
from nlviz.memory.look import a_memory
from nlviz.streams import Stream
from nlviz.trace import Signal, Trace

__all__ = [
    "Forgetting",
    "accuracy",
    "all_finite",
    "cosine",
    "forgetting_curve",
    "half_life",
    "looked_at",
    "recalled",
    "relative_error",
    "since_written",
]


def recalled(memory: Memory[Any], state: Any, stream: Stream) -> Tensor:
    """What the memory answers to every item's key, [batch, items, d_value].

    Raises ValueError for what is no memory, no state of it, or no stream with its items.

        >>> stream = streams.recall_pairs(2, 8, generator=torch.Generator().manual_seed(0))
        >>> rule = memory.Delta(8, 8)
        >>> measure.recalled(rule, rule.init(1), stream).abs().max().item()
        0.0
    """
    instance("stream", stream, Stream, "give the stream itself, as from streams.recall_pairs(…)")
    return a_memory("memory", memory).read(state, stream.keys)


def cosine(answers: Tensor, values: Tensor) -> Tensor:
    """Cosine of each answer with its value, [batch, items]; 0 where nothing is answered.

    Raises ValueError, as all measures of answers, where answers and values do not pair up.

        >>> measure.cosine(torch.tensor([[2.0, 0.0], [0.0, 0.0]]), torch.tensor([[1.0, 0.0], [0.0, 1.0]]))
        tensor([1., 0.])
    """
    return F.cosine_similarity(*_paired(answers, values), dim=-1)


def accuracy(answers: Tensor, values: Tensor, others: Tensor | None = None) -> Tensor:
    """Share of items whose answer is nearer (by cosine) to their own value than to any other's, [batch].

    others: [batch, others, d_value], further values an answer may be mistaken for (none of them an item's own), such as
    those an item had before it was overwritten. Without them only the items' own values compete, and an answer that
    mixes an old value in passes. The share of no items is NaN.

        >>> values = torch.eye(3)[None]
        >>> measure.accuracy(values.roll(1, 1), values), measure.accuracy(0.5 * values, values)
        (tensor([0.]), tensor([1.]))
    """
    answers, values = _paired(answers, values, least=2)
    choices = values if others is None else torch.cat([values, _others(others, values)], -2)
    if not values.shape[-2]:
        return answers.new_full(answers.shape[:-2], torch.nan)
    nearest = (F.normalize(answers, dim=-1) @ F.normalize(choices, dim=-1).mT).argmax(-1)
    return (nearest == torch.arange(values.shape[-2], device=values.device)).float().mean(-1)


def relative_error(answers: Tensor, values: Tensor) -> Tensor:
    """Σ‖answer − value‖² / Σ‖value‖² over the items, [batch]: 0 is perfect, 1 is what answering nothing gives.

    NaN where there are no items.

        >>> values = torch.eye(3)[None]
        >>> measure.relative_error(0.5 * values, values)
        tensor([0.2500])
    """
    answers, values = _paired(answers, values, least=2)
    return (answers - values).square().sum((-2, -1)) / values.square().sum((-2, -1))


def _paired(answers: Any, values: Any, *, least: int = 1) -> tuple[Tensor, Tensor]:
    """Both as tensors of fractions, of one kind and shape, `least` axes or more; a list takes the kind of the other."""
    like = next((one for one in (values, answers) if isinstance(one, Tensor) and one.is_floating_point()), None)
    answers = floating("answers", tensor("answers", answers, like=like))
    values = floating("values", tensor("values", values, like=like))
    if values.dim() < least:
        refuse("values", values, "[batch, items, d_value]", "add the axis missing")
    if answers.shape != values.shape:
        refuse("answers", answers, f"one for each value, {list(values.shape)}, the last axis d_value")
    return answers, same_kind("values", values, answers, "the answers are")


def _others(others: Any, values: Tensor) -> Tensor:
    """Further values, of the same batch and width."""
    found = tensor("others", others, like=values)
    if found.dim() != values.dim() or (found.shape[:-2], found.shape[-1:]) != (values.shape[:-2], values.shape[-1:]):
        refuse("others", found, f"the axes of the values, {list(values.shape)}, but for how many there are")
    return same_kind("others", found, values, "the values are")


class Forgetting(NamedTuple):
    """Recall by age: ages [points], in tokens since an item was written; recall [points], mean of items and streams."""

    ages: np.ndarray
    recall: np.ndarray


def forgetting_curve(recall: Signal, written_at: np.ndarray | Tensor) -> Forgetting:
    """Mean recall against age, from a `recall` signal [time, batch, items].

    written_at: [items], the token of each item's write. Age 0 is right after it, and only ages that some item reached
    are in the curve. The mean runs over all times at which an item had that age; for recall by age at the end of a
    stream, give the signal's last row alone. A signal without rows, streams or items gives a curve without points.
    Raises ValueError if written_at does not give one time per item.

        >>> recall = trace.Signal(np.array([[[1.0, 0.0]], [[0.5, 1.0]], [[0.25, 0.5]]]), np.arange(3))
        >>> measure.forgetting_curve(recall, written_at=np.array([0, 1]))
        Forgetting(ages=array([0, 1, 2]), recall=array([1.  , 0.5 , 0.25]))
    """
    recall, age = _age(recall, written_at)
    known = age >= 0
    if not recall.values.size:
        return Forgetting(np.zeros(0, int), np.zeros(0))
    ages, at = np.unique(age[known], return_inverse=True)
    by_item = recall.values.mean(1)
    return Forgetting(ages, np.bincount(at, by_item[known], len(ages)) / np.bincount(at, minlength=len(ages)))


def since_written(recall: Signal, written_at: np.ndarray | Tensor) -> Signal:
    """The same signal with a gap (NaN) wherever an item is not written yet: what it then recalls is chance.

    written_at: [items]. Raises ValueError if it does not give one time per item.

        >>> recall = trace.Signal(np.array([[[1.0, 0.3]], [[0.5, 1.0]]]), np.arange(2))
        >>> measure.since_written(recall, np.array([0, 1])).values[:, 0]
        array([[1. , nan],
               [0.5, 1. ]])
    """
    recall, age = _age(recall, written_at)
    return recall._replace(values=np.where((age >= 0)[:, None], recall.values, np.nan))


def _age(recall: Signal, written_at: np.ndarray | Tensor) -> tuple[Signal, np.ndarray]:
    """The signal, looked at, and the tokens since each item's write, [time, items]; negative before it."""
    # a trace knows what a signal is
    recall = Trace({"recall": recall})["recall"]
    written = array("written_at", written_at, finite=True)
    if written.shape != recall.values.shape[2:]:
        tracked = recall.values.shape[2] if recall.values.ndim == 3 else f"no items, {list(recall.values.shape)}"
        raise ValueError(f"written_at has shape {list(written.shape)}, recall tracks {tracked}; give one time per item")
    return recall, recall.times[:, None] - written


def half_life(curve: Forgetting) -> float:
    """Tokens until recall first falls to half of what it was at the youngest age, interpolated; inf if it never does.

    Raises ValueError if there is nothing to halve: no age, a recall that starts at or below zero or is not finite; and
    for ages that do not rise.

        >>> measure.half_life(measure.Forgetting(np.arange(4), np.array([1.0, 0.75, 0.25, 0.0])))
        1.5
    """
    ages, recall = looked_at(curve)
    if not len(recall) or not recall[0] > 0:
        start = f"starts at recall {recall[0]:.3g}" if len(recall) else "is empty"
        raise ValueError(f"the curve {start}; a half-life needs an item that was known, check written_at and the gates")
    all_finite(ages, recall)
    half = recall[0] / 2
    below = np.flatnonzero(recall <= half)
    if not len(below):
        return math.inf
    (a0, a1), (r0, r1) = (part[below[0] - 1 : below[0] + 1] for part in (ages, recall))
    return float(a0 + (r0 - half) / (r0 - r1) * (a1 - a0) - ages[0])


def looked_at(curve: Any) -> tuple[np.ndarray, np.ndarray]:
    """Ages and recall of a curve; ValueError for what is none, for ages that do not rise, and for what is lost."""
    if not isinstance(curve, tuple) or len(curve) != 2:
        refuse("curve", curve, "Forgetting(ages, recall)", "measure.forgetting_curve gives one")
    ages = array("ages", curve[0], "points", finite=True)
    recall = array("recall", curve[1], "points", dtype=float)
    if len(ages) != len(recall) or (np.diff(ages) <= 0).any():
        raise ValueError(
            f"the curve has {len(ages)} ages and {len(recall)} recalls; expected one for each age, the ages rising"
        )
    return ages, recall


def all_finite(ages: np.ndarray, recall: np.ndarray) -> None:
    """Raises ValueError that names the first age at which recall is lost."""
    if not np.isfinite(recall).all():
        lost = ages[~np.isfinite(recall)][0]
        raise ValueError(f"recall at age {lost} is not finite: the run diverged; cut the curve before it")
