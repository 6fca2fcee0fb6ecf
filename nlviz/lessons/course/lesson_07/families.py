"""07.4: the streams that a rule is trained on, so that it holds on noisy ones and on longer ones."""

from __future__ import annotations

from functools import cache
from typing import Any

from nlviz.experiments.learning_to_learn import Family, arm, hand_set, learn, recall_error
from nlviz.lessons.checking.calling import Case, attempt, name_of
from nlviz.lessons.checking.exercise import Judged, Verdict

__all__ = ["CLEAN", "NOISY", "SLIPS", "judge"]

SLIPS = ("shape", "width", "long", "clean", "short", "unlearned", "other")
CLEAN = Family(strangers=0.0, jitter=0.0, nuisance=0.0)
NOISY = Family()
LONG = NOISY.but(writes=96)
_ENOUGH = 0.6
_STEPS, _LR, _BATCH = 60, 0.1, 16
# θ, η and α that it starts from, what `hand_set` finds on the noisy streams.
_RATES = (0.2, 0.3, 0.001)


def judge(exercise: Judged, answer: Any, truth: Any) -> Verdict:
    """A family, or a function that makes one; then what a net trained on it does with noisy streams and long ones."""
    if callable(answer):
        unable = exercise.uncallable(answer, {"clean": CLEAN})
        if unable:
            return unable
        answer, problem = attempt(answer, Case({"clean": CLEAN}))
        if problem:
            return exercise.wrong(problem)
    if not isinstance(answer, Family):
        return exercise.slip("shape", got=name_of(answer))
    if answer.width != NOISY.width:
        return exercise.slip("width", got=answer.width, width=NOISY.width)
    if answer.writes > LONG.writes:
        return exercise.slip("long", got=answer.writes, most=LONG.writes)
    errors = _errors(answer)
    if errors is None:
        return exercise.slip("unlearned")
    noisy, long = errors
    found = {"noisy": f"{noisy:.2f}", "long": f"{long:.2f}", "writes": LONG.writes}
    if max(errors) >= _ENOUGH:
        return exercise.slip(_why(answer, noisy), **found)
    by_hand = (f"{error:.2f}" for error in _by_hand())
    return exercise.right(**found, **dict(zip(("hand_noisy", "hand_long"), by_hand, strict=True)))


def _why(chosen: Family, noisy: float) -> str:
    """What the streams lacked that it was trained on."""
    if noisy < _ENOUGH:
        return "short"
    return "other" if chosen.strangers or chosen.jitter or chosen.nuisance else "clean"


@cache
def _errors(chosen: Family) -> tuple[float, float] | None:
    """On noisy streams and on long noisy ones, after training on these; None where nothing could be learned."""
    rule = arm("net", chosen, _RATES)
    try:
        for _ in learn(rule, chosen, steps=_STEPS, lr=_LR, batch=_BATCH):
            pass
    except ValueError:
        return None
    return recall_error(rule, NOISY, batch=256), recall_error(rule, LONG, batch=256)


@cache
def _by_hand() -> tuple[float, float]:
    """The same of the best constants, which were chosen on the noisy streams."""
    constant = hand_set(NOISY).learner(NOISY)
    return recall_error(constant, NOISY, batch=256), recall_error(constant, LONG, batch=256)
