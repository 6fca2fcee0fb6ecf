"""Exercises of notebook 13 that look back: which write an answer comes from, and a write that never was."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from nlviz.lessons.checking.cases import cases
from nlviz.lessons.checking.exercise import Exercise

__all__ = ["NEVER_TOLD", "SAID_BY"]


def _t(*numbers: Any) -> Tensor:
    return torch.tensor(numbers, dtype=torch.float32)


def _normal(generator: Generator, dtype: torch.dtype, *shape: int) -> Tensor:
    return torch.randn(*shape, generator=generator, dtype=torch.float64).to(dtype)


# ---- 13.3


def _map_case(generator: Generator, dtype: torch.dtype) -> dict[str, Any]:
    reads, writes = (5, 5) if generator.initial_seed() == 0 else (4, 6)
    return {"shares": _normal(generator, dtype, reads, writes), "values": _normal(generator, dtype, writes, 3)}


def _said_by(shares: Tensor, values: Tensor) -> Tensor:
    """Part by part: how far it goes along the answer."""
    rows = []
    for row in shares:
        parts = [share * value for share, value in zip(row, values, strict=True)]
        answer = torch.stack(parts).sum(0)
        rows.append(torch.stack([(part * answer).sum() / answer.square().sum() for part in parts]))
    return torch.stack(rows)


def _parts(shares: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
    """What each write adds [reads, writes, d], and how far along the answer, times the answer's squared length."""
    parts = shares[..., None] * values
    return parts, (parts * parts.sum(1, keepdim=True)).sum(-1)


def _asked_of(change: Callable[[Tensor, Tensor], Tensor]) -> Callable[..., Tensor]:
    return lambda shares, values: change(*_parts(shares, values))


def _squared(parts: Tensor) -> Tensor:
    return parts.sum(1).square().sum(-1)[:, None]


_MAP_SMALL = {"shares": _t([1, 0], [-0.5, 1]), "values": _t([2, 0], [1, 1])}

SAID_BY = Exercise(
    "13.3",
    "said_by",
    truth=_said_by,
    cases=cases([_MAP_SMALL], _map_case),
    slips={
        "shares": lambda shares, values: shares,
        "sizes": lambda shares, values: shares.abs() / shares.abs().sum(1, keepdim=True),
        "sums": lambda shares, values: shares / shares.sum(1, keepdim=True),
        "softmax": lambda shares, values: F.softmax(shares, 1),
        "lengths": _asked_of(lambda parts, along: parts.norm(dim=-1) / parts.norm(dim=-1).sum(1, keepdim=True)),
        "norms": _asked_of(lambda parts, along: parts.norm(dim=-1)),
        "undivided": _asked_of(lambda parts, along: along),
        "once": _asked_of(lambda parts, along: along / _squared(parts).sqrt()),
        "cosine": _asked_of(lambda parts, along: along / _squared(parts).sqrt() / parts.norm(dim=-1).clamp_min(1e-12)),
        "unsigned": _asked_of(lambda parts, along: along.abs() / along.abs().sum(1, keepdim=True)),
        "values": lambda shares, values: (shares @ values) @ values.T / _squared(_parts(shares, values)[0]),
        "columns": _asked_of(lambda parts, along: along / along.sum(0)),
    },
)


# ---- 13.4


def _told_case(generator: Generator, dtype: torch.dtype) -> dict[str, Any]:
    keys = F.normalize(_normal(generator, dtype, 6, 4), dim=-1)
    values = _normal(generator, dtype, 6, 3 + (generator.initial_seed() == 0))
    return {"keys": keys, "values": values, "theta": 0.5, "token": 2 + generator.initial_seed() % 2}


def _never_told(keys: Tensor, values: Tensor, theta: float, token: int) -> Tensor:
    """Write by write: each is what was written, times all that was taken out after it."""
    told = [t for t in range(len(keys)) if t != token]
    found = torch.zeros(values.shape[1], keys.shape[1], dtype=keys.dtype)
    for t in told:
        left = theta * torch.outer(values[t], keys[t])
        for later in told[told.index(t) + 1 :]:
            left = left @ (torch.eye(keys.shape[1], dtype=keys.dtype) - theta * torch.outer(keys[later], keys[later]))
        found = found + left
    return found


def _run(keys: Tensor, values: Tensor, theta: float, start: Tensor | None = None) -> Tensor:
    M = torch.zeros(values.shape[1], keys.shape[1], dtype=keys.dtype) if start is None else start
    for k, v in zip(keys, values, strict=True):
        M = M - theta * torch.outer(M @ k - v, k)
    return M


def _patch_taken_off(keys: Tensor, values: Tensor, theta: float, token: int) -> Tensor:
    before = _run(keys[:token], values[:token], theta)
    return _run(keys, values, theta) - (_run(keys[: token + 1], values[: token + 1], theta) - before)


def _blanked(keys: Tensor, values: Tensor, theta: float, token: int) -> Tensor:
    values = values.clone()
    values[token] = 0
    return _run(keys, values, theta)


def _at_the_end(value: Callable[[Tensor], Tensor]) -> Callable[..., Tensor]:
    """One write more, of the same key."""

    def told(keys: Tensor, values: Tensor, theta: float, token: int) -> Tensor:
        last = keys[token : token + 1], value(values[token : token + 1])
        return _run(*last, theta, _run(keys, values, theta))

    return told


def _summed(keys: Tensor, values: Tensor, theta: float, token: int) -> Tensor:
    kept = [t for t in range(len(keys)) if t != token]
    return theta * values[kept].T @ keys[kept]


_TOLD_SMALL = {"keys": _t([1, 0], [0.6, 0.8], [0, 1]), "values": _t([1, 0], [0, 2], [1, 1]), "theta": 0.5, "token": 1}

NEVER_TOLD = Exercise(
    "13.4",
    "never_told",
    truth=_never_told,
    cases=cases([_TOLD_SMALL], _told_case),
    slips={
        "told": lambda keys, values, theta, token: _run(keys, values, theta),
        "patch": _patch_taken_off,
        "hebbian": lambda keys, values, theta, token: (
            _run(keys, values, theta) - theta * torch.outer(values[token], keys[token])
        ),
        "blank": _blanked,
        "minus": _at_the_end(torch.neg),
        "erased": _at_the_end(torch.zeros_like),
        "neighbour": [
            lambda keys, values, theta, token: _never_told(keys, values, theta, token + 1),
            lambda keys, values, theta, token: _never_told(keys, values, theta, token - 1),
        ],
        "stopped": lambda keys, values, theta, token: _run(keys[:token], values[:token], theta),
        "restarted": lambda keys, values, theta, token: _run(keys[token + 1 :], values[token + 1 :], theta),
        "summed": _summed,
        "no_theta": lambda keys, values, theta, token: _never_told(keys, values, 1.0, token),
    },
)
