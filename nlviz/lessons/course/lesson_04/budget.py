"""04.5: the threshold that spends a write budget and no more. Any threshold that does is right."""

from __future__ import annotations

from typing import Any

import numpy as np

from nlviz.lessons.checking.calling import Case, call, shape_of
from nlviz.lessons.checking.exercise import Judged, Verdict
from nlviz.lessons.words import say

__all__ = ["SLIPS", "judge"]

SLIPS = ("mean", "below", "itself", "of_most", "constant", "other", "not_finite")
_BUDGETS = (0.2, 0.05, 0.5)
_COUNT = 2000


def _bits() -> np.ndarray:
    """Bits as they fall on code: many bytes nearly free, a few dear."""
    return np.random.default_rng(0).exponential(2.0, _COUNT)


def judge(exercise: Judged, answer: Any, truth: Any) -> Verdict:
    """One threshold for each of three budgets, then what they spend."""
    bits = _bits()
    cases = [Case({"bits": bits, "budget": budget}) for budget in _BUDGETS]
    unable = exercise.uncallable(answer, cases[0].arguments)
    if unable:
        return unable
    outcomes = [call(answer, case) for case in cases]
    for outcome in outcomes:
        if outcome.value is None or outcome.value.size != 1:
            return exercise.wrong(outcome.problem or say("check.no_number", got=shape_of(outcome.value)))
    chosen = np.array([outcome.value.item() for outcome in outcomes if outcome.value is not None])
    if not np.isfinite(chosen).all():
        return exercise.slip("not_finite", got=chosen[~np.isfinite(chosen)][0])
    return _verdict(exercise, chosen, bits)


def _verdict(exercise: Judged, chosen: np.ndarray, bits: np.ndarray) -> Verdict:
    budgets = np.array(_BUDGETS)
    spent = (bits > chosen[:, None]).mean(1)
    # Quantiles may be read off below or above a byte: two bytes more or less are no mistake.
    near = 2.5 / _COUNT
    wrong = np.abs(spent - budgets) > near
    if not wrong.any():
        return exercise.right(budget=f"{budgets[0]:.0%}")
    first = int(wrong.argmax())
    found = {"spent": f"{spent[first]:.0%}", "budget": f"{budgets[first]:.0%}"}
    if np.allclose(chosen, bits.mean(), rtol=1e-4):
        return exercise.slip("mean", **found)
    if np.allclose(spent, 1 - budgets, atol=near):
        return exercise.slip("below", **found)
    if np.allclose(chosen, budgets, rtol=1e-4):
        return exercise.slip("itself")
    if any(np.allclose(chosen, share * bits.max(), rtol=1e-4) for share in (budgets, 1 - budgets)):
        return exercise.slip("of_most", **found)
    if np.ptp(chosen) < 1e-9:
        return exercise.slip("constant", **found)
    return exercise.slip("other", **found)
