"""Exercises of notebook 02: write, read, crosstalk, linear attention."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from nlviz.inner import unroll
from nlviz.lessons.checking.cases import cases
from nlviz.lessons.checking.exercise import Exercise
from nlviz.memory import Gates, Hebbian, Pairs

__all__ = ["EXERCISES"]


def _t(*numbers: Any) -> Tensor:
    return torch.tensor(numbers, dtype=torch.float32)


def _normal(generator: Generator, dtype: torch.dtype, *shape: int) -> Tensor:
    return torch.randn(*shape, generator=generator, dtype=torch.float64).to(dtype)


# A square M first: there the usual slips give numbers, on the others most of them cannot be computed at all.
_M, _K, _V = _t([1, 0], [2, 1]), _t(1, 2), _t(3, 0.5)


def _write_case(generator: Generator, dtype: torch.dtype) -> dict[str, Any]:
    square = generator.initial_seed() == 0
    M = _normal(generator, dtype, 4, 4 if square else 3)
    k, v = _normal(generator, dtype, M.shape[1]), _normal(generator, dtype, 4)
    return {"M": M, "k": k, "v": v, "inner_lr": 0.3 + 0.2 * generator.initial_seed()}


def _written(M: Tensor, k: Tensor, v: Tensor, inner_lr: float) -> Tensor:
    return torch.stack([row + inner_lr * entry * k for row, entry in zip(M, v, strict=True)])


WRITE = Exercise(
    "02.1",
    "write",
    truth=_written,
    cases=cases([{"M": _M, "k": _K, "v": _V, "inner_lr": 0.5}], _write_case),
    slips={
        "unchanged": lambda M, k, v, inner_lr: M,
        "dropped": lambda M, k, v, inner_lr: inner_lr * torch.outer(v, k),
        "swapped": lambda M, k, v, inner_lr: M + inner_lr * torch.outer(k, v),
        "no_lr": lambda M, k, v, inner_lr: M + torch.outer(v, k),
        "scaled": lambda M, k, v, inner_lr: inner_lr * (M + torch.outer(v, k)),
        "elementwise": lambda M, k, v, inner_lr: M + inner_lr * v * k,
        "removed": lambda M, k, v, inner_lr: M - inner_lr * torch.outer(v, k),
        "delta": lambda M, k, v, inner_lr: M + inner_lr * torch.outer(v - M @ k, k),
    },
)


def _read_case(generator: Generator, dtype: torch.dtype) -> dict[str, Any]:
    write = _write_case(generator, dtype)
    return {"M": write["M"], "k": write["k"]}


READ = Exercise(
    "02.2",
    "read",
    truth=lambda M, k: (M * k).sum(-1),
    cases=cases([{"M": _M, "k": _K}], _read_case),
    slips={
        "nothing": lambda M, k: torch.zeros(len(M)),
        "transposed": lambda M, k: M.T @ k,
        "unsummed": lambda M, k: M * k,
        "unit": lambda M, k: F.normalize(M @ k, dim=0),
    },
)


def _unit_keys(generator: Generator, dtype: torch.dtype) -> dict[str, Any]:
    return {"keys": F.normalize(_normal(generator, dtype, 6 + generator.initial_seed(), 4), dim=-1)}


def _crosstalk(keys: Tensor) -> Tensor:
    others = [torch.cat([keys[:i], keys[i + 1 :]]) for i in range(len(keys))]
    return torch.stack([(rest @ key).square().sum() for key, rest in zip(keys, others, strict=True)])


CROSSTALK = Exercise(
    "02.3",
    "crosstalk",
    truth=_crosstalk,
    cases=cases([{"keys": _t([1, 0], [0, 1], [0.6, 0.8])}], _unit_keys),
    slips={
        "alone": lambda keys: keys.square().sum(-1),
        "itself": lambda keys: (keys @ keys.T).square().sum(-1),
        "unsquared": lambda keys: (keys @ keys.T).sum(-1) - 1,
        "unsquared_itself": lambda keys: (keys @ keys.T).sum(-1),
        "absolute": lambda keys: (keys @ keys.T).abs().sum(-1) - 1,
        "mean": lambda keys: _crosstalk(keys) / (len(keys) - 1),
        "total": lambda keys: _crosstalk(keys).sum(),
        "root": lambda keys: _crosstalk(keys).sqrt(),
    },
)


def _stream(generator: Generator, dtype: torch.dtype) -> dict[str, Any]:
    time, width = 7, 5 - (generator.initial_seed() > 0)
    keys, queries = (F.normalize(_normal(generator, dtype, time, 5), dim=-1) for _ in range(2))
    return {"queries": queries, "keys": keys, "values": _normal(generator, dtype, time, width)}


def _attend(queries: Tensor, keys: Tensor, values: Tensor) -> Tensor:
    """What a Hebbian memory answers that has only M: the equality that the notebook is about."""
    pairs = Pairs(keys[None], values[None])
    memory = Hebbian(keys.shape[1], values.shape[1])
    return unroll(memory, pairs, Gates.constant(pairs), queries[None]).outputs[0]


_ASKED = {
    "queries": _t([1, 0], [0, 1], [1, 1]),
    "keys": _t([0, 1], [1, 0], [1, 2]),
    "values": _t([1, 0], [0, 2], [3, 1]),
}

ATTEND = Exercise(
    "02.4",
    "attend",
    truth=_attend,
    cases=cases([_ASKED], _stream),
    slips={
        "nothing": lambda queries, keys, values: torch.zeros_like(values),
        "future": lambda queries, keys, values: queries @ keys.T @ values,
        "strict": lambda queries, keys, values: torch.tril(queries @ keys.T, -1) @ values,
        "past_hidden": lambda queries, keys, values: torch.triu(queries @ keys.T) @ values,
        "swapped": lambda queries, keys, values: torch.tril(keys @ queries.T) @ values,
        "softmax": lambda queries, keys, values: _softmax(queries @ keys.T) @ values,
    },
)


def _softmax(scores: Tensor) -> Tensor:
    future = torch.ones_like(scores).triu(1).bool()
    return scores.masked_fill(future, float("-inf")).softmax(-1)


EXERCISES = (WRITE, READ, CROSSTALK, ATTEND)
