"""How fast every linear rule is in blocks, beside what its matrix products alone cost: one thread, float32.

    python -m tests.benchmarks.family_speed                  all rules, three shapes, forward and with backward
    python -m tests.benchmarks.family_speed --quick          its smallest corner
    python -m tests.benchmarks.family_speed --only KDA       those whose name contains this, beside the floor

The floor is the products and the substitution that a block of 64 cannot do without, one block after the other, with no
gates, no shares and no looks at what was given: K Kᵀ, Q Kᵀ, K M, Q M, the triangle, the answers, the new M; with
momentum M and S side by side. With backward it is three times that: each product has two as large behind it. All take
turns in one run and the best round of processor time counts, so that ratios hold on a busy machine too. titans-pytorch
and the rest are as in `inner_loop`.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn

from nlviz import memory
from nlviz.inner import unroll, unroll_blocks
from nlviz.memory import LinearRule, Pairs

from .inner_loop import FOUR_NORMS, Contestant, Stream, attention, measure, theirs

BLOCK = 64
SHAPES = ((1, 1024, 32), (1, 1024, 64), (8, 512, 64))
PLAIN, MOMENTUM = "products alone", "products alone, momentum"
RULES: dict[str, type[Any]] = {
    "Hebbian": memory.Hebbian,
    "delta": memory.Delta,
    "gated delta": memory.GatedDelta,
    "Titans": memory.Titans,
    "momentum delta": memory.MomentumDelta,
    "KDA": memory.KDA,
    "GDN-2": memory.GDN2,
    "Comba": memory.Comba,
    "RWKV-7": memory.RWKV7,
    "least squares": memory.RecursiveLeastSquares,
    "Omega": memory.Omega,
}


def products(given: Stream, momentum: bool) -> Tensor:
    """The floor: what a block cannot do without, one block after the other; nothing is masked, the numbers are none."""
    blocks = -(-given.keys.shape[1] // BLOCK)
    width = given.values.shape[-1]
    keys, values, queries = (
        nn.functional.pad(x, (0, 0, 0, blocks * BLOCK - x.shape[1])).unflatten(1, (blocks, BLOCK))
        for x in (given.keys, given.values, given.queries)
    )
    both = torch.cat([keys, queries], 2)
    inside = both @ keys.mT
    state = given.keys.new_zeros(len(keys), width * (2 if momentum else 1), width)
    answers = []
    for n in range(blocks):
        found = both[:, n] @ state.mT
        wrong = found[:, :BLOCK, :width] - values[:, n]
        errors = torch.linalg.solve_triangular(inside[:, n, :BLOCK], wrong, upper=False, unitriangular=True)
        answers.append(found[:, BLOCK:, :width] - inside[:, n, BLOCK:] @ errors)
        written = torch.cat([errors, errors], -1) if momentum else errors
        state = state - written.mT @ keys[:, n]
    return torch.cat(answers, 1)


def reading(rule: LinearRule, execute: Any = unroll_blocks, by_channel: bool = False, **how: Any) -> Any:
    """A run of a rule; by channel the last channel forgets twice as much as the first."""

    def run(s: Stream) -> Tensor:
        gates = s.gates
        if by_channel:
            ramp = torch.linspace(0.5, 1.0, rule.d_key)
            gates = gates._replace(forget=gates.forget[..., None] * ramp)
        return execute(rule, Pairs(s.keys, s.values), gates, s.queries, **how).outputs

    return run


def field(width: int) -> Iterator[tuple[str, Contestant]]:
    """Everyone."""
    yield PLAIN, Contestant(lambda s: products(s, False))
    yield MOMENTUM, Contestant(lambda s: products(s, True))
    for name, kind in RULES.items():
        rule = kind(width, width)
        yield name, Contestant(reading(rule))
        if "forget" in rule.by_channel:
            yield f"{name}, by channel", Contestant(reading(rule, by_channel=True))
    for name in ("gated delta", "Titans"):
        yield f"{name}, four norms", Contestant(reading(RULES[name](width, width), probes=FOUR_NORMS))
    kda = memory.KDA(width, width)
    yield "KDA, by channel, four norms", Contestant(reading(kda, by_channel=True, probes=FOUR_NORMS))
    for name in ("gated delta", "Titans"):
        yield f"{name}, token loop", Contestant(reading(RULES[name](width, width), unroll), (0, 32), 256)
    yield "attention", Contestant(attention, quadratic=True)
    gru = nn.GRU(width, width, batch_first=True)
    yield "nn.GRU", Contestant(lambda s: gru(s.values)[0], modules=(gru,))
    yield from theirs(width, "cpu")


def floor_of(name: str) -> str:
    """The floor that a row is held against."""
    return MOMENTUM if name.startswith(("Titans", "momentum delta")) or name == MOMENTUM else PLAIN


def speeds(shape: tuple[int, int, int], rounds: int, only: str) -> Iterator[tuple[str, dict[str, float]]]:
    """Tokens per second forward, then with backward."""
    everyone = {name: one for name, one in field(shape[-1]) if only in name or name in (PLAIN, MOMENTUM)}
    forward = {name: speed for name, (speed, _) in measure(everyone, shape, False, rounds, "cpu").items()}
    yield "", forward
    floors = {name: forward[name] / 3 for name in (PLAIN, MOMENTUM)}
    others = {name: one for name, one in everyone.items() if name not in floors}
    found = measure(others, shape, True, rounds, "cpu")
    yield ", with backward", floors | {name: speed for name, (speed, _) in found.items()}


def table(shapes: tuple[tuple[int, int, int], ...], rounds: int, only: str = "") -> Iterator[str]:
    """Tokens per second, and in brackets the share of what the products alone reach."""
    columns: dict[str, dict[str, float]] = {}
    for batch, length, width in shapes:
        for kind, found in speeds((batch, length, width), rounds, only):
            columns[f"{batch} × {length:,}, d {width}{kind}"] = found
    yield f"| tokens/s (share of the floor) | {' | '.join(columns)} |"
    yield "|---" + "|--:" * len(columns) + "|"
    for name in next(iter(columns.values())):
        cells = (f"{one[name]:,.0f} ({one[name] / one[floor_of(name)]:.2g})" for one in columns.values())
        yield f"| {name} | {' | '.join(cells)} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="one small shape, one round")
    parser.add_argument("--only", default="", help="those whose name contains this")
    parser.add_argument("--rounds", type=int, default=9)
    given = parser.parse_args()
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    shapes, rounds = (((1, 96, 16),), 1) if given.quick else (SHAPES, given.rounds)
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg()) if hasattr(os, "getloadavg") else "not known"
    print(f"Python {sys.version.split()[0]}, torch {torch.__version__}, one thread, float32, best of {rounds}")
    print(f"Load of the machine over 1, 5 and 15 minutes: {load}; {os.cpu_count()} cores\n")
    for line in table(shapes, rounds, given.only):
        print(line, flush=True)


if __name__ == "__main__":
    main()
