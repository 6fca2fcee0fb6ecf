"""The stream of the experiments with several levels: facts A, a burst of other facts B, and A again."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Generator, Tensor

from nlviz.door import words
from nlviz.memory import Pairs
from nlviz.streams import recall_pairs

__all__ = ["Burst", "Facts", "burst"]


class Facts(NamedTuple):
    """What should be known: keys and values, each [batch, items, width]."""

    keys: Tensor
    values: Tensor


class Burst(NamedTuple):
    """pairs: [batch, time, width]. a, b: the facts. spans: of "A", "burst of B" and "A again", [start, stop)."""

    pairs: Pairs
    a: Facts
    b: Facts
    spans: dict[str, tuple[int, int]]


def burst(
    length: int,
    *,
    generator: Generator,
    items: int = 8,
    passes: int = 8,
    again: int = 0,
    width: int = 32,
    contradicts: bool = False,
    batch: int = 1,
) -> Burst:
    """A's items `passes` times, then `length` tokens of B, then `again` tokens of A; each time in a new order.

    B has as many items as A, or as many as it is long. contradicts: whether they are A's keys with other values; else
    B has keys of its own. Keys and values are unit vectors of this width.

        >>> stream = experiments.continuum.burst(4, generator=torch.Generator().manual_seed(0), items=2, passes=3)
        >>> stream.spans, stream.pairs.keys.shape
        ({'A': (0, 6), 'burst of B': (6, 10), 'A again': (10, 10)}, torch.Size([1, 10, 32]))
    """
    length, again = (words.count(name, x, least=0, of="tokens") for name, x in (("length", length), ("again", again)))
    passes, batch, contradicts = (
        words.count("passes", passes),
        words.count("batch", batch),
        words.flag("contradicts", contradicts),
    )
    drawn = [recall_pairs(items, width, generator=generator, batch=batch) for _ in range(2)]
    a, b = (Facts(one.keys, one.values) for one in drawn)
    many = len(a.keys[0])
    # a short burst tells only as much as it has room for
    told = slice(max(1, min(many, length)))
    b = Facts((a if contradicts else b).keys[:, told], b.values[:, told])
    parts = [_shown(a, many * passes, generator), _shown(b, length, generator), _shown(a, again, generator)]
    ends = torch.tensor([0, *(part.keys.shape[1] for part in parts)]).cumsum(0).tolist()
    names = "A", "burst of B", "A again"
    spans = {name: (start, stop) for name, start, stop in zip(names, ends[:-1], ends[1:], strict=True)}
    return Burst(Pairs(*(torch.cat(part, 1) for part in zip(*parts, strict=True))), a, b, spans)


def _shown(facts: Facts, tokens: int, generator: Generator) -> Facts:
    """So many tokens: all the facts in a new order, again and again."""
    many = facts.keys.shape[1]
    rounds = [torch.randperm(many, generator=generator) for _ in range(-(-tokens // many))]
    order = torch.cat([torch.zeros(0, dtype=torch.long), *rounds])[:tokens]
    return Facts(*(part[:, order] for part in facts))
