"""09.4: periods for bursts of a known length. A nested continuum reads them, and is asked what it knows after each."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from nlviz.door.results import numbers, parts
from nlviz.inner import unroll
from nlviz.lessons.checking.calling import Case, attempt, name_of
from nlviz.lessons.checking.exercise import Judged, Verdict
from nlviz.memory import Continuum, DeepMemory, Gates, Level, Pairs

__all__ = ["LAWS", "SLIPS", "Law", "after", "judge"]

SLIPS = ("shape", "whole", "swapped", "multiple", "equal", "sluggish", "inside", "rare", "fixed")
ENOUGH = 0.75
_WIDTH, _ITEMS, _STREAMS = 16, 4, 8


class Law(NamedTuple):
    """How bursts come, in tokens: the shortest and the longest of them, and how long it is calm before each."""

    shortest: int
    longest: int
    apart: int


class _Known(NamedTuple):
    """Mean cosines, the worse of the shortest and the longest burst: what A is worth once the fast level has started
    anew from the slow one, and B in the second half of its burst."""

    a: float
    b: float


LAWS = (Law(8, 12, 100), Law(24, 80, 500))


class _Stop(Exception):
    """A slip in what was answered, with what came."""

    def __init__(self, slip: str, **found: object) -> None:
        super().__init__(slip)
        self.slip, self.found = slip, found


def judge(exercise: Judged, answer: Any, truth: Any) -> Verdict:
    """The first law at which a half of the memory fails decides."""
    unable = exercise.uncallable(answer, LAWS[0]._asdict())
    if unable:
        return unable
    chosen: list[tuple[int, int]] = []
    for law in LAWS:
        result, problem = attempt(answer, Case(law._asdict()))
        if problem:
            return exercise.wrong(problem)
        try:
            chosen.append(_periods(result))
        except _Stop as stop:
            return exercise.slip(stop.slip, **stop.found)
    known = [after(law, *own) for law, own in zip(LAWS, chosen, strict=True)]
    for law, own, found in zip(LAWS, chosen, known, strict=True):
        if min(found) < ENOUGH:
            same = own == chosen[0] and law != LAWS[0]
            said = law._asdict() | {"fast": own[0], "slow": own[1], "a": f"{found.a:.2f}", "b": f"{found.b:.2f}"}
            return exercise.slip("fixed" if same else _why(law, own, found), **said)
    worst = _Known(*map(min, zip(*known, strict=True)))
    return exercise.right(a=f"{worst.a:.2f}", b=f"{worst.b:.2f}")


def _why(law: Law, chosen: tuple[int, int], found: _Known) -> str:
    """Which period is wrong, and on which side."""
    fast, slow = chosen
    if fast == slow:
        return "equal"
    if found.a < ENOUGH and slow > law.apart / 3:
        return "rare"
    return "inside" if slow <= law.longest or fast == 1 else "sluggish"


def _periods(result: Any) -> tuple[int, int]:
    """Two whole numbers, the fast one first. Raises _Stop for what is none."""
    both = parts(result, 2)
    found = None if both is None else numbers(both)
    if found is None or found.numel() != 2 or not bool(found.isfinite().all()):
        raise _Stop("shape", got=name_of(result))
    fast, slow = found.double().flatten().tolist()
    if fast < 1 or slow < 1 or fast % 1 or slow % 1:
        raise _Stop("whole", got=f"{fast:g}, {slow:g}")
    if fast > slow:
        raise _Stop("swapped", fast=f"{fast:g}", slow=f"{slow:g}")
    if slow % fast:
        raise _Stop("multiple", fast=f"{fast:g}", slow=f"{slow:g}")
    return int(fast), int(slow)


def after(law: Law, fast: int, slow: int) -> _Known:
    """What is known after the shortest burst and after the longest one, which both end at the same token."""
    time, lengths = law.apart + law.longest, (law.shortest, law.longest)
    keys, first, second = _drawn()
    turn = torch.arange(time) % _ITEMS
    told = [_values(first, second, turn, time - length) for length in lengths]
    pairs = Pairs(keys[:, turn].repeat(len(lengths), 1, 1), torch.cat(told))
    levels = [Level(DeepMemory(_WIDTH, _WIDTH), period=period) for period in (fast, slow)]
    run = unroll(Continuum(levels, "nested"), pairs, Gates.constant(pairs))
    slow_level = run.state.coming[1]
    known = [F.cosine_similarity(keys @ own.mT, first, dim=-1).mean().item() for own in slow_level.chunk(len(lengths))]
    answers = F.cosine_similarity(run.outputs, pairs.values, dim=-1).chunk(len(lengths))
    inside = [own[:, -(length // 2) :].mean().item() for own, length in zip(answers, lengths, strict=True)]
    return _Known(min(known), min(inside))


def _drawn() -> tuple[Tensor, Tensor, Tensor]:
    """Keys, their values in the calm (A) and in a burst (B), each [streams, items, width]."""
    source = Generator().manual_seed(0)
    shape = 3, _STREAMS, _ITEMS, _WIDTH
    keys, first, second = F.normalize(torch.randn(*shape, generator=source), dim=-1)
    return keys, first, second


def _values(first: Tensor, second: Tensor, turn: Tensor, start: int) -> Tensor:
    """A up to the burst, then B."""
    return torch.cat([first[:, turn[:start]], second[:, turn[start:]]], 1)
