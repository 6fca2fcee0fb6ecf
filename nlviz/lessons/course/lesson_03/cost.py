"""03.5: the dual form gives what a matrix for every token gives, and is asked for because it writes far less."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Generator, Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from nlviz.lessons.checking.calling import Case, attempt
from nlviz.lessons.checking.exercise import Exercise, Judged, Verdict
from nlviz.lessons.words import say, table

__all__ = ["judge", "numbers_written"]

_TOKENS, _WIDTH = 64, 32
# The dual form in other words writes up to twice as much; one M per token ten times and more.
_SLOW = 4.0


def judge(dual: Exercise, exercise: Judged, answer: Any, truth: Any) -> Verdict:
    """The numbers as of any exercise; right ones that took far more work than they need are right, and slow."""
    found = dual.judged(answer)
    case = _case()
    mine, least = (numbers_written(function, case) for function in (answer, _dual)) if found.right else (0, 1)
    if mine <= _SLOW * least:
        return found
    words = table("exercises", exercise.id)["slow"]
    more = words.format(times=f"{mine / least:.0f}", tokens=_TOKENS, width=_WIDTH)
    return Verdict(True, say("check.right_more", name=exercise.name, more=more))


def numbers_written(function: Callable[..., Any], case: Case) -> int:
    """How many numbers torch writes while the function runs; views write none, and what is not torch is not counted."""
    with _Counted() as counted:
        attempt(function, case)
    return counted.numbers


class _Counted(TorchDispatchMode):
    """Adds up the sizes of what every operation makes: a count, which unlike a time is the same on every machine."""

    numbers = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        made = func(*args, **(kwargs or {}))
        if isinstance(made, Tensor) and not func.is_view:
            self.numbers += made.numel()
        return made


def _case() -> Case:
    source = Generator().manual_seed(0)
    keys, values, queries = (torch.randn(_TOKENS, _WIDTH, generator=source) for _ in range(3))
    W = torch.randn(_WIDTH, _WIDTH, generator=source)
    return Case({"W": W, "keys": keys, "values": values, "queries": queries, "inner_lr": 0.01})


def _dual(W: Tensor, keys: Tensor, values: Tensor, queries: Tensor, inner_lr: float) -> Tensor:
    return queries @ W.T - inner_lr * torch.tril(queries @ keys.T) @ (keys @ W.T - values)
