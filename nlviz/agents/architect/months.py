"""Three months of reading, day by day: every arm reads the same pages; at three checkpoints all is asked again."""

from __future__ import annotations

import os
from collections.abc import Generator, Mapping, Sequence
from pathlib import Path
from typing import Any

from nlviz.agents.architect.kept import found, keep
from nlviz.agents.architect.legacy import DAYS, DAYS_A_WEEK, Legacy
from nlviz.agents.architect.lived import ARMS, Life, Made
from nlviz.agents.architect.questions import questions
from nlviz.agents.architect.results import Months, Piece
from nlviz.door import words
from nlviz.experiments.one_thread import one_thread

__all__ = ["USUAL", "month_pieces", "read_months"]

USUAL = tuple(name for name in ARMS if name != "continuum with sleep")
"""The arms that read unless others are asked for: all but sleep, whose nights take longer than all the others' days."""


def read_months(
    project: Legacy,
    arms: Sequence[str] | Mapping[str, Made] = USUAL,
    *,
    each: int = 30,
    seed: int = 0,
    kept: str | os.PathLike[str] | None = None,
) -> Months:
    """Live through three months with a codebase, by every arm asked for: what each paid, still knew, and answered.

    Every day the slow model reads the day's pages (`pages`), the keys k_t of all bytes; each arm scores every byte and
    then writes it:

        frozen                 W_0, never written
        window                 every morning W ← W_0, the last 2,048 bytes are read again, then the day, as "one rate"
        n-gram cache           counts of what followed the last bytes, over W_0; all text is kept
        retrieval              passages found by TF-IDF, and what followed the last bytes there, over W_0; all text kept
        one rate               every 16 bytes W ← W − θ Σ (softmax(W k) − onehot) kᵀ
        surprise-gated         the same, of bytes above 2 bits
        continuum              three levels that add up, of a day, a week and months (`arms.Continuum`)
        continuum with sleep   the same, taught to the slow weights at each week's end (`asleep.Asleep`)

    arms: names of ARMS; or your own by name, {"gated at 3 bits": lambda head: Head(head, threshold=3.0)}.
    each: questions of every class at most (`questions`), drawn by `seed`. kept: a file in which the run is kept every
    week, and when it is stopped; if it holds this run already, the run goes on from there, to the bit.
    `Months.remarks` says what was lost. It is one thread's work, so that the numbers are those of any machine.
    Raises ValueError for arms that are none, and for a kept run of another text or of other settings.

        >>> project = agents.architect.legacy("email", limit=8_000)
        >>> months = agents.architect.read_months(project, ("frozen", "one rate"), each=2)
        >>> months.arms, months.bits.shape, [one.name for one in months.checkpoints]
        (('frozen', 'one rate'), (2, 7680), ['Week 1', 'Week 4', 'Month 3'])
    """
    *_, last = month_pieces(project, arms, each=each, seed=seed, kept=kept)
    return last.so_far()


def month_pieces(
    project: Legacy,
    arms: Sequence[str] | Mapping[str, Made] = USUAL,
    *,
    each: int = 30,
    seed: int = 0,
    kept: str | os.PathLike[str] | None = None,
) -> Generator[Piece, None, None]:
    """As `read_months`, day by day, for whoever wants to show how far it is or to stop: then it is kept as it is.

    for piece in month_pieces(project):
        print(f"day {piece.done} of {piece.total}")
    months = piece.so_far()
    """
    project = words.instance("project", project, Legacy, 'use legacy("email")')
    made = _made(arms)
    if kept is not None and isinstance(arms, Mapping):
        words.refuse(
            "kept", os.fspath(kept), "None for arms of your own", "a file cannot know whether they are the same"
        )
    each = words.count("each", each, least=0, of="questions")
    place = None if kept is None else words.folder_for("kept", kept, over=True)
    with one_thread():
        life = Life(project, made, questions(project, each=each, seed=seed) if each else ())
    if place is not None:
        held = found(place, life.fingerprint)
        life.remarks.extend(held.remarks)
        if held.tensors:
            with one_thread():
                life.resumed(held.tensors)
    return _pieces(life, place)


def _made(arms: Any) -> dict[str, Made]:
    """The arms asked for, by name."""
    if isinstance(arms, Mapping):
        own: Mapping[Any, Any] = arms
        if not own:
            words.refuse("arms", "empty", "at least one arm")
        return {words.text("the name of an arm", name): words.call(f"arm {name!r}", one) for name, one in own.items()}
    names = [words.choice(f"arms[{at}]", one, ARMS) for at, one in enumerate(words.several("arms", arms, least=1))]
    if twice := [name for at, name in enumerate(names) if name in names[:at]]:
        words.refuse("arms", twice[0], "each arm once")
    return {name: ARMS[name] for name in names}


def _pieces(life: Life, place: Path | None) -> Generator[Piece, None, None]:
    fresh = False
    if life.days:
        yield Piece(life.days, DAYS, life.so_far)
    try:
        while life.days < DAYS:
            fresh = False
            with one_thread():
                life.live()
            fresh = True
            if place is not None and (life.days % DAYS_A_WEEK == 0):
                _keep(life, place)
                fresh = False
            yield Piece(life.days, DAYS, life.so_far)
    finally:
        # stopped between two days
        if place is not None and fresh:
            _keep(life, place)


def _keep(life: Life, place: Path) -> None:
    problem = keep(place, life.kept(), life.fingerprint, life.days)
    if problem:
        life.remarks.append(problem)
