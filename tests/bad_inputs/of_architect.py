"""Calls of the Legacy Architect."""

from __future__ import annotations

from functools import cache
from typing import Any

import torch
from torch import Tensor

from nlviz.agents import architect

from .call import Call, arguments

__all__ = ["months_of_reading"]


@cache
def project() -> architect.Legacy:
    return architect.legacy("json", limit=4_000, renames=2)


def months_of_reading() -> list[Call]:
    def read(**given: Any) -> Any:
        # the days to come are not of its door
        return next(architect.month_pieces(**given)).so_far().bits

    def lived(**given: Any) -> Any:
        return architect.legacy("json", **given).bytes

    months = next(architect.month_pieces(project(), ("frozen",), each=0)).so_far()
    text = torch.zeros(1, 8, dtype=torch.uint8)

    def reading(**given: Any) -> Tensor:
        return architect.reader(**given)(text)

    return [
        Call(
            "architect.legacy", lived, arguments(limit=(4_000, "count"), renames=(2, "count from 0"), seed=(0, "seed"))
        ),
        Call(
            "architect.questions",
            architect.questions,
            arguments(project=(project(), "thing"), each=(2, "count"), seed=(0, "seed")),
        ),
        Call(
            "architect.month_pieces",
            read,
            arguments(
                project=(project(), "thing"), arms=(["frozen"], "things"), each=(1, "count from 0"), seed=(0, "seed")
            ),
        ),
        Call("architect.reader", reading, arguments(arm=("frozen", "word"), a_day=(16, "count"))),
        Call("architect.timeline", architect.timeline, arguments(months=(months, "thing"))),
        Call(
            "architect.day_trace",
            architect.day_trace,
            arguments(months=(months, "thing"), arm=("frozen", "word"), day=(0, "count from 0")),
        ),
    ]
