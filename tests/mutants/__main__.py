"""Plant one fault at a time in a file, and see whether its tests notice.

    python -m tests.mutants nlviz/views/pictures/write_head.py tests/views/test_sketches.py -k writing
    python -m tests.mutants nlviz/memory/linear.py tests/memory tests/inner --sample 40

Lists the faults that no test noticed, with their lines. Each fault is planted in a child process of its own, where an
import of the module gets the changed source; nothing on disk is touched. A fault that makes the tests endless counts as
noticed. --sample N: a spread of N faults rather than all. Faults chosen by hand: `python -m tests.mutants.planted`.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from .faults import Fault, faults
from .planting import caught_by, load_what_is_heavy


def chosen(every: list[Fault], sample: int | None) -> list[Fault]:
    """All of them, or so many, evenly spread over the file."""
    if sample is None or sample >= len(every):
        return every
    return [every[i * len(every) // sample] for i in range(sample)]


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path, help="where to plant faults")
    parser.add_argument("tests", nargs="+", help="what is to notice them: files, folders, options of pytest")
    parser.add_argument("--sample", type=int, help="how many faults, evenly spread (default: all)")
    asked, options = parser.parse_known_args(argv)
    path, tests = asked.file.resolve(), [*asked.tests, *options]
    load_what_is_heavy()
    source = path.read_text("utf-8")
    if failed := caught_by(path, source, tests):
        sys.exit(f"{failed} fails without any fault; mend that first")
    every = chosen(list(faults(source)), asked.sample)
    missed = [fault for fault in every if not caught_by(path, fault.source, tests)]
    for fault in missed:
        print(f"{asked.file}:{fault.line}: {fault.what}")
    print(f"{len(every) - len(missed)} of {len(every)} planted faults noticed")


if __name__ == "__main__":
    main()
