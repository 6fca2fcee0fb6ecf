"""What is learned against what is set by hand: `learning_to_learn.md`. About four minutes on one core.

    python -m tests.benchmarks.learning_to_learn            five seeds
    python -m tests.benchmarks.learning_to_learn --seeds 1

A seed decides the family's maps, the streams of the search, what is drawn in training, and those of the test.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections import defaultdict

import torch

from nlviz.experiments.learning_to_learn import ARMS, Family, arm, hand_set, learn, recall_error
from nlviz.outer import OUTER_GRADIENTS, Learner

TESTED = ("as trained", "value noise × 3", "strangers 6 in 10", "4 × as long")
SHORTCUTS = ("start", "gates")
SIGNED = ("rates", "gates", "readout")


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
    for name, sign in (("trained with θ > 0", 1), ("trained with θ < 0", -1)):
        made = arm("gates", family, rates, seed=seed)
        made.free(*SIGNED)
        made.sign = sign
        trained(made, family, seed)
        found[name] = errors(made, family, seed)
        made.sign = -sign
        found[f"{name}, then flipped"] = errors(made, family, seed)
    return found


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
    for algorithm in OUTER_GRADIENTS[1:]:
        for name in SHORTCUTS:
            made = arm(name, family, by_hand.rates, seed=seed)
            trained(made, family, seed, algorithm)
            rows[f"{name}, {algorithm}"] = errors(made, family, seed)
    return rows | signs(by_hand.rates, family, seed)


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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    torch.set_num_threads(1)
    rows: dict[str, list[list[float]]] = defaultdict(list)
    for seed in range(parser.parse_args().seeds):
        for name, found in of_seed(seed).items():
            rows[name].append(found)
    print(table(rows))


if __name__ == "__main__":
    main()
