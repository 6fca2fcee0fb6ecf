"""How fast a deep memory is: tokens per second as a Markdown table, one thread, float32, d = 64, hidden 256.

    python tests/benchmarks/deep_memory.py
    python tests/benchmarks/deep_memory.py --quick          its smallest corner

A memory of two layers under Titans' gates. Ours token by token, and in chunks of 64: the primal form (`unroll`), which
makes a write per read, and the dual form (`unroll_dual`), which does not; each with and without four probes.
titans-pytorch (left out where it is missing) with a two-layer memory, chunk_size 64, keys given: its projections are
identities, its norms are left out, its gates stay. With batch_size 64 it too takes new weights every 64 tokens, which
is what ours computes; without, all gradients are those of the initial weights. It reads at the weights of a chunk's
start, so our dual form is also timed that way (read_first). Processor time, the cells in turns, the best round counts.
"""

from __future__ import annotations

import argparse
import importlib
import time
from collections.abc import Callable, Iterator, Sequence
from importlib.util import find_spec

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from nlviz.inner import probes, unroll, unroll_dual
from nlviz.memory import MLP, DeepMemory, Gates, Pairs

PROBES = (probes.surprise, probes.past_surprise, probes.write_norm, probes.memory_norm)
Run = Callable[[], Tensor]


def stream(length: int, width: int, backward: bool) -> tuple[Pairs, Gates]:
    """Unit keys and values, gates in ranges that a net of two layers bears; for gradients with backward."""
    generator = torch.Generator().manual_seed(0)
    keys, values = (F.normalize(torch.randn(1, length, width, generator=generator), dim=-1) for _ in range(2))
    gates = (torch.rand(1, length, generator=generator) * most for most in (0.05, 0.9, 0.1))
    return Pairs(*(x.requires_grad_(backward) for x in (keys, values))), Gates(
        *(x.requires_grad_(backward) for x in gates)
    )


def ours(pairs: Pairs, gates: Gates, hidden: int, period: int) -> Iterator[tuple[str, Run]]:
    """Token loop, primal and dual form."""
    net, width = MLP((hidden,)), pairs.keys.shape[-1]
    initial = tuple(nn.Parameter(one) for one in net.draw(width, width, torch.Generator().manual_seed(1)))
    memory = DeepMemory(width, width, initial=initial, net=net, decay="zero")
    for telemetry, asked in (("", ()), (", four probes", PROBES)):
        yield f"token loop{telemetry}", lambda asked=asked: unroll(memory, pairs, gates, probes=asked).outputs
        yield (
            f"dual, period {period}{telemetry}",
            lambda asked=asked: unroll_dual(memory, pairs, gates, period=period, probes=asked).outputs,
        )
    yield f"primal, period {period}", lambda: unroll(memory, pairs, gates, period=period).outputs
    yield (
        f"dual, period {period}, read first, four probes",
        lambda: unroll_dual(memory, pairs, gates, period=period, read_first=True, probes=PROBES).outputs,
    )


def theirs(pairs: Pairs, hidden: int, chunk: int) -> Iterator[tuple[str, Run]]:
    """titans-pytorch on a two-layer memory, if it is installed."""
    if not find_spec("titans_pytorch"):
        return
    package, width = importlib.import_module("titans_pytorch"), pairs.keys.shape[-1]
    for name, batch_size in (
        (f"titans-pytorch, chunk {chunk}", None),
        (f"titans-pytorch, chunk and batch {chunk}", chunk),
    ):
        net = package.MemoryMLP(width, depth=2, expansion_factor=hidden / width)
        module = package.NeuralMemory(
            width,
            chunk_size=chunk,
            batch_size=batch_size,
            model=net,
            mem_model_norm_add_residual=False,
            pre_rmsnorm=False,
        )
        module.to_keys, module.to_values, module.to_queries = nn.Identity(), nn.Identity(), nn.Identity()
        yield name, lambda module=module: module(pairs.keys)[0]


def seconds(run: Run, backward: bool) -> float:
    """One run, forward or forward with backward."""
    start = time.process_time()
    with torch.set_grad_enabled(backward):
        outputs = run()
    if backward:
        outputs.sum().backward()
    return time.process_time() - start


def table(args: argparse.Namespace, backward: bool) -> None:
    """Tokens per second of each, and how many times the token loop that is."""
    pairs, gates = stream(args.length, args.width, backward)
    runs = dict([*ours(pairs, gates, args.hidden, args.period), *theirs(pairs, args.hidden, args.period)])
    best = dict.fromkeys(runs, float("inf"))
    for _ in range(args.rounds):
        for name, run in runs.items():
            best[name] = min(best[name], seconds(run, backward))
    print(f"\n{'forward with backward' if backward else 'forward'}, {args.length} tokens\n")
    print("| | tokens/s | times the token loop |\n|---|--:|--:|")
    for name, spent in best.items():
        print(f"| {name} | {args.length / spent:,.0f} | {best['token loop'] / spent:.2g} |", flush=True)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print how it was measured, then two tables."""
    parser = argparse.ArgumentParser(description="Tokens per second of a two-layer memory.")
    parser.add_argument("--quick", action="store_true", help="a small shape, one round")
    for name, default in (("length", 1024), ("width", 64), ("hidden", 256), ("period", 64), ("rounds", 5)):
        parser.add_argument(f"--{name}", type=int, default=default)
    args = parser.parse_args(arguments)
    if args.quick:
        args.length, args.width, args.hidden, args.period, args.rounds = 32, 8, 16, 8, 1
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    print(
        f"torch {torch.__version__}, one thread, float32, d {args.width}, hidden {args.hidden}, best of {args.rounds}"
    )
    for backward in (False, True):
        table(args, backward)


if __name__ == "__main__":
    main()
