"""Calls of agents.personal: users and who knows them, a profile and its file, ways to delete, lies."""

from __future__ import annotations

from typing import Any

from nlviz import memory
from nlviz.agents import personal
from nlviz.memory import Gates

from .call import DELTA, FOLDER, GATES, KEYS, PAIRS, VALUES, Call, arguments, chance

__all__ = ["users"]

MET = personal.life(2, generator=chance(), days=3, topics=3, width=4)
EVENINGS = personal.evenings("delta", MET)
PLAIN = Gates.constant(MET.pairs, 0.5)
ADA = personal.profile("ada", memory.Delta(4, 3)).tell(KEYS[0], VALUES[0])
LIFE = (MET, "thing")


def users() -> list[Call]:
    def saved(known: Any) -> str:
        return personal.save(FOLDER, known).name

    return [
        *_known(),
        *_deleted(),
        *_lies(),
        *_profiles(),
        Call("personal.save", saved, arguments(known=(ADA, "thing"))),
    ]


def _known() -> list[Call]:
    asked = (MET.topics[:, None], "tensor")

    def lived(**given: Any) -> Any:
        return personal.life(**given).pairs.values

    return [
        Call(
            "personal.life",
            lambda **given: lived(generator=chance(), **given),
            arguments(
                users=(2, "count"),
                days=(3, "count"),
                a_day=(2, "count"),
                topics=(3, "count"),
                drift=(0.1, "not negative"),
                changes=(2, "count without end"),
                reverts=(4, "count without end"),
            ),
        ),
        Call("personal.life, drawn", lived, arguments(generator=(chance(), "generator"))),
        Call("personal.evenings", personal.evenings, arguments(arm=("recency", "word"), life=LIFE)),
        Call(
            "personal.answers",
            lambda **given: personal.answers(life=MET, **given),
            arguments(arm=("gated", "word"), cuts=([9], "as it is"), asked=asked),
        ),
        Call(
            "personal.level_shares",
            lambda **given: personal.level_shares(cuts=[9], asked=MET.topics[:, None], **given),
            arguments(life=LIFE),
        ),
        Call(
            "personal.shares",
            lambda **given: personal.shares(cuts=[9], asked=MET.topics[:, None], **given),
            arguments(arm=("last 10", "word"), life=LIFE),
        ),
        Call("personal.course", personal.course, arguments(arm=("delta", "word"), life=LIFE)),
        Call("personal.known", personal.known, arguments(answers=(EVENINGS, "answers"), life=LIFE)),
    ]


def _deleted() -> list[Call]:
    return [
        Call(
            "personal.ways",
            lambda **given: personal.ways(tokens=[2], **given)["never told"],
            arguments(memory=(DELTA, "thing"), pairs=(PAIRS, "pairs"), gates=(GATES, "gates")),
        ),
        Call(
            "personal.remains",
            lambda **given: personal.remains(gates=PLAIN, **given)["never told"],
            arguments(memory=(memory.Delta(4, 4), "thing"), life=LIFE, tokens=([2], "as it is")),
        ),
    ]


def _lies() -> list[Call]:
    there = MET.pairs.keys[:, :1], MET.pairs.values[:, :1]
    return [
        Call(
            "personal.planted",
            lambda **given: personal.planted(**given).pairs,
            arguments(life=LIFE, at=([2], "as it is"), contexts=(there[0], "tensor"), preferences=(there[1], "tensor")),
        ),
        Call(
            "personal.poisoned",
            lambda **given: personal.poisoned(generator=chance(), **given)[2],
            arguments(life=LIFE, how=("one lie", "word"), first=(3, "count from 0")),
        ),
        Call(
            "personal.poisoned, drawn",
            lambda **given: personal.poisoned(MET, "new topic", 3, **given)[2],
            arguments(generator=(chance(), "generator")),
        ),
        Call(
            "personal.surprises",
            personal.surprises,
            arguments(memory=(DELTA, "memory"), pairs=(PAIRS, "pairs"), gates=(GATES, "gates")),
        ),
    ]


def _profiles() -> list[Call]:
    personal.save(FOLDER, ADA)
    return [
        Call(
            "personal.profile",
            lambda **given: personal.profile(**given).inner_lr,
            arguments(
                user=("ada", "title"),
                memory=(DELTA, "thing"),
                inner_lr=(0.5, "not negative"),
                momentum=(0.5, "share"),
                forget=(0.5, "share"),
            ),
        ),
        Call(
            "personal.Profile.tell",
            lambda **given: ADA.tell(**given).state.memory,
            arguments(contexts=(KEYS[0], "tensor"), preferences=(VALUES[0], "tensor")),
        ),
        Call("personal.Profile.ask", ADA.ask, arguments(contexts=(KEYS[0], "as it is"))),
        Call("personal.Profile.sources", ADA.sources, arguments(contexts=(KEYS[0], "as it is"))),
        Call(
            "personal.Profile.forget",
            lambda **given: ADA.forget(**given)[0].state.memory,
            arguments(interactions=([1], "as it is")),
        ),
        Call("personal.file_of", personal.file_of, arguments(folder=(FOLDER, "as it is"), user=("ada", "title"))),
        Call(
            "personal.load",
            lambda **given: personal.load(**given).state.memory,
            arguments(folder=(FOLDER, "as it is"), user=("ada", "title")),
        ),
    ]
