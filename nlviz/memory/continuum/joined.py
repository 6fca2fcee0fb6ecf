"""How levels answer together, and what each token would change in each of them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor

from nlviz.door import words
from nlviz.memory.continuum.level import Level
from nlviz.memory.nets import MLP, Derivative, Gradient, Net

__all__ = ["JOINED", "answer", "check", "gradients"]

JOINED = ("sequential", "independent", "nested")

Weights = Sequence[Sequence[Tensor]]
"""For every level its matrices, each [batch, rows, columns]."""


def check(levels: Sequence[Level], joined: str) -> None:
    """Refuse levels that cannot answer together. Raises ValueError that names the first that does not fit."""
    first = levels[0].memory
    for place, (one, other) in enumerate(pairwise(levels), start=1):
        if other.memory.objective is not first.objective:
            remedy = "all levels are written by the gradient of one loss; give all the same"
            words.refuse(f"objective of level {place}", other.memory.objective, f"{first.objective}", remedy)
        if joined == "sequential":
            _fits(place, "d_key", other.memory.d_key, one.memory.d_value, f"the d_value of level {place - 1}")
        else:
            for axis in ("d_key", "d_value"):
                _fits(place, axis, getattr(other.memory, axis), getattr(first, axis), f"the {axis} of level 0")
        if joined == "nested":
            _nests(place, one, other)


def _fits(place: int, axis: str, found: int, expected: int, whose: str) -> None:
    if found != expected:
        words.refuse(f"{axis} of level {place}", found, f"{expected}, {whose}", "build it with that width")


def _nests(place: int, fast: Level, slow: Level) -> None:
    if slow.memory.forms != fast.memory.forms:
        remedy = "a slower level is the start of the one before it"
        words.refuse(
            f"weights of level {place}", slow.memory.forms, f"{fast.memory.forms}, as level {place - 1}", remedy
        )
    if slow.period % fast.period:
        many = f"use {fast.period}, {2 * fast.period}, …"
        words.refuse(
            f"period of level {place}", slow.period, f"a multiple of {fast.period}, that of the faster level", many
        )


def answer(levels: Sequence[Level], joined: str, weights: Weights, x: Tensor) -> Tensor:
    """What all levels together say, [batch, chunk, d_key] -> [batch, chunk, d_value]."""
    if joined == "nested":
        return levels[0].memory.net.answer(weights[0], x)
    if joined == "independent":
        return torch.stack([level.memory.net.answer(own, x) for level, own in zip(levels, weights, strict=True)]).sum(0)
    for level, own in zip(levels, weights, strict=True):
        x = level.memory.net.answer(own, x)
    return x


def gradients(
    levels: Sequence[Level], joined: str, weights: Weights, x: Tensor, derivative: Derivative
) -> list[tuple[Gradient, ...]]:
    """∂ℓ_t/∂W of every token, for every matrix of every level; a level of "nested" has those of the fastest one."""
    nets = [level.memory.net for level in levels]
    if joined == "nested":
        return [nets[0].gradients(weights[0], x, derivative)] * len(levels)
    if joined == "independent":
        error = derivative(answer(levels, joined, weights, x))
        return [net.gradients(own, x, lambda _: error) for net, own in zip(nets, weights, strict=True)]
    return _back(nets, weights, x, derivative)


def _back(nets: Sequence[Net], weights: Weights, x: Tensor, derivative: Derivative) -> list[tuple[Gradient, ...]]:
    """Backwards through the chain: what comes out at the keys of one net is the error of the one before it."""
    given = [x]
    for net, own in zip(nets[:-1], weights[:-1], strict=True):
        given.append(net.answer(own, given[-1]))
    found: list[tuple[Gradient, ...]] = []
    for net, own, at in zip(reversed(nets[1:]), reversed(weights[1:]), reversed(given[1:]), strict=True):
        here, error = _pulled(net, own, at, derivative)
        found.insert(0, here)
        derivative = _constant(error)
    return [nets[0].gradients(weights[0], x, derivative), *found]


def _pulled(
    net: Any, weights: Sequence[Tensor], x: Tensor, derivative: Derivative
) -> tuple[tuple[Gradient, ...], Tensor]:
    """A net's gradients, and the error at what it was given: written out for an MLP, by `torch.func` for another."""
    if isinstance(net, MLP):
        return net.pulled(weights, x, derivative)
    error = derivative(net.answer(weights, x))
    back: Any = torch.func.vjp(lambda at: net.answer(weights, at), x)[1]
    return net.gradients(weights, x, _constant(error)), back(error)[0]


def _constant(error: Tensor) -> Derivative:
    return lambda _: error
