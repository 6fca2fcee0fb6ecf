"""Exercises of notebook 11 about what should not be there: what a deletion takes out, and who lies."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Generator, Tensor

from nlviz.lessons.checking.cases import cases
from nlviz.lessons.checking.exercise import Exercise

__all__ = ["SUSPECTS", "TAKEN"]


def _t(*numbers: Any) -> Tensor:
    return torch.tensor(numbers, dtype=torch.float32)


# ---- 11.3


def _taken_case(generator: Generator, dtype: torch.dtype) -> dict[str, Any]:
    share, said, known = (torch.randn(n, generator=generator, dtype=torch.float64).to(dtype) for n in (5, 3, 3))
    return {"share": share, "said": said, "known": known}


def _taken(share: Tensor, said: Tensor, known: Tensor) -> Tensor:
    """Answer by answer."""
    return torch.stack([one * (said - known) for one in share])


TAKEN = Exercise(
    "11.3",
    "taken",
    truth=_taken,
    cases=cases([{"share": _t(0.5, -0.1), "said": _t(1, 2), "known": _t(0.5, 0)}], _taken_case),
    slips={
        "whole": lambda share, said, known: torch.outer(share, said),
        "known": lambda share, said, known: torch.outer(share, known),
        "sign": lambda share, said, known: torch.outer(share, known - said),
        "sum": lambda share, said, known: torch.outer(share, said + known),
        "no_share": lambda share, said, known: (said - known).expand(len(share), -1),
        "rest": lambda share, said, known: torch.outer(1 - share, said - known),
        "size": lambda share, said, known: torch.outer(share.abs(), said - known),
        "turned": lambda share, said, known: torch.outer(said - known, share),
        "half": lambda share, said, known: torch.outer(share, said) - known,
    },
)


# ---- 11.4


def _suspects_case(generator: Generator, dtype: torch.dtype) -> dict[str, Any]:
    surprise = (torch.rand(24, generator=generator, dtype=torch.float64) ** 2 + 0.1).to(dtype)
    topic = torch.randint(3, (24,), generator=generator)
    return {"surprise": surprise, "topic": topic, "factor": 1.5}


def _suspects(surprise: Tensor, topic: Tensor, factor: float) -> Tensor:
    """One after the other, with the earlier ones of its topic in order; of an even number the mean of the two."""
    return _found(surprise, topic, factor, lambda earlier, one: sum(_middle(earlier)) / 2)


def _middle(values: list[float]) -> tuple[float, float]:
    """The two in the middle; twice the same of an odd number."""
    order = sorted(values)
    return order[(len(order) - 1) // 2], order[len(order) // 2]


def _found(
    surprise: Tensor, topic: Tensor, factor: float, usual: Callable[[list[float], float], float], *, first: bool = False
) -> Tensor:
    """Whether each is above factor times what is usual by its earlier ones; first: whether a first meeting is, too."""
    sizes, topics = surprise.tolist(), topic.tolist()
    flags = []
    for i, (one, about) in enumerate(zip(sizes, topics, strict=True)):
        earlier = [sizes[j] for j in range(i) if topics[j] == about]
        flags.append(one > factor * usual(earlier, one) if earlier else first)
    return torch.tensor(flags)


def _against(usual: Callable[[list[float], float], float], *, first: bool = False) -> Callable[..., Tensor]:
    return lambda surprise, topic, factor: _found(surprise, topic, factor, usual, first=first)


def _median(values: list[float]) -> float:
    return sum(_middle(values)) / 2


def _of_all(surprise: Tensor, topic: Tensor, factor: float) -> Tensor:
    sizes = surprise.tolist()
    return torch.tensor([i > 0 and one > factor * _median(sizes[:i]) for i, one in enumerate(sizes)])


def _ahead(surprise: Tensor, topic: Tensor, factor: float) -> Tensor:
    usual = torch.stack([surprise[topic == about].median() for about in topic])
    return surprise > factor * usual


_SUSPECTS_SMALL = {
    "surprise": _t(1.0, 0.4, 1.0, 0.5, 1.4, 0.4, 0.9),
    "topic": torch.tensor([0, 0, 1, 0, 0, 1, 1]),
    "factor": 1.5,
}

SUSPECTS = Exercise(
    "11.4",
    "suspects",
    truth=_suspects,
    # the lower of two in the middle, as torch has it, and the upper
    also=[_against(lambda earlier, one: _middle(earlier)[0]), _against(lambda earlier, one: _middle(earlier)[1])],
    cases=cases([_SUSPECTS_SMALL], _suspects_case),
    slips={
        "line": lambda surprise, topic, factor: surprise > factor,
        "first": _against(lambda earlier, one: _median(earlier), first=True),
        "all_topics": _of_all,
        "ahead": _ahead,
        "itself": _against(lambda earlier, one: _median([*earlier, one])),
        "mean": _against(lambda earlier, one: sum(earlier) / len(earlier)),
        "newest": _against(lambda earlier, one: earlier[-1]),
        "largest": _against(lambda earlier, one: max(earlier)),
        "no_factor": lambda surprise, topic, factor: _found(
            surprise, topic, 1.0, lambda earlier, one: _median(earlier)
        ),
        "below": lambda surprise, topic, factor: (
            ~_found(surprise, topic, factor, lambda earlier, one: _median(earlier), first=True)
        ),
    },
)
