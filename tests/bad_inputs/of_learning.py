"""Calls of what is asked about learning to learn."""

from __future__ import annotations

import copy
from typing import Any

from nlviz import outer
from nlviz.experiments import learning_to_learn

from .call import PAIRS, Call, arguments, chance

FAMILY = learning_to_learn.Family(2, 4, 4)


def learning() -> list[Call]:
    def four_arms(**given: Any) -> Any:
        return learning_to_learn.four_arms(**given)["bits"]

    def bound(model: Any, **given: Any) -> Any:
        # a model is changed by its training: each call has one of its own
        return [report.loss for report in learning_to_learn.bind(copy.deepcopy(model), **given)]

    def watched(model: Any, **given: Any) -> Any:
        return [looks[-1].loss for _, looks in learning_to_learn.watch(copy.deepcopy(model), **given)]

    asked = arguments(family=(FAMILY, "thing"), steps=(1, "count"), seed=(0, "seed"))
    inputs = PAIRS.keys

    def self_referential(x: Any) -> Any:
        return outer.SelfReferential(4, 3, generator=chance())(x).outputs

    return [
        Call(
            "outer.SelfReferential",
            outer.SelfReferential,
            arguments(
                d_key=(4, "count"),
                d_value=(3, "count"),
                softmax_inputs=(True, "flag"),
                strength=(-1.0, "number"),
                generator=(chance(), "generator"),
            ),
        ),
        Call("outer.SelfReferential()", self_referential, arguments(x=(inputs, "tensor"))),
        Call(
            "learning_to_learn.self_referential",
            lambda **given: learning_to_learn.self_referential(**given).start,
            arguments(family=(FAMILY, "thing"), softmax_inputs=(True, "flag"), seed=(0, "seed")),
        ),
        Call(
            "learning_to_learn.ThreeViews",
            learning_to_learn.ThreeViews,
            arguments(
                width=(4, "count"),
                given=(True, "flag"),
                unit_values=(True, "flag"),
                decay=("zero", "word"),
                rates=((0.3, 0.1), "thing"),
                generator=(chance(), "generator"),
            ),
        ),
        Call(
            "learning_to_learn.bind",
            bound,
            arguments(
                model=(learning_to_learn.ThreeViews(4, generator=chance()), "thing"),
                family=(FAMILY, "thing"),
                loss=("inner", "word"),
                writes=(True, "flag"),
                steps=(1, "count"),
                lr=(0.01, "positive"),
                batch=(2, "count"),
                seed=(0, "seed"),
            ),
        ),
        *(
            Call(f"learning_to_learn.{one.__name__}", one, asked | more)
            for one, more in (
                (
                    learning_to_learn.learned_views,
                    arguments(loss=("inner", "word"), writes=(True, "flag"), unit_values=(True, "flag")),
                ),
                (learning_to_learn.starts, {}),
                (learning_to_learn.signs, arguments(together=(True, "flag"), all_free=(True, "flag"))),
            )
        ),
        Call(
            "learning_to_learn.watch",
            watched,
            arguments(
                model=(learning_to_learn.arm("rates", FAMILY, (0.1, 0.1, 0.1)), "thing"),
                family=(FAMILY, "thing"),
                watched=(FAMILY.draw(8, chance()), "thing"),
                steps=(1, "count"),
                lr=(0.01, "positive"),
                batch=(8, "count"),
                seed=(0, "seed"),
            ),
        ),
        Call(
            "learning_to_learn.errors_by_token",
            learning_to_learn.errors_by_token,
            arguments(
                model=(learning_to_learn.arm("rates", FAMILY, (0.1, 0.1, 0.1)), "thing"),
                given=(FAMILY.draw(8, chance()), "thing"),
                every=(1, "count"),
            ),
        ),
        Call(
            "learning_to_learn.four_arms",
            four_arms,
            arguments(
                sessions=([("a", b"import os")], "things"),
                rates=(learning_to_learn.RATES, "as it is"),
                piece=(4, "count"),
                window=(8, "count"),
            ),
        ),
    ]
