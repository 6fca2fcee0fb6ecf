"""A run of a notebook as unlike that of its committed outputs as can be, and what came out otherwise.

All that nbval compares is compared, by nbval's rules: a run by nbval besides would tell nothing more. Another process,
another hash seed, another number of threads; every cell twice in a row where that is quick, as a student runs it; and
every cell that needs others first alone, after the first one only.
"""

from __future__ import annotations

import difflib
from typing import Any, NamedTuple

from .books import NOT_COMPARED, STILL, Book, compared
from .names import names
from .pace import Pace
from .running import Kernel, Ran, kernel
from .stills import differences, sketch, source

# two threads, which do not spin while they wait: that would be counted as computing
UNLIKE = {"PYTHONHASHSEED": "4711", "OMP_NUM_THREADS": "2", "OMP_WAIT_POLICY": "passive"}
QUICK_SECONDS = 1.5  # of a processor: the same cells on a busy machine
# What the first run of all cells may compute, in seconds of a free core: a notebook is to be run while one reads.
MOST_SECONDS = 60.0


class Faults(NamedTuple):
    """Each list in words. outputs: other than committed, at the first or second run; alone: unclear or wrong where
    something is missing; stills: missing, without alt text, or older than what they show; slow: takes more than its
    minute of a processor; skipped: not comparable here.
    """

    outputs: list[str]
    alone: list[str]
    stills: list[str]
    slow: list[str]
    skipped: list[str]


def again(book: Book, most: float = MOST_SECONDS) -> Faults:
    """Run the notebook and say what is wrong."""
    found, pace = Faults([], [], [], [], []), Pace()
    with kernel(book.path.parent, UNLIKE, forked=True) as running:
        computed = running.imported
        turns: dict[int, int] = {}
        for place in book.code:
            ran = running.run(book.cells[place].source)
            turns[place] = ran.turn
            computed += ran.computed
            pace.feel()
            found.outputs.extend(_compared(book, place, ran, ""))
            if place == book.setup:
                found.alone.extend(_alone(book, running))
            elif ran.computed < QUICK_SECONDS:
                second = running.run(book.cells[place].source)
                found.outputs.extend(_compared(book, place, second, ", run twice in a row,"))
        figures = running.figures(turns.values())
    if computed > most * pace.dearer:
        beside = f", of which each is worth 1/{pace.dearer:.2g} of a free core's" * (pace.dearer > 1)
        found.slow.append(f"its cells compute {computed:.3g} s{beside}; at most {most:g}")
    for place, turn in turns.items():
        if turn in figures:
            _judge(book.cells[place].outputs, sketch(figures[turn]), f"cell {place}", found)
    return found


def _compared(book: Book, place: int, ran: Ran, how: str) -> list[str]:
    if ran.error:
        return [f"cell {place}{how} fails: {': '.join(ran.error)}"]
    before, now = (compared(outputs).splitlines() for outputs in (book.cells[place].outputs, ran.outputs))
    if before == now or NOT_COMPARED in book.tags(place):
        return []
    lines = [line for line in difflib.unified_diff(before, now, lineterm="", n=0) if line[:2] not in ("--", "++", "@@")]
    return [f"cell {place}{how} says otherwise than committed:", *lines]


def _alone(book: Book, running: Kernel) -> list[str]:
    """Cells that lack names must say which; cells that lack none are alone in the run itself."""
    found = []
    given = names(book.cells[book.setup].source).given
    for place in book.code[1:]:
        lacking = names(book.cells[place].source).taken - given
        if not lacking:
            continue
        kind, words = running.run_apart(book.cells[place].source).error or ("nothing", "")
        if kind != "NameError" or not any(f"'{name}'" in words for name in lacking):
            found.append(f"cell {place}, run alone, lacks {sorted(lacking)} and says: {kind} {words}")
    return found


def _judge(outputs: list[Any], made: dict[str, Any], where: str, found: Faults) -> None:
    """Compare the committed still of a cell with the figure that it shows today."""
    stills = [output for output in outputs if STILL in output.get("data", {})]
    if not stills:
        found.stills.append(f"{where} shows a figure and has no still: make stills")
        return
    kept = stills[-1].metadata.get("nlviz")
    if kept is None:
        found.stills.append(f"{where}: its still does not say what it was drawn from: make stills")
    elif changed := differences(kept, made):
        if kept["read"] == source():
            found.stills.append(f"{where}: its still is older than its figure: {'; '.join(changed)}: make stills")
        else:
            found.skipped.append(f"{where}: this Python ships another text to read than its still was drawn from")
