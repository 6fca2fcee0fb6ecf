"""Which rule of the family pays where: fourteen rules on four streams, each at its own best constants.

    python -m tests.benchmarks.family --write            the tables of family.md, about four minutes
    python -m tests.benchmarks.family --quick            the smallest corner: only whether it runs

Every rule is tried at as many settings on a seed that is not reported: half of them spread over all its knobs, half
near the best of the first half. Each measure has its own best. Then five seeds are read, and five more.
"""

from __future__ import annotations

import argparse
import functools
import statistics
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Generator, Tensor

from nlviz import inner, measure, memory, streams
from nlviz.memory import Gates
from nlviz.streams import Stream

from .searching import Setting, strewn
from .training import mean_and_spread, put_table, tables

PAGE = Path(__file__).with_suffix(".md")
WIDTH = 16
SEARCHED_ON = 1000
RULER = "gated delta"
SMALL = 0.01
PRODUCT = "DeltaProduct"
RULES: dict[str, tuple[type[Any], tuple[str, ...]]] = {
    "Hebbian": (memory.Hebbian, ("inner_lr",)),
    "Hebbian with decay": (memory.Hebbian, ("inner_lr", "forget")),
    "delta": (memory.Delta, ("inner_lr",)),
    RULER: (memory.GatedDelta, ("inner_lr", "forget")),
    "Titans": (memory.Titans, ("inner_lr", "momentum", "forget")),
    "momentum delta": (memory.MomentumDelta, ("inner_lr", "momentum", "forget")),
    "KDA": (memory.KDA, ("inner_lr", "forget", "spread")),
    "GDN-2": (memory.GDN2, ("inner_lr", "forget", "spread", "erase")),
    "Comba": (memory.Comba, ("inner_lr", "forget", "softer")),
    "RWKV-7": (memory.RWKV7, ("inner_lr", "forget", "spread", "mix")),
    "least squares": (memory.RecursiveLeastSquares, ("ridge",)),
    PRODUCT: (memory.GatedDelta, ("inner_lr", "forget", "again")),
    "Omega": (memory.Omega, ("inner_lr", "forget", "fade")),
    "Omega with momentum": (memory.Omega, ("inner_lr", "momentum", "forget", "fade")),
}
"""Each rule and its knobs. spread: the channel that forgets most forgets so many times as much as the one least.

again: the share of θ with which DeltaProduct first writes the pair of the token before once more, a step of its own.
"""

RANGES = {
    "inner_lr": (0.02, 1.5),
    "forget": (1e-4, 0.3),
    "spread": (1.0, 100.0),
    "ridge": (1e-3, 10.0),
    "momentum": (0.0, 0.95),
    "erase": (0.0, 1.5),
    "softer": (0.0, 1.5),
    "mix": (0.0, 1.0),
    "again": (0.0, 1.5),
    "fade": (0.0, 1.0),
}
"""From where to where a knob is searched; those from above zero in equal ratios, the others in equal steps."""

BUILT = ("erase", "softer", "mix", "ridge", "fade")
"""Knobs that a rule is built with; the others are gates."""

STREAMS: dict[str, Callable[[Generator, int], Stream]] = {
    "random pairs": lambda g, many: streams.recall_pairs(24, WIDTH, generator=g, passes=4, batch=many),
    "overwrites": lambda g, many: streams.overwrites(12, 144, WIDTH, generator=g, batch=many),
    "correlated keys": lambda g, many: streams.recall_pairs(12, WIDTH, generator=g, passes=8, overlap=0.7, batch=many),
    "drift": lambda g, many: streams.drift(12, 12, WIDTH, rate=0.3, generator=g, batch=many),
}


class Read(NamedTuple):
    """What a run gives. recall: cosine of answer and newest value at the end, mean of all items; more is better.

    error: ‖M k − v‖² before every write, mean of all tokens; values have length 1, so an empty memory has 1.
    """

    recall: float
    error: float

    def merit(self, which: str) -> float:
        """More is better, in both; what is lost is worst."""
        found = self.recall if which == "recall" else -self.error
        return found if abs(found) < 1e6 else -1e6


class Size(NamedTuple):
    """How much is run: settings of each rule, streams a seed in the search and in the table, seeds."""

    settings: int
    searched: int
    read: int
    seeds: int


WHOLE, QUICK = Size(64, 16, 16, 5), Size(4, 2, 2, 2)


def spread_over(forget: float, ratio: float) -> Tensor:
    """A share forgotten for each channel, in equal ratios around `forget`, at most all of it."""
    places = torch.linspace(-0.5, 0.5, WIDTH)
    return (forget * ratio**places).clamp_max(1.0)[None, None]


def read(name: str, setting: Setting, stream: Stream) -> Read:
    """One rule at one setting reads one batch of streams."""
    if name == PRODUCT:
        return product(stream, **setting)
    kind, _ = RULES[name]
    rule = kind(WIDTH, WIDTH, **{knob: value for knob, value in setting.items() if knob in BUILT})
    gates: dict[str, Any] = {knob: value for knob, value in setting.items() if knob not in BUILT}
    if "spread" in gates:
        gates["forget"] = spread_over(gates["forget"], gates.pop("spread"))
    with torch.no_grad():
        run = inner.unroll_blocks(rule, stream.pairs, Gates.constant(stream.pairs, **gates), read_first=True)
        return judged(rule, run, stream)


def product(stream: Stream, inner_lr: float, forget: float, again: float) -> Read:
    """DeltaProduct with two keys a token: that of the token before, once more, and then its own."""
    rule = memory.GatedDelta(WIDTH, WIDTH)
    keys, values = (torch.stack([torch.nn.functional.pad(x, (0, 0, 1, -1)), x], 2) for x in stream.pairs)
    theta = inner_lr * torch.tensor([again, 1.0]).expand(keys.shape[:3])
    with torch.no_grad():
        asked = stream.pairs.keys
        run = inner.unroll_micro_steps(rule, keys, values, theta, forget, asked, read_first=True)
        return judged(rule, run, stream)


def judged(rule: memory.LinearRule, run: inner.Unrolled, stream: Stream) -> Read:
    """Both measures of a run that read before it wrote."""
    recall = measure.cosine(measure.recalled(rule, run.state, stream), stream.values)
    error = (run.outputs - stream.pairs.values).square().sum(-1)
    # a run that overflowed is the worst there is, never a gap
    return Read(float(recall.mean().nan_to_num(nan=-1.0)), float(error.mean().nan_to_num(nan=1e9)))


def stream_of(kind: str, seed: int, many: int) -> Stream:
    return STREAMS[kind](Generator().manual_seed(seed), many)


def settings(name: str, many: int, best: Setting | None = None) -> list[Setting]:
    """So many settings of a rule's knobs."""
    return strewn(RANGES, RULES[name][1], many, best)


def search(name: str, kind: str, size: Size) -> dict[str, Setting]:
    """The best setting for each measure."""
    stream = stream_of(kind, SEARCHED_ON, size.searched)
    wide = [(one, read(name, one, stream)) for one in settings(name, size.settings // 2)]
    found: dict[str, Setting] = {}
    for which in Read._fields:

        def merit(tried: tuple[Setting, Read], which: str = which) -> float:
            return tried[1].merit(which)

        near = settings(name, size.settings - len(wide), max(wide, key=merit)[0])
        found[which] = rounded(max([*wide, *((one, read(name, one, stream)) for one in near)], key=merit)[0])
    return found


def rounded(setting: Setting) -> Setting:
    """As the page prints it, so that who reads the page gets the same numbers."""
    return {knob: float(f"{value:.3g}") for knob, value in setting.items()}


def measured(name: str, kind: str, which: str, setting: Setting, seeds: Sequence[int], many: int) -> list[float]:
    """One measure of a rule on a stream, a number a seed."""
    return [getattr(read(name, setting, stream_of(kind, seed, many)), which) for seed in seeds]


def pays(ours: Sequence[float], theirs: Sequence[float], which: str) -> int:
    """1 if ahead of gated delta by more than two standard errors of the paired difference, −1 if behind, else 0."""
    sign = 1 if which == "recall" else -1
    ahead = [sign * (a - b) for a, b in zip(ours, theirs, strict=True)]
    error = statistics.stdev(ahead) / len(ahead) ** 0.5
    mean = statistics.mean(ahead)
    return (mean > 2 * error) - (mean < -2 * error)


def mark(ours: Sequence[Sequence[float]], theirs: Sequence[Sequence[float]], which: str) -> str:
    """▲ pays, ▼ stays behind, on both groups of seeds; △ ▽ by less than SMALL; else nothing."""
    signs = {pays(a, b, which) for a, b in zip(ours, theirs, strict=True)}
    if len(signs) > 1 or signs == {0}:
        return ""
    small = abs(statistics.mean(ours[0]) - statistics.mean(theirs[0])) < SMALL
    return " " + {1: "▲△", -1: "▼▽"}[signs.pop()][small]


def table(which: str, size: Size, chosen: dict[tuple[str, str], dict[str, Setting]]) -> list[str]:
    """A measure of every rule on every stream, marked."""
    lines = [f"| {which} | {' | '.join(STREAMS)} |", "|---" * (1 + len(STREAMS)) + "|"]
    groups = range(size.seeds), range(size.seeds, 2 * size.seeds)

    @functools.cache
    def got(name: str, kind: str) -> list[list[float]]:
        return [measured(name, kind, which, chosen[name, kind][which], seeds, size.read) for seeds in groups]

    for name in RULES:
        cells = [
            mean_and_spread(got(name, kind)[0], 3) + mark(got(name, kind), got(RULER, kind), which) for kind in STREAMS
        ]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return lines


def constants(which: str, chosen: dict[tuple[str, str], dict[str, Setting]]) -> list[str]:
    """The constants each cell was read at."""
    lines = [f"| best for {which} | {' | '.join(STREAMS)} |", "|---" * (1 + len(STREAMS)) + "|"]
    for name in RULES:
        cells = [", ".join(f"{k} {v:.3g}" for k, v in chosen[name, kind][which].items()) for kind in STREAMS]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return lines


def on_page(which: str, name: str, kind: str, page: Path = PAGE) -> Setting:
    """The constants of a cell, read from the page."""
    head = f"best for {which}"
    rows = next(one for one in tables(page) if head in one[0])
    cell = next(row for row in rows if row[head] == name)[kind]
    words = [part.split(" ") for part in cell.split(", ")]
    return {knob: float(value) for knob, value in words}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="the smallest corner: only whether it runs")
    parser.add_argument("--write", action="store_true", help="put the tables into family.md, in place of those there")
    given = parser.parse_args()
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    size = QUICK if given.quick else WHOLE
    chosen = {(name, kind): search(name, kind, size) for name in RULES for kind in STREAMS}
    blocks = [table(which, size, chosen) for which in Read._fields]
    blocks += [constants(which, chosen) for which in Read._fields]
    lines = "\n\n".join("\n".join(block) for block in blocks)
    print(lines)
    if given.write:
        put_table(PAGE, lines)


if __name__ == "__main__":
    main()
