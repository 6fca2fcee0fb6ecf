"""Answers to the exercises of notebook 13 as students write them: right forms, and slips by their catalog key."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from nlviz import inner, memory
from nlviz.memory import Gates, Pairs

__all__ = ["RIGHT", "WRONG"]


def by_the_library(M: Tensor, k: Tensor, v: Tensor, keep: Tensor, theta: float) -> Tensor:
    pair = Pairs(k[None, None], v[None, None])
    gates = Gates.constant(pair, theta, forget=(1 - keep)[None, None])
    start = memory.State(M[None], torch.zeros_like(M[None]))
    return memory.KDA(len(k), len(v)).write(start, pair, gates).memory[0]


def column_by_column(M: Tensor, k: Tensor, v: Tensor, keep: Tensor, theta: float) -> Tensor:
    left = torch.stack([M[:, i] * keep[i] for i in range(len(k))], 1)
    error = left @ k - v
    return torch.stack([left[:, i] - theta * k[i] * error for i in range(len(k))], 1)


def delta(M: Any, k: Any, v: Any, theta: float) -> Any:
    return M - theta * (M @ k - v)[:, None] * k


# ---- 13.2


def by_cases(rule: str, alpha: Tensor, theta: float) -> Any:
    kept = {"KDA": 1 - alpha, "delta": alpha * 0 + 1}.get(rule, alpha * 0 + 1 - alpha.mean())
    return torch.stack([kept, alpha * 0 + theta * (rule != "Hebbian"), alpha * 0 + theta])


def in_lists(rule: str, alpha: Any, theta: float) -> Any:
    alpha = [float(one) for one in alpha]
    if rule == "delta":
        alpha = [0.0 for _ in alpha]
    elif rule != "KDA":
        alpha = [sum(alpha) / len(alpha) for _ in alpha]
    return [[1 - one for one in alpha], [theta if rule != "Hebbian" else 0.0] * len(alpha), [theta] * len(alpha)]


def _with(**rows: Any) -> Any:
    """by_cases, with rows replaced by functions of (rule, alpha, theta)."""

    def gates(rule: str, alpha: Tensor, theta: float) -> Any:
        found = dict(zip(("keep", "erase", "write"), by_cases(rule, alpha, theta), strict=True))
        found |= {name: torch.zeros_like(alpha) + row(rule, alpha, theta) for name, row in rows.items()}
        return list(found.values())

    return gates


# ---- 13.3


def by_einsum(shares: Tensor, values: Tensor) -> Tensor:
    parts = torch.einsum("ti,id->tid", shares, values)
    answer = parts.sum(1)
    return torch.einsum("tid,td->ti", parts, answer) / answer.square().sum(-1, keepdim=True)


def by_projection(shares: Tensor, values: Tensor) -> Any:
    listed, told = shares.double().numpy(), values.double().numpy()
    answers = listed @ told
    return np.array([[s * (v @ y) / (y @ y) for s, v in zip(row, told, strict=True)]
                     for row, y in zip(listed, answers, strict=True)])  # fmt: skip


def lengths(shares: Tensor, values: Tensor) -> Tensor:
    return shares.abs() * values.norm(dim=1)


def squares(shares: Tensor, values: Tensor) -> Tensor:
    return (shares @ values).square().sum(1, keepdim=True)


# ---- 13.4


def by_strike(keys: Tensor, values: Tensor, theta: float, token: int) -> Tensor:
    pairs, rule = Pairs(keys[None], values[None]), memory.Delta(keys.shape[1], values.shape[1])
    return inner.strike(rule, pairs, Gates.constant(pairs, theta), tokens=[token]).state.memory[0]


def without(keys: Tensor, values: Tensor, theta: float, token: int) -> Tensor:
    rest = torch.arange(len(keys)) != token
    return run(keys[rest], values[rest], theta)


def run(keys: Any, values: Any, theta: float) -> Any:
    M = torch.zeros(values.shape[1], keys.shape[1], dtype=keys.dtype)
    for k, v in zip(keys, values, strict=True):
        M = delta(M, k, v, theta)
    return M


def at_zero_theta(keys: Tensor, values: Tensor, theta: float, token: int) -> Tensor:
    M = keys.new_zeros(values.shape[1], keys.shape[1])
    for t, (k, v) in enumerate(zip(keys, values, strict=True)):
        M = delta(M, k, v, theta * (t != token))
    return M


def patch_off(keys: Tensor, values: Tensor, theta: float, token: int) -> Tensor:
    error = run(keys[:token], values[:token], theta) @ keys[token] - values[token]
    return run(keys, values, theta) + theta * torch.outer(error, keys[token])


RIGHT: dict[str, list[Any]] = {
    "13.1": [by_the_library, column_by_column, lambda M, k, v, keep, theta: delta(M @ keep.diag(), k, v, theta)],
    "13.2": [by_cases, in_lists, _with()],
    "13.3": [by_einsum, by_projection, lambda shares, values: shares * (shares @ values @ values.T) / squares(
        shares, values)],
    "13.4": [by_strike, without, at_zero_theta],
}  # fmt: skip

WRONG: dict[str, list[tuple[Any, str]]] = {
    "13.1": [
        (lambda M, k, v, keep, theta: delta(M, k, v, theta), "unforgotten"),
        (lambda M, k, v, keep, theta: M @ torch.diag(keep), "forgot_only"),
        (lambda M, k, v, keep, theta: M * keep - theta * torch.outer(M @ k - v, k), "old"),
        (lambda M, k, v, keep, theta: delta(M, k, v, theta) @ keep.diag(), "late"),
        (lambda M, k, v, keep, theta: delta(keep.diag() @ M, k, v, theta), "rows"),
        (lambda M, k, v, keep, theta: delta(M * keep.sum() / len(keep), k, v, theta), "whole"),
        (lambda M, k, v, keep, theta: delta(M - M * keep, k, v, theta), "turned"),
        (lambda M, k, v, keep, theta: M * keep + theta * v[:, None] * k, "unasked"),
        (lambda M, k, v, keep, theta: delta(M * keep, k, v, 1), "no_theta"),
        (lambda M, k, v, keep, theta: delta(M * keep, k, v, -theta), "ascent"),
        (lambda M, k, v, keep, theta: M * keep - theta * k[:, None] * ((M * keep) @ k - v), "swapped"),
    ],
    "13.2": [
        (lambda rule, alpha, theta: (1 - alpha, theta + 0 * alpha, theta + 0 * alpha), "one_rule"),
        (_with(keep=lambda rule, alpha, theta: 1.0), "never"),
        (_with(keep=lambda rule, alpha, theta: 1.0 if rule == "delta" else 1 - alpha.mean()), "whole"),
        (_with(keep=lambda rule, alpha, theta: 1.0 if rule == "delta" else 1 - alpha), "by_channel"),
        (_with(keep=lambda rule, alpha, theta: 1 - alpha if rule == "KDA" else 1 - alpha.mean()), "delta_forgets"),
        (_with(erase=lambda rule, alpha, theta: theta), "hebb_erases"),
        (_with(keep=lambda rule, alpha, theta: 1 - by_cases(rule, alpha, theta)[0]), "turned"),
        (_with(erase=lambda rule, alpha, theta: by_cases(rule, alpha, theta)[:2].prod(0)), "twice"),
        (_with(erase=lambda rule, alpha, theta: float(rule != "Hebbian")), "erases_all"),
        (_with(write=lambda rule, alpha, theta: 1.0), "writes_all"),
        (lambda rule, alpha, theta: [by_cases(rule, alpha, theta)[row] for row in (0, 2, 1)], "swapped"),
    ],
    "13.3": [
        (lambda shares, values: shares.clone(), "shares"),
        (lambda shares, values: F.normalize(shares, p=1).abs(), "sizes"),
        (lambda shares, values: (shares.T / shares.sum(1)).T, "sums"),
        (lambda shares, values: shares.softmax(-1), "softmax"),
        (lambda shares, values: F.normalize(lengths(shares, values), p=1), "lengths"),
        (lengths, "norms"),
        (lambda shares, values: shares * (shares @ values @ values.T), "undivided"),
        (lambda shares, values: by_einsum(shares, values) * squares(shares, values).sqrt(), "once"),
        (lambda shares, values: F.cosine_similarity(shares[..., None] * values, (shares @ values)[:, None], dim=-1),
         "cosine"),
        (lambda shares, values: F.normalize(by_einsum(shares, values), p=1).abs(), "unsigned"),
        (lambda shares, values: shares @ values @ values.T / squares(shares, values), "values"),
        (lambda shares, values: (part := shares * (shares @ values @ values.T)) / part.sum(0, keepdim=True), "columns"),
    ],
    "13.4": [
        (lambda keys, values, theta, token: run(keys, values, theta), "told"),
        (patch_off, "patch"),
        (lambda keys, values, theta, token: run(keys, values, theta) - theta * values[token][:, None] * keys[token],
         "hebbian"),
        (lambda keys, values, theta, token: run(
            keys, torch.where(torch.arange(len(keys))[:, None] == token, 0, values), theta), "blank"),
        (lambda keys, values, theta, token: delta(run(keys, values, theta), keys[token], -values[token], theta),
         "minus"),
        (lambda keys, values, theta, token: delta(run(keys, values, theta), keys[token], 0, theta), "erased"),
        (lambda keys, values, theta, token: without(keys, values, theta, token + 1), "neighbour"),
        (lambda keys, values, theta, token: without(keys, values, theta, token - 1), "neighbour"),
        (lambda keys, values, theta, token: run(keys[:token], values[:token], theta), "stopped"),
        (lambda keys, values, theta, token: run(keys[token + 1 :], values[token + 1 :], theta), "restarted"),
        (lambda keys, values, theta, token: theta * (values.T @ keys - torch.outer(values[token], keys[token])),
         "summed"),
        (lambda keys, values, theta, token: without(keys, values, 1.0, token), "no_theta"),
    ],
}  # fmt: skip
