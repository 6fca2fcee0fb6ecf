"""Measures the claims again on other seeds, and lists those that fall: python -m tests.claims --seeds 1000:1010

A claim is a number in prose, an order, or a test that must pass as it is (a law, an identity). What was trained for
minutes and stands in a table of tests/benchmarks is not trained again; these files are named in the end. `--jobs`
measures several files at a time, `--notes` keeps what was measured; on a cluster: tests/benchmarks/sweeping.py.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from ..benchmarks.sweeping import Sweep, asks_where, started
from .holding import Claim
from .seeds import SEEDS, VARIABLE, span

FOLDER = Path(__file__).parent
TABLES = ("ablation", "ladder", "mqar", "needle")


class Outcome(NamedTuple):
    """One test: its name, whether it passed, what it claimed in numbers, and its last words if it failed otherwise."""

    test: str
    passed: bool
    claims: list[Claim]
    why: str


class Listener:
    """Keeps the outcome of every test."""

    def __init__(self) -> None:
        self.outcomes: list[Outcome] = []

    def pytest_runtest_logreport(self, report: Any) -> None:
        if report.when != "call" and report.passed:
            return
        if report.skipped:
            return
        values = [value for name, value in report.user_properties if name == "claim"]
        made = [
            Claim(said, prose, float(mean), float(spread), bool(holds)) for said, prose, mean, spread, holds in values
        ]
        why = report.longreprtext.strip().splitlines()[-1] if report.failed else ""
        self.outcomes.append(Outcome(report.nodeid.split("claims/")[-1], report.passed, made, why))


def measured(file: str, seeds: str, named: str) -> list[Outcome]:
    """The claims of one file; `named` is pytest's -k."""
    if span(seeds) != SEEDS:
        raise ValueError(f"this process measures claims on {SEEDS}, not {seeds}; start it with {VARIABLE}={seeds}")
    options = ["-q", "--no-header", "--tb=line", "-p", "no:cacheprovider", *(["-k", named] if named else [])]
    listener = Listener()
    ended = pytest.main([str(FOLDER / file), "-m", "claim", *options], plugins=[listener])
    if ended not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.NO_TESTS_COLLECTED):
        raise RuntimeError(f"{file} could not be run: {ended!r}; pytest {FOLDER / file} says why")
    return listener.outcomes


def counted(outcomes: list[Outcome]) -> tuple[int, list[str]]:
    """How many claims there are, and a line for each that falls."""
    total, fallen = 0, []
    for test, passed, made, why in outcomes:
        total += max(len(made), 1)
        lines = [f"{test}: {claim}" for claim in made if not claim.holds]
        fallen += lines or ([] if passed else [f"{test}: {why}"])
    return total, fallen


def main(given: list[str] | None = None) -> int:
    """Run them all, print what falls; the status is 1 if anything does."""
    parser = argparse.ArgumentParser(prog="python -m tests.claims", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("files", nargs="*", help="only these, by name: test_hope.py")
    parser.add_argument("--seeds", default="1000:1010", help="from:to, without the last (default: %(default)s)")
    parser.add_argument("-k", default="", help="only tests of such names, as pytest understands it")
    parser.add_argument("--every", action="store_true", help="list those that hold as well")
    asks_where(parser)
    chosen = parser.parse_args(given)
    if span(chosen.seeds) != SEEDS:
        # claims read their seeds when they are imported, as this module has done: so in a process of its own
        again = [sys.executable, "-m", "tests.claims", *(sys.argv[1:] if given is None else given)]
        return subprocess.run(again, env=os.environ | {VARIABLE: chosen.seeds}, cwd=FOLDER.parents[1]).returncode
    every = {path.name for path in FOLDER.glob("test_*.py")} - {f"test_{name}.py" for name in TABLES}
    if unknown := set(chosen.files) - every:
        parser.error(f"{', '.join(sorted(unknown))}: no files of {FOLDER} that are measured; there are {sorted(every)}")
    files = chosen.files or sorted(every)
    which = f"seeds {chosen.seeds}, -k {chosen.k!r}"
    found = Sweep.of(chosen).each(
        {f"{which}, {file}": partial(measured, file, chosen.seeds, chosen.k) for file in files}
    )
    outcomes = [
        Outcome(test, passed, [Claim(*one) for one in made], why) for of in found for test, passed, made, why in of
    ]
    total, fallen = counted(outcomes)
    print(f"\nseeds {SEEDS.start}:{SEEDS.stop}: {total - len(fallen)} of {total} claims hold")
    if chosen.every:
        print(
            *(f"holds  {one.test}: {claim}" for one in outcomes for claim in one.claims if claim.holds),
            sep="\n",
        )
    print(*(f"falls  {line}" for line in fallen), sep="\n")
    print("read from tables, not trained again:", *(f"tests/benchmarks/{name}.md" for name in TABLES))
    return int(bool(fallen))


if __name__ == "__main__":
    sys.exit(started())
