"""The prefix slider: one search, every way to have few numbers, what looking up costs, and what one question finds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from nlviz.door import words
from nlviz.experiments.budget.prefix_search import PLANS, WAYS, Search, Shortened, searched, stages
from nlviz.trace import Signal, Trace

__all__ = ["SHOWN", "PrefixCourse"]

SHOWN = 3
"""Nearest documents that are shown."""
_RIGHT, _COST = "share whose nearest is right", "multiply-adds for one question"


@dataclass
class PrefixCourse:
    """One search with its embeddings, and what `views.prefixes` draws of it; shares are computed once.

    said: of all documents and then all queries, how they read; without it what is looked up are images, and truth
    their labels. Raises ValueError for what is no search, no embeddings, or not one text for each.
    """

    search: Search
    made: Shortened
    said: Sequence[str] | None = None
    plans: dict[tuple[str, int], np.ndarray] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        words.instance("search", self.search, Search, "give digit_search(…) or code_search(…)")
        words.instance("made", self.made, Shortened, "give what shortened(…) returns")
        many = len(self.search.truth) + len(self.search.asked)
        if self.said is not None and len(words.several("said", self.said, what="texts")) != many:
            words.refuse("said", self.said, f"one text for each of {many} documents and queries")
        right = [[self._found(way, size, [(size, 1)])[0] for way in WAYS] for size in self.search.sizes]
        self.right: Signal = Signal(np.array(right)[:, None], self.times, _RIGHT, WAYS)

    @property
    def times(self) -> np.ndarray:
        """The lengths; they are the time of the trace."""
        return np.array(self.search.sizes)

    def trace(self, *, way: str, keep: int, asked: int) -> Trace:
        """All ways at every length; the plans of one way and the neighbours it finds for one query.

        way: of WAYS. keep: documents on the first list. asked: the query.
        Raises ValueError for another way, or a query that there is not.
        """
        way, keep = words.choice("way", way, WAYS), words.count("keep", keep)
        asked = words.count("asked", asked, least=0, most=len(self.search.asked) - 1, of="queries")
        if (way, keep) not in self.plans:
            self.plans[way, keep] = self._planned(way, keep)
        share, cost = (part[:, None] for part in self.plans[way, keep])
        signals = {
            "right": self.right,
            "plan right": Signal(share, self.times, _RIGHT, PLANS),
            "plan cost": Signal(cost, self.times, _COST, PLANS),
            **self._neighbours(way, asked),
        }
        notes = {"way": way, "asked": self._reads(len(self.search.truth) + asked)}
        found = tuple(self._reads(row) for rows in signals["found"].values[:, 0].tolist() for row in rows)
        return Trace(signals, notes=notes | {"found": found})

    def _found(self, way: str, size: int, plan: Sequence[tuple[int, int]]) -> tuple[float, int]:
        one = searched(self.made.by(way, size), self.search, plan)
        return one.right, one.cost

    def _planned(self, way: str, keep: int) -> np.ndarray:
        """Share right and multiply-adds of every plan from every length on, [2, lengths, plans]; NaN for plans of many
        lengths by nets of their own, which share no embedding."""
        width, found = self.search.sizes[-1], np.full((2, len(self.search.sizes), len(PLANS)), np.nan)
        keep = min(keep, len(self.search.truth))
        for row, size in enumerate(self.search.sizes):
            for place, plan in enumerate(PLANS if way != WAYS[-1] else PLANS[:1]):
                found[:, row, place] = self._found(way, size, stages(plan, size, width, keep=keep))
        return found

    def _neighbours(self, way: str, asked: int) -> dict[str, Signal]:
        """The nearest documents of one query at every length, whether each is right, and how images look."""
        alone, rows = self.search._replace(asked=self.search.asked[asked : asked + 1]), []
        for size in self.search.sizes:
            of = self.made.by(way, size)
            only = of._replace(test=of.test[asked : asked + 1])
            rows.append(searched(only, alone, [(size, min(SHOWN, len(alone.truth)))]).nearest[0].numpy())
        found, raw = np.stack(rows), self.search.raw
        right = (self.search.truth.numpy()[found] == int(alone.asked)).astype(float)
        signals = {"found": Signal(found[:, None], self.times), "found right": Signal(right[:, None], self.times)}
        if self.said is None:
            signals["found image"] = Signal(raw.train.numpy()[found][:, None], self.times)
            signals["asked image"] = Signal(raw.test.numpy()[asked][None, None], self.times[:1])
        return signals

    def _reads(self, row: int) -> str:
        """A document, or a query behind them, in words."""
        if self.said is not None:
            return self.said[row]
        documents = len(self.search.truth)
        of, at = (self.search.truth, row) if row < documents else (self.search.asked, row - documents)
        return str(int(of[at]))
