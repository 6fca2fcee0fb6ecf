"""Passages of text, found by the words they share: TF-IDF, with the day's words added in the evening."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

__all__ = ["Passages"]

LINES, STEP = 6, 3
"""Lines of a passage, and how many lines further the next one begins."""
BEST = 4
_WORDS = 2**16


class Passages:
    """All passages so far. weight = count · log((1 + passages) / (1 + passages that have the word)), unit length."""

    def __init__(self) -> None:
        # heavy, and of use to one arm only
        from scipy import sparse
        from sklearn.feature_extraction.text import HashingVectorizer

        self._stack: Any = sparse.vstack
        made: Any = HashingVectorizer
        how = {"n_features": _WORDS, "norm": None, "alternate_sign": False, "lowercase": False}
        self._words: Any = made(token_pattern=r"[A-Za-z_]\w+", **how)
        self._counts: Any = None
        self.texts = list[bytes]()
        self.edges = list[int]()

    def add(self, text: bytes) -> None:
        """A day's text, cut into passages."""
        lines = text.splitlines(keepends=True)
        cut = [b"".join(lines[at : at + LINES]) for at in range(0, max(1, len(lines) - LINES + STEP), STEP)]
        counted = self._counted(cut)
        self._counts = counted if self._counts is None else self._stack([self._counts, counted]).tocsr()
        self.texts.extend(cut)
        self.edges.append((self.edges[-1] if self.edges else 0) + len(text))
        having = np.bincount(self._counts.indices, minlength=_WORDS)
        self._idf = np.log((1 + len(self.texts)) / (1 + having))
        self._known = self._weighted(self._counts)

    def found(self, asked: list[bytes]) -> list[bytes]:
        """For each text the BEST passages that share words with it, joined; nothing where none does."""
        if self._counts is None or not asked:
            return [b""] * len(asked)
        alike = (self._weighted(self._counted(asked)) @ self._known.T).tocsr()
        alike.sort_indices()
        rows = itertools.pairwise(alike.indptr)
        return [self._best(alike.data[start:stop], alike.indices[start:stop]) for start, stop in rows]

    def _best(self, likeness: np.ndarray, places: np.ndarray) -> bytes:
        order = np.argsort(-likeness, kind="stable")[:BEST]
        return b"\n".join(self.texts[place] for place in places[order])

    def _counted(self, texts: list[bytes]) -> Any:
        return self._words.transform([text.decode("utf-8", errors="replace") for text in texts]).tocsr()

    def _weighted(self, counts: Any) -> Any:
        weights = counts.multiply(self._idf).tocsr()
        lengths = np.sqrt(np.asarray(weights.multiply(weights).sum(1))[:, 0])
        return weights.multiply(1 / np.where(lengths > 0, lengths, 1)[:, None]).tocsr()
