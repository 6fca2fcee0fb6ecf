"""Matryoshka: one head for every prefix of an embedding, so that its first numbers are worth having alone.

L(z, y) = Σ_m c_m · CE(W⁽ᵐ⁾ z_{1:m} + b⁽ᵐ⁾, y)        over the prefixes m

"Nested" means nested *prefixes* here: each is a part of the next. Nested learning is something else: loops in loops.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, cast

import torch
import torch.nn.functional as F
from torch import Generator, Tensor, nn

from nlviz.door import words
from nlviz.door.tensors import fits, same_kind, tensor
from nlviz.inner.entrance import look_at_numbers
from nlviz.outer.layers.initial import linear

__all__ = ["Cascade", "Matryoshka"]


class Cascade(NamedTuple):
    """answers [batch], the class each was given; sizes [batch], the prefix that was sure enough to give it."""

    answers: Tensor
    sizes: Tensor


class Matryoshka(nn.Module):
    """Heads over the prefixes of an embedding: z [batch, width] -> logits [prefixes, batch, classes].

    prefixes: how many of the first numbers each head sees, growing; the last is the width. classes: what is told apart.
    tied: one matrix for all, W⁽ᵐ⁾ = W_{:,1:m} and one b ("MRL-E", a parameter count that does not grow with the number
    of prefixes); else each has its own. unit: every prefix is scaled to length 1 first, as it must be where embeddings
    are: a part of a unit vector is not one. importance: c_m, 1 for all if not given.
    Slow weights: W⁽ᵐ⁾ and b⁽ᵐ⁾. Raises ValueError for what is not asked for, naming it.
    Source: Kusupati et al. 2022 (arXiv 2205.13147) eq. 1; MRL-E in §3. `unit` for a classifier is ours.

        >>> heads = outer.Matryoshka((2, 4), classes=3, generator=torch.Generator().manual_seed(0))
        >>> heads(torch.randn(5, 4)).shape, heads.loss(torch.zeros(5, 4), torch.arange(5) % 3).round(decimals=3)
        (torch.Size([2, 5, 3]), tensor(2.1970, grad_fn=<RoundBackward1>))
    """

    def __init__(
        self,
        prefixes: Sequence[int],
        classes: int,
        *,
        tied: bool = False,
        unit: bool = False,
        importance: Sequence[float] | None = None,
        generator: Generator | None = None,
    ) -> None:
        super().__init__()
        self.prefixes: tuple[int, ...] = _growing(prefixes)
        self.classes: int = words.count("classes", classes)
        self.tied: bool = words.flag("tied", tied)
        self.unit: bool = words.flag("unit", unit)
        self.importance: tuple[float, ...] = _importance(importance, len(self.prefixes))
        seen = self.prefixes[-1:] if self.tied else self.prefixes
        self.heads: nn.ModuleList = nn.ModuleList([linear(size, self.classes, generator) for size in seen])
        here = torch.get_default_device()
        self.biases: nn.Parameter = nn.Parameter(torch.zeros(len(seen), self.classes, device=here))

    @property
    def width(self) -> int:
        """Numbers of a whole embedding."""
        return self.prefixes[-1]

    def forward(self, z: Tensor) -> Tensor:
        """The logits of every head, from the shortest prefix on."""
        z = self._embedding(z)
        return torch.stack([self._head(place, z[:, :size]) for place, size in enumerate(self.prefixes)])

    def loss(self, z: Tensor, labels: Tensor) -> Tensor:
        """Σ_m c_m · mean CE over the batch, in nats. labels: [batch], whole numbers below `classes`."""
        logits = self(z)
        labels = self._labels(labels, logits)
        losses = torch.stack([F.cross_entropy(one, labels) for one in logits])
        return (losses * losses.new_tensor(self.importance)).sum()

    @torch.no_grad()
    def cascade(self, z: Tensor, sure: float = 0.9) -> Cascade:
        """The answer of the first prefix whose likeliest class has a probability of at least `sure`; else of the last.

        Asked from the shortest on, most embeddings need a few numbers only: `sizes` is what each was worth.
        """
        sure = words.share("sure", sure)
        best, answers = self(z).softmax(-1).max(-1)
        enough = best >= sure
        enough[-1] = True
        first = enough.int().argmax(0)
        sizes = torch.tensor(self.prefixes, device=first.device)
        return Cascade(answers.gather(0, first[None])[0], sizes[first])

    def _head(self, place: int, prefix: Tensor) -> Tensor:
        if self.unit:
            prefix = F.normalize(prefix, dim=-1)
        own = 0 if self.tied else place
        whole = cast(nn.Linear, self.heads[own]).weight
        return F.linear(prefix, whole[:, : prefix.shape[-1]], self.biases[own])

    def _embedding(self, z: Tensor) -> Tensor:
        z = tensor("z", z, "batch width", like=self.biases)
        fits("z", z, "width", self.width, "or build the heads with other prefixes")
        z = same_kind("z", z, self.biases, "the heads' weights")
        look_at_numbers({"z": z})
        return z

    def _labels(self, labels: Tensor, logits: Tensor) -> Tensor:
        found = tensor("labels", labels, "batch", like=self.biases.new_empty(0, dtype=torch.long))
        said = f"whole numbers from 0 to {self.classes - 1}, one for each of {logits.shape[1]} embeddings"
        whole = not found.is_floating_point() and found.dtype != torch.bool
        if not whole or len(found) != logits.shape[1] or bool(((found < 0) | (found >= self.classes)).any()):
            words.refuse("labels", labels, said, "map other labels first")
        return found.long()


def _growing(prefixes: Sequence[int]) -> tuple[int, ...]:
    given = words.several("prefixes", prefixes, least=1, what="numbers of numbers")
    found = tuple(words.count(f"prefixes[{place}]", one, of="numbers") for place, one in enumerate(given))
    if list(found) != sorted(set(found)):
        words.refuse("prefixes", found, "each longer than the one before", f"use {tuple(sorted(set(found)))}")
    return found


def _importance(given: Sequence[float] | None, many: int) -> tuple[float, ...]:
    if given is None:
        return (1.0,) * many
    found = words.several("importance", given, what="numbers")
    if len(found) != many:
        words.refuse("importance", found, f"one number for each of {many} prefixes", "or leave it out: 1 for all")
    return tuple(words.number(f"importance[{place}]", one) for place, one in enumerate(found))
