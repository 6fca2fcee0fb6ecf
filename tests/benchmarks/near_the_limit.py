"""How many digits the block form holds near the limit of stability, and what that costs.

    python tests/benchmarks/near_the_limit.py                        errors and speeds of this package
    python tests/benchmarks/near_the_limit.py --beside FOLDER        and of the package nlviz in FOLDER, in the same run
    python tests/benchmarks/near_the_limit.py --quick                its smallest corner

Every run in float32 is held against the token loop in float64 on the same float32 numbers. An error is the largest
difference over a run, relative to the largest number of that quantity; the table gives the worst over all gates, for
`reads` (outputs and state), `norms` (surprise, ‖S‖, ‖ΔM‖, ‖M‖) and `gradients` (of all inputs). The float32 token loop
is the yardstick: what it loses the rule itself loses. Runs that grow a thousandfold and more are left out: the limit is
that of one repeated key, and other keys can pass it earlier under momentum.
"""

from __future__ import annotations

import argparse
import importlib
import itertools
import sys
import time
from collections.abc import Iterator, Sequence
from types import ModuleType
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from nlviz import inner, memory
from nlviz.memory import Gates, Pairs

# the momenta and forget gates that each rule is run under
RULES = {
    "Delta": ((0.0,), (0.0,)),
    "GatedDelta": ((0.0,), (0.0, 0.01, 0.1)),
    "Titans": ((0.0, 0.5, 0.9, 0.99), (0.0, 0.01, 0.1)),
}
KEYS = ("one key", "four keys", "nearly equal", "random")
SHARES = (0.5, 0.9, 0.99, 0.999)
LENGTHS = (200, 2000)
WIDTH = 16
NORMS = ("surprise", "past_surprise", "write_norm", "memory_norm")
GROWN = 1e3


class Package(NamedTuple):
    """One version of the package: its inner loop and its memories."""

    inner: ModuleType
    memory: ModuleType


class Errors(NamedTuple):
    """Worst relative errors of one run."""

    reads: float
    norms: float
    gradients: float


class Found(NamedTuple):
    """What a run gave: outputs and state, the norms, gradients of all inputs."""

    reads: list[Tensor]
    norms: list[Tensor]
    gradients: list[Tensor]


HERE = Package(inner, memory)


def keys_of(kind: str, length: int, generator: torch.Generator) -> Tensor:
    """Unit keys [1, length, WIDTH] of one kind."""
    few = torch.randn(4, WIDTH, generator=generator)
    every = torch.randn(length, WIDTH, generator=generator)
    chosen = {
        "one key": few[:1].expand(length, -1),
        "four keys": few[torch.randint(4, (length,), generator=generator)],
        "nearly equal": few[:1] + 0.01 * every,
        "random": every,
    }[kind]
    return F.normalize(chosen, dim=-1)[None]


def limit(rule: str, momentum: float, forget: float) -> float:
    """The θ from which one repeated unit key grows for ever."""
    return {"Delta": 2.0, "GatedDelta": 1 + 1 / (1 - forget), "Titans": (2 - forget) * (1 + momentum)}[rule]


def cases(rule: str, kind: str, share: float, length: int) -> tuple[Pairs, Gates]:
    """One stream under all gates of a rule, one row each."""
    generator = torch.Generator().manual_seed(length)
    settings = list(itertools.product(*RULES[rule]))
    keys, values = keys_of(kind, length, generator), torch.randn(1, length, WIDTH, generator=generator)
    pairs = Pairs(*(x.expand(len(settings), -1, -1).contiguous() for x in (keys, values)))
    rates = [share * limit(rule, *gates) for gates in settings]
    columns = (rates, *zip(*settings, strict=True))
    return pairs, Gates(*(torch.tensor(column)[:, None].repeat(1, length) for column in columns))


def run(package: Package, rule: str, pairs: Pairs, gates: Gates, how: str, dtype: torch.dtype = torch.float32) -> Found:
    """One run of a rule with probes and gradients, by `unroll` or `unroll_blocks`."""
    leaves = [x.detach().clone().to(dtype).requires_grad_() for x in (*pairs, *gates)]
    asked = [getattr(package.inner.probes, name) for name in NORMS]
    built = getattr(package.memory, rule)(WIDTH, WIDTH)
    stream = package.memory.Pairs(*leaves[:2]), package.memory.Gates(*leaves[2:])
    found = getattr(package.inner, how)(built, *stream, probes=asked)
    total = found.outputs.square().sum() + found.state.memory.square().sum()
    gradients = torch.autograd.grad(total, leaves, allow_unused=True, materialize_grads=True)
    reads = [x.detach() for x in (found.outputs, *found.state)]
    return Found(reads, [torch.tensor(found.trace[name].values).transpose(0, 1) for name in NORMS], list(gradients))


def off(found: Found, true: Found, row: int | None = None) -> Errors:
    """Errors of a run; `row` is which one of the batch in `true` it is, None where both are single."""

    def worst(ours: Sequence[Tensor], theirs: Sequence[Tensor]) -> float:
        rows = [(a, b if row is None else b[row : row + 1]) for a, b in zip(ours, theirs, strict=True)]
        return max(float((a.double() - b).abs().max() / b.abs().max().clamp_min(1e-30)) for a, b in rows)

    return Errors(*(worst(*both) for both in zip(found, true, strict=True)))


def measured(
    packages: dict[str, Package], rule: str, kind: str, share: float, length: int
) -> Iterator[dict[str, Errors]]:
    """Errors of the loop and of every package's blocks, for each of the rule's gates that keeps the run bounded."""
    pairs, gates = cases(rule, kind, share, length)
    true = run(HERE, rule, pairs, gates, "unroll", torch.float64)
    loop = run(HERE, rule, pairs, gates, "unroll")
    for row in range(pairs.keys.shape[0]):
        if not float(true.reads[0][row].abs().max()) < GROWN * float(pairs.values[row].abs().max()):
            continue
        one = Pairs(*(x[row : row + 1] for x in pairs)), Gates(*(x[row : row + 1] for x in gates))
        alone = Found(*([x[row : row + 1] for x in part] for part in loop))
        blocks = {name: off(run(package, rule, *one, "unroll_blocks"), true, row) for name, package in packages.items()}
        yield {"loop": off(alone, true, row), **blocks}


def worst_of(every: Sequence[dict[str, Errors]], name: str) -> str:
    """The worst of each error over several runs, in words of a table."""
    return " / ".join(f"{max(one[name][i] for one in every):.1e}" for i in range(3))


def errors(packages: dict[str, Package], args: argparse.Namespace) -> None:
    """Print the table of errors, and how far blocks are from the loop at worst."""
    print(
        "\n| rule | keys | θ of the limit | runs | loop | "
        + " | ".join(packages)
        + " |\n|"
        + "--|" * (5 + len(packages))
    )
    multiples: dict[str, list[float]] = {name: [] for name in packages}
    for rule, kind, share in itertools.product(RULES, KEYS, args.shares):
        # the long streams where it is hardest
        hardest = share == args.shares[-1] and kind == KEYS[0]
        lengths = args.lengths if hardest else args.lengths[:1]
        every = [one for length in lengths for one in measured(packages, rule, kind, share, length)]
        if not every:
            continue
        for one, name in itertools.product(every, packages):
            multiples[name].extend(b / max(a, 1e-7) for a, b in zip(one["loop"], one[name], strict=True))
        cells = [worst_of(every, name) for name in ("loop", *packages)]
        print(f"| {rule} | {kind} | {share} | {len(every)} | " + " | ".join(cells) + " |", flush=True)
    for name, found in multiples.items():
        print(f"\n{name}: at worst {max(found):.3g} times the loop's error (or 1e-7, where that is larger)")


def seconds(package: Package, shape: tuple[int, int, int], backward: bool, strained: bool) -> float:
    """Processor time of one run of Titans' blocks on random keys, or near the limit on one key."""
    (batch, length, width), generator = shape, torch.Generator().manual_seed(0)
    normal = [torch.randn(batch, length, width, generator=generator) for _ in range(3)]
    gates = [torch.rand(batch, length, generator=generator) * most for most in (0.9, 0.9, 0.1)]
    if strained:
        normal[0] = normal[0][:, :1].expand(-1, length, -1)
        gates = [torch.full((batch, length), gate) for gate in (0.99 * 3.8, 0.9, 0.0)]
    keys, values, queries = F.normalize(normal[0], dim=-1), normal[1], F.normalize(normal[2], dim=-1)
    leaves = [x.clone().requires_grad_(backward) for x in (keys, values, *gates, queries)]
    stream = package.memory.Pairs(*leaves[:2]), package.memory.Gates(*leaves[2:5]), leaves[5]
    start = time.process_time()
    with torch.set_grad_enabled(backward):
        outputs = package.inner.unroll_blocks(package.memory.Titans(width, width), *stream).outputs
    if backward:
        torch.autograd.grad(outputs.sum(), leaves)
    return time.process_time() - start


def speeds(packages: dict[str, Package], args: argparse.Namespace) -> None:
    """Print tokens/s, the best of several rounds taken in turns."""
    print("\n| d | batch | | keys | " + " | ".join(packages) + " |\n|" + "--|" * (4 + len(packages)))
    for width, batch, backward, strained in itertools.product(args.widths, (1, 8), (False, True), (False, True)):
        shape, best = (batch, args.tokens // batch, width), dict.fromkeys(packages, float("inf"))
        for _, (name, package) in itertools.product(range(args.rounds), packages.items()):
            best[name] = min(best[name], seconds(package, shape, backward, strained))
        first = next(iter(best.values()))
        cells = [f"{shape[0] * shape[1] / one:,.0f} ({first / one:.2f}×)" for one in best.values()]
        kind = "one, near the limit" if strained else "random"
        work = "forward with backward" if backward else "forward"
        print(f"| {width} | {batch} | {work} | {kind} | " + " | ".join(cells) + " |", flush=True)


def beside(folder: str) -> Package:
    """The package in another folder, beside this one in one process."""
    mine = {name: sys.modules.pop(name) for name in list(sys.modules) if name.partition(".")[0] == "nlviz"}
    sys.path.insert(0, folder)
    try:
        return Package(importlib.import_module("nlviz.inner"), importlib.import_module("nlviz.memory"))
    finally:
        sys.path.remove(folder)
        for name in [name for name in sys.modules if name.partition(".")[0] == "nlviz"]:
            del sys.modules[name]
        sys.modules.update(mine)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print what was measured and how, then the tables."""
    parser = argparse.ArgumentParser(description="Digits near the limit of stability, and speeds.")
    parser.add_argument("--beside", help="a folder with another version of the package nlviz, the one before")
    parser.add_argument("--quick", action="store_true", help="one share of the limit, short streams, one round")
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--only", choices=("errors", "speeds"))
    args = parser.parse_args(arguments)
    quick = {"shares": (0.99,), "lengths": (70,), "widths": (16,), "tokens": 256, "rounds": 1}
    whole = {"shares": SHARES, "lengths": LENGTHS, "widths": (64, 256), "tokens": 8192, "rounds": args.rounds}
    vars(args).update(quick if args.quick else whole)
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    packages: dict[str, Any] = {"before": beside(args.beside)} if args.beside else {}
    packages["after" if args.beside else "blocks"] = HERE
    print(f"Python {sys.version.split()[0]}, torch {torch.__version__}, one thread, float32, best of {args.rounds}")
    print("Errors: reads / norms / gradients")
    for kind, show in (("errors", errors), ("speeds", speeds)):
        if args.only in (None, kind):
            show(packages, args)


if __name__ == "__main__":
    main()
