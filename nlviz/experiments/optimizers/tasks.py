"""What the optimizers are put to: each task has a model whose weights are all matrices, batches, and a question."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from typing import NamedTuple, Protocol

import torch
import torch.nn.functional as F
from torch import Generator, Tensor, nn

from nlviz import streams
from nlviz.door import tensors
from nlviz.outer.tasks.source_code import held_out_texts, training_text

__all__ = ["TASKS", "Asked", "Bytes", "Digits", "Task", "Valley", "valley"]

CURVED, WAVES, HEIGHT = 10.0, 2.0, 1.0
START = (-3.5, 2.0)
BEFORE, LEARNED_FROM, ASKED_OF = 8, 400_000, 8_000


class Asked(NamedTuple):
    """The loss on what was kept for asking, and the share of right answers (nan where nothing can be right)."""

    loss: float
    accuracy: float


class Task(Protocol):
    """A model to be trained: `loss` of the next batch, `asked` of what no batch holds. All draws from one generator."""

    @property
    def model(self) -> nn.Module: ...

    def loss(self) -> Tensor: ...

    def asked(self) -> Asked: ...


def valley(r: Tensor, phi: Tensor) -> Tensor:
    """ψ(r, φ) = r² + k (r − φ + a sin ωr)²: a curved valley, steep across and gentle along; least, 0, at (0, 0).

    Source: Behrouz et al. 2025 (arXiv 2512.24695) eq. 53, which gives no constants: k = 10, a = 1, ω = 2 are ours, so
    any picture of it is illustrative.

        >>> experiments.optimizers.valley(torch.tensor(0.0), torch.tensor(0.0))
        tensor(0.)
    """
    r, phi = (tensors.floating(name, tensors.tensor(name, one)) for name, one in (("r", r), ("phi", phi)))
    return r.square() + CURVED * (r - phi + HEIGHT * torch.sin(WAVES * r)).square()


class Valley:
    """Two numbers, one row of weights that is asked for each of them, roll down `valley` from near (−3.5, 2)."""

    def __init__(self, generator: Generator) -> None:
        tensors.generator("generator", generator)
        self.model = nn.Linear(2, 1, bias=False)
        with torch.no_grad():
            self.model.weight.copy_(torch.tensor([START]) + 0.1 * torch.randn(1, 2, generator=generator))

    def loss(self) -> Tensor:
        r, phi = self.model(torch.eye(2))[:, 0]
        return valley(r, phi)

    def asked(self) -> Asked:
        with torch.no_grad():
            return Asked(self.loss().item(), math.nan)


class Digits:
    """Handwritten digits by a net 64 → 64 → 10, batches of 64; a fifth of the images is kept for asking."""

    def __init__(self, generator: Generator) -> None:
        task = streams.digits("domain-incremental", generator=generator)[0]
        self.train, self.test, self.generator = task.train, task.test, generator
        self.model = nn.Sequential(nn.Linear(64, 64, bias=False), nn.ReLU(), nn.Linear(64, 10, bias=False))
        _draw(self.model, generator)

    def loss(self) -> Tensor:
        rows = torch.randint(len(self.train.labels), (64,), generator=self.generator)
        return F.cross_entropy(self.model(self.train.images[rows]), self.train.labels[rows])

    def asked(self) -> Asked:
        with torch.no_grad():
            return _asked(self.model(self.test.images), self.test.labels)


class Bytes:
    """The next byte of source code from the eight before it: a table of 256 × 16, then 128 → 128 → 256.

    It learns from the standard library, in batches of 256 places, and is asked of a package it never saw; in nats.
    """

    def __init__(self, generator: Generator) -> None:
        self.generator = tensors.generator("generator", generator)
        self.text, self.test = _texts()
        self.model = nn.Sequential(
            nn.Embedding(256, 16),
            nn.Flatten(-2),
            nn.Linear(16 * BEFORE, 128, bias=False),
            nn.ReLU(),
            nn.Linear(128, 256, bias=False),
        )
        _draw(self.model, generator)

    def loss(self) -> Tensor:
        rows = torch.randint(len(self.text), (256,), generator=self.generator)
        return F.cross_entropy(self.model(self.text[rows, :-1]), self.text[rows, -1])

    def asked(self) -> Asked:
        with torch.no_grad():
            return _asked(self.model(self.test[:, :-1]), self.test[:, -1])


TASKS: dict[str, Callable[[Generator], Task]] = {"valley": Valley, "digits": Digits, "bytes": Bytes}
"""Each task by its name; made from a generator."""


@cache
def _texts() -> tuple[Tensor, Tensor]:
    """Windows of eight bytes and the one after them: of what is learned from, and of what is asked about."""
    texts = training_text(LEARNED_FROM), held_out_texts(ASKED_OF)[0]
    first, second = (torch.tensor(text).long().unfold(0, BEFORE + 1, 1) for text in texts)
    return first, second


def _draw(model: nn.Module, generator: Generator) -> None:
    """Every matrix normal, of variance 1/columns; a table of variance 1."""
    for part in model.modules():
        if isinstance(part, nn.Embedding):
            nn.init.normal_(part.weight, generator=generator)
        elif isinstance(part, nn.Linear):
            nn.init.normal_(part.weight, std=part.in_features**-0.5, generator=generator)


def _asked(logits: Tensor, labels: Tensor) -> Asked:
    right = (logits.argmax(-1) == labels).double().mean()
    return Asked(F.cross_entropy(logits, labels).item(), right.item())
