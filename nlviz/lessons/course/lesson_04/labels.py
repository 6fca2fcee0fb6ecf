"""04.4: which of six dear tokens come again, which come once, which are noise."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

from nlviz.door.words import shown
from nlviz.lessons.checking.calling import name_of
from nlviz.lessons.checking.exercise import Judged, Verdict
from nlviz.lessons.words import say

__all__ = ["KINDS", "SLIPS", "judge"]

KINDS = ("novel", "rare", "noisy")

# Noise taken for something else first: that is what the lesson is about.
_MIXED = [
    ("noisy", "novel"),
    ("noisy", "rare"),
    ("rare", "novel"),
    ("rare", "noisy"),
    ("novel", "noisy"),
    ("novel", "rare"),
]

SLIPS = ("unlabelled", "count", "word", *(f"{kind}_{called}" for kind, called in _MIXED))


def _flat(answer: Any) -> list[Any]:
    """One label after the other, those in a row of one row too. What cannot be gone through is one strange label."""
    try:
        found = list(answer)
    except Exception:
        return [answer]
    return list(found[0]) if len(found) == 1 and isinstance(found[0], list | tuple | np.ndarray) else found


def judge(exercise: Judged, answer: Any, truth: Any) -> Verdict:
    """truth: the kinds as the notebook found them, in the order in which it printed the tokens."""
    if truth is None:
        raise ValueError(say("check.no_truth", id=exercise.id))
    kinds = [str(kind) for kind in truth]
    if isinstance(answer, str) or not hasattr(answer, "__iter__"):
        return exercise.slip("word", got=name_of(answer) if not isinstance(answer, str) else repr(answer))
    labels = [label.strip().lower() if isinstance(label, str) else label for label in _flat(answer)]
    if all(label is None or label is ... or (isinstance(label, str) and not label) for label in labels):
        return exercise.slip("unlabelled", count=len(kinds))
    if len(labels) != len(kinds):
        return exercise.slip("count", got=len(labels), count=len(kinds))
    strange = [label for label in labels if not isinstance(label, str) or label not in KINDS]
    if strange:
        return exercise.slip("word", got=shown(strange[0]))
    mixed = Counter(zip(kinds, labels, strict=True))
    right = sum(mixed[kind, kind] for kind in KINDS)
    if right == len(kinds):
        return exercise.right(count=len(kinds))
    worst = max(_MIXED, key=lambda pair: mixed[pair])
    return exercise.slip("_".join(worst), right=right, count=len(kinds))
