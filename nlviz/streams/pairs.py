"""Streams of key–value pairs with a known truth: recall pairs, overwrites, a needle, a drift."""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

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
        """[items], the time step at which each item was last shown."""
        steps = torch.arange(len(self.item), device=self.item.device)
        return torch.stack([steps[self.item == item].max() for item in range(self.keys.shape[1])])


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
    """
    _at_least_one(items=items, d_key=d_key, passes=passes, batch=batch)
    _share(overlap=overlap, noise=noise)
    keys, values = (
        _unit(generator, batch, items, d_key, overlap),
        _unit(generator, batch, items, _width(d_key, d_value)),
    )
    shown = torch.arange(items, device=generator.device).repeat(passes)
    one_offs = round(len(shown) * noise / (1 - noise))
    if not one_offs:
        return Stream(Pairs(keys[:, shown], values[:, shown]), shown, keys, values)
    order = shown.new_full((len(shown) + one_offs,), NOISE)
    places = torch.randperm(len(order), generator=generator, device=generator.device)[: len(shown)].sort().values
    return _strewn(order.index_copy(0, places, shown), keys, values, generator)


def overwrites(
    items: int, writes: int, d_key: int, d_value: int | None = None, *, generator: Generator, batch: int = 1
) -> Stream:
    """Items given a new value again and again: every item once, then `writes − items` more, each of a random item.

    Only the newest value counts as known. Raises ValueError if there are fewer writes than items.
    """
    _at_least_one(items=items, d_key=d_key, batch=batch)
    if writes < items:
        raise ValueError(f"{writes} writes for {items} items; every item is written once, use at least {items}")
    keys, given = _unit(generator, batch, items, d_key), _unit(generator, batch, writes, _width(d_key, d_value))
    again = torch.randint(items, (writes - items,), generator=generator, device=generator.device)
    item = torch.cat([torch.arange(items, device=generator.device), again])
    stream = Stream(Pairs(keys[:, item], given), item, keys, given[:, :items])
    return stream._replace(values=given[:, stream.last_shown])


def needle(distance: int, d_key: int, d_value: int | None = None, *, generator: Generator, batch: int = 1) -> Stream:
    """One pair worth knowing, then `distance` unrelated ones. Item 0 is the needle; the hay is noise."""
    _at_least_one(d_key=d_key, batch=batch)
    if distance < 0:
        raise ValueError(f"distance is {distance}; it counts the tokens after the needle, use 0 or more")
    keys, values = _unit(generator, batch, 1, d_key), _unit(generator, batch, 1, _width(d_key, d_value))
    item = torch.tensor([0] + distance * [NOISE], device=generator.device)
    return _strewn(item, keys, values, generator)


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
    """
    _at_least_one(items=items, d_key=d_key, passes=passes, batch=batch)
    keys, value = _unit(generator, batch, items, d_key), _unit(generator, batch, items, _width(d_key, d_value))
    shown = [value]
    for _ in range(passes - 1):
        aside = torch.randn(value.shape, generator=generator, device=generator.device)
        aside = F.normalize(aside - (aside * value).sum(-1, keepdim=True) * value, dim=-1)
        value = math.cos(rate) * value + math.sin(rate) * aside
        shown.append(value)
    item = torch.arange(items, device=generator.device).repeat(passes)
    return Stream(Pairs(keys[:, item], torch.cat(shown, 1)), item, keys, shown[-1])


def _strewn(item: Tensor, keys: Tensor, values: Tensor, generator: Generator) -> Stream:
    """The stream that shows `item` in order, with a fresh pair wherever it is NOISE."""
    is_noise = (item == NOISE)[None, :, None]
    batch, time = keys.shape[0], len(item)
    shown = item.clamp_min(0)
    strange = [_unit(generator, batch, time, width.shape[-1]) for width in (keys, values)]
    pairs = (
        torch.where(is_noise, other, known[:, shown]) for other, known in zip(strange, (keys, values), strict=True)
    )
    return Stream(Pairs(*pairs), item, keys, values)


def _unit(generator: Generator, batch: int, count: int, width: int, overlap: float = 0.0) -> Tensor:
    def directions(count: int) -> Tensor:
        drawn = torch.randn(batch, count, width, generator=generator, device=generator.device)
        return F.normalize(drawn, dim=-1)

    own = directions(count)
    if overlap == 0:
        return own
    shared = directions(1)
    # ⟨key, key'⟩ is then `overlap` plus cross terms that vanish on average
    return F.normalize(overlap**0.5 * shared + (1 - overlap) ** 0.5 * own, dim=-1)


def _width(d_key: int, d_value: int | None) -> int:
    """Values are as wide as keys unless told otherwise."""
    width = d_key if d_value is None else d_value
    _at_least_one(d_value=width)
    return width


def _at_least_one(**counts: int) -> None:
    for name, count in counts.items():
        if count < 1:
            raise ValueError(f"{name} is {count}; use at least 1")


def _share(**shares: float) -> None:
    for name, share in shares.items():
        if not 0 <= share < 1:
            raise ValueError(f"{name} is {share}; it is a share, use a number from 0 up to but not including 1")
