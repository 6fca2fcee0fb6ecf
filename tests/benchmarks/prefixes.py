"""Prefixes on source code and as keys of a memory, in four tables.

    python -m tests.benchmarks.prefixes --seeds 5 --notes FILE --write
    python -m tests.benchmarks.prefixes --notes FILE --only recall stages --texts email    # a part of it

Tables: recall, stages, cascade (digits, without a text), memory. The notes of parts, one after the other in one file,
are the notes of the whole.

A seed decides the nets (and which digits are asked about); the texts are two, the same for all seeds. Rates of a
memory are chosen for each row by the same search on seed 1000, which nothing else uses.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from functools import cache, partial
from pathlib import Path
from typing import Any, NamedTuple

from torch import Generator

from nlviz import outer, streams
from nlviz.experiments import budget

from .sweeping import Sweep, asks, shown, started
from .training import mean_and_spread

PAGE = Path(__file__).with_suffix(".md")
SEARCHED_ON = 1000
TEXTS: dict[str, tuple[str, ...]] = {"email": ("email",), "argparse to asyncio": ("argparse", "ast", "asyncio")}
SIZES = (2, 4, 8, 16, 32, 64)
RATES = (0.03, 0.1, 0.3, 0.7)
SURE = (0.5, 0.8, 0.95, 0.99)
KEPT = 16
EVERY = {
    "first 8, always": budget.Levels(0, 8),
    "first 16, always": budget.Levels(0, 16),
    "first 32, always": budget.Levels(0, 32),
    "all 64, always": budget.Levels(0, 64),
    "all 64, every 2nd": budget.Levels(0, 64, every=2),
    "all 64, every 4th": budget.Levels(0, 64, every=4),
    "all 64, every 8th": budget.Levels(0, 64, every=8),
    "8 always, and all every 4th": budget.Levels(8, 64, every=4),
    "8 always, and all every 8th": budget.Levels(8, 64, every=8),
    "16 always, and all every 4th": budget.Levels(16, 64, every=4),
    "8 always, and all where surprised": budget.Levels(8, 64, surprise=0.9),
    "all where 8 are surprised, all alone answer": budget.Levels(8, 64, surprise=0.9, alone=True),
    "all where 16 are surprised, all alone answer": budget.Levels(16, 64, surprise=0.9, alone=True),
    "all where all are surprised": budget.Levels(0, 64, surprise=0.9),
}


class Size(NamedTuple):
    """How much of it all is run. texts: names of TEXTS. digits: steps of a net."""

    seeds: int
    texts: tuple[str, ...]
    documents: int
    queries: int
    steps: int
    digits: int
    rates: tuple[float, ...]
    memories: tuple[str, ...]


WHOLE = Size(5, tuple(TEXTS), 2048, 1024, 400, 600, RATES, tuple(EVERY))
QUICK = Size(1, ("email",), 64, 32, 2, 2, RATES[:1], (*list(EVERY)[:1], list(EVERY)[-1]))


def chance(seed: int) -> Generator:
    return Generator().manual_seed(seed)


@cache
def places(text: str) -> budget.Places:
    """The reader's states in the first 90,000 bytes of a text."""
    return budget.places(outer.ByteModel.load(), streams.code(TEXTS[text], limit=90_000))


@cache
def search(text: str, question: str, size: Size) -> budget.Search:
    given: dict[str, Any] = {"documents": size.documents, "queries": size.queries, "steps": size.steps, "sizes": SIZES}
    return budget.code_search(places(text), question, **given)


@cache
def made(text: str, question: str, size: Size, seed: int) -> budget.Shortened:
    """Every way to have few numbers, with nets of one seed."""
    pieces = budget.shortened(search(text, question, size), seed=seed)
    while True:
        try:
            next(pieces)
        except StopIteration as end:
            return end.value


def recall(size: Size, sweep: Sweep) -> Iterator[str]:
    """The share of questions whose nearest earlier place, by so many numbers, has the same name."""
    yield "| text | question | embedding | " + " | ".join(f"{length} numbers" for length in SIZES) + " |"
    yield "|---" * (3 + len(SIZES)) + "|"
    for text, question in itertools.product(size.texts, budget.QUESTIONS):
        place = f"recall, {text}, {question}"
        pieces = {f"{place}, seed {seed}": partial(_recalls, text, question, size, seed) for seed in range(size.seeds)}
        *every, states = sweep.each({**pieces, f"{place}, states": partial(_states, text, question, size)})
        for name in budget.WAYS:
            cells = [mean_and_spread([one[name][at] for one in every]) for at in range(len(SIZES))]
            yield f"| {text} | {question} | {name} | {' | '.join(cells)} |"
        for name, found in states.items():
            yield f"| {text} | {question} | {name} | {' | '.join(f'{share:.2f}' for share in found)} |"


def _right(of: budget.Embedded, within: budget.Search) -> list[float]:
    return [budget.searched(of, within, [(length, 1)]).right for length in SIZES]


def _recalls(text: str, question: str, size: Size, seed: int) -> dict[str, list[float]]:
    within, nets = search(text, question, size), made(text, question, size, seed)
    return {
        name: [budget.searched(nets.by(name, length), within, [(length, 1)]).right for length in SIZES]
        for name in budget.WAYS
    }


def _states(text: str, question: str, size: Size) -> dict[str, list[float]]:
    """The states themselves, 224 numbers, nothing trained."""
    within = search(text, question, size)
    cut, turned = _right(within.raw, within), _right(budget.principal(within.raw), within)
    whole = budget.searched(within.raw, within, [(within.raw.train.shape[1], 1)]).right
    return {f"the state, cut off (all 224: {whole:.2f})": cut, "the state, turned by PCA": turned}


def stages(size: Size, sweep: Sweep) -> Iterator[str]:
    """Recall against multiply-adds."""
    yield "| text | question | looked up | multiply-adds | " + " | ".join(budget.WAYS[:3]) + " |"
    yield "|---" * 7 + "|"
    plans = [("these numbers alone", at) for at in (4, 8, 16, 64)]
    plans += [(plan, at) for plan in budget.PLANS[1:] for at in (4, 8, 16)]
    for text, question in itertools.product(size.texts, budget.QUESTIONS):
        every = sweep.each(
            {
                f"stages, {text}, {question}, seed {seed}": partial(_planned, text, question, size, seed, plans)
                for seed in range(size.seeds)
            }
        )
        for row, (plan, at) in enumerate(plans):
            cells = [mean_and_spread([one[row][1][way] for one in every]) for way in range(3)]
            words = f"{at} alone" if plan == budget.PLANS[0] else f"{plan}, from {at}"
            yield f"| {text} | {question} | {words} | {every[0][row][0]:,} | {' | '.join(cells)} |"


def _planned(text: str, question: str, size: Size, seed: int, plans: list[tuple[str, int]]) -> list[Any]:
    """Of every plan its cost and the share right of the first three ways."""
    within, nets = search(text, question, size), made(text, question, size, seed)
    found = []
    for plan, at in plans:
        given = budget.stages(plan, at, SIZES[-1], keep=min(KEPT, size.documents))
        each = [budget.searched(nets.by(way, at), within, given) for way in budget.WAYS[:3]]
        found.append((each[0].cost, [one.right for one in each]))
    return found


def cascade(size: Size, sweep: Sweep) -> Iterator[str]:
    """Accuracy on digits against what was asked of the heads: the first prefix that is sure enough answers."""
    yield "| heads | " + " | ".join(f"sure of {sure:g}" for sure in SURE) + " | all 32 numbers |"
    yield "|---" * (2 + len(SURE)) + "|"
    for tied in (False, True):
        name = "one matrix for all" if tied else "one of its own for each prefix"
        every = sweep.each(
            {f"cascade, {name}, seed {seed}": partial(_cascade, size, tied, seed) for seed in range(size.seeds)}
        )
        cells = []
        for at in range(len(SURE) + 1):
            right, cost = ([one[at][part] for one in every] for part in (0, 1))
            cells.append(f"{mean_and_spread(right, 3)} for {mean_and_spread(cost, 0)}")
        yield f"| {name} | {' | '.join(cells)} |"


def _cascade(size: Size, tied: bool, seed: int) -> list[tuple[float, float]]:
    """Accuracy and multiply-adds an image, of every threshold and of the whole width."""
    task = streams.digits("domain-incremental", generator=chance(seed))[0]
    heads = outer.Matryoshka((2, 4, 8, 16, 32), 10, tied=tied, generator=chance(seed))
    encoder = budget.train_encoder(heads, task.train, generator=chance(seed), steps=size.digits)
    z, labels = encoder(task.test.images).detach(), task.test.labels
    found = []
    for sure in SURE:
        said = heads.cascade(z, sure)
        # of one's own heads all that were asked; a matrix for all goes on from what the shorter prefix added up
        paid = {n: 10 * (n if tied else sum(m for m in heads.prefixes if m <= n)) for n in heads.prefixes}
        cost = sum(paid[n] for n in said.sizes.tolist()) / len(labels)
        found.append((float((said.answers == labels).double().mean()), cost))
    whole = heads(z)[-1].argmax(-1)
    return [*found, (float((whole == labels).double().mean()), 10.0 * heads.width)]


def memory(size: Size, sweep: Sweep) -> Iterator[str]:
    """Recall of a memory against the multiply-adds of its writes, for each number of a value."""
    yield "| text | written | Matryoshka keys: multiply-adds | recall | plain keys: multiply-adds | recall |"
    yield "|---" * 6 + "|"
    for text, name in itertools.product(size.texts, size.memories):
        cells = []
        for way in ("Matryoshka", "plain, cut off"):
            values = _written(size, sweep, text, name, way)
            cells += [mean_and_spread([one[1] for one in values], 1), mean_and_spread([one[0] for one in values])]
        yield f"| {text} | {name} | {' | '.join(cells)} |"


def _written(size: Size, sweep: Sweep, text: str, name: str, way: str) -> list[tuple[float, float]]:
    """For every seed the share right and the cost, at the rates that were best on the seed of the search."""
    levels, place = EVERY[name], f"memory, {text}, {name}, {way}"
    coarse = size.rates if levels.coarse else (0.0,)
    rates = list(itertools.product(coarse, size.rates))
    given = [levels._replace(coarse_lr=one, fine_lr=other) for one, other in rates]
    found = sweep.each(
        {
            f"search, {place}, {rate}": partial(_remembered, size, text, way, one, SEARCHED_ON)
            for rate, one in zip(rates, given, strict=True)
        }
    )
    best = max(range(len(given)), key=lambda at: found[at][0])
    return sweep.each(
        {
            f"{place}, {rates[best]}, seed {seed}": partial(_remembered, size, text, way, given[best], seed)
            for seed in range(size.seeds)
        }
    )


@cache
def _keys(size: Size, text: str, way: str, seed: int) -> budget.Embedded:
    within = search(text, budget.QUESTIONS[1], size)
    return within.learn(SIZES if way == "Matryoshka" else SIZES[-1:], chance(seed))


def _remembered(size: Size, text: str, way: str, levels: budget.Levels, seed: int) -> tuple[float, float]:
    found = budget.prefix_memory(_keys(size, text, way, seed), search(text, budget.QUESTIONS[1], size), levels)
    return found.right, found.cost


TABLES = {"recall": recall, "stages": stages, "cascade": cascade, "memory": memory}


def main() -> None:
    parser = asks(__doc__, seeds=5, quick="the smallest corner")
    parser.add_argument("--only", choices=TABLES, nargs="+", default=list(TABLES), help="these tables alone")
    parser.add_argument("--texts", choices=TEXTS, nargs="+", default=list(TEXTS), help="these texts alone")
    chosen = parser.parse_args()
    size = QUICK if chosen.quick else WHOLE._replace(seeds=chosen.seeds, texts=tuple(chosen.texts))
    sweep = Sweep.of(chosen)
    lines = "\n\n".join(f"{name}:\n\n" + "\n".join(TABLES[name](size, sweep)) for name in chosen.only)
    shown(chosen, PAGE, lines)


if __name__ == "__main__":
    started()
