"""Six ways to know a user by what they said: a profile made once, a prompt, averages, and memories that are written.

Every one of them answers with a sum of preferences that were said: what differs is their shares.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from nlviz.agents.personal.entrance import vectors
from nlviz.agents.personal.user import Life
from nlviz.door import words
from nlviz.inner import fastest
from nlviz.memory import Continuum, ContinuumState, DeepMemory, Delta, GatedDelta, Gates, Level, Pairs

__all__ = ["ARMS", "KNOBS", "LEVELS", "TUNED", "answers", "evenings", "level_shares", "shares"]

KNOBS: dict[str, tuple[str, ...]] = {
    "frozen": ("inner_lr",),
    "last 10": ("sharp",),
    "recency": ("sharp", "half_life"),
    "delta": ("inner_lr",),
    "gated": ("inner_lr", "forget"),
    "continuum": ("inner_lr", "slow", "period", "forget"),
}
"""Each arm and its constants."""
ARMS = tuple(KNOBS)
"""The names of the arms."""
TUNED: dict[str, dict[str, float]] = {
    "frozen": {"inner_lr": 0.435},
    "last 10": {"sharp": 4.38},
    "recency": {"sharp": 10.8, "half_life": 8.77},
    "delta": {"inner_lr": 0.538},
    "gated": {"inner_lr": 0.521, "forget": 0.0001},
    "continuum": {"inner_lr": 0.545, "slow": 0.0572, "period": 17.5, "forget": 0.000163},
}
"""The best constants of each for the users of `life`, by a search of one size: tests/benchmarks/personal.md."""
LEVELS = ("fast level", "slow level")
"""The two maps of "continuum"."""
ONBOARDING, PROMPT = 10, 10


def evenings(
    arm: str, life: Life, setting: Mapping[str, float] | None = None, *, without: Sequence[int] = ()
) -> Tensor:
    """What an arm answers about every topic each evening, [users, days, topics, width].

    As `answers`; the questions are the middles of the topics.

        >>> ada = agents.personal.life(generator=torch.Generator().manual_seed(0), days=3)
        >>> agents.personal.evenings("delta", ada).shape
        torch.Size([1, 3, 8, 16])
    """
    life = words.instance("life", life, Life, "life(…) gives one")
    days = life.tastes.shape[1]
    asked = life.topics[:, None].expand(-1, days, -1, -1)
    return answers(arm, life, [life.until(day) for day in range(1, days + 1)], asked, setting, without=without)


def shares(
    arm: str,
    life: Life,
    cuts: Sequence[int],
    asked: Tensor,
    setting: Mapping[str, float] | None = None,
    *,
    without: Sequence[int] = (),
) -> Tensor:
    """The share of every interaction in every answer, [users, cuts, questions, time]: answers = shares · preferences.

    An arm's answers are linear in what was said, so this is what it answers if each preference is an axis of its own.
    Arguments as of `answers`.

        >>> ada = agents.personal.life(generator=torch.Generator().manual_seed(0), days=3)
        >>> found = agents.personal.shares("last 10", ada, [18], ada.topics[:, None])
        >>> (found > 0).sum(-1)[0, 0, 0]
        tensor(10)
    """
    return answers(arm, _each_apart(life), cuts, asked, setting, without=without)


def level_shares(
    life: Life,
    cuts: Sequence[int],
    asked: Tensor,
    setting: Mapping[str, float] | None = None,
    *,
    without: Sequence[int] = (),
) -> Tensor:
    """What each of LEVELS holds of them, [users, cuts, questions, levels, time]: their sum is `shares("continuum", …)`.

    Arguments as of `answers`.

        >>> ada = agents.personal.life(generator=torch.Generator().manual_seed(0), days=3)
        >>> found = agents.personal.level_shares(ada, [18], ada.topics[:, None])
        >>> whole = agents.personal.shares("continuum", ada, [18], ada.topics[:, None])
        >>> found.shape, torch.allclose(found.sum(-2), whole, atol=1e-6)
        (torch.Size([1, 1, 8, 2, 18]), True)
    """

    def read(memory: Continuum, state: ContinuumState, questions: Tensor) -> Tensor:
        return torch.stack([questions @ one.mT for one in state.memory], -2)

    return _answered("continuum", _each_apart(life), cuts, asked, setting, without, read)


def _each_apart(life: Life) -> Life:
    """The life of one who says every time what is an axis of its own."""
    life = words.instance("life", life, Life, "life(…) gives one")
    users, time, _ = life.pairs.keys.shape
    units = torch.eye(time).to(life.pairs.values).expand(users, -1, -1)
    return life._replace(pairs=Pairs(life.pairs.keys, units))


def answers(
    arm: str,
    life: Life,
    cuts: Sequence[int],
    asked: Tensor,
    setting: Mapping[str, float] | None = None,
    *,
    without: Sequence[int] = (),
) -> Tensor:
    """What an arm answers after so many interactions, [users, cuts, questions, width].

        frozen      a delta memory written in the first ten days, then never again: a profile
        last 10     Σ softmax(sharp kᵀq) v over the last ten interactions: what stands in the prompt
        recency     Σ softmax(sharp kᵀq − ln 2 · age / half_life) v over all of them; age counted in interactions
        delta       M ← M − θ (M k − v) kᵀ
        gated       M ← (1 − α) M (I − θ k kᵀ) + θ v kᵀ
        continuum   two maps whose answers add up: one is written at every interaction with θ and lets go α of what it
                    holds, the other every `period` interactions with slow · θ; both by the error of the sum

    cuts: after how many interactions, in rising order. asked: contexts, [users, cuts, questions, width]. setting: the
    arm's constants, by the names in KNOBS, θ is inner_lr and α forget; as tuned if left out. without: interactions that
    were never told; the moments at which they were pass all the same.
    The log of "recency" grows with every interaction, and so does its work; the others' state does not.
    Raises ValueError for an arm, constants, cuts or questions that do not fit.
    """
    return _answered(arm, life, cuts, asked, setting, without, lambda memory, state, query: memory.read(state, query))


def _answered(
    arm: str,
    life: Life,
    cuts: Sequence[int],
    asked: Tensor,
    setting: Mapping[str, float] | None,
    without: Sequence[int],
    read: Callable[[Any, Any, Tensor], Tensor],
) -> Tensor:
    """As `answers`, of a memory what `read` reads."""
    words.choice("arm", arm, ARMS)
    setting = _looked_at(arm, TUNED[arm] if setting is None else setting)
    life = words.instance("life", life, Life, "life(…) gives one")
    keys, values = life.pairs
    ends = [
        words.count(f"cuts[{at}]", one, least=0, most=keys.shape[1], of="interactions")
        for at, one in enumerate(words.several("cuts", cuts, what="numbers of interactions"))
    ]
    if ends != sorted(ends):
        words.refuse("cuts", ends, "numbers in rising order")
    asked = vectors("asked", asked, "users cuts questions width", keys)
    if asked.shape[:2] != (len(keys), len(ends)):
        words.refuse("asked", asked, f"questions for {len(keys)} users and {len(ends)} cuts")
    told = _told(keys, without)
    if arm in ("last 10", "recency"):
        each = [_averaged(arm, setting, (keys, values, told), cut, asked[:, at]) for at, cut in enumerate(ends)]
        return torch.stack(each, 1)
    if arm == "frozen":
        most = life.until(ONBOARDING)
        ends = [min(one, most) for one in ends]
    memory, gates = _memory(arm, setting, values.shape[-1], keys)
    written = Gates.constant(life.pairs, **gates)
    return _remembered(memory, life.pairs, written._replace(inner_lr=written.inner_lr * told), ends, asked, read)


def _told(keys: Tensor, without: Sequence[int]) -> Tensor:
    """[time], 1 for what was told and 0 for what never was."""
    told = torch.ones(keys.shape[1]).to(keys)
    for at, one in enumerate(words.several("without", without, what="interactions")):
        told[words.count(f"without[{at}]", one, least=0, most=len(told) - 1, of="interactions, from 0")] = 0
    return told


def _looked_at(arm: str, setting: Mapping[str, float]) -> dict[str, float]:
    """The constants of an arm, each a finite number from zero on; all of them, and no others."""
    if not isinstance(setting, Mapping) or set(setting) != set(KNOBS[arm]):
        words.refuse("setting", setting, f"numbers for {', '.join(KNOBS[arm])}")
    lowest = {"half_life": 1e-3, "period": 1.0}
    most = {"forget": 1.0}
    return {
        name: words.number(name, one, least=lowest.get(name, 0.0), most=most.get(name, math.inf))
        for name, one in setting.items()
    }


def _averaged(
    arm: str, setting: Mapping[str, float], said: tuple[Tensor, Tensor, Tensor], cut: int, asked: Tensor
) -> Tensor:
    """An average of what was said up to then, weighted by likeness of contexts and, for "recency", by age."""
    known = slice(max(0, cut - PROMPT) if arm == "last 10" else 0, cut)
    (keys, values), told = (one[:, known] for one in said[:2]), said[2][known]
    if not told.any():
        return asked.new_zeros(*asked.shape[:2], values.shape[-1])
    scores = setting["sharp"] * asked @ keys.mT
    if arm == "recency":
        age = torch.arange(keys.shape[1] - 1, -1, -1).to(keys)
        scores = scores - age * math.log(2) / setting["half_life"]
    return scores.masked_fill(told == 0, -math.inf).softmax(-1) @ values


def _memory(arm: str, setting: Mapping[str, float], out: int, keys: Tensor) -> tuple[Any, dict[str, float]]:
    """The memory of an arm, and its gates."""
    width = keys.shape[-1]
    if arm == "gated":
        return GatedDelta(width, out), dict(setting)
    if arm != "continuum":
        return Delta(width, out), dict(setting)
    fast = Level(DeepMemory(width, out), 1, 1.0, forget=setting["forget"])
    slow = Level(DeepMemory(width, out), round(setting["period"]), setting["slow"], mean=False)
    return Continuum([fast, slow], "independent"), {"inner_lr": setting["inner_lr"]}


def _remembered(
    memory: Any,
    pairs: Pairs,
    gates: Gates,
    cuts: Sequence[int],
    asked: Tensor,
    read: Callable[[Any, Any, Tensor], Tensor],
) -> Tensor:
    """What a memory answers after so many interactions."""
    found, done, state = [], 0, memory.init(len(pairs.keys), pairs.keys)
    for at, cut in enumerate(cuts):
        if cut > done:
            now, how = Pairs(*(one[:, done:cut] for one in pairs)), Gates(*(one[:, done:cut] for one in gates))
            state = fastest(memory, now, how, state=state).state
            done = cut
        found.append(read(memory, state, asked[:, at]))
    return torch.stack(found, 1)
