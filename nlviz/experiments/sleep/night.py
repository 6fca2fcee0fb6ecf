"""A night: what the fast weights said of a text is what the slow weights are taught, update by update."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from nlviz.door import tensors, words
from nlviz.experiments.sleep.texts import PIECE
from nlviz.outer.models.byte_model import ByteModel, ByteState
from nlviz.outer.training.update import update

__all__ = ["Lessons", "Night", "as_it_stands", "as_said", "dreams", "taught"]


class Night(NamedTuple):
    """How a night goes: `updates` of all slow weights, each on a `batch` of pieces, `old` (0 to 1) the share of old
    ones among them; `rate`: of Adam, which begins anew each night."""

    updates: int = 20
    batch: int = 8
    old: float = 0.5
    rate: float = 1e-3


class Lessons(NamedTuple):
    """Pieces of text [pieces, time], and what is to be said at each byte: the byte itself [pieces, time], or a
    distribution [pieces, time, 256]."""

    text: Tensor
    targets: Tensor


def as_it_stands(text: Tensor) -> Lessons:
    """Text whose own bytes are what is to be said: what fine-tuning learns from."""
    return Lessons(text, text.long())


@torch.no_grad()
def as_said(model: ByteModel, text: Tensor, head: Tensor | None = None) -> Lessons:
    """Text as the model reads it, softmax(W k_t) at every byte; W is `head`, its own slow head if None.

    With the fast weights of the evening for `head` it is what a day has taught them.
    Raises ValueError as the model does for what is no text, and for a head of another shape.

        >>> model = outer.ByteModel(d_key=8, generator=torch.Generator().manual_seed(0))
        >>> experiments.sleep.as_said(model, torch.zeros(2, 5, dtype=torch.uint8)).targets.shape
        torch.Size([2, 5, 256])
    """
    model = words.instance("model", model, ByteModel)
    return Lessons(text, (model.keys(text) @ _head(model, head).mT).softmax(-1))


def _head(model: ByteModel, head: Tensor | None) -> Tensor:
    slow = model.head_weights()
    if head is None:
        return slow
    if not isinstance(head, Tensor) or head.shape != slow.shape:
        words.refuse("head", head, f"shape {list(slow.shape)}", "give fast weights of this model, or None")
    return head


@torch.no_grad()
def dreams(
    model: ByteModel, count: int, head: Tensor | None = None, *, length: int = PIECE, generator: Generator
) -> Tensor:
    """Text that the model makes up, [count, length]: every byte is drawn from what it says, then read as if given.

    byte_t ~ softmax(W k_t), each piece from an empty context. W is `head`, its own slow head if None: then it is
    pseudo-rehearsal, a sample of what it knew before (Robins 1995).
    Raises ValueError for a count or length below 1, a head of another shape, and without a generator.

        >>> model, chance = outer.ByteModel.load(), torch.Generator().manual_seed(0)
        >>> experiments.sleep.dreams(model, 2, length=20, generator=chance).shape
        torch.Size([2, 20])
    """
    model, head = words.instance("model", model, ByteModel), _head(model, head)
    count, length = words.count("count", count, of="dreams"), words.count("length", length, of="bytes")
    generator = tensors.generator("generator", generator)
    state, made = None, []
    for _ in range(length):
        # the key of a byte does not hang on that byte: any may stand there until it is drawn
        keys, state = model(torch.zeros(count, 1, dtype=torch.uint8), state)
        drawn = torch.multinomial((keys[:, 0] @ head.mT).softmax(-1), 1, generator=generator)[:, 0]
        made.append(drawn.to(torch.uint8))
        state = ByteState(state.hidden, made[-1])
    return torch.stack(made, 1)


def taught(
    model: ByteModel, today: Lessons, old: Lessons | None, night: Night, *, generator: Generator
) -> Iterator[float]:
    """Move all slow weights of the model, `night.updates` times; after each the loss in bits per byte.

        ℓ = mean_t −Σ_b p_t(b) log₂ q_t(b)      p: the target, q = softmax(W_0 k_t): the slow weights alone

    Where p is what another model said, its gradient is that of KL(p ‖ q): distillation. Each update takes a batch of
    pieces drawn with replacement, a share `night.old` of them from `old`; without `old` all are of `today`. Plain Adam,
    no gradient longer than 1. Raises ValueError for numbers out of range, FloatingPointError where it runs away.

        >>> model, chance = outer.ByteModel.load(), torch.Generator().manual_seed(0)
        >>> text = torch.tensor(streams.code("email", limit=640).bytes).view(10, 64)
        >>> losses = [*experiments.sleep.taught(model, experiments.sleep.as_it_stands(text), None,
        ...                                     experiments.sleep.Night(updates=2, batch=4), generator=chance)]
        >>> len(losses)
        2
    """
    night, generator = night_of(night), tensors.generator("generator", generator)
    for name, lessons in (("today", today), ("old", old)):
        if lessons is not None or name == "today":
            words.instance(name, lessons, Lessons, "use as_said(model, text) or as_it_stands(text)")
    model = words.instance("model", model, ByteModel).requires_grad_(True)
    return _taught(model, today, old, night, generator)


def night_of(night: Night) -> Night:
    """A night whose numbers were looked at."""
    updates, batch, old, rate = words.instance("night", night, Night, "use Night(updates=24)")
    updates, batch = words.count("updates", updates, least=0), words.count("batch", batch, of="pieces")
    return Night(updates, batch, words.share("old", old), words.number("rate", rate, least=0.0))


def _taught(
    model: ByteModel, today: Lessons, old: Lessons | None, night: Night, generator: Generator
) -> Iterator[float]:
    optimizer = torch.optim.Adam(model.parameters(), lr=night.rate)
    few = 0 if old is None else round(night.batch * night.old)
    for step in range(night.updates):
        parts = [_drawn(today, night.batch - few, generator)]
        if old is not None and few:
            parts.append(_drawn(old, few, generator))
        text, targets = (torch.cat(every) for every in zip(*parts, strict=True))
        with torch.enable_grad():
            logits = model.keys(text) @ model.head_weights().mT
            loss = F.cross_entropy(logits.flatten(0, 1), targets.flatten(0, 1)) / math.log(2)
        update(optimizer, loss, step + 1, clip=1.0)
        yield loss.item()


def _drawn(lessons: Lessons, count: int, generator: Generator) -> Lessons:
    at = torch.randint(len(lessons.text), (count,), generator=generator)
    return Lessons(lessons.text[at], lessons.targets[at])
