"""06.4: which images a replay keeps. Any choice that leaves enough of every task is right."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch import Generator, Tensor

from nlviz import measure
from nlviz.door.results import fitted, numbers
from nlviz.experiments.continual import Replay, course
from nlviz.lessons.checking.calling import Case, call, shape_of
from nlviz.lessons.checking.exercise import Judged, Verdict
from nlviz.streams import digits

__all__ = ["SLIPS", "judge"]

SLIPS = ("shape", "outside", "too_many", "twice", "mask", "nothing", "newest", "oldest", "fades", "other")
_ROOM, _TASKS, _NEW = 100, 5, 290
# A task that keeps three fifths of its fair share is well enough remembered.
_LEAST = 0.6
_PASSES = 2


class _Kept(NamedTuple):
    """How many images of each task are left after the last, [tasks], or what is wrong with the rows that came."""

    counts: Tensor
    slip: str = ""
    problem: str = ""
    found: str = ""


def judge(exercise: Judged, answer: Any, truth: Any) -> Verdict:
    """Whose images are left after five tasks; and if the choice is right, what a real replay does with it."""
    unable = exercise.uncallable(answer, {"origin": torch.zeros(1), "room": _ROOM})
    if unable:
        return unable
    kept = _kept(answer)
    if kept.problem:
        return exercise.wrong(kept.problem)
    if kept.slip:
        return exercise.slip(kept.slip, got=kept.found, room=_ROOM)
    listed = ", ".join(map(str, kept.counts.tolist()))
    why = _why(kept.counts)
    if why:
        return exercise.slip(why, counts=listed, room=_ROOM)
    accuracy, stability = _played(answer)
    return exercise.right(counts=listed, accuracy=f"{accuracy:.2f}", stability=f"{stability:.2f}")


def _kept(answer: Any) -> _Kept:
    """Five tasks of as many images, by their origins alone."""
    origin, none = torch.empty(0, dtype=torch.long), torch.zeros(_TASKS, dtype=torch.long)
    for task in range(_TASKS):
        candidates = torch.cat([origin, torch.full((_NEW,), task)])
        outcome = call(answer, Case({"origin": candidates, "room": _ROOM}))
        if outcome.value is None:
            return _Kept(none, problem=outcome.problem)
        if outcome.logical:
            return _Kept(none, "mask")
        given = fitted(torch.from_numpy(outcome.value), (outcome.value.size,))
        if given is None or not bool((given == given.round()).all()):
            return _Kept(none, "shape", found=shape_of(outcome.value))
        rows = given.long()
        slip = _slip(rows, len(candidates))
        if slip:
            said = {"too_many": len(rows), "outside": f"{int(rows.min())} to {int(rows.max())}" if len(rows) else ""}
            return _Kept(none, slip, found=str(said.get(slip, "")))
        origin = candidates[rows]
    return _Kept(torch.bincount(origin, minlength=_TASKS))


def _slip(rows: Tensor, candidates: int) -> str:
    """What is wrong with rows as rows, whosever they are."""
    if len(rows) > _ROOM:
        return "too_many"
    if len(rows) and not -candidates <= int(rows.min()) <= int(rows.max()) < candidates:
        return "outside"
    return "twice" if len((rows % candidates).unique()) < len(rows) else ""


def _why(counts: Tensor) -> str:
    """Which slip a choice is that leaves too little of some task; "" if it leaves enough of each."""
    fair = _ROOM / _TASKS
    if not counts.any():
        return "nothing"
    if counts.min() >= _LEAST * fair:
        return ""
    if not counts[:-1].any():
        return "newest"
    if not counts[-1]:
        return "oldest"
    return "fades" if bool((counts.diff() >= 0).all()) else "other"


def _plain(answer: Any) -> Callable[[Tensor, int], Tensor]:
    """The same rule, its rows as a tensor whatever they came as."""

    def rows(origin: Tensor, room: int) -> Tensor:
        given = numbers(answer(origin.clone(), room))
        assert given is not None, "it gave rows a moment ago"
        return given.flatten().long()

    return rows


def _played(answer: Any) -> tuple[float, float]:
    """ACC and stability on the digits, with this choice."""
    source = Generator().manual_seed(0)
    tasks = digits(generator=source)
    *_, last = course(Replay(room=_ROOM, keep=_plain(answer), passes=_PASSES), tasks, generator=source)
    return measure.average_accuracy(last.matrix), measure.balance(last.matrix).stability
