"""How fast the inner loop is, beside what else there is: tokens per second as a Markdown table, one thread, float32.

    make bench                                               the whole table, about half an hour
    python tests/benchmarks/inner_loop.py --quick            its smallest corner
    python tests/benchmarks/inner_loop.py --only blocks --widths 64

The cells of a row are measured in turns, several rounds, and the best round counts. On a CPU time is the processor time
of this process: on one thread and a quiet machine that is the time on the clock, on a shared machine it is steadier. On
a GPU it is the clock, after synchronising. Nothing here asserts a speed.

titans-pytorch (`pip install -e '.[bench]'`; left out where it is missing) is timed in four settings:

    default             NeuralMemory(dim) untouched, its norms and projections included: chunk_size 1, a two-layer MLP
                        as memory. batch_size None takes every gradient at the *initial* weights: an approximation.
    default, linear     the same approximation on a linear memory, keys given: what compares with ours.
    chunk 64, linear    chunk_size 64, as its read-me shows it: one update per 64 tokens, from the initial weights.
    per token, linear   chunk_size 1, batch_size 1: new weights after every token, the recurrence that ours computes.

"Keys given" replaces its projections by identities and leaves out its norms: what is left is store and retrieve. Its
gates (three linear maps to one number) stay. "In a layer" gives our block form the same norm and projections.
"""

from __future__ import annotations

import argparse
import importlib
import itertools
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from importlib.util import find_spec
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from nlviz.inner import probes, unroll, unroll_blocks
from nlviz.memory import Gates, LinearState, Pairs, Titans

FOUR_NORMS = (probes.surprise, probes.past_surprise, probes.write_norm, probes.memory_norm)
LENGTHS, WIDTHS, BATCHES = (512, 2048, 8192, 16384), (64, 256), (1, 8)
# what one run may hold in memory; whoever needs more is measured on a shorter stream
BYTES = 1.5 * 2**30
# seconds of processor time after which a row gets no further round
PATIENCE = 12


class Stream(NamedTuple):
    """What every contestant reads: unit keys and queries, plain values, gates in Titans' usual ranges."""

    keys: Tensor
    values: Tensor
    gates: Gates
    queries: Tensor

    def leaves(self) -> list[Tensor]:
        return [self.keys, self.values, *self.gates, self.queries]


class Contestant(NamedTuple):
    """run: stream -> outputs. needs: bytes per token and d², forward and with backward; 0 if its memory is no concern.

    enough: tokens that show the speed of one that goes token by token. modules: whose parameters get gradients too.
    quadratic: in the length, so that a shorter stream would not do.
    """

    run: Callable[[Stream], Tensor]
    needs: tuple[float, float] = (0, 0)
    enough: int = 1 << 20
    modules: tuple[nn.Module, ...] = ()
    quadratic: bool = False

    def part(self, batch: int, length: int, width: int, backward: bool) -> tuple[int, int]:
        """The (batch, length) to measure for this one; less than asked where time or memory grow out of hand."""
        if self.quadratic and batch * length**2 * width > 2**33:
            return 1, length
        longest = BYTES / max(1, batch * width**2 * self.needs[backward])
        return batch, min(length, self.enough, max(16, int(longest)))


def stream(batch: int, length: int, width: int, device: str, backward: bool) -> Stream:
    """A random stream, the same for everyone."""
    generator = torch.Generator().manual_seed(0)

    def normal() -> Tensor:
        return torch.randn(batch, length, width, generator=generator)

    def below(limit: float) -> Tensor:
        return torch.rand(batch, length, generator=generator) * limit

    parts = F.normalize(normal(), dim=-1), normal(), below(0.9), below(0.9), below(0.1), F.normalize(normal(), dim=-1)
    keys, values, *gates, queries = (part.to(device).requires_grad_(backward) for part in parts)
    return Stream(keys, values, Gates(*gates), queries)


def ours(width: int, device: str) -> Iterator[tuple[str, Contestant]]:
    """The token loop and the block form."""
    memory = Titans(width, width)

    def reading(execute: Callable[..., Any], **how: Any) -> Callable[[Stream], Tensor]:
        return lambda s: execute(memory, Pairs(s.keys, s.values), s.gates, s.queries, **how).outputs

    yield "token loop", Contestant(reading(unroll), needs=(0, 32), enough=512)
    yield "blocks", Contestant(reading(unroll_blocks))
    yield "blocks, four norms", Contestant(reading(unroll_blocks, probes=FOUR_NORMS))
    norm = nn.RMSNorm(width, elementwise_affine=False)
    project = nn.ModuleList(nn.Linear(width, out, bias=False) for out in (width, width, width, 3)).to(device)

    def layer(s: Stream) -> Tensor:
        keys, values, queries, gates = (linear(norm(s.values)) for linear in project)
        lr, momentum, forget = gates.sigmoid().unbind(-1)
        pairs = Pairs(F.normalize(keys, dim=-1), values)
        return unroll_blocks(memory, pairs, Gates(lr, momentum, forget), F.normalize(queries, dim=-1)).outputs

    yield "blocks in a layer", Contestant(layer, modules=(project,))


def attention(s: Stream) -> Tensor:
    """Causal softmax attention, one head of the full width."""
    q, k, v = (x[:, None] for x in (s.queries, s.keys, s.values))
    return F.scaled_dot_product_attention(q, k, v, is_causal=True)[:, 0]


def neural_memory(width: int, **how: Any) -> Any:
    """titans-pytorch's NeuralMemory on a linear memory with the keys given."""
    package = importlib.import_module("titans_pytorch")
    linear = package.MemoryMLP(width, depth=1)
    module = package.NeuralMemory(width, model=linear, mem_model_norm_add_residual=False, pre_rmsnorm=False, **how)
    module.to_keys, module.to_values, module.to_queries = nn.Identity(), nn.Identity(), nn.Identity()
    return module


def theirs(width: int, device: str) -> Iterator[tuple[str, Contestant]]:
    """titans-pytorch in its four settings, if it is installed."""
    if not find_spec("titans_pytorch"):
        return
    package = importlib.import_module("titans_pytorch")
    settings = {
        "titans-pytorch default": (package.NeuralMemory(width), (8 * 4 * 24, 8 * 4 * 48), 2048),
        "default, linear": (neural_memory(width), (4 * 24, 4 * 48), 2048),
        "chunk 64, linear": (neural_memory(width, chunk_size=64), (4 * 24 / 64, 4 * 48 / 64), 1 << 20),
        "per token, linear": (neural_memory(width, chunk_size=1, batch_size=1), (4 * 32, 4 * 64), 128),
    }
    for name, (module, needs, enough) in settings.items():
        module = module.to(device)
        yield name, Contestant(lambda s, module=module: module(s.keys)[0], needs, enough, (module,))


def contestants(width: int, device: str, only: str = "") -> dict[str, Contestant]:
    """Everyone whose name contains `only`."""
    field = itertools.chain(ours(width, device), [("attention", Contestant(attention, quadratic=True))])
    return {name: one for name, one in itertools.chain(field, theirs(width, device)) if only in name}


def seconds(one: Contestant, given: Stream, backward: bool) -> float:
    """One run, forward or forward with backward."""
    on_gpu = given.keys.is_cuda
    parameters = [p for module in one.modules for p in module.parameters()]
    clock = time.perf_counter if on_gpu else time.process_time
    if on_gpu:
        torch.cuda.synchronize()
    start = clock()
    with torch.set_grad_enabled(backward):
        outputs = one.run(given)
    if backward:
        torch.autograd.grad(outputs.sum(), [*given.leaves(), *parameters], allow_unused=True)
    if on_gpu:
        torch.cuda.synchronize()
    return clock() - start


def measure(
    field: dict[str, Contestant], shape: tuple[int, int, int], backward: bool, rounds: int, device: str
) -> dict[str, tuple[float, bool]]:
    """{name: (tokens per second, whether on a part of the stream)}: the best of several rounds, taken in turns."""
    batch, length, width = shape
    parts = {name: one.part(batch, length, width, backward) for name, one in field.items()}
    streams = {part: stream(*part, width, device, backward) for part in set(parts.values())}
    best = dict.fromkeys(field, float("inf"))
    begun = time.process_time()
    for turn in range(rounds):
        # long streams average by themselves
        if turn and time.process_time() - begun > PATIENCE:
            break
        for name, one in field.items():
            best[name] = min(best[name], seconds(one, streams[parts[name]], backward))
    return {name: (parts[name][0] * parts[name][1] / best[name], parts[name] != (batch, length)) for name in field}


def row(shape: tuple[int, int, int], found: dict[str, tuple[float, bool]]) -> str:
    """One line: tokens/s, and in brackets how many times as fast the block form is; ≈ for what was scaled up."""
    ruler = found.get("blocks", (0.0, False))[0]
    cells = [f"{'≈ ' if part else ''}{speed:,.0f} ({ruler / speed:.2g}×)" for speed, part in found.values()]
    batch, length, width = shape
    return f"| {width} | {batch} | {length:,} | " + " | ".join(cells) + " |"


def table(args: argparse.Namespace, device: str) -> None:
    """Forward, then forward with backward, every shape asked for."""
    for backward in (False, True):
        kind = "Forward with backward" if backward else "Forward"
        print(f"\n### {kind}, {device}: tokens/s (the block form is n times as fast)\n")
        for i, width in enumerate(args.widths):
            field = contestants(width, device, args.only)
            if i == 0:
                print("| d | batch | T | " + " | ".join(field) + " |\n" + "|--:" * (3 + len(field)) + "|")
            for batch, length in itertools.product(args.batches, args.lengths):
                shape = batch, length, width
                print(row(shape, measure(field, shape, backward, args.rounds, device)), flush=True)


def check_recurrence(width: int = 16, length: int = 48) -> None:
    """Say how far titans-pytorch per token is from our token loop: the same recurrence, so it should be rounding."""
    if not find_spec("titans_pytorch"):
        print("titans-pytorch is not installed: its columns are left out (pip install -e '.[bench]')")
        return
    module = neural_memory(width, chunk_size=1, batch_size=1)
    x = F.normalize(torch.randn(2, length, width, generator=torch.Generator().manual_seed(1)), dim=-1)
    with torch.no_grad():
        # its loss is the mean of squares over the width, ours half their sum
        inner_lr = module.to_adaptive_step(x).sigmoid() * 2 / width
        momentum, forget = module.to_momentum(x)[0, ..., 0].sigmoid(), module.to_decay_factor(x)[..., 0].sigmoid()
        (start,) = (weights.mT for weights in module.init_weights(2).values())
        state = LinearState(start, torch.zeros_like(start))
        expected = unroll(Titans(width, width), Pairs(x, x), Gates(inner_lr, momentum, forget), state=state).outputs
        off = (module(x)[0] - expected).abs().max() / expected.abs().max()
    print(f"titans-pytorch per token against our token loop: largest difference {off:.1e} of the largest answer")


def main(arguments: Sequence[str] | None = None) -> None:
    """Print what was measured and how, then the tables."""
    parser = argparse.ArgumentParser(description="Tokens per second of the inner loop and its neighbours.")
    parser.add_argument("--quick", action="store_true", help="one small shape, one round")
    parser.add_argument("--only", default="", help="those whose name contains this")
    parser.add_argument("--lengths", type=int, nargs="+", default=LENGTHS)
    parser.add_argument("--widths", type=int, nargs="+", default=WIDTHS)
    parser.add_argument("--batches", type=int, nargs="+", default=BATCHES)
    parser.add_argument("--rounds", type=int, default=5)
    here = ["cpu", *(["cuda"] if torch.cuda.is_available() else [])]
    parser.add_argument("--devices", nargs="+", choices=here, default=here, help="on which; all there are")
    args = parser.parse_args(arguments)
    if args.quick:
        args.lengths, args.widths, args.batches, args.rounds = (128,), (16,), (1,), 1
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    print(f"Python {sys.version.split()[0]}, torch {torch.__version__}, one thread, float32, best of {args.rounds}")
    print("≈ measured on fewer tokens (or one row of the batch, for attention): memory or patience would not reach")
    check_recurrence()
    for device in args.devices:
        table(args, device)


if __name__ == "__main__":
    main()
