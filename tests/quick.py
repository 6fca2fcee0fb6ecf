"""What `make quick` runs: the tests nearest to what is changed, one notebook, one lab in the browser.

    python -m tests.quick tests       files and folders for pytest
    python -m tests.quick notebook    the changed notebook, or a short one
    python -m tests.quick lab         the test of the changed lab, or of a small one

Changed is what differs from the last commit; where nothing does, what that commit brought.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

__all__ = ["lab", "nearest", "notebook"]

ROOT = Path(__file__).parents[1]
ALWAYS = ("tests/test_floors.py", "tests/test_project.py")
SLOW = ("tests/browser", "tests/recipes", "tests/notebooks/test_again.py")
ROOMS = ("tests/benchmarks", "tests/claims", "tests/notebooks")
"""Left to `make test`: a minute and more, whatever is changed. Of these rooms only a changed test itself is run."""
BOOK, LAB = "notebooks/02_fast_weights.ipynb", "write_head"


def nearest(changed: Sequence[str]) -> list[str]:
    """The tests of the changed files, as names below the project: each file's own, or else its room's."""
    found = {test for name in changed for test in _of(PurePosixPath(name))} | set(ALWAYS)
    kept = {name for name in found if not name.startswith(SLOW) and name not in ROOMS}
    return sorted(name for name in kept if not any(str(above) in kept for above in PurePosixPath(name).parents))


def notebook(changed: Sequence[str]) -> str:
    """The first changed notebook; else one that takes seconds."""
    return next((name for name in changed if name.endswith(".ipynb") and (ROOT / name).exists()), BOOK)


def lab(changed: Sequence[str]) -> str:
    """The browser's test of the first changed lab; else of a small one."""
    labs = [PurePosixPath(name).stem for name in changed if name.startswith("nlviz/labs/")]
    named = next((name for name in labs if (ROOT / f"tests/labs/test_{name}.py").exists()), LAB)
    return f"tests/browser/test_labs.py::test_every_knob_of_a_lab_changes_its_picture[{named}]"


def _of(path: PurePosixPath) -> Iterator[str]:
    top, *rooms = path.parts[:-1] or ("",)
    if top == "tests" and path.name.startswith("test_") and (ROOT / path).exists():
        yield str(path)
    elif top == "tests" and rooms:
        yield f"tests/{rooms[0]}"
    elif top == "nlviz":
        yield from _mirrored(path, rooms)


def _mirrored(path: PurePosixPath, rooms: list[str]) -> Iterator[str]:
    """The test that mirrors a file, in its folder or in one above; if none does, the nearest folder of tests."""
    above = [PurePosixPath("tests", *rooms[:depth]) for depth in range(len(rooms), -1, -1)]
    own = [folder / f"test_{path.stem}.py" for folder in above]
    room = [PurePosixPath(f"tests/test_{rooms[0]}.py")] if rooms else []
    yield from [str(one) for one in (*own, *above[:-1], *room) if (ROOT / one).exists()][:1]


def _changed() -> list[str]:
    """Names of files, as git knows them."""

    def git(*words: str) -> list[str]:
        return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\n")

    found = git("diff", "--name-only", "HEAD") + git("ls-files", "--others", "--exclude-standard")
    return [name for name in found if name] or [name for name in git("diff", "--name-only", "HEAD~1") if name]


if __name__ == "__main__":
    asked = {"tests": nearest, "notebook": notebook, "lab": lab}[sys.argv[1]](_changed())
    print(*([asked] if isinstance(asked, str) else asked))
