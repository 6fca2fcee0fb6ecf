"""Calls of experiments.family: switches, the rule they make, and maps of which write an answer comes from."""

from __future__ import annotations

import torch

from nlviz import memory, streams
from nlviz.experiments import family

from .call import Call, arguments, chance

__all__ = ["switched"]


def switched() -> list[Call]:
    stream = streams.overwrites(2, 4, 4, generator=chance())
    gates, on = memory.Gates.constant(stream.pairs), family.Switches()
    switches = (on, "thing")
    return [
        Call(
            "family.Switches",
            lambda **given: family.equation(family.Switches(**given)),
            arguments(
                forgets=("by channel", "word"),
                order=("after the error", "word"),
                erases=("nothing", "word"),
                output=("by token", "word"),
            ),
        ),
        Call(
            "family.Chosen",
            lambda **given: family.Chosen(**given).form,
            arguments(d_key=(4, "count"), d_value=(4, "count"), switches=switches),
        ),
        Call("family.which", family.which, arguments(switches=switches)),
        Call("family.equation", family.equation, arguments(switches=switches)),
        Call(
            "family.facts",
            lambda **given: family.facts(**given)["influence"].values,
            arguments(switches=switches, seed=(0, "seed")),
        ),
        Call(
            "family.neighbours",
            lambda **given: family.neighbours(**given).pairs.keys,
            arguments(facts=(2, "count"), tokens=(4, "count"), overlap=(0.25, "not negative"), seed=(0, "seed")),
        ),
        Call(
            "family.map_of",
            lambda **given: family.map_of(**given)["error"].values,
            arguments(stream=(stream, "thing"), shares=(torch.zeros(4, 4), "tensor in hand")),
        ),
        Call(
            "family.mapped",
            lambda **given: family.mapped(gates=gates, **given)["influence"].values,
            arguments(memory=(memory.Delta(4, 4), "thing"), stream=(stream, "thing")),
        ),
    ]
