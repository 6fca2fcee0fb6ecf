"""Streams of key–value pairs with a known truth: recall pairs, overwrites, a needle, a drift."""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from nlviz.door.tensors import generator as generator_at
from nlviz.door.words import count, number
from nlviz.memory import Pairs
from nlviz.trace import Token

__all__ = ["NOISE", "Stream", "drift", "needle", "overwrites", "recall_pairs"]

NOISE = -1


class Stream(NamedTuple):
    """Pairs to be written, and what should be known of them at the end; all on the device of their generator.

    pairs: [batch, time, …]. item: [time], which item each token shows, NOISE for a one-off that belongs to none.
    keys, values: [batch, items, …], each item's key and the value it was last given. Keys and values are unit vectors.
    """

    pairs: Pairs
    item: Tensor
    keys: Tensor
    values: Tensor

    @property
    def tokens(self) -> tuple[Token, ...]:
        """Each time step in words: the item it shows."""
        return tuple(
            Token("noise" if item == NOISE else f"item {item}", step, step + 1, "noise" if item == NOISE else "item")
            for step, item in enumerate(self.item.tolist())
        )

    @property
    def last_shown(self) -> Tensor:
        """[items], the time step at which each item was last shown; −1 if it never was."""
        steps = torch.arange(len(self.item), device=self.item.device)
        never, known = steps.new_full((self.keys.shape[1],), -1), self.item != NOISE
        return never.scatter_reduce(0, self.item[known], steps[known], "amax")


def recall_pairs(
    items: int,
    d_key: int,
    d_value: int | None = None,
    *,
    generator: Generator,
    passes: int = 1,
    overlap: float = 0.0,
    noise: float = 0.0,
    batch: int = 1,
) -> Stream:
    """Each item shown `passes` times in turn, with one-off noise strewn in.

    overlap: cosine between any two keys on average (0 for independent ones). noise: share of the stream that is
    noise, below 1.
    Raises ValueError for a share outside [0, 1), or fewer than one item or pass.

        >>> stream = streams.recall_pairs(3, 4, generator=torch.Generator().manual_seed(0), passes=2)
        >>> stream.item.tolist(), stream.pairs.keys.shape
        ([0, 1, 2, 0, 1, 2], torch.Size([1, 6, 4]))
    """
    items, passes = count("items", items), count("passes", passes)
    drawn = _Drawn.of(generator, batch, d_key, d_value)
    noise = share_below_one("noise", noise)
    keys, values = drawn.keys(items, share_below_one("overlap", overlap)), drawn.values(items)
    shown = torch.arange(items, device=generator.device).repeat(passes)
    one_offs = round(len(shown) * noise / (1 - noise))
    if not one_offs:
        return Stream(Pairs(keys[:, shown], values[:, shown]), shown, keys, values)
    order = shown.new_full((len(shown) + one_offs,), NOISE)
    places = torch.randperm(len(order), generator=generator, device=generator.device)[: len(shown)].sort().values
    return _strewn(order.index_copy(0, places, shown), keys, values, drawn)


def overwrites(
    items: int, writes: int, d_key: int, d_value: int | None = None, *, generator: Generator, batch: int = 1
) -> Stream:
    """Items given a new value again and again: every item once, then `writes − items` more, each of a random item.

    Only the newest value counts as known. Raises ValueError if there are fewer writes than items.

        >>> stream = streams.overwrites(2, 5, 4, generator=torch.Generator().manual_seed(0))
        >>> stream.item.tolist(), stream.last_shown.tolist()
        ([0, 1, 1, 1, 1], [0, 4])
        >>> torch.equal(stream.values, stream.pairs.values[:, stream.last_shown])
        True
    """
    items, writes = count("items", items), count("writes", writes)
    if writes < items:
        raise ValueError(f"{writes} writes for {items} items; every item is written once, use at least {items}")
    drawn = _Drawn.of(generator, batch, d_key, d_value)
    keys, given = drawn.keys(items), drawn.values(writes)
    again = torch.randint(items, (writes - items,), generator=generator, device=generator.device)
    item = torch.cat([torch.arange(items, device=generator.device), again])
    stream = Stream(Pairs(keys[:, item], given), item, keys, given[:, :items])
    return stream._replace(values=given[:, stream.last_shown])


def needle(distance: int, d_key: int, d_value: int | None = None, *, generator: Generator, batch: int = 1) -> Stream:
    """One pair worth knowing, then `distance` unrelated ones. Item 0 is the needle; the hay is noise.

    >>> streams.needle(3, 4, generator=torch.Generator().manual_seed(0)).item.tolist()
    [0, -1, -1, -1]
    """
    distance = count("distance", distance, least=0, of="tokens after the needle")
    drawn = _Drawn.of(generator, batch, d_key, d_value)
    keys, values = drawn.keys(1), drawn.values(1)
    item = torch.tensor([0] + distance * [NOISE], device=generator.device)
    return _strewn(item, keys, values, drawn)


def drift(
    items: int,
    passes: int,
    d_key: int,
    d_value: int | None = None,
    *,
    rate: float,
    generator: Generator,
    batch: int = 1,
) -> Stream:
    """Items whose values wander: at each pass a value turns by `rate` radians in a direction of its own.

    Only the newest value counts as known. rate 0 is plain repetition, π/2 a new value at every pass.

        >>> stream = streams.drift(1, 4, 8, rate=np.pi / 2, generator=torch.Generator().manual_seed(0))
        >>> measure.cosine(stream.pairs.values[:, 1:], stream.pairs.values[:, :-1]).abs() < 1e-6
        tensor([[True, True, True]])
    """
    items, passes, rate = count("items", items), count("passes", passes), number("rate", rate)
    drawn = _Drawn.of(generator, batch, d_key, d_value)
    keys, value = drawn.keys(items), drawn.values(items)
    shown = [value]
    for _ in range(passes - 1):
        aside = torch.randn(value.shape, generator=generator, device=generator.device)
        aside = F.normalize(aside - (aside * value).sum(-1, keepdim=True) * value, dim=-1)
        value = math.cos(rate) * value + math.sin(rate) * aside
        shown.append(value)
    item = torch.arange(items, device=generator.device).repeat(passes)
    return Stream(Pairs(keys[:, item], torch.cat(shown, 1)), item, keys, shown[-1])


class _Drawn(NamedTuple):
    """Where unit vectors come from, and how many numbers each has."""

    generator: Generator
    batch: int
    d_key: int
    d_value: int

    @classmethod
    def of(cls, generator: Generator, batch: int, d_key: int, d_value: int | None) -> _Drawn:
        """Looked at; values are as wide as keys unless told otherwise."""
        d_key = count("d_key", d_key)
        width = d_key if d_value is None else count("d_value", d_value)
        return cls(generator_at("generator", generator), count("batch", batch), d_key, width)

    def keys(self, many: int, overlap: float = 0.0) -> Tensor:
        """[batch, many, d_key], any two of them with this cosine on average."""
        own = self._directions(many, self.d_key)
        if overlap == 0:
            return own
        shared = self._directions(1, self.d_key)
        # ⟨key, key'⟩ is then `overlap` plus cross terms that vanish on average
        return F.normalize(overlap**0.5 * shared + (1 - overlap) ** 0.5 * own, dim=-1)

    def values(self, many: int) -> Tensor:
        """[batch, many, d_value]."""
        return self._directions(many, self.d_value)

    def _directions(self, many: int, width: int) -> Tensor:
        drawn = torch.randn(self.batch, many, width, generator=self.generator, device=self.generator.device)
        return F.normalize(drawn, dim=-1)


def _strewn(item: Tensor, keys: Tensor, values: Tensor, drawn: _Drawn) -> Stream:
    """The stream that shows `item` in order, with a fresh pair wherever it is NOISE."""
    is_noise, shown = (item == NOISE)[None, :, None], item.clamp_min(0)
    strange = drawn.keys(len(item)), drawn.values(len(item))
    pairs = (
        torch.where(is_noise, other, known[:, shown]) for other, known in zip(strange, (keys, values), strict=True)
    )
    return Stream(Pairs(*pairs), item, keys, values)


def share_below_one(name: str, value: float) -> float:
    """A share of which something must be left: from 0 up to but not including 1."""
    return number(name, value, least=0.0, below=1.0)
