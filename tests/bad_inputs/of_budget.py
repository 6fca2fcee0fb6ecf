"""Calls of experiments.budget: costs, recall by age, what is kept, prefixes of embeddings."""

from __future__ import annotations

from torch import Generator

from nlviz import outer, streams
from nlviz.experiments import budget
from nlviz.trace import Thinned

from .call import Call, arguments, chance

__all__ = ["budgets"]


def _fresh(given: object) -> object:
    """A generator as it was, so that fair forms of other arguments meet the same numbers."""
    return chance() if isinstance(given, Generator) else given


def budgets() -> list[Call]:
    heads = outer.Matryoshka((2, 4), 10, generator=chance())
    task = streams.digits("domain-incremental", generator=chance())[0]
    encoder = budget.Encoder(heads, 8, generator=chance())
    of = budget.embedded(encoder, task)
    stream = streams.recall_pairs(4, 8, generator=chance())
    width = (8, "count")

    def by_age(**given: object) -> object:
        return budget.recall_by_age(**{name: _fresh(one) for name, one in given.items()}).recall  # pyright: ignore

    def kept(**given: object) -> float:
        return budget.kept_recall(**{name: _fresh(one) for name, one in given.items()})  # pyright: ignore

    def kept_apart(**given: object) -> float:
        return budget.segment_recall(**{name: _fresh(one) for name, one in given.items()})  # pyright: ignore

    def trained(**given: object) -> object:
        made = budget.train_encoder(heads, **{name: _fresh(one) for name, one in given.items()})  # pyright: ignore
        return [] if made is None else task.train.labels

    return [
        Call("trace.Thinned", lambda rows: Thinned(rows).rows, arguments(rows=(4, "count"))),
        Call(
            "budget.costs",
            budget.costs,
            arguments(name=("attention", "word"), width=width, tokens=(4, "count from 0")),
        ),
        Call("budget.attended", budget.attended, arguments(stream=(stream, "thing"), window=(4, "count?"))),
        Call(
            "budget.memorised",
            lambda **given: budget.memorised(**given)(stream),
            arguments(name=("Titans", "word"), width=width, inner_lr=(0.5, "number")),
        ),
        Call(
            "budget.recall_by_age",
            by_age,
            arguments(
                answers=(budget.attended, "function"),
                width=width,
                tokens=(8, "count"),
                generator=(chance(), "generator"),
                streams=(2, "count"),
            ),
        ),
        Call(
            "budget.race",
            lambda **given: budget.race(**given)["reach"].values,
            arguments(
                width=(16, "integer"),
                memory=("Titans", "word"),
                equal=("work", "word"),
                number=(2, "integer"),
                seed=(0, "seed"),
            ),
        ),
        Call(
            "budget.slide",
            lambda **given: budget.slide(**given)["recall"].values,
            arguments(
                meeting=("overwritten", "word"),
                sharpness=(3.0, "not negative"),
                joined=("sum", "word"),
                inner_lr=(0.5, "number"),
                seed=(0, "seed"),
            ),
        ),
        Call(
            "budget.choose",
            lambda **given: budget.choose(**given)["by_room"].values,
            arguments(
                meeting=("overwritten", "word"),
                keep=("newest", "word"),
                room=(2, "count from 0"),
                inner_lr=(0.5, "number"),
                seed=(0, "seed"),
            ),
        ),
        Call(
            "budget.kept_recall",
            kept,
            arguments(
                meeting=("overwritten", "word"),
                keep=("newest", "word"),
                room=(2, "count from 0"),
                generator=(chance(), "generator"),
                inner_lr=(0.5, "number"),
                streams=(2, "count"),
                lots=(0, "count from 0"),
            ),
        ),
        Call(
            "budget.segment_recall",
            kept_apart,
            arguments(
                meeting=("overwritten", "word"),
                segment=(64, "count without end"),
                generator=(chance(), "generator"),
                sharpness=(2.0, "not negative"),
                joined=("sum", "word"),
                inner_lr=(0.5, "number"),
                streams=(2, "count"),
            ),
        ),
        Call(
            "budget.Encoder",
            budget.Encoder,
            arguments(heads=(heads, "thing"), hidden=(8, "count"), generator=(chance(), "generator")),
        ),
        Call(
            "budget.train_encoder",
            trained,
            arguments(
                examples=(task.train, "thing"),
                generator=(chance(), "generator"),
                steps=(1, "count"),
                lr=(0.01, "positive"),
            ),
        ),
        Call("budget.embedded", budget.embedded, arguments(encoder=(encoder, "thing"), task=(task, "thing"))),
        Call("budget.principal", budget.principal, arguments(of=(of, "thing"))),
        Call(
            "budget.nearest_right",
            budget.nearest_right,
            arguments(of=(of, "thing"), task=(task, "thing"), size=(2, "count")),
        ),
    ]
