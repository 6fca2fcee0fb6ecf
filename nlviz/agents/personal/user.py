"""A simulated user: what they talk about, what they like, and how that drifts, changes on a day and changes back."""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from nlviz.door import tensors, words
from nlviz.memory import Pairs

__all__ = ["Life", "life"]

LIKE = 0.95
"""Cosine of one context with its topic, and of what is said with the taste: nobody says the same thing twice."""


class Life(NamedTuple):
    """Users through their days; all vectors have length 1.

    pairs: one interaction a token, keys the context, values the preference said in it, [users, time, width].
    topic: [users, time], what each is about. day: [time], counted from 1. topics: [users, topics, width], the middle of
    each topic's contexts. tastes: [users, days, topics, width], what is liked on that day. others: the same of what is
    liked at other times: before and after a change the two change places. changed: [topics], whether a topic's taste
    changes. changes, reverts: the first day of the new taste, and the first of the old one again.
    """

    pairs: Pairs
    topic: Tensor
    day: Tensor
    topics: Tensor
    tastes: Tensor
    others: Tensor
    changed: Tensor
    changes: int
    reverts: int

    def until(self, day: int) -> int:
        """How many interactions there are up to the evening of a day."""
        return int((self.day <= day).sum())


def life(
    users: int = 1,
    *,
    generator: Generator,
    days: int = 45,
    a_day: int = 6,
    topics: int = 8,
    width: int = 16,
    drift: float = 0.05,
    changes: int = 15,
    reverts: int = 31,
) -> Life:
    """Users who say what they like, some times a day, in contexts about one of their topics.

    A topic comes the more seldom the later it stands: topic i with 1/(i + 1). Every second topic's taste is another one
    from the day `changes` on, and the old one again from `reverts` on. drift: by how many radians every taste turns
    each day, in a direction of its own. A number of days up to the last: a change after it never comes.
    Raises ValueError for numbers out of range, and a revert that is not after the change.

        >>> ada = agents.personal.life(generator=torch.Generator().manual_seed(0), days=3, a_day=2)
        >>> ada.pairs.keys.shape, ada.day.tolist()
        (torch.Size([1, 6, 16]), [1, 1, 2, 2, 3, 3])
    """
    chance = tensors.generator("generator", generator)
    users, days, a_day = words.count("users", users), words.count("days", days), words.count("a_day", a_day)
    topics, width = words.count("topics", topics), words.count("width", width, least=2)
    drift, changes = words.number("drift", drift, least=0.0), words.count("changes", changes, of="days")
    reverts = words.count("reverts", reverts, least=changes + 1, of="days")
    middles = _directions(chance, users, topics, width)
    both = _drifting(_directions(chance, users, 2, topics, width), days, drift, chance)
    changed = torch.arange(topics) % 2 == 1
    now = torch.arange(1, days + 1)
    new = ((now >= changes) & (now < reverts))[:, None] & changed
    tastes, others = (torch.where(new[..., None], both[:, :, one], both[:, :, 1 - one]) for one in (1, 0))
    day = now.repeat_interleave(a_day)
    often = 1 / torch.arange(1, topics + 1, dtype=torch.float32)
    topic = torch.multinomial(often.expand(users, -1), len(day), replacement=True, generator=chance)
    user = torch.arange(users)[:, None]
    pairs = Pairs(_said(middles[user, topic], chance), _said(tastes[user, day - 1, topic], chance))
    return Life(pairs, topic, day, middles, tastes, others, changed, changes, reverts)


def _directions(chance: Generator, *shape: int) -> Tensor:
    return F.normalize(torch.randn(shape, generator=chance), dim=-1)


def _aside(vectors: Tensor, chance: Generator) -> Tensor:
    """A direction at right angles to each vector."""
    drawn = torch.randn(vectors.shape, generator=chance)
    return F.normalize(drawn - (drawn * vectors).sum(-1, keepdim=True) * vectors, dim=-1)


def _said(meant: Tensor, chance: Generator) -> Tensor:
    """What is meant, put in other words: at a cosine of LIKE to it."""
    return LIKE * meant + math.sqrt(1 - LIKE**2) * _aside(meant, chance)


def _drifting(start: Tensor, days: int, drift: float, chance: Generator) -> Tensor:
    """[users, days, …], turned by `drift` radians from each day to the next."""
    each = [start]
    for _ in range(days - 1):
        each.append(math.cos(drift) * each[-1] + math.sin(drift) * _aside(each[-1], chance))
    return torch.stack(each, 1)
