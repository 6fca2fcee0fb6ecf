"""Every public name with every kind of bad input, and with fair input in every form.

    python -m tests.bad_inputs              the counts, and everything that is not as it should be
    python -m tests.bad_inputs memory       only names that hold this word
    python -m tests.bad_inputs --all        every call, one line each

refused   a ValueError or KeyError in the words of this project, raised by its own code
inside    an error of torch, NumPy or Python from inside
silent    bad input that was taken
fair      another form of good input, taken, with the same result;  refused: not taken;  differs: another result
"""

from __future__ import annotations

import argparse
import copy
import signal
import traceback
import warnings
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import torch

import nlviz

from .calls import Call, calls
from .kinds import of

HOUSE = str(Path(nlviz.__file__).parent)
# NumPy's and torch's own words, said by code of ours, are still theirs
REFUSALS = (
    ValueError,
    KeyError,
    FileNotFoundError,
    FileExistsError,
    IndexError,
    FloatingPointError,
    NotADirectoryError,
)
# seconds of this process, not of a clock: a busy machine makes no call late
LIMIT = 20.0


class Late(Exception):
    """A call that does not end."""


def outcome(call: Call, changed: dict[str, Any]) -> tuple[str, str]:
    """What comes of a call with bad input: (refused, inside, silent or endless; its words)."""
    try:
        _run(call, changed)
    except Late:
        return "endless", ""
    except REFUSALS as problem:
        ours = traceback.extract_tb(problem.__traceback__)[-1].filename.startswith(HOUSE)
        words = str(problem)
        return ("refused" if ours and len(words) > 15 else "inside"), words
    except Exception as problem:
        return "inside", f"{type(problem).__name__}: {problem}"
    return "silent", ""


def _run(call: Call, changed: dict[str, Any]) -> Any:
    given = {name: copy_of(good) for name, (good, _) in call.arguments.items()} | changed
    signal.signal(signal.SIGPROF, _late)
    signal.setitimer(signal.ITIMER_PROF, LIMIT)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return call.function(**given)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def _late(*_: Any) -> None:
    raise Late


def copy_of(good: Any) -> Any:
    """A generator that starts anew; everything else as it is."""
    if isinstance(good, torch.Generator):
        return torch.Generator().manual_seed(good.initial_seed())
    return copy.deepcopy(good) if isinstance(good, np.random.Generator) else good


def same(one: Any, other: Any) -> bool:
    """Whether two results hold the same numbers, as far as they can be compared."""
    if isinstance(one, torch.Tensor) and isinstance(other, torch.Tensor):
        return one.shape == other.shape and torch.allclose(one.double(), other.double(), atol=1e-5, equal_nan=True)
    if isinstance(one, np.ndarray | float) and isinstance(other, np.ndarray | float):
        return np.shape(one) == np.shape(other) and np.allclose(one, other, atol=1e-5, equal_nan=True)
    if isinstance(one, tuple | list) and isinstance(other, tuple | list):
        return len(one) == len(other) and all(same(*both) for both in zip(one, other, strict=True))
    return True


def form(call: Call, changed: dict[str, Any], expected: Any) -> tuple[str, str]:
    """What comes of a call with fair input: (fair, fair but refused, or fair but differs; its words)."""
    try:
        result = _run(call, changed)
    except Exception as problem:
        return "fair refused", f"{type(problem).__name__}: {problem}"
    return ("fair" if same(result, expected) else "fair differs"), ""


def tried(call: Call) -> list[tuple[str, str, str, str]]:
    """(argument, input, outcome, words) of everything tried on one call."""
    try:
        expected = _run(call, {})
    except Exception as problem:
        return [("", "the good call itself", "fair refused", f"{type(problem).__name__}: {problem}")]
    found = []
    for name, (good, kind) in call.arguments.items():
        for what, bad in of(kind).bad(good).items():
            found.append((name, what, *outcome(call, {name: bad})))
        for what, fair in of(kind).forms(good).items():
            found.append((name, what, *form(call, {name: fair}, expected)))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("only", nargs="?", default="", help="a word in the names to try")
    parser.add_argument("--all", action="store_true", help="print what is as it should be, too")
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    counts: Counter[str] = Counter()
    for call in calls():
        if chosen.only not in call.name:
            continue
        for argument, what, came, words in tried(call):
            counts[came] += 1
            if chosen.all or came not in ("refused", "fair"):
                print(f"{came:12} {call.name}({argument} = {what}): {words[:200]}", flush=True)
    bad = counts["refused"] + counts["inside"] + counts["silent"] + counts["endless"]
    print(dict(counts))
    print(f"bad inputs {bad}, refused in clear words {counts['refused']} ({counts['refused'] / max(1, bad):.1%})")


if __name__ == "__main__":
    main()
