"""Calls of experiments.budget about prefixes: what is looked up, in stages, and memories whose keys are prefixes."""

from __future__ import annotations

import torch

from nlviz import outer, streams
from nlviz.experiments import budget

from .call import Call, arguments, chance

__all__ = ["prefixed"]


def prefixed() -> list[Call]:
    task = streams.digits("domain-incremental", generator=chance())[0]
    model, source = outer.ByteModel(4, 4, generator=chance()), streams.code("email", limit=2000)
    found = budget.places(model, source)
    of = budget.Embedded(torch.eye(4), torch.eye(4))
    search = budget.Search(torch.arange(4), torch.arange(4), of, (2, 4), lambda *_: of)

    def course(**given: object) -> object:
        made = budget.Shortened(of, of, of, {2: of, 4: of})
        return budget.PrefixCourse(search, made).trace(**given)["found"].values  # pyright: ignore

    return [
        Call(
            "budget.digit_search", lambda **given: budget.digit_search(**given).truth, arguments(task=(task, "thing"))
        ),
        Call(
            "budget.places",
            lambda **given: budget.places(**given).before,
            arguments(model=(model, "thing"), source=(source, "thing")),
        ),
        Call(
            "budget.asked_about",
            budget.asked_about,
            arguments(found=(found, "thing"), documents=(16, "count"), queries=(4, "count")),
        ),
        Call(
            "budget.excerpts",
            budget.excerpts,
            arguments(source=(source, "thing"), found=(found, "thing"), rows=((0, 1), "as it is")),
        ),
        Call(
            "budget.code_search",
            lambda **given: budget.code_search(**given).truth,
            arguments(
                found=(found, "thing"),
                question=("what comes next", "word"),
                documents=(16, "count"),
                queries=(4, "count"),
                sizes=((2, 4), "as it is"),
                steps=(1, "count"),
            ),
        ),
        Call(
            "budget.shortened",
            lambda **given: list(budget.shortened(**given)),
            arguments(search=(search, "thing"), seed=(0, "seed")),
        ),
        Call(
            "budget.stages",
            budget.stages,
            arguments(plan=("funnel", "word"), size=(2, "count"), width=(8, "count"), keep=(4, "count")),
        ),
        Call(
            "budget.searched",
            lambda **given: budget.searched(**given).nearest,
            arguments(of=(of, "thing"), search=(search, "thing"), plan=(((2, 2), (4, 1)), "things")),
        ),
        Call(
            "budget.prefix_memory",
            lambda **given: budget.prefix_memory(**given).right,
            arguments(of=(of, "thing"), search=(search, "thing"), levels=(budget.Levels(2, 4), "thing")),
        ),
        Call(
            "budget.PrefixCourse.trace",
            course,
            arguments(way=("Matryoshka", "word"), keep=(2, "count"), asked=(0, "count from 0")),
        ),
    ]
