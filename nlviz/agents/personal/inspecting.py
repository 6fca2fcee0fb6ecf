"""One user and one way to know them, interaction by interaction: what an answer is made of, and what surprises."""

from __future__ import annotations

import numpy as np
import torch
from torch import Generator, Tensor

from nlviz.agents.personal.arms import ARMS, LEVELS, evenings, level_shares, shares
from nlviz.agents.personal.course import known
from nlviz.agents.personal.poison import POISONS, poisoned
from nlviz.agents.personal.user import Life, life
from nlviz.door import words
from nlviz.inner import to_numpy
from nlviz.trace import Mark, Signal, Token, Trace

__all__ = ["INTERACTIONS", "LIES", "TASTES", "inspected"]

TOPICS = ("coffee", "music", "news", "sport", "travel")
NEW = "health"
LIES = ("nothing", *POISONS)
"""What may be planted; "nothing" for a user who said all of it."""
TASTES = STAY, CHANGE = "stay", "change and back"
"""What becomes of music and sport."""
DAYS, A_DAY = 45, 2
INTERACTIONS = DAYS * A_DAY
FIRST_LIE = 44


def inspected(
    arm: str = "delta",
    *,
    tastes: str = CHANGE,
    drift: float = 0.05,
    lie: str = "nothing",
    forget: int = 0,
    seed: int = 0,
) -> Trace:
    """A user of 45 days, two interactions a day about five topics, known by one of ARMS. Before each of them is told,
    the same is asked.

    The topics have names only for the reader: a context is a vector. tastes: one of TASTES; those of music and sport
    change on day 15 and change back on day 31, or all stay. drift: radians that every taste turns a day. lie: one of
    LIES, from interaction 45 (day 23) on. forget: an interaction that is struck, counted from 1; 0 for none: the whole
    run is then one that was never told it.
    Signals: "influence" [time, 1, time], the share of every interaction in the answer to each; "item" [time, 1], its
    topic; "day" [time, 1], with the part of the day that is over; "surprise" [time, 1], ‖said − answer‖, NaN where
    nothing is told; "lie" [time, 1]; "error" [days, 1, arms], ‖answer − taste‖² each evening, mean of the topics, of
    this arm and the frozen profile; of "continuum" also "levels" [time, 1, levels], what each level gives of the answer
    a, ⟨a_level, a⟩/⟨a, a⟩, NaN where nothing is answered.
    Notes: "arm"; "kept", how many numbers it holds at the end; "forgotten", "moved", by how much at most that changes
    an evening's answer; "opens", at which interaction to look first.
    Raises ValueError for an arm or a lie that is none, and numbers out of range.

        >>> trace = agents.personal.inspected("delta", forget=40)
        >>> trace["influence"].values.shape, bool(trace["influence"].values[:, 0, 39].any())
        ((90, 1, 90), False)
    """
    words.choice("arm", arm, ARMS)
    words.choice("lie", lie, LIES)
    words.choice("tastes", tastes, TASTES)
    struck = words.count("forget", forget, least=0, most=INTERACTIONS, of="interactions, 0 for none")
    chance = Generator().manual_seed(words.seed("seed", seed))
    met, lies = _met(tastes, words.number("drift", drift, least=0.0), lie, chance)
    item = torch.where(met.topic < 0, len(TOPICS) if lie == "new topic" else 0, met.topic)[0]
    without = [struck - 1] if struck else []
    with torch.no_grad():
        share = shares(arm, met, range(INTERACTIONS), met.pairs.keys[:, :, None], without=without)[0, :, 0]
        lines = {arm: evenings(arm, met, without=without)} | {"frozen": evenings("frozen", met)}
        notes = {"arm": arm, "kept": str(_kept(arm, met)), "opens": str(_opens(met, item, lies, struck))}
        if struck:
            moved = (lines[arm] - evenings(arm, met)).norm(dim=-1).max()
            notes |= {"forgotten": str(struck), "moved": f"{float(moved):.3g}"}
        error = {name: known(one, met).error[0].mean(-1) for name, one in lines.items()}
    marks = [Mark(one, "lie", "a lie") for one in lies]
    marks += [Mark(A_DAY * (day - 1), "taste", f"day {day}") for day in (met.changes, met.reverts) if day <= DAYS]
    tokens = tuple(Token((*TOPICS, NEW)[one], at, at + 1, "interaction") for at, one in enumerate(item.tolist()))
    signals = _signals(met, share, item, lies, without, error) | _levels(arm, met, without)
    return Trace(signals, tokens, tuple(marks), notes)


@torch.no_grad()
def _levels(arm: str, met: Life, without: list[int]) -> dict[str, Signal]:
    """What each level gives of every answer; nothing of an arm without levels."""
    if arm != "continuum":
        return {}
    keys, said = met.pairs.keys[:, :, None], met.pairs.values[0]
    parts = level_shares(met, range(INTERACTIONS), keys, without=without)[0, :, 0] @ said
    whole = parts.sum(1, keepdim=True)
    given = (parts * whole).sum(-1) / whole.square().sum(-1)
    return {"levels": Signal(to_numpy(given)[:, None], np.arange(INTERACTIONS), "part of the answer", LEVELS)}


def _kept(arm: str, met: Life) -> int:
    """How many numbers an arm has kept at the end, beside its constants."""
    (_, time, key), value = met.pairs.keys.shape, met.pairs.values.shape[-1]
    pairs = {"last 10": 10, "recency": time}.get(arm)
    return (2 if arm == "continuum" else 1) * key * value if pairs is None else pairs * (key + value)


def _met(tastes: str, drift: float, lie: str, chance: Generator) -> tuple[Life, list[int]]:
    """The user's life, and which of its interactions are lies."""
    changes = 15 if tastes == CHANGE else DAYS + 1
    met = life(1, generator=chance, days=DAYS, a_day=A_DAY, topics=len(TOPICS), drift=drift, changes=changes,
               reverts=changes + 16)  # fmt: skip
    if lie not in POISONS:
        return met, []
    met, lies, _ = poisoned(met, lie, FIRST_LIE, generator=chance)
    return met, lies


def _signals(
    met: Life, share: Tensor, item: Tensor, lies: list[int], without: list[int], error: dict[str, Tensor]
) -> dict[str, Signal]:
    """All of a run, of its one user."""
    times, days = np.arange(INTERACTIONS), np.arange(1, met.tastes.shape[1] + 1)
    said = met.pairs.values[0]
    surprise = to_numpy((said - share @ said).norm(dim=-1))
    surprise[without] = np.nan
    planted = np.zeros(INTERACTIONS)
    planted[lies] = 1
    evening = np.stack([to_numpy(one) for one in error.values()], -1)
    return {
        "influence": Signal(to_numpy(share)[:, None], times, "share"),
        "item": Signal(to_numpy(item)[:, None].astype(float), times),
        "day": Signal((1 + (times + 0.5) / A_DAY)[:, None], times, "days"),
        "surprise": Signal(surprise[:, None], times, "‖said − answer‖"),
        "lie": Signal(planted[:, None], times),
        "error": Signal(evening[:, None], days, "‖answer − taste‖²", tuple(error)),
    }


def _opens(met: Life, item: Tensor, lies: list[int], struck: int) -> int:
    """The first interaction after what is planted or struck that is about the same; else the second of a new taste, or
    the last."""
    about, last = item.tolist(), INTERACTIONS - 1
    start = lies[-1] if lies else struck - 1
    if lies or struck:
        return next((at for at in range(start + 1, len(about)) if about[at] == about[start]), start)
    first = A_DAY * (met.changes - 1)
    new = [at for at in range(first, len(about)) if met.changed[about[at]]]
    again = [at for place, at in enumerate(new) if about[at] in [about[one] for one in new[:place]]]
    return again[0] if again else last
