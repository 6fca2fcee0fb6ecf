"""Six ways to know a user whose tastes change on day 15 and change back on day 31, each at its own best constants.

    python -m tests.benchmarks.personal --write          the tables of personal.md, about a minute
    python -m tests.benchmarks.personal --quick          the smallest corner: only whether it runs

Every arm is tried at as many settings on a seed that is not reported, as in `tests.benchmarks.family`.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Generator

from nlviz.agents.personal import ARMS, KNOBS, Life, course, life

from .searching import Setting, strewn
from .training import mean_and_spread, put_table

PAGE = Path(__file__).with_suffix(".md")
SEARCHED_ON = 1000
WARM = 5
"""Evenings that the search does not count: nobody knows a user yet."""
RANGES = {
    "inner_lr": (0.02, 1.5),
    "forget": (1e-4, 0.3),
    "sharp": (1.0, 50.0),
    "half_life": (2.0, 300.0),
    "slow": (0.01, 1.5),
    "period": (4.0, 128.0),
}
"""From where to where a constant is searched, in equal ratios."""
DAYS = {"day 14": 14, "day 16": 16, "day 18": 18, "day 30": 30, "day 31": 31, "day 34": 34, "day 45": 45}
"""The evenings that the tables show: before the change, after it, before it is taken back, and after."""


class Size(NamedTuple):
    """How much is run: settings of each arm, users a seed in the search and in the table, seeds."""

    settings: int
    searched: int
    users: int
    seeds: int


WHOLE, QUICK = Size(64, 16, 32, 5), Size(4, 2, 2, 2)


def users(seed: int, many: int) -> Life:
    return life(many, generator=Generator().manual_seed(seed))


def settings(arm: str, many: int, best: Setting | None = None) -> list[Setting]:
    """So many settings of an arm's constants."""
    return strewn(RANGES, KNOBS[arm], many, best)


def search(arm: str, size: Size) -> Setting:
    """The setting with the least error, as the page prints it."""
    met = users(SEARCHED_ON, size.searched)

    def error(setting: Setting) -> float:
        found = float(course(arm, met, setting).error[:, WARM:].mean())
        return found if math.isfinite(found) else math.inf

    wide = [(error(one), one) for one in settings(arm, size.settings // 2)]
    best = min(wide, key=lambda tried: tried[0])
    near = [(error(one), one) for one in settings(arm, size.settings - len(wide), best[1])]
    return {knob: float(f"{value:.3g}") for knob, value in min([best, *near], key=lambda tried: tried[0])[1].items()}


def table(what: str, changed: bool | None, chosen: dict[str, Setting], size: Size) -> list[str]:
    """A measure of every arm on some evenings, of the topics that change, of the others, or of all (None)."""
    of = {None: "all topics", True: "topics that change", False: "topics that do not"}[changed]
    lines = [f"| {what}, {of} | {' | '.join(DAYS)} | mean from day 6 |", "|---" * (2 + len(DAYS)) + "|"]
    for arm in ARMS:
        each = [measured(arm, what, changed, chosen[arm], seed, size.users) for seed in range(size.seeds)]
        cells = [mean_and_spread([one[day - 1] for one in each]) for day in DAYS.values()]
        mean = mean_and_spread([sum(one[WARM:]) / len(one[WARM:]) for one in each])
        lines.append(f"| {arm} | {' | '.join(cells)} | {mean} |")
    return lines


def measured(arm: str, what: str, changed: bool | None, setting: Setting, seed: int, many: int) -> Sequence[float]:
    """One measure of an arm, a number an evening."""
    met = users(seed, many)
    found = getattr(course(arm, met, setting), what)
    which = slice(None) if changed is None else met.changed == changed
    return found[:, :, which].mean((0, 2)).tolist()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="the smallest corner: only whether it runs")
    parser.add_argument("--write", action="store_true", help="put the tables into personal.md, in place of those there")
    given = parser.parse_args()
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    torch.set_grad_enabled(False)
    size = QUICK if given.quick else WHOLE
    chosen = {arm: search(arm, size) for arm in ARMS}
    blocks = [table(what, changed, chosen, size) for what in ("hit", "error") for changed in (True, False)]
    blocks.append(["| arm | its constants |", "|---|---|"])
    blocks[-1] += [f"| {arm} | {', '.join(f'{k} {v:.3g}' for k, v in chosen[arm].items())} |" for arm in ARMS]
    lines = "\n\n".join("\n".join(block) for block in blocks)
    print(lines)
    if given.write:
        put_table(PAGE, lines)


if __name__ == "__main__":
    main()
