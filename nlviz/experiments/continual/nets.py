"""Slow weights that never stop learning: a small net by gradient descent, and two ways to make it keep what it knew."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from nlviz.door import tensors as door
from nlviz.door.tensors import tensor
from nlviz.door.words import call, count, instance, number
from nlviz.experiments.continual import entrance
from nlviz.experiments.continual.course import batches
from nlviz.streams.digits import CLASSES, PIXELS, Examples

__all__ = ["EWC", "Anchor", "FineTuning", "NetState", "Replay", "Weights", "balanced", "fisher", "logits"]

Weights = tuple[Tensor, ...]
"""W₁ [hidden, 64], b₁ [hidden], W₂ [10, hidden], b₂ [10]."""


class Anchor(NamedTuple):
    """Where the weights stood after a task, and how much each of them mattered to it."""

    weights: Weights
    importance: Weights


class NetState(NamedTuple):
    """The weights, and what is kept of earlier tasks: images (and the task each came from), or anchors.

    kept: images and labels, none for most. origin: [kept], the number of each one's task. tasks: how many are done.
    """

    weights: Weights
    kept: Examples
    origin: Tensor
    anchors: tuple[Anchor, ...] = ()
    tasks: int = 0


def logits(weights: Weights, images: Tensor) -> Tensor:
    """W₂ relu(W₁ x + b₁) + b₂, [images, 10]."""
    W1, b1, W2, b2 = weights
    return F.relu(images.to(W1.dtype) @ W1.mT + b1) @ W2.mT + b2


@dataclass(frozen=True)
class FineTuning:
    """Gradient descent on the task at hand and nothing else: W ← W − lr ∇ cross-entropy, ten images a step.

    Raises ValueError for an lr that is not above zero and counts below one, FloatingPointError for a step that is not
    finite: the state before it is a value, and still the caller's.
    """

    lr: float = 0.1
    hidden: int = 64
    passes: int = 5

    def __post_init__(self) -> None:
        counts = {name: count(name, getattr(self, name)) for name in ("hidden", "passes")}
        entrance.settle(self, lr=number("lr", self.lr, above=0.0), **counts)

    def init(self, generator: Generator) -> NetState:
        door.generator("generator", generator)
        drawn = (torch.randn(*shape, generator=generator) for shape in ((self.hidden, PIXELS), (CLASSES, self.hidden)))
        W1, W2 = (part * (2 / part.shape[1]) ** 0.5 for part in drawn)
        weights = W1, torch.zeros(self.hidden), W2, torch.zeros(CLASSES)
        nothing = torch.empty(0, dtype=torch.long)
        return NetState(weights, Examples(torch.empty(0, PIXELS), nothing), nothing)

    def learn(self, state: NetState, examples: Examples, generator: Generator) -> Iterator[NetState]:
        state, examples = _own(state), entrance.examples(examples)
        for rows in batches(len(examples.labels), self.passes, generator):
            now = Examples(*(part[rows] for part in examples))
            weights = tuple(part.detach().requires_grad_() for part in state.weights)
            slopes = torch.autograd.grad(self.loss(weights, now, state, generator), weights)
            stepped = tuple(part.detach() - self.lr * slope for part, slope in zip(weights, slopes, strict=True))
            _refuse_divergence(stepped)
            state = state._replace(weights=stepped)
            yield state
        yield self.closed(state, examples, generator)._replace(tasks=state.tasks + 1)

    def answer(self, state: NetState, images: Tensor) -> Tensor:
        return logits(_own(state).weights, entrance.images(images, state.weights[0]))

    def loss(self, weights: Weights, now: Examples, state: NetState, generator: Generator) -> Tensor:
        """What a step makes smaller."""
        return F.cross_entropy(logits(weights, now.images), now.labels)

    def closed(self, state: NetState, examples: Examples, generator: Generator) -> NetState:
        """What is kept once a task is over: here nothing."""
        return state


def balanced(origin: Tensor, room: int) -> Tensor:
    """Rows to keep, as many of each task; origin: [candidates], which task each is of."""
    origin, room = tensor("origin", origin, "candidates"), count("room", room, least=0)
    if not len(origin):
        return origin.long()
    seen = origin.unique()
    return torch.cat([torch.nonzero(origin == task)[: room // len(seen), 0] for task in seen])


@dataclass(frozen=True)
class Replay(FineTuning):
    """Fine-tuning that keeps some images of earlier tasks, and learns as many of them as new ones in every step.

    room: how many images may be kept. keep: (origin [candidates], room) -> rows of those to keep, asked at the end of
    each task about the kept ones and, after them, the new ones in a random order.
    Raises ValueError if more rows are kept than there is room, or rows there are not.
    Source: Robins 1995 (rehearsal); Chaudhry et al. 2019 (arXiv 1902.10486).
    """

    room: int = 100
    keep: Callable[[Tensor, int], Tensor] = balanced

    def __post_init__(self) -> None:
        super().__post_init__()
        entrance.settle(self, room=count("room", self.room, least=0), keep=call("keep", self.keep))

    def loss(self, weights: Weights, now: Examples, state: NetState, generator: Generator) -> Tensor:
        new = super().loss(weights, now, state, generator)
        if not len(state.origin):
            return new
        rows = torch.randint(len(state.origin), (len(now.labels),), generator=generator)
        return new + super().loss(weights, Examples(*(part[rows] for part in state.kept)), state, generator)

    def closed(self, state: NetState, examples: Examples, generator: Generator) -> NetState:
        order = torch.randperm(len(examples.labels), generator=generator)
        both = zip(state.kept, examples, strict=True)
        candidates = Examples(*(torch.cat([old, new[order]]) for old, new in both))
        origin = torch.cat([state.origin, torch.full_like(order, state.tasks)])
        rows = self._rows(origin)
        return state._replace(kept=Examples(*(part[rows] for part in candidates)), origin=origin[rows])

    def _rows(self, origin: Tensor) -> Tensor:
        rows = torch.as_tensor(self.keep(origin.clone(), self.room)).long()
        if rows.ndim != 1 or len(rows) > self.room:
            raise ValueError(f"keep gave {list(rows.shape)} rows; there is room for {self.room}, as one row of numbers")
        if len(rows) and not -len(origin) <= rows.min() <= rows.max() < len(origin):
            raise ValueError(f"keep gave rows {rows.min()} to {rows.max()}; the candidates are 0 to {len(origin) - 1}")
        return rows


@dataclass(frozen=True)
class EWC(FineTuning):
    """Elastic weight consolidation: a spring on every weight, stiff where the weight mattered to an earlier task.

        loss + Σ_tasks Σ_i (λ/2) F_i (w_i − w*_i)²

    strength: λ. F is the diagonal of the Fisher information at the end of each task, see `fisher`.
    Source: Kirkpatrick et al. 2017 (arXiv 1612.00796) eq. 3.
    """

    strength: float = 100.0

    def __post_init__(self) -> None:
        super().__post_init__()
        entrance.settle(self, strength=number("strength", self.strength, least=0.0))

    def loss(self, weights: Weights, now: Examples, state: NetState, generator: Generator) -> Tensor:
        springs = [
            (importance * (part - was).square()).sum()
            for anchor in state.anchors
            for part, was, importance in zip(weights, *anchor, strict=True)
        ]
        return super().loss(weights, now, state, generator) + self.strength / 2 * sum(springs)

    def closed(self, state: NetState, examples: Examples, generator: Generator) -> NetState:
        anchor = Anchor(state.weights, fisher(state.weights, examples.images))
        return state._replace(anchors=(*state.anchors, anchor))


def _own(state: Any) -> NetState:
    return instance("state", state, NetState, "give that of learner.init(generator), or a later one")


def _refuse_divergence(weights: Weights) -> None:
    if not all(bool(torch.isfinite(part).all()) for part in weights):
        raise FloatingPointError("a step would leave weights that are not finite; use a smaller lr or strength")


def fisher(weights: Weights, images: Tensor) -> Weights:
    """The diagonal of the Fisher information, mean over images x of Σ_c p(c|x) (∂ log p(c|x)/∂w)²; as the weights.

    Squared image by image, then averaged: the square of a batch's mean gradient would be nearly zero where a task is
    learned. The sum over the labels c is exact, none is sampled.
    """

    W1, b1, W2, _ = weights
    hidden = F.relu(images @ W1.T + b1)
    shares = logits(weights, images).softmax(-1)
    # ∂ log p(c|x)/∂logits for every c, and on through W₂ and the relu to the hidden layer
    above = torch.eye(CLASSES) - shares[:, None]
    below = (above @ W2) * (hidden > 0)[:, None]
    # mean of squares over c; a weight's slope is one of these times what it is fed, so are their squares
    above, below = (torch.einsum("xc,xci->xi", shares, slopes.square()) for slopes in (above, below))
    at_W1, at_W2 = (
        torch.einsum("xi,xj->ij", slopes, fed.square()) for slopes, fed in ((below, images), (above, hidden))
    )
    return tuple(part / max(1, len(images)) for part in (at_W1, below.sum(0), at_W2, above.sum(0)))
