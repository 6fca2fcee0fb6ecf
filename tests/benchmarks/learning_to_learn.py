"""What is learned against what is set by hand, and four ways to meet new text: `learning_to_learn.md`.

    python -m tests.benchmarks.learning_to_learn --seeds 5 --notes FILE --write     about seven minutes on one core
    python -m tests.benchmarks.learning_to_learn --seeds 1                          one of the five

A seed decides the family's maps, the streams of the search, what is drawn in training, and those of the test.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import torch

from nlviz.experiments.learning_to_learn import (
    ARMS,
    FOUR,
    RATES,
    Family,
    arm,
    four_arms,
    hand_set,
    learn,
    learn_itself,
    recall_error,
    rewritten_error,
    self_referential,
)
from nlviz.outer import OUTER_GRADIENTS, Learner
from nlviz.streams import code

from .sweeping import Piece, Sweep, asks, shown, started

PAGE = Path(__file__).with_suffix(".md")
TESTED = ("as trained", "value noise × 3", "strangers 6 in 10", "4 × as long")
SHORTCUTS = ("start", "gates")
SIGNED = ("rates", "gates", "readout")
REWRITTEN = {"self-referential, softmax of x": True, "self-referential, x itself": False}
SIGNS = ("trained with θ > 0", "trained with θ < 0")
ROWS = (
    "by hand",
    "by hand, θ follows the cue",
    *ARMS,
    *REWRITTEN,
    *(f"{name}, {algorithm}" for algorithm in OUTER_GRADIENTS[1:] for name in SHORTCUTS),
    *(f"{name}{turned}" for name in SIGNS for turned in ("", ", then flipped")),
)
"""The table's, in order."""

LONGER = (24, 30, 36, 48, 72, 96, 192)
"""Writes after which each arm is asked; all were trained on the first of them."""
USED = ("as it is", "values of another stream", "nothing written")
SEARCHED = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0)
"""Rates tried for each of the four arms that has one."""
TEXTS = ("email", "json", "http", "plotly", "encodings")
SESSIONS = ("a text", "another", "the first again", "how it goes on")
LENGTH = 3000


def tests(family: Family) -> dict[str, Family]:
    """The family as it was trained on, and off its distribution."""
    others = ({}, {"jitter": 0.9}, {"strangers": 0.6}, {"writes": 96})
    return {name: family.but(**other) for name, other in zip(TESTED, others, strict=True)}


def trained(made: Learner, family: Family, seed: int, algorithm: str = "second order") -> float:
    """Seconds of processor time that it took."""
    began = time.process_time()
    for _ in learn(made, family, seed=seed, algorithm=algorithm):
        pass
    return time.process_time() - began


def errors(made: Learner, family: Family, seed: int) -> list[float]:
    """One for each of TESTED."""
    return [recall_error(made, one, seed=1000 + seed) for one in tests(family).values()]


def signs(rates: tuple[float, float, float], family: Family, seed: int) -> dict[str, list[float]]:
    """θ > 0, the same with the sign of θ flipped afterwards, and trained with the flipped sign."""
    found = {}
    for name, sign in zip(SIGNS, (1, -1), strict=True):
        made = arm("gates", family, rates, seed=seed)
        made.free(*SIGNED)
        made.sign = sign
        trained(made, family, seed)
        found[name] = errors(made, family, seed)
        made.sign = -sign
        found[f"{name}, then flipped"] = errors(made, family, seed)
    return found


def rewritten(softmax_inputs: bool, family: Family, seed: int) -> list[float]:
    """The self-referential matrix, as the other arms: its errors and its seconds."""
    made, began = self_referential(family, softmax_inputs=softmax_inputs, seed=seed), time.process_time()
    for _ in learn_itself(made, family, seed=seed):
        pass
    seconds = time.process_time() - began
    with torch.no_grad():
        drawn = [one.draw(512, torch.Generator().manual_seed(1000 + seed)) for one in tests(family).values()]
        return [*(float(rewritten_error(made, given)) for given in drawn), seconds]


def uses(seed: int) -> list[float]:
    """What the self-referential matrix makes of its stream: its error, with another stream's values, with no write."""
    family = Family(seed=seed)
    made = self_referential(family, seed=seed)
    for _ in learn_itself(made, family, seed=seed):
        pass
    given = family.draw(512, torch.Generator().manual_seed(1000 + seed))
    with torch.no_grad():
        other = rewritten_error(made, given._replace(values=given.values.roll(1, 0)))
        still = rewritten_error(made, given, theta=0.0)
        return [float(one) for one in (rewritten_error(made, given), other, still)]


def of_seed(seed: int) -> dict[str, list[float]]:
    """Rows of errors by name; the last number of an arm is its seconds of training."""
    family = Family(seed=seed)
    by_hand, gated = (hand_set(family, gated=one, seed=100 + seed) for one in (False, True))
    rows = {"by hand": errors(by_hand.learner(family), family, seed)}
    rows["by hand, θ follows the cue"] = errors(gated.learner(family), family, seed)
    for name in ARMS:
        made = arm(name, family, by_hand.rates, seed=seed)
        seconds = trained(made, family, seed)
        rows[name] = [*errors(made, family, seed), seconds]
    rows |= {name: rewritten(softmax, family, seed) for name, softmax in REWRITTEN.items()}
    for algorithm in OUTER_GRADIENTS[1:]:
        for name in SHORTCUTS:
            made = arm(name, family, by_hand.rates, seed=seed)
            trained(made, family, seed, algorithm)
            rows[f"{name}, {algorithm}"] = errors(made, family, seed)
    return rows | signs(by_hand.rates, family, seed)


def lasting(seed: int) -> dict[str, list[float]]:
    """The error after each of LONGER, by name: of what was set by hand, and of every arm trained as for `of_seed`."""
    family = Family(seed=seed)
    streams = [family.but(writes=count) for count in LONGER]
    by_hand, gated = (hand_set(family, gated=one, seed=100 + seed) for one in (False, True))
    models = {"by hand": by_hand.learner(family), "by hand, θ follows the cue": gated.learner(family)}
    for name in ARMS:
        models[name] = arm(name, family, by_hand.rates, seed=seed)
        trained(models[name], family, seed)
    return {name: [recall_error(one, long, seed=1000 + seed) for long in streams] for name, one in models.items()}


def holds(runs: Sequence[Sequence[float]], beside: Sequence[Sequence[float]]) -> str:
    """After how many writes an arm was last no worse than another, in every seed, from the first on; "" if never."""
    good = [all(one[at] <= other[at] for one, other in zip(runs, beside, strict=True)) for at in range(len(LONGER))]
    count = good.index(False) if False in good else len(good)
    return str(LONGER[count - 1]) if count else ""


def lasting_table(runs: Sequence[dict[str, list[float]]]) -> str:
    """Means over the seeds, and how long an arm is better than constants by hand, and than an empty memory."""
    lines = [f"| error after | {' | '.join(map(str, LONGER))} | beats by hand | beats nothing |"]
    lines.append("|---" * (len(LONGER) + 3) + "|")
    empty = [[1.0] * len(LONGER)] * len(runs)
    for name in runs[0]:
        own, hand = [run[name] for run in runs], [run["by hand"] for run in runs]
        cells = [f"{statistics.mean(column):.3g}" for column in zip(*own, strict=True)]
        ends = "" if name == "by hand" else holds(own, hand)
        lines.append(f"| {name} | {' | '.join(cells)} | {ends} | {holds(own, empty)} |")
    return "\n".join(lines)


def table(rows: dict[str, list[list[float]]]) -> str:
    """Means, and the least and the greatest of all seeds in brackets."""
    lines = [f"| | {' | '.join(TESTED)} | s |", "|---|" + "---|" * (len(TESTED) + 1)]
    for name, runs in rows.items():
        cells = []
        for at, column in enumerate(zip(*runs, strict=True)):
            mean, low, high = statistics.mean(column), min(column), max(column)
            cells.append(f"{mean:.1f}" if at == len(TESTED) else f"{mean:.3g} ({low:.3g}…{high:.3g})")
        lines.append(f"| {name} | {' | '.join(cells)} |" + (" |" if len(cells) == len(TESTED) else ""))
    return "\n".join(lines)


def searched() -> dict[str, list[float]]:
    """Bits per byte of two stretches of `logging`, for each of SEARCHED, of every arm that has a rate."""
    text = code("logging", limit=8000).bytes
    sessions = [("first", text[:4000]), ("second", text[4000:])]
    runs = [four_arms(sessions, rates=dict.fromkeys(RATES, rate)) for rate in SEARCHED]
    bits = [run["session_bits"].values[:, 0].mean(0).tolist() for run in runs]
    return {name: [one[FOUR.index(name)] for one in bits] for name in RATES}


def met(package: str, other: str) -> list[list[list[float]]]:
    """Bits saved, and microseconds of processor time for each byte: [2, sessions, arms]."""
    text, between = code(package, limit=2 * LENGTH).bytes, code(other, limit=LENGTH).bytes
    run = four_arms(list(zip(SESSIONS, (text[:LENGTH], between, text[:LENGTH], text[LENGTH:]), strict=True)))
    seconds = 1e6 * run["seconds"].values[:, 0] / LENGTH
    return [run["session_gain"].values[:, 0].tolist(), seconds.tolist()]


def uses_table(runs: list[list[float]]) -> str:
    """Means, and the least and the greatest, of what it uses."""
    cells = [f"{statistics.mean(one):.3g} ({min(one):.3g}…{max(one):.3g})" for one in zip(*runs, strict=True)]
    return f"| | {' | '.join(USED)} |\n|---|---|---|---|\n| self-referential, x itself | {' | '.join(cells)} |"


def four_tables(found: dict[str, list[float]], runs: Sequence[Any]) -> str:
    """What the search saw, and what the four arms save."""
    lines = [f"| rate | {' | '.join(found)} |", "|---|" + "---|" * len(found)]
    for rate, row in zip(SEARCHED, zip(*found.values(), strict=True), strict=True):
        lines.append(f"| {rate:g} | {' | '.join(f'{one:.3f}' for one in row)} |")
    lines += ["", f"| bits saved a byte | {' | '.join(SESSIONS)} | µs a byte |", "|---|" + "---|" * (len(SESSIONS) + 1)]
    for at, name in enumerate(FOUR):
        columns = [[run[0][session][at] for run in runs] for session in range(len(SESSIONS))]
        cells = [f"{statistics.mean(one):.2f} ({min(one):.2f}…{max(one):.2f})" for one in columns]
        pace = statistics.mean(one[at] for run in runs for one in run[1])
        lines.append(f"| {name} | {' | '.join(cells)} | {pace:.0f} |")
    return "\n".join(lines)


def main() -> None:
    chosen = asks(__doc__, seeds=5).parse_args()
    seeds, pairs = range(chosen.seeds), list(zip(TEXTS, (*TEXTS[1:], TEXTS[0]), strict=True))
    parts: list[dict[str, Piece]] = [
        {f"seed {seed}": partial(of_seed, seed) for seed in seeds},
        {"search of four arms": partial(searched)},
        {f"{one}, then {other}": partial(met, one, other) for one, other in pairs},
        {f"what it uses, seed {seed}": partial(uses, seed) for seed in seeds},
        {f"longer, seed {seed}": partial(lasting, seed) for seed in seeds},
    ]
    found = Sweep.of(chosen)({name: piece for part in parts for name, piece in part.items()})
    every, (search,), runs, used, long = ([found[name] for name in part] for part in parts)
    first = table({name: [one[name] for one in every] for name in ROWS})
    shown(chosen, PAGE, "\n\n".join((first, lasting_table(long), uses_table(used), four_tables(search, runs))))


if __name__ == "__main__":
    started()
