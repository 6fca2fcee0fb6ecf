"""Interactions that a user never had, planted among theirs, and how surprised the memory is by them."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from nlviz.agents.personal.entrance import vectors
from nlviz.agents.personal.user import Life
from nlviz.door import tensors, words
from nlviz.inner import fastest
from nlviz.inner.entrance import look
from nlviz.memory import Gates, LinearRule, Pairs

__all__ = ["POISONS", "planted", "poisoned", "surprises"]

POISONS = ("one lie", "small steps", "new topic")
"""A preference that is false at once, one that turns false by and by, and one about what was never talked of."""
STEPS = 10


def planted(life: Life, at: Sequence[int], contexts: Tensor, preferences: Tensor) -> Life:
    """The same life with other interactions at these places, [users, places, width] of both; topic −1 there.

    Raises ValueError for places that are not in it, and for vectors that do not fit.
    """
    life = words.instance("life", life, Life, "life(…) gives one")
    last = life.pairs.keys.shape[1] - 1
    places = [
        words.count(f"at[{i}]", one, least=0, most=last, of="interactions, counted from 0")
        for i, one in enumerate(words.several("at", at, what="places"))
    ]
    keys, values, topic = *(one.clone() for one in life.pairs), life.topic.clone()
    for name, into, given in (("contexts", keys, contexts), ("preferences", values, preferences)):
        given = vectors(name, given, "users places width", into)
        if given.shape != into[:, places].shape:
            words.refuse(name, given, f"shape {list(into[:, places].shape)}")
        into[:, places] = given
    topic[:, places] = -1
    return life._replace(pairs=Pairs(keys, values), topic=topic)


def poisoned(life: Life, how: str, first: int, *, generator: Generator) -> tuple[Life, list[int], Tensor]:
    """A life with a lie in it from interaction `first` on, where the lies stand, and what they want believed.

    "one lie": topic 0 is said to be liked quite otherwise, at once. "small steps": the same in ten interactions in a
    row, each turned a tenth of the way further from what is liked that day. "new topic": something is said about a
    topic that never came up. What is wanted is [users, width], at right angles to the taste of topic 0 that day.
    Raises ValueError for a lie that is none of POISONS, or has no room.

        >>> chance = torch.Generator().manual_seed(0)
        >>> bad, at, wanted = agents.personal.poisoned(
        ...     agents.personal.life(generator=chance), "one lie", 60, generator=chance)
        >>> at, wanted.shape
        ([60], torch.Size([1, 16]))
    """
    life = words.instance("life", life, Life, "life(…) gives one")
    words.choice("how", how, POISONS)
    chance = tensors.generator("generator", generator)
    many = STEPS if how == "small steps" else 1
    first = words.count("first", first, least=0, most=life.pairs.keys.shape[1] - many, of="interactions, from 0")
    taste = life.tastes[:, int(life.day[first]) - 1, 0]
    aside = torch.randn(taste.shape, generator=chance)
    wanted = F.normalize(aside - (aside * taste).sum(-1, keepdim=True) * taste, dim=-1)
    middle = life.topics[:, 0]
    if how == "new topic":
        middle = F.normalize(torch.randn(taste.shape, generator=chance), dim=-1)
    turned = torch.arange(1, many + 1)[:, None] / many * math.pi / 2
    preferences = turned.cos() * taste[:, None] + turned.sin() * wanted[:, None]
    at = list(range(first, first + many))
    return planted(life, at, middle[:, None].expand(-1, many, -1), preferences), at, wanted


def surprises(memory: LinearRule, pairs: Pairs, gates: Gates) -> Tensor:
    """‖v − M k‖ of every interaction before it is written, [users, time]: how far what is said is from what was known.

    About 1 where nothing was known. Raises ValueError as `inner.unroll` does.
    """
    given = look(memory, pairs, gates, None, None)
    known = fastest(memory, given.pairs, given.gates, read_first=True).outputs
    return (given.pairs.values - known).norm(dim=-1)
