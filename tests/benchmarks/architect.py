"""Three months with a codebase, by eight arms, on three packages that the slow weights never saw: `architect.md`.

    python -m tests.benchmarks.architect --write --notes FILE      about twenty minutes of processor time on free cores
    python -m tests.benchmarks.architect --seeds 1 --only email    one order of the modules of one package

A seed draws the order of the modules, the new names, the questions, and what a night teaches. Nothing is tuned here:
the shares of the continuum, the orders of the n-grams and the length of the window were chosen on `logging`.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from nlviz.agents import architect

from .sweeping import Sweep, asks, shown, started

PAGE = Path(__file__).with_suffix(".md")
PACKAGES = ("email", "traitlets", "ipywidgets")
LOOKS = tuple(architect.CHECKPOINTS)
Run = dict[str, Any]


def lived(package: str, seed: int, limit: int = architect.LIMIT) -> Run:
    """One package in one order: by arm what it paid, knew, answered and kept; and how much was asked."""
    began = time.process_time()
    project = architect.legacy(package, limit=limit, seed=seed)
    months = architect.read_months(project, tuple(architect.ARMS), seed=seed)
    about = np.array([one.about for one in months.questions])
    arms: Run = {}
    for at, arm in enumerate(months.arms):
        right = {kind: [_mean(look.right[at][about == kind]) for look in months.answers] for kind in architect.CLASSES}
        stale = [_mean(_old(months, look, at)) for look in months.answers]
        known = [look.known[at].tolist() for look in months.checkpoints]
        arms[arm] = [float(months.bits[at].mean()), known, right, stale, months.held[at][-1].item()]
    asked = {kind: int((about == kind).sum()) for kind in architect.CLASSES}
    return {"arms": arms, "asked": asked, "bytes": len(project.bytes), "s": time.process_time() - began}


def _old(months: architect.Months, look: architect.Answers, arm: int) -> np.ndarray:
    """Of the renamed: whether the name of Week 1 was chosen."""
    renamed = [at for at, one in enumerate(months.questions) if one.about == "renamed"]
    names = [months.questions[at].candidates[look.chosen[arm][at]] == months.questions[at].name for at in renamed]
    return np.array(names, float)


def _mean(values: np.ndarray) -> float | None:
    return float(values.mean()) if len(values) else None


def cell(values: Sequence[float | None], digits: int = 2) -> str:
    """ "0.93 (0.90…0.95)": the mean, the least and the greatest; of a class that was not asked nothing."""
    held = [one for one in values if one is not None]
    if not held:
        return "–"
    return f"{statistics.mean(held):.{digits}f} ({min(held):.{digits}f}…{max(held):.{digits}f})"


def paid(runs: Sequence[Run]) -> Iterator[str]:
    """Bits per byte: of all that was read, and of three weeks' text, read again at the checkpoints."""
    columns = ["all, as read", *(f"Week 1's text, at {look}" for look in LOOKS), "Week 4's, at Month 3"]
    yield "| bits per byte | " + " | ".join([*columns, "kept, kB"]) + " |"
    yield "|---" * (2 + len(columns)) + "|"
    for arm in runs[0]["arms"]:
        every = [run["arms"][arm] for run in runs]
        cells = [cell([one[0] for one in every])]
        cells += [cell([one[1][at][0] for one in every]) for at in range(len(LOOKS))]
        cells += [cell([one[1][2][1] for one in every]), f"{statistics.mean(one[4] for one in every) / 1000:,.0f}"]
        yield f"| {arm} | {' | '.join(cells)} |"


def answered(runs: Sequence[Run]) -> Iterator[str]:
    """Questions: the share of right answers by class and checkpoint, and of the renamed the share of old names."""
    columns = [f"{kind}, {look}" for kind in architect.CLASSES for look in LOOKS]
    yield "| share right | " + " | ".join([*columns, "renamed: old name, Month 3"]) + " |"
    yield "|---" * (2 + len(columns)) + "|"
    for arm in runs[0]["arms"]:
        every = [run["arms"][arm] for run in runs]
        cells = [cell([one[2][kind][at] for one in every]) for kind in architect.CLASSES for at in range(len(LOOKS))]
        yield f"| {arm} | {' | '.join([*cells, cell([one[3][2] for one in every])])} |"


def verdicts(runs: dict[str, list[Run]]) -> Iterator[str]:
    """The expectations, each with in how many of all runs it came out."""
    every = [run["arms"] for held in runs.values() for run in held]

    def week_1(arm: str) -> Callable[[Run], float]:
        return lambda arms: arms[arm][1][2][0]

    def right(arm: str, kind: str) -> Callable[[Run], float]:
        return lambda arms: np.nan if arms[arm][2][kind][2] is None else arms[arm][2][kind][2]

    def paid(arm: str) -> Callable[[Run], float]:
        return lambda arms: arms[arm][0]

    def count(what: str, less: Callable[[Run], float], more: Callable[[Run], float], *, ties: bool = False) -> str:
        held = [(less(arms), more(arms)) for arms in every]
        won = sum(one < other or (ties and one == other) for one, other in held)
        return f"- {what}: in {won} of {len(every)}"

    again, only, never, new = "Week 1's text at Month 3", *(architect.CLASSES[at] for at in (2, 0, 1))
    clocks, one, asleep = "continuum", "one rate", "continuum with sleep"
    yield count(f"{again}: the continuum pays less than one rate", week_1(clocks), week_1(one))
    yield count(f"{again}: the continuum pays less than frozen", week_1(clocks), week_1("frozen"))
    yield count(f"{again}: one rate pays more than frozen", week_1("frozen"), week_1(one))
    yield count("all, as read: the continuum pays no more than one rate", paid(clocks), paid(one), ties=True)
    yield count(f"{again}: retrieval pays less than the continuum", week_1("retrieval"), week_1(clocks))
    yield count(
        f"{only}: retrieval is right more often than the continuum", right(clocks, only), right("retrieval", only)
    )
    yield count(f"{only}: the continuum more often than one rate", right(one, only), right(clocks, only))
    yield count(f"{never}: the continuum more often than frozen", right("frozen", never), right(clocks, never))
    yield count(f"{new}: one rate is right more often than retrieval", right("retrieval", new), right(one, new))
    yield count(f"{new}: one rate more often than the continuum", right(clocks, new), right(one, new))
    yield count(f"{again}: sleep pays more than the continuum", week_1(clocks), week_1(asleep))


def page(runs: dict[str, list[Run]]) -> str:
    """All tables."""
    parts = list[str]()
    for package, held in runs.items():
        asked = ", ".join(f"{kind} {cell([one['asked'][kind] for one in held], 0)}" for kind in architect.CLASSES)
        took = statistics.mean(one["s"] for one in held)
        parts.append(
            f"## {package}, {held[0]['bytes']:,} bytes\n\nAsked: {asked}. {took:.0f} s of processor time a run."
        )
        parts += ["\n".join(paid(held)), "\n".join(answered(held))]
    return "\n\n".join([*parts, "## The expectations\n\n" + "\n".join(verdicts(runs))])


def main() -> None:
    parser = asks(__doc__, seeds=5)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--only", nargs="+", choices=PACKAGES, default=PACKAGES)
    parser.add_argument("--limit", type=int, default=architect.LIMIT)
    chosen = parser.parse_args()
    seeds = range(chosen.first, chosen.first + chosen.seeds)
    called = {package: [f"{package}, seed {seed}" for seed in seeds] for package in chosen.only}
    found = Sweep.of(chosen)(
        {
            one: partial(lived, package, seed, chosen.limit)
            for package, names in called.items()
            for seed, one in zip(seeds, names, strict=True)
        }
    )
    shown(chosen, PAGE, page({package: [found[one] for one in names] for package, names in called.items()}))


if __name__ == "__main__":
    started()
