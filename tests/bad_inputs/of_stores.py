"""Calls of experiments.budget: caches in the place of a memory, stores that are trained, names in a text."""

from __future__ import annotations

import torch
from torch import Generator

from nlviz import outer
from nlviz.experiments import budget

from .call import Call, arguments, chance

__all__ = ["stores"]


def stores() -> list[Call]:
    text = torch.randint(256, (1, 128), generator=chance())
    names, made_by = budget.named(text, generator=chance()), (chance(), "generator")
    model = outer.TokenModel([outer.Attention(8, 2, generator=chance())], 8, generator=chance())

    def fresh(given: object) -> object:
        return chance() if isinstance(given, Generator) else given

    def told(**given: object) -> object:
        return budget.told_recall(**{name: fresh(one) for name, one in given.items()}).recall  # pyright: ignore

    def trained(**given: object) -> object:
        return budget.trained_recall("attention", steps=1, **given).recall.shape  # pyright: ignore

    def silent(**given: object) -> None:
        with budget.silenced(**given):  # pyright: ignore
            pass

    counted = {name: (number, "count") for name, number in (("width", 8), ("d", 4))}
    return [
        Call(
            "budget.Lookup",
            budget.Lookup,
            arguments(
                **counted, window=(2, "count?"), convolution=(2, "count from 0"), generator=(chance(), "generator?")
            ),
        ),
        Call(
            "budget.store_model",
            budget.store_model,
            arguments(name=("attention", "word"), d=(4, "count"), generator=made_by),
        ),
        Call(
            "budget.told_recall",
            told,
            arguments(
                model=(model, "model"),
                pairs=(4, "count"),
                generator=made_by,
                streams=(2, "count"),
                together=(2, "count"),
            ),
        ),
        Call(
            "budget.trained_recall",
            trained,
            arguments(d=(4, "count"), pairs=(2, "count"), lr=(0.1, "positive"), seed=(0, "seed")),
        ),
        Call("budget.named", budget.named, arguments(text=(text, "thing"), generator=made_by)),
        Call(
            "budget.NamesTask",
            budget.NamesTask,
            arguments(text=(text[0], "thing"), time=(128, "count"), names=(True, "flag"), weight=(0.5, "not negative")),
        ),
        Call("budget.completed", budget.completed, arguments(model=(model, "model"), names=(names, "thing"))),
        Call(
            "budget.reader",
            lambda **given: outer.parameters(budget.reader(**{name: fresh(one) for name, one in given.items()})),  # pyright: ignore
            arguments(name=("window", "word"), generator=made_by, size=(60_000, "count")),
        ),
        Call("budget.silenced", silent, arguments(model=(model, "model"))),
    ]
