"""A million tokens' influence: time and memory against the length of the stream, figures in inner_loop.md.

    python -m tests.benchmarks.long_influence

Titans, width 16, one stream, float32, one thread; of every read the 4 largest of the last 64 writes. Each length runs
in a process of its own. Seconds are its processor time; peak is what it held at most, less what it held just before,
with the stream in hand; answer is what comes back. Linux alone says what is held now.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from pathlib import Path

import torch
import torch.nn.functional as F

from nlviz import inner, memory

LENGTHS = (62_500, 250_000, 1_000_000)
WIDTH, WINDOW, TOP = 16, 64, 4


def most() -> float:
    """MiB that the process held at most so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def now() -> float:
    """MiB that the process holds."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * resource.getpagesize() / 2**20


def once(length: int) -> dict[str, float]:
    torch.set_num_threads(1)
    rule, generator = memory.Titans(WIDTH, WIDTH), torch.Generator().manual_seed(0)
    keys, values = (F.normalize(torch.randn(1, length, WIDTH, generator=generator), dim=-1) for _ in range(2))
    pairs = memory.Pairs(keys, values)
    gates = memory.Gates.constant(pairs, 0.1, 0.5, 0.01)
    with torch.no_grad():
        few = memory.Pairs(keys[:, :500], values[:, :500])
        inner.influence(rule, few, memory.Gates.constant(few, 0.1, 0.5, 0.01), window=WINDOW, top=TOP)
        before, started = now(), time.process_time()
        found = inner.influence(rule, pairs, gates, window=WINDOW, top=TOP)
    seconds = time.process_time() - started
    answer = sum(one.untyped_storage().nbytes() for one in found) / 2**20
    return {"seconds": seconds, "peak": most() - before, "answer": answer}


def apart(length: int) -> dict[str, float]:
    """The same in a process of its own: what one length needed is not there for the next."""
    command = [sys.executable, "-m", f"{__package__}.long_influence", "--one", str(length)]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--one", type=int, help="one length, in this process: what is measured, as JSON")
    parser.add_argument("--quick", action="store_true", help="a short stream: only whether it runs")
    given = parser.parse_args()
    if given.one:
        print(json.dumps(once(given.one)))
        return
    print("| tokens | processor seconds | peak, MiB | answer, MiB | peak less answer, MiB |\n|--:|--:|--:|--:|--:|")
    for length in (1_000,) if given.quick else LENGTHS:
        one = apart(length)
        beside = one["peak"] - one["answer"]
        print(
            f"| {length:,} | {one['seconds']:.1f} | {one['peak']:.0f} | {one['answer']:.0f} | {beside:.0f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
