"""05.4: which wiring of memory and attention a mask belongs to."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from nlviz.door.words import shown
from nlviz.lessons.checking.calling import Case, attempt
from nlviz.lessons.checking.exercise import Judged, Verdict
from nlviz.memory import Titans
from nlviz.outer import LMM, MAC, MAG, MAL

__all__ = ["SLIPS", "judge"]

NAMES = ("MAC", "MAG", "MAL", "LMM")
# Sizes to be told: tokens, window or segment, persistent vectors.
_SIZES = ((12, 4, 2), (20, 5, 1), (9, 3, 4))
_WIDTH = 4
SLIPS = ("word", "always", "empty", "segments", "slides", "stays", "sizes")


def judge(exercise: Judged, answer: Any, truth: Any) -> Verdict:
    """The masks of real models; the first one taken for another decides."""
    masks = [(name, sizes, _seen(name, *sizes)) for sizes in _SIZES for name in NAMES]
    unable = exercise.uncallable(answer, {"seen": masks[0][2]})
    if unable:
        return unable
    said: list[str] = []
    for _, _, seen in masks:
        word, problem = attempt(answer, Case({"seen": seen}))
        if problem:
            return exercise.wrong(problem)
        if isinstance(word, list | tuple | np.ndarray) and np.size(np.asarray(word, object)) == 1:
            word = np.asarray(word, object).item()
        if not isinstance(word, str) or word.strip().upper() not in NAMES:
            return exercise.slip("word", got=shown(word))
        said.append(word.strip().upper())
    if len(set(said)) == 1:
        return exercise.slip("always", got=said[0])
    wrong = [(name, sizes, word) for (name, sizes, _), word in zip(masks, said, strict=True) if word != name]
    return _mistaken(exercise, wrong) if wrong else exercise.right(count=len(masks))


def _mistaken(exercise: Judged, wrong: list[tuple[str, tuple[int, int, int], str]]) -> Verdict:
    """The diagnosis of a wiring that is taken for another at every size, else the size at which it fails."""
    name, (tokens, window, persistent), word = wrong[0]
    found = {"name": name, "got": word, "tokens": tokens, "window": window, "persistent": persistent}
    if sum(other == name for other, *_ in wrong) < len(_SIZES):
        return exercise.slip("sizes", **found)
    return exercise.slip({"LMM": "empty", "MAC": "segments", "MAL": "slides", "MAG": "stays"}[name], **found)


def _seen(name: str, tokens: int, window: int, persistent: int) -> Tensor:
    """The mask of a model of this kind, [tokens, columns] of bool."""
    memory, how = Titans(_WIDTH, _WIDTH), {"persistent": persistent, "generator": torch.Generator().manual_seed(0)}
    if name == "LMM":
        return LMM(_WIDTH, memory, **how).mask(tokens).seen  # pyright: ignore[reportArgumentType]
    if name == "MAC":
        model = MAC(_WIDTH, memory, segment=window, heads=1, **how)  # pyright: ignore[reportArgumentType]
    else:
        model = {"MAG": MAG, "MAL": MAL}[name](_WIDTH, memory, window=window, heads=1, **how)
    return model.mask(tokens).seen
