"""Slow weights drawn from a generator that is passed in, where torch's own layers would draw from the global one."""

from __future__ import annotations

import math
from typing import TypeVar, cast

import torch
from torch import Generator, Tensor, nn

from nlviz.door import tensors as door
from nlviz.outer.homes import Head

__all__ = ["embedding", "given", "head", "linear", "normal", "source"]


def source(generator: Generator | None) -> Generator:
    """Where to draw from; None is torch's own generator, as for torch's layers: `torch.manual_seed` decides, and no two
    draws are alike. Raises ValueError for a seed in its place."""
    return door.generator("generator", generator, optional=True) or torch.default_generator


def given(generator: Generator) -> Generator:
    """The generator, where one must be given: what is drawn is then the caller's to decide. Else ValueError."""
    return cast(Generator, door.generator("generator", generator))


def normal(*shape: int, generator: Generator | None, deviation: float = 1.0) -> Tensor:
    """Normal numbers of that deviation, where torch makes tensors now."""
    door.generator("generator", generator, optional=True)
    return torch.empty(shape).normal_(0, deviation, generator=generator)


def linear(width_in: int, width_out: int, generator: Generator | None, *, share: float = 1.0) -> nn.Linear:
    """A matrix without bias, normal with deviation share/√width_in: it neither grows nor shrinks what it is given."""
    door.generator("generator", generator, optional=True)
    made = _bare(nn.Linear(width_in, width_out, bias=False, device="meta"))
    with torch.no_grad():
        made.weight.normal_(0, share / math.sqrt(width_in), generator=generator)
    return made


def embedding(count: int, width: int, generator: Generator | None) -> nn.Embedding:
    """One standard normal vector for each of `count` symbols."""
    door.generator("generator", generator, optional=True)
    # an embedding made on "meta" has torch import its compiler, which takes seconds
    made = nn.Embedding.from_pretrained(torch.empty(count, width), freeze=False)
    with torch.no_grad():
        made.weight.normal_(generator=generator)
    return made


def head(width: int, vocabulary: int, generator: Generator | None) -> Head:
    """As `linear`, a `Head`."""
    door.generator("generator", generator, optional=True)
    made = _bare(Head(width, vocabulary, bias=False, device="meta"))
    with torch.no_grad():
        made.weight.normal_(0, 1 / math.sqrt(width), generator=generator)
    return made


Layer = TypeVar("Layer", bound=nn.Module)


def _bare(layer: Layer) -> Layer:
    """The layer with memory but no numbers yet, where torch makes tensors now: none was drawn on "meta"."""
    return layer.to_empty(device=torch.get_default_device())
