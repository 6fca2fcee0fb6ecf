"""05.2: write strength, momentum and forgetting that hold an event which comes again every ten tokens."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Generator

from nlviz import streams
from nlviz.door.results import numbers
from nlviz.inner import probes, unroll
from nlviz.lessons.checking.calling import Case, attempt, name_of
from nlviz.lessons.checking.exercise import Judged, Verdict
from nlviz.memory import Gates, Pairs, Titans

__all__ = ["SLIPS", "judge"]

SLIPS = ("shape", "outside", "nothing", "lost", "leaks", "over", "tooth", "under", "other")
_LOW, _HIGH, _HELD = 0.8, 1.1, 30
_WIDTH, _TIME, _EVERY, _TEXTS = 32, 81, 10, 100
# Up to here the past surprise is gone before the event comes again.
_BRIEF = 0.6


def judge(exercise: Judged, answer: Any, truth: Any) -> Verdict:
    """Three numbers, or a function that gives them; then what a real memory recalls, the mean of a hundred texts."""
    if callable(answer):
        unable = exercise.uncallable(answer, {})
        if unable:
            return unable
        answer, problem = attempt(answer, Case({}))
        if problem:
            return exercise.wrong(problem)
    gates = _gates(answer)
    if gates is None:
        return exercise.slip("shape", got=name_of(answer))
    inner_lr, momentum, forget = gates
    if not (math.isfinite(inner_lr) and inner_lr >= 0 and 0 <= momentum < 1 and 0 <= forget <= 1):
        return exercise.slip("outside", got=", ".join(f"{gate:g}" for gate in gates))
    recall = _recall(inner_lr, momentum, forget)
    held = _held(recall)
    if held >= _HELD:
        return exercise.right(held=held)
    return exercise.slip(_why(recall, gates), held=held, most=f"{np.nanmax(recall):.2f}", least=f"{_least(recall):.2f}")


def _why(recall: np.ndarray, gates: tuple[float, float, float]) -> str:
    """Which slip it is, the gravest first."""
    inner_lr, momentum, forget = gates
    if inner_lr == 0:
        return "nothing"
    if not np.isfinite(recall).all() or np.abs(recall).max() > 10:
        return "lost"
    if forget > 0 and _held(_recall(inner_lr, momentum, 0.0)) >= _HELD:
        return "leaks"
    if recall.max() > _HIGH:
        return "over"
    if recall.max() < _LOW:
        return "under"
    return "tooth" if momentum <= _BRIEF else "other"


def _gates(answer: Any) -> tuple[float, float, float] | None:
    """Three real numbers in order, or by their names."""
    if isinstance(answer, Mapping):
        answer = [answer.get(name) for name in ("inner_lr", "momentum", "forget")]
    found = None if isinstance(answer, str) else numbers(answer)
    if found is None or found.numel() != 3:
        return None
    first, second, third = found.double().flatten().tolist()
    return first, second, third


def _recall(inner_lr: float, momentum: float, forget: float) -> np.ndarray:
    """Mean share of the event's value after every token, [time]."""
    told = streams.needle(_TIME - 1, _WIDTH, generator=Generator().manual_seed(0), batch=_TEXTS)
    comes = (torch.arange(_TIME) % _EVERY == 0)[:, None]
    pairs = Pairs(torch.where(comes, told.keys, told.pairs.keys), torch.where(comes, told.values, told.pairs.values))
    gates = Gates.constant(pairs, inner_lr, momentum, forget)
    asked = [probes.share(told.keys, told.values)]
    return unroll(Titans(_WIDTH, _WIDTH), pairs, gates, probes=asked).trace["share"].values[..., 0].mean(1)


def _held(recall: np.ndarray) -> int:
    """The longest time in a row between the two."""
    inside = np.concatenate([[0], (recall >= _LOW) & (recall <= _HIGH), [0]])
    ends = np.flatnonzero(np.diff(inside))
    return int((ends[1::2] - ends[::2]).max(initial=0))


def _least(recall: np.ndarray) -> float:
    """How far it falls once it was high enough."""
    reached = np.flatnonzero(recall >= _LOW)
    return float(recall[reached[0] :].min()) if reached.size else float(recall.min())
