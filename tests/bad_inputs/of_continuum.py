"""Calls of what is asked about levels with periods of their own."""

from __future__ import annotations

from typing import Any

from nlviz.experiments import continuum

from .call import Call, arguments, chance

MAPS = continuum.maps((1, 4), (0.5, 4.0), width=4)


def levels() -> list[Call]:
    def burst(**given: Any) -> Any:
        return continuum.burst(generator=chance(), **given)[0]

    def clockwork(**given: Any) -> Any:
        return continuum.clockwork(**given)["recall of A"]

    def nesting(**given: Any) -> Any:
        return continuum.nesting(**given)["chunk"]

    return [
        Call(
            "continuum.nesting",
            nesting,
            arguments(
                sequence=(4, "count"),
                segment=(2, "count"),
                chunk=(1, "count"),
                periods=((1, 2), "things"),
                sequences=(2, "count"),
                batch=(1, "count"),
                seed=(0, "seed"),
            ),
        ),
        Call(
            "continuum.burst",
            burst,
            arguments(
                length=(3, "count from 0"),
                items=(2, "count"),
                passes=(2, "count"),
                again=(2, "count from 0"),
                width=(4, "count"),
                contradicts=(True, "flag"),
                batch=(2, "count"),
            ),
        ),
        Call(
            "continuum.maps",
            lambda **given: continuum.maps(**given).forms,
            arguments(
                periods=((1, 4), "things"),
                rates=((0.5, 4.0), "things"),
                width=(4, "count"),
                fast=("lets go", "word"),
                forget=(0.1, "share"),
            ),
        ),
        Call(
            "continuum.alone",
            lambda **given: continuum.alone(**given)[0],
            arguments(memory=(MAPS, "thing"), state=(MAPS.init(1), "thing"), level=(1, "count from 0")),
        ),
        Call(
            "continuum.clockwork",
            clockwork,
            arguments(
                length=(3, "count from 0"),
                period=(4, "count"),
                contradicts=(True, "flag"),
                fast=("keeps all", "word"),
                batch=(1, "count"),
                seed=(0, "seed"),
            ),
        ),
    ]
