"""A million bytes read with telemetry: time and memory against the length of the text.

    python -m tests.benchmarks.long_reading --write

Each length is read in a process of its own by the shipped reader, writing every 16 bytes, with a trace of at most 2,000
rows a signal. Seconds are those of the process; peak is what it held at most, less what it held before the text came.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import torch

from nlviz import experiments, streams
from nlviz.outer import ByteModel

from .training import put_table

PAGE = Path(__file__).with_suffix(".md")
LENGTHS = (31_250, 62_500, 125_000, 250_000, 500_000, 1_000_000)
PACKAGES = ("email", "json", "asyncio", "unittest", "xml", "http", "logging", "concurrent", "urllib", "multiprocessing")
ROWS = 2000


def text(length: int) -> np.ndarray:
    """The first so many bytes of these packages, one after the other, from the start again where they end."""
    every = np.concatenate([np.frombuffer(streams.code(one).bytes, np.uint8) for one in PACKAGES])
    return np.resize(every, length)


def held() -> float:
    """MiB that the process held at most so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def once(length: int) -> dict[str, float]:
    torch.set_num_threads(1)
    model, given = ByteModel.load(), text(length)
    experiments.read(model, given[:2000], rows=ROWS)
    before, started = held(), time.process_time()
    trace = experiments.read(model, given, rows=ROWS).trace
    seconds = time.process_time() - started
    rows, size = (max(of) for of in zip(*((len(one.values), one.values.nbytes) for one in trace.values()), strict=True))
    return {"seconds": seconds, "peak": held() - before, "rows": rows, "kilobytes": size / 1000}


def apart(length: int) -> dict[str, float]:
    """The same in a process of its own: what one length needed is not there for the next."""
    command = [sys.executable, "-m", f"{__package__}.long_reading", "--one", str(length)]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def slope(lengths: list[int], values: list[float]) -> float:
    """Of log values against log lengths: 1 is proportional."""
    return float(np.polyfit(np.log(lengths), np.log(values), 1)[0])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--one", type=int, help="this length alone, in this process, as JSON")
    parser.add_argument("--lengths", type=int, nargs="+", default=LENGTHS, help="bytes (default: %(default)s)")
    parser.add_argument("--write", action="store_true", help="put the table into long_reading.md")
    chosen = parser.parse_args()
    if chosen.one:
        print(json.dumps(once(chosen.one)))
        return
    lines = ["| bytes | µs a byte | peak, MiB | rows of a signal |", "|---|---|---|---|"]
    seconds = []
    for length in chosen.lengths:
        found = apart(length)
        seconds.append(found["seconds"])
        pace = 1e6 * found["seconds"] / length
        lines.append(f"| {length:,} | {pace:.1f} | {found['peak']:.1f} | {found['rows']:,} |")
        print(lines[-1], flush=True)
    lines += ["", f"Slope of time against length, both as logarithms: {slope(list(chosen.lengths), seconds):.3f}."]
    print(lines[-1])
    if chosen.write:
        put_table(PAGE, "\n".join(lines))


if __name__ == "__main__":
    main()
