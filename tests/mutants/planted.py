"""Plant the faults chosen by hand in the pictures, and say which test sees each.

    python -m tests.mutants.planted             all of them, in about three minutes
    python -m tests.mutants.planted amnesia     those whose file or meaning holds this word

Each must be seen twice: by a golden sketch, and by a test of what the picture means, since a sketch kept anew would
keep a fault. Ends with an error if one was not. Nothing on disk is touched.
"""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path

from .planting import ROOT, caught_by, load_what_is_heavy
from .table import PLANTED, Chosen

VIEWS, TESTS = ROOT / "nlviz" / "views", ROOT / "tests" / "views"


def planted(fault: Chosen) -> tuple[Path, str]:
    """The file and its whole text with the fault. Raises ValueError unless the text it replaces stands there once."""
    path = VIEWS / fault.file
    text = path.read_text("utf-8")
    if text.count(fault.old) != 1:
        raise ValueError(f"{fault.file} holds {text.count(fault.old)} of {fault.old!r}; change the table with the file")
    return path, text.replace(fault.old, fault.new)


def seen(fault: Chosen) -> tuple[str, str]:
    """The first sketch and the first test of meaning that fail with it, "" for none."""
    path, source = planted(fault)
    sketches, meaning = (str(TESTS / "test_sketches.py"), "-k", fault.pictures), (str(TESTS / fault.tests),)
    _sound(sketches[0])
    _sound(*meaning)
    sketch = caught_by(path, source, sketches) if fault.pictures else "in no sketch"
    return sketch, caught_by(path, source, meaning)


@cache
def _sound(*tests: str) -> None:
    """Stops if these tests fail as it is: they would seem to see every fault."""
    path = VIEWS / PLANTED[0].file
    if failed := caught_by(path, path.read_text("utf-8"), tests):
        sys.exit(f"{failed} fails without any fault; mend that first")


def main(asked: list[str]) -> None:
    """One line for each fault: where, what it means, what saw it."""
    load_what_is_heavy()
    missed = 0
    for fault in PLANTED:
        if asked and not any(word in f"{fault.file} {fault.means}" for word in asked):
            continue
        sketch, meaning = seen(fault)
        missed += (not sketch) + (not meaning)
        names = [one.rsplit("/", 1)[-1].replace("test_", "", 1) or "NOT SEEN" for one in (meaning, sketch)]
        print(f"{fault.file}: {fault.means}: {names[0]}; {names[1]}", flush=True)
    sys.exit(f"{missed} not seen" if missed else None)


if __name__ == "__main__":
    main(sys.argv[1:])
