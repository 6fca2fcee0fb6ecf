"""Memories as a notebook cell has them: `init`, `read`, `write` and nothing told; tanh(M k), states of every form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor

from nlviz.memory import (
    Delta,
    Gates,
    LinearState,
    Pairs,
    State,
)

from ..strategies import make

__all__ = [
    "BATCH",
    "D_KEY",
    "D_VALUE",
    "GATES",
    "PAIRS",
    "TIME",
    "Bare",
    "Blind",
    "Curved",
    "Empty",
    "InADataclass",
    "Named",
    "TwoSheets",
    "Unread",
    "tanh_answer",
    "tanh_written",
]


D_KEY, D_VALUE, BATCH, TIME = 3, 4, 2, 6
CASE = make(5, (BATCH, TIME, D_KEY, D_VALUE))
PAIRS, GATES = CASE.pairs, CASE.gates


def tanh_answer(weights: Tensor, queries: Tensor) -> Tensor:
    return torch.tanh(queries @ weights.mT)


def tanh_written(weights: Tensor, pairs: Pairs, gates: Gates) -> Tensor:
    """One step on ½‖tanh(M k) − v‖² for each token, all at the old weights."""
    answer = tanh_answer(weights, pairs.keys)
    slopes = gates.inner_lr[..., None] * (answer - pairs.values) * (1 - answer**2)
    return weights - slopes.mT @ pairs.keys


class Bare:
    """As a notebook cell has it: a matrix is the whole state, and nothing is told."""

    d_key, d_value = D_KEY, D_VALUE

    def init(self, batch: int, like: Tensor | None = None) -> Tensor:
        return (torch.empty(0) if like is None else like).new_zeros(batch, D_VALUE, D_KEY)

    def read(self, state: Tensor, queries: Tensor) -> Tensor:
        return tanh_answer(state, queries)

    def write(self, state: Tensor, pairs: Pairs, gates: Gates) -> Tensor:
        return tanh_written(state, pairs, gates)


class Named(Bare):
    """The same with a state that names its parts."""

    def init(self, batch: int, like: Tensor | None = None) -> Any:
        return State(super().init(batch, like), super().init(batch, like))

    def read(self, state: Any, queries: Tensor) -> Tensor:
        return tanh_answer(state.memory, queries)

    def write(self, state: Any, pairs: Pairs, gates: Gates) -> Any:
        after = tanh_written(state.memory, pairs, gates)
        return State(after, after - state.memory)


class Curved(Delta):
    """Delta with a read of its own: what Delta tells of itself does not hold any more."""

    def read(self, state: LinearState, queries: Tensor) -> Tensor:
        return tanh_answer(state.memory, queries)

    def write(self, state: LinearState, pairs: Pairs, gates: Gates) -> LinearState:
        after = tanh_written(state.memory, pairs, gates)
        return State(after, after - state.memory)


class Filed(NamedTuple):
    """A state of another form: two nests of weights, a count, no name `memory`."""

    sheets: tuple[Tensor, Tensor]
    seen: Tensor


class TwoSheets(Bare):
    """The matrix in two halves that are added when read, and a count for each stream."""

    def init(self, batch: int, like: Tensor | None = None) -> Any:
        half = super().init(batch, like)
        return Filed((half, half + 0.0), torch.zeros(batch, dtype=torch.long))

    def read(self, state: Any, queries: Tensor) -> Tensor:
        return tanh_answer(state.sheets[0] + state.sheets[1], queries)

    def write(self, state: Any, pairs: Pairs, gates: Gates) -> Any:
        whole = state.sheets[0] + state.sheets[1]
        change = (tanh_written(whole, pairs, gates) - whole) / 2
        return Filed((state.sheets[0] + change, state.sheets[1] + change), state.seen + pairs.keys.shape[1])


@dataclass
class Kept:
    """A state as a dataclass."""

    memory: Tensor
    past_surprise: Tensor


class InADataclass(Bare):
    def init(self, batch: int, like: Tensor | None = None) -> Any:
        return Kept(super().init(batch, like), super().init(batch, like))

    def read(self, state: Any, queries: Tensor) -> Tensor:
        return tanh_answer(state.memory, queries)

    def write(self, state: Any, pairs: Pairs, gates: Gates) -> Any:
        return Kept(tanh_written(state.memory, pairs, gates), state.past_surprise)


class Unread(Bare):
    """A second matrix that is kept and never read, a fraction and a count of no stream."""

    def init(self, batch: int, like: Tensor | None = None) -> Any:
        return [super().init(batch, like), super().init(batch, like) + 1.0, torch.tensor(0.5), 7]

    def read(self, state: Any, queries: Tensor) -> Tensor:
        return tanh_answer(state[0], queries)

    def write(self, state: Any, pairs: Pairs, gates: Gates) -> Any:
        return [tanh_written(state[0], pairs, gates), *state[1:]]


class Blind(Bare):
    """Answers from the query alone."""

    def read(self, state: Any, queries: Tensor) -> Tensor:
        return queries @ queries.new_ones(D_KEY, D_VALUE)


class Empty(Blind):
    """And keeps nothing at all."""

    def init(self, batch: int, like: Tensor | None = None) -> Any:
        return ()

    def write(self, state: Any, pairs: Pairs, gates: Gates) -> Any:
        return state
