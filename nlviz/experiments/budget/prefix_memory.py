"""A fast memory whose keys are prefixes: a coarse level of few numbers written often, a fine one of many rarely."""

from __future__ import annotations

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from nlviz.door import words
from nlviz.experiments.budget.prefix_search import Search
from nlviz.experiments.budget.prefixes import Embedded

__all__ = ["Levels", "Written", "prefix_memory"]


class Levels(NamedTuple):
    """coarse, fine: numbers of the key that each level sees, 0 for a coarse one that is not there. every: the fine one
    is written once in so many tokens; surprise: and only where the squared error of the coarse one (without one, its
    own) is at least this. alone: the fine one learns and answers alone, the coarse one only says what is new; else what
    both say is added up. coarse_lr, fine_lr: θ of each."""

    coarse: int
    fine: int
    every: int = 1
    surprise: float = 0.0
    alone: bool = False
    coarse_lr: float = 0.3
    fine_lr: float = 0.3


class Written(NamedTuple):
    """right: the share of queries answered best with what they ask for. cost: multiply-adds of a token's writes, for
    every number of a value. written: the share of the tokens that the fine level was written with."""

    right: float
    cost: float
    written: float


@torch.no_grad()
def prefix_memory(of: Embedded, search: Search, levels: Levels) -> Written:
    """Documents are read once, key → which they are (v, one-hot); then every query is asked. Delta rules, in turn:

        e = v − M_c k_{1:m};          M_c ← M_c + θ_c e k_{1:m}ᵀ          at every token: 2m
        e_f = e − M_f k (alone: v − M_f k);   M_f ← M_f + θ_f e_f kᵀ      where it is due: 2d
        answer: M_c q_{1:m} + M_f q (alone: M_f q)

    Every prefix of a key is scaled to length 1. A fine level without a coarse one that asks whether it is surprised
    reads every token: d, and as much again where it is written.
    Raises ValueError for more numbers than the embeddings have, and for gates out of range.

        >>> of = experiments.budget.Embedded(torch.eye(4), torch.eye(4))
        >>> search = experiments.budget.Search(torch.arange(4), torch.arange(4), of, (2, 4), lambda *_: of)
        >>> experiments.budget.prefix_memory(of, search, experiments.budget.Levels(0, 4, fine_lr=1.0))
        Written(right=1.0, cost=8.0, written=1.0)
    """
    levels = _looked_at(of, search, levels)
    coarse, fine = (_Level(of, size, int(search.truth.max()) + 1) for size in levels[:2])
    values, cost, writes = F.one_hot(search.truth).to(of.train.dtype), 0, 0
    for token, value in enumerate(values):
        left = value
        if levels.coarse:
            left = coarse.write(token, value, levels.coarse_lr)
            cost += 2 * levels.coarse
        due, looks = token % levels.every == 0, levels.surprise > 0 and not levels.coarse
        if due and looks:
            left = fine.error(token, value)
            cost += levels.fine
        if due and (not levels.surprise or float(left.square().sum()) >= levels.surprise):
            wanted = left if levels.coarse and not levels.alone else value
            fine.write(token, wanted, levels.fine_lr)
            cost, writes = cost + (levels.fine if looks else 2 * levels.fine), writes + 1
    said = fine.said() if levels.alone or not levels.coarse else coarse.said() + fine.said()
    right = float((said.argmax(-1) == search.asked).double().mean())
    return Written(right, round(cost / len(values), 2), round(writes / len(values), 3))


class _Level:
    """One map of prefixes of so many numbers."""

    def __init__(self, of: Embedded, size: int, values: int) -> None:
        self.keys, self.queries = (F.normalize(part[:, :size], dim=-1) for part in of)
        self.map = of.train.new_zeros(values, size)

    def error(self, token: int, value: Tensor) -> Tensor:
        return value - self.map @ self.keys[token]

    def write(self, token: int, value: Tensor, lr: float) -> Tensor:
        """A delta rule's write; gives the error it had."""
        error = self.error(token, value)
        self.map.addr_(error, self.keys[token], alpha=lr)
        return error

    def said(self) -> Tensor:
        """The answers to all queries, [queries, values]."""
        return self.queries @ self.map.mT


def _looked_at(of: Embedded, search: Search, levels: Levels) -> Levels:
    words.instance("search", search, Search, "give digit_search(…) or code_search(…)")
    width = words.instance("of", of, Embedded).train.shape[1]
    words.instance("levels", levels, Levels, "give Levels(coarse, fine)")
    return Levels(
        words.count("coarse", levels.coarse, least=0, most=width, of="numbers of a key"),
        words.count("fine", levels.fine, most=width, of="numbers of a key"),
        words.count("every", levels.every, of="tokens"),
        words.number("surprise", levels.surprise, least=0.0),
        words.flag("alone", levels.alone),
        words.number("coarse_lr", levels.coarse_lr, least=0.0),
        words.number("fine_lr", levels.fine_lr, least=0.0),
    )
