"""07.3: one step of the outer loop. It is watched while it runs, and must teach a gate that beats the hand-set one."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from nlviz.experiments.learning_to_learn import Drawn, Family, HandSet, arm, error_of, hand_set, recall_error
from nlviz.lessons.checking.calling import Case, attempt
from nlviz.lessons.checking.exercise import Judged, Verdict
from nlviz.memory import Pairs

__all__ = ["SLIPS", "judge"]

SLIPS = ("undrawn", "nothing", "no_backward", "no_step", "wiped", "same", "no_zero", "ascent", "inner", "weak")
_STEPS, _LR = 60, 0.1
# Two slopes with a larger cosine are one, whatever its length: it may have been clipped.
_ALIKE = 0.999
# The inner loss can be put in several ways, each with a slope a little off the others'.
_NEAR = 0.95


def judge(exercise: Judged, answer: Any, truth: Any) -> Verdict:
    """Two steps watched closely; if nothing is wrong with them as many as teach, then the error on fresh streams."""
    run = _Run()
    unable = exercise.uncallable(answer, run.case.arguments)
    if unable:
        return unable
    calls: list[_Seen] = []
    for step in range(_STEPS):
        problem = run.call(answer)
        if problem:
            return exercise.wrong(problem)
        if step < 2:
            calls.append(run.seen())
        if step == 1 and (why := run.why(calls)):
            return exercise.slip(why)
    by_hand = _by_hand()
    error, gated = (recall_error(one, Family()) for one in (run.learner, by_hand.learner(Family())))
    found = {"error": f"{error:.3f}", "gated": f"{gated:.3f}", "steps": _STEPS}
    return exercise.right(**found) if error < gated else exercise.slip("weak", **found)


@cache
def _by_hand() -> HandSet:
    return hand_set(Family(), gated=True)


@dataclass(frozen=True)
class _Watched(Family):
    """The family, which notes what is drawn of it; so do families made from it by `but`."""

    drawn: list[Drawn] = field(default_factory=list, compare=False, repr=False)

    def draw(self, batch: int, generator: Generator) -> Drawn:
        given = super().draw(batch, generator)
        self.drawn.append(given)
        return given


class _Seen(NamedTuple):
    """What one call did: the weights it found, the streams it drew, whether it followed a loss back, the slope that
    stood there at its step (None: no step), and whether a weight moved."""

    weights: list[Tensor]
    drawn: list[Drawn]
    followed: bool
    slope: Tensor | None
    moved: bool


class _Run:
    """A learner whose gate may learn, and the four things that an outer step is given."""

    def __init__(self) -> None:
        self.family = _Watched()
        self.learner = arm("gates", self.family, _by_hand().rates)
        self.free = [weight for weight in self.learner.parameters() if weight.requires_grad]
        optimizer = torch.optim.Adam(self.free, lr=_LR)
        given = {"learner": self.learner, "optimizer": optimizer, "family": self.family}
        self.case = Case(given | {"generator": Generator().manual_seed(0)})
        self.followed, self.slopes = 0, list[Tensor]()
        optimizer.register_step_pre_hook(lambda *_: self.slopes.append(self._slope()))
        for weight in self.free:
            weight.register_post_accumulate_grad_hook(self._follow)

    def call(self, answer: Any) -> str:
        """One step, with nothing noted before it; what went wrong in it, in words."""
        self.weights = [weight.detach().clone() for weight in self.free]
        self.family.drawn.clear()
        self.slopes.clear()
        self.followed = 0
        return attempt(_acting(answer), self.case).problem

    def seen(self) -> _Seen:
        moved = any(not torch.equal(*pair) for pair in zip(self.weights, self.free, strict=True))
        slope = self.slopes[0] if self.slopes else None
        return _Seen(self.weights, [*self.family.drawn], self.followed > 0, slope, moved)

    def why(self, calls: Sequence[_Seen]) -> str:
        """Which slip two calls in a row are, the gravest first; "" if they are none."""
        _, last = calls
        if not last.drawn:
            return "undrawn"
        if not last.moved:
            if last.slope is None:
                return "no_step" if last.followed else "nothing"
            return "wiped" if last.followed else "no_backward"
        if torch.equal(calls[0].drawn[0].keys, last.drawn[0].keys):
            return "same"
        return "" if last.slope is None else self._misled(calls, last.slope)

    def _misled(self, calls: Sequence[_Seen], slope: Tensor) -> str:
        """What a slope is that is not the outer loss's."""
        true = [self._slope_of(lambda now: error_of(self.learner, now), call) for call in calls]
        if _cosine(slope, true[-1]) > _ALIKE:
            return ""
        if _cosine(slope, true[0] + true[1]) > _ALIKE:
            return "no_zero"
        if _cosine(slope, true[-1]) < -_ALIKE:
            return "ascent"
        inner = (self._slope_of(loss, calls[-1]) for loss in (self._as_it_reads, self._read_again))
        return "inner" if any(_cosine(slope, one) > _NEAR for one in inner) else ""

    def _as_it_reads(self, now: Drawn) -> Tensor:
        run = self.learner(Pairs(now.keys, now.values), now.cues, now.context)
        return (run.outputs - now.values).square().sum()

    def _read_again(self, now: Drawn) -> Tensor:
        run = self.learner(Pairs(now.keys, now.values), now.cues, now.context)
        return (self.learner.recalled(run.state, now.keys) - now.values).square().sum()

    def _slope_of(self, loss: Callable[[Drawn], Tensor], call: _Seen) -> Tensor:
        """At the weights that a call found, on what it drew last."""
        now = [weight.detach().clone() for weight in self.free]
        self._put(call.weights)
        found = torch.autograd.grad(loss(call.drawn[-1]), self.free)
        self._put(now)
        return torch.cat([one.flatten() for one in found])

    @torch.no_grad()
    def _put(self, weights: Sequence[Tensor]) -> None:
        for weight, value in zip(self.free, weights, strict=True):
            weight.copy_(value)

    def _slope(self) -> Tensor:
        every = (torch.zeros_like(weight) if weight.grad is None else weight.grad for weight in self.free)
        return torch.cat([one.flatten() for one in every])

    def _follow(self, _: Tensor) -> None:
        self.followed += 1


def _acting(answer: Callable[..., Any]) -> Callable[..., Any]:
    """The same function, whose result nobody asks for: a step acts."""

    @functools.wraps(answer)
    def acts(*given: Any) -> bool:
        answer(*given)
        return True

    return acts


def _cosine(one: Tensor, other: Tensor) -> float:
    return float(F.cosine_similarity(one, other, dim=0))
