"""Does it retrieve, or only predict better? Made-up names in a text, each written twice, near by or far apart."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import torch
from torch import Generator, Tensor, nn

from nlviz.door import tensors, words
from nlviz.experiments.budget.lookup import Beside, Lookup
from nlviz.memory import Titans
from nlviz.outer import LMM, TokenModel, entrance, parameters
from nlviz.outer.layers.lmm import Beginning

__all__ = ["READERS", "Completed", "Named", "NamesTask", "completed", "named", "reader", "silenced"]

SLOT, LETTERS, SHOWN = 8, 5, 3
"""A line end, five letters and a line end stand in eight bytes; after three of them the other two can be known."""
NEAR, FAR = (1, 3), (8, 48)
"""Slots from a name to its second time: 8 to 24 bytes, or 64 to 384."""
WIDTH, WINDOW = 48, 32
BEGINNING = Beginning((-2.0, 0.0, -6.0), (1.0, 0.5, 0.25, 0.0), (0.0, 1.0, 0.5, 0.25), alike=True, learned=True)
"""Where a memory comes into use: see `tests/benchmarks/ablation.md`."""


class Named(NamedTuple):
    """text [batch, time] with names; asked [batch, time]: 1 at a letter that a name near by tells, 2 at one that a name
    far away tells, else 0."""

    text: Tensor
    asked: Tensor


class Completed(NamedTuple):
    """The share of letters foretold, of names written 8 to 24 bytes before and 64 to 384. Guessing is 1/26."""

    near: float
    far: float


def named(text: Tensor, *, generator: Generator) -> Named:
    """Stretches of text [batch, time] over which made-up names are written, each twice: a line of five letters.

    Of eight bytes in every 21 one is overwritten; as many names come again near by as far away. Names are drawn anew in
    each stretch, so nothing but the first time tells the second. Raises ValueError for stretches below 128 bytes.

        >>> found = experiments.budget.named(torch.zeros(2, 512, dtype=torch.long), generator=torch.Generator())
        >>> int((found.asked == 1).sum()), int((found.asked == 2).sum())
        (24, 24)
    """
    text = _bytes(tensors.tensor("text", text, "batch time")).clone()
    chance = tensors.generator("generator", generator)
    slots = words.count("time", text.shape[1], least=128, of="bytes") // SLOT
    asked = torch.zeros_like(text, dtype=torch.long)
    for row in range(len(text)):
        free = [True] * (slots - 1)
        for kind in (1, 2) * (slots // 10):
            first, again = _free_pair(free, NEAR if kind == 1 else (FAR[0], min(FAR[1], slots - 2)), chance)
            name = torch.randint(ord("a"), ord("z") + 1, (LETTERS,), generator=chance).to(text)
            for slot in (first, again):
                at = slot * SLOT
                text[row, at : at + LETTERS + 2] = ord("\n")
                text[row, at + 1 : at + 1 + LETTERS] = name
            asked[row, again * SLOT + 1 + SHOWN : again * SLOT + 1 + LETTERS] = kind
    return Named(text, asked)


def _bytes(text: Tensor) -> Tensor:
    return entrance.symbols(text, 256, torch.empty(0))


def _free_pair(free: list[bool], apart: tuple[int, int], chance: Generator) -> tuple[int, int]:
    """Two free slots so many apart, drawn by lot, and taken."""
    pairs = [
        (first, first + distance)
        for distance in range(apart[0], apart[1] + 1)
        for first in range(len(free) - distance)
        if free[first] and free[first + distance]
    ]
    found = pairs[int(torch.randint(len(pairs), (), generator=chance))]
    for slot in found:
        free[slot] = False
    return found


class NamesTask:
    """A task for `train`: stretches of a text, with names or as it is.

    names: whether they are written into it. weight: of the letters that can be known, beside the mean over all bytes.
    Raises ValueError for a text shorter than a stretch.
    """

    def __init__(self, text: Tensor, *, time: int = 512, names: bool = True, weight: float = 0.25) -> None:
        self.text: Tensor = _bytes(tensors.tensor("text", text, "time")[None])[0]
        self.time: int = words.count("time", time, least=128, most=len(self.text), of="bytes")
        self.names: bool = words.flag("names", names)
        self.weight: float = words.number("weight", weight, least=0.0)

    def draw(self, batch: int, generator: Generator) -> Named:
        """Stretches drawn at random."""
        batch = words.count("batch", batch, least=0)
        starts = torch.randint(len(self.text) - self.time + 1, (batch, 1), generator=generator)
        text = self.text[starts + torch.arange(self.time)]
        return named(text, generator=generator) if self.names else Named(text, torch.zeros_like(text))

    def loss(self, model: Any, given: Named, state: Any) -> tuple[Tensor, Any]:
        """Mean −ln p of every byte, and `weight` times that of the letters that can be known."""
        nats, state = model.loss(given.text, state)
        told = given.asked > 0
        return nats.mean() + (self.weight * nats[told].mean() if told.any() else 0.0), state


@torch.no_grad()
def completed(model: Any, names: Named, *, together: int = 16) -> Completed:
    """Of the letters that a name before tells, the share that the model holds likeliest, near by and far away.

    Raises ValueError for what is no model, or no names. together: stretches read at once.

        >>> source = torch.zeros(2, 512, dtype=torch.long)
        >>> names = experiments.budget.named(source, generator=torch.Generator().manual_seed(0))
        >>> model = experiments.budget.reader("window", generator=torch.Generator().manual_seed(0))
        >>> experiments.budget.completed(model, names).far < 0.5
        True
    """
    entrance.reader(model)
    words.instance("names", names, Named, "make them by experiments.budget.named(…)")
    parts = zip(*(one.split(words.count("together", together)) for one in names), strict=True)
    right = torch.cat([(model(text)[0] @ model.head_weights().mT).argmax(-1) == text for text, _ in parts])
    return Completed(*(float(right[names.asked == kind].double().mean()) for kind in (1, 2)))


def _looks(chance: Generator) -> Lookup:
    begun = BEGINNING._replace(learned=False)
    return Lookup(WIDTH, WIDTH, window=WINDOW, beginning=begun, generator=chance)


def _memory(chance: Generator, rate: float = 1.0) -> LMM:
    return LMM(WIDTH, Titans(WIDTH, WIDTH), rate=rate, beginning=BEGINNING, generator=chance)


READERS: dict[str, Callable[[Generator], nn.Module]] = {
    "window": _looks,
    "memory": _memory,
    "both": lambda chance: Beside(_looks(chance), _memory(chance)),
    "nothing written": lambda chance: _memory(chance, 0.0),
}
"""What mixes the bytes, by name, as generator -> a layer. The last is the memory, trained with θ = 0: the control."""


def reader(name: str, *, generator: Generator, size: int = 60_000) -> TokenModel:
    """A byte model of one block of READERS, width 48, whose MLP is as wide as it takes to have `size` parameters.

    A window sees 32 bytes. Raises ValueError for a name that is none, or a size too small for one hidden unit.

        >>> model = experiments.budget.reader("both", generator=torch.Generator().manual_seed(0))
        >>> abs(outer.parameters(model) - 60_000) <= 48
        True
    """
    made, begun = words.known("name", name, READERS), tensors.generator("generator", generator).get_state()

    def built(expand: float) -> TokenModel:
        generator.set_state(begun)
        return TokenModel([made(generator)], WIDTH, expand=expand, generator=generator)

    bare = parameters(built(0)) + WIDTH
    size = words.count("size", size, least=bare + 2 * WIDTH, of="parameters")
    return built(round((size - bare) / (2 * WIDTH)) / WIDTH)


@contextmanager
def silenced(model: nn.Module) -> Iterator[None]:
    """While it lasts no memory of the model writes: it reads from its learned start. Windows go on.

    >>> model = experiments.budget.reader("memory", generator=torch.Generator().manual_seed(0))
    >>> with experiments.budget.silenced(model):
    ...     model.blocks[0].mixer.rate
    0.0
    """
    every = entrance.module("model", model).modules()
    layers = [one for one in every if isinstance(one, LMM) and not isinstance(one, Lookup)]
    rates = [one.rate for one in layers]
    try:
        for one in layers:
            one.rate = 0.0
        yield
    finally:
        for one, rate in zip(layers, rates, strict=True):
            one.rate = rate
