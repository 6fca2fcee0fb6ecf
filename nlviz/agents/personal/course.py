"""How well an arm knows its users, evening by evening."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from nlviz.agents.personal.arms import evenings
from nlviz.agents.personal.user import Life
from nlviz.door import tensors, words

__all__ = ["Known", "course", "known"]


class Known(NamedTuple):
    """[users, days, topics] each. error: ‖answer − taste‖², 1 for an empty answer. hit: 1 where, of all tastes of that
    day and of the other time, the nearest to the answer is the right one; chance is one of 2 · topics.
    """

    error: Tensor
    hit: Tensor


def course(arm: str, life: Life, setting: Mapping[str, float] | None = None) -> Known:
    """What an arm knows of every topic each evening, after what was said that day; arguments as of `evenings`.

    >>> users = agents.personal.life(8, generator=torch.Generator().manual_seed(0))
    >>> hit = agents.personal.course("delta", users).hit[..., users.changed]
    >>> [round(hit[:, day - 1].mean().item(), 1) for day in (14, 15, 30)]
    [0.9, 0.2, 0.9]
    """
    return known(evenings(arm, life, setting), life)


def known(answers: Tensor, life: Life) -> Known:
    """The same of answers to every topic each evening, [users, days, topics, width].

    Raises ValueError for answers of another shape.
    """
    life = words.instance("life", life, Life, "life(…) gives one")
    answers = tensors.tensor("answers", answers, "users days topics width")
    if answers.shape != life.tastes.shape:
        words.refuse("answers", answers, f"shape {list(life.tastes.shape)}, one for each topic and evening")
    every = torch.cat([life.tastes, life.others], 2)
    nearest = (F.normalize(answers, dim=-1) @ every.mT).argmax(-1)
    return Known((answers - life.tastes).square().sum(-1), (nearest == torch.arange(answers.shape[2])).to(answers))
