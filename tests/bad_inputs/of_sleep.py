"""Calls of what days and nights are made of."""

from __future__ import annotations

import copy
from typing import Any

import torch

from nlviz import outer
from nlviz.experiments import sleep

from .call import Call, arguments, chance

MODEL = outer.ByteModel(4, 3, generator=chance())
PIECES = torch.zeros(2, 3, dtype=torch.uint8)
LESSONS = sleep.as_it_stands(PIECES)
NIGHT = sleep.Night(1, 1)


def nights() -> list[Call]:
    def taught(model: Any, **given: Any) -> Any:
        # a model is changed by a night: each call has one of its own
        return [*sleep.taught(copy.deepcopy(model), **given)]

    def began(**given: Any) -> Any:
        # the rest of a course is not of its door
        return next(iter(sleep.course("no sleep", **given)))[1][0].bits

    text = bytes(2048)
    days = sleep.days_of([("a", text)])
    looks = [sleep.Look(0, False, 1.0, (1.0, 1.0), 0.0, 0.0), sleep.Look(1, True, 1.0, (1.0, 0.5), 0.0, 0.0)]
    return [
        Call("sleep.days_of", sleep.days_of, arguments(texts=([("a", text)], "things"), seed=(0, "seed"))),
        Call("sleep.pieces_of", lambda **given: sleep.pieces_of(PIECES[0], **given), arguments(length=(3, "count"))),
        Call("sleep.as_said", sleep.as_said, arguments(model=(MODEL, "thing"), text=(PIECES, "as it is"))),
        Call(
            "sleep.dreams",
            sleep.dreams,
            arguments(
                model=(MODEL, "thing"), count=(1, "count"), length=(2, "count"), generator=(chance(), "generator")
            ),
        ),
        Call(
            "sleep.taught",
            taught,
            arguments(
                model=(MODEL, "thing"),
                today=(LESSONS, "thing"),
                old=(LESSONS, "optional function"),
                night=(NIGHT, "thing"),
                generator=(chance(), "generator"),
            ),
        ),
        Call(
            "sleep.course",
            began,
            arguments(
                days=(days, "thing"),
                night=(NIGHT, "optional function"),
                inner_lr=(1.0, "not negative"),
                period=(16, "count"),
                seed=(0, "seed"),
            ),
        ),
        Call("sleep.matrix", sleep.matrix, arguments(looks=(looks, "things"))),
        Call("sleep.trace_of", sleep.trace_of, arguments(courses=({"a": looks}, "as it is"), days=(days, "thing"))),
    ]
