"""Measures the claims again on other seeds, and lists those that fall: python -m tests.claims --seeds 1000:1010

A claim is a number in prose, an order, or a test that must pass as it is (a law, an identity). What was trained for
minutes and stands in a table of tests/benchmarks is not trained again; these files are named in the end.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest

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
        made = [Claim(*value) for name, value in report.user_properties if name == "claim"]
        why = report.longreprtext.strip().splitlines()[-1] if report.failed else ""
        self.outcomes.append(Outcome(report.nodeid.split("claims/")[-1], report.passed, made, why))


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
    parser.add_argument("--seeds", default="1000:1010", help="from:to, without the last (default: %(default)s)")
    parser.add_argument("-k", default="", help="only tests of such names, as pytest understands it")
    parser.add_argument("--every", action="store_true", help="list those that hold as well")
    chosen = parser.parse_args(given)
    if span(chosen.seeds) != SEEDS:
        # claims read their seeds when they are imported, as this module has done: so in a process of its own
        again = [sys.executable, "-m", "tests.claims", *(sys.argv[1:] if given is None else given)]
        return subprocess.run(again, env=os.environ | {VARIABLE: chosen.seeds}, cwd=FOLDER.parents[1]).returncode
    listener, left_out = Listener(), [f"--ignore={FOLDER / f'test_{name}.py'}" for name in TABLES]
    options = ["-q", "--no-header", "--tb=line", "-p", "no:cacheprovider", *(["-k", chosen.k] if chosen.k else [])]
    pytest.main([str(FOLDER), "-m", "claim", *options, *left_out], plugins=[listener])
    total, fallen = counted(listener.outcomes)
    print(f"\nseeds {SEEDS.start}:{SEEDS.stop}: {total - len(fallen)} of {total} claims hold")
    if chosen.every:
        print(
            *(f"holds  {one.test}: {claim}" for one in listener.outcomes for claim in one.claims if claim.holds),
            sep="\n",
        )
    print(*(f"falls  {line}" for line in fallen), sep="\n")
    print("read from tables, not trained again:", *(f"tests/benchmarks/{name}.md" for name in TABLES))
    return int(bool(fallen))


if __name__ == "__main__":
    sys.exit(main())
