"""A student's working copy of the course: what was changed there stays, all the rest follows the course."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from hashlib import sha256
from itertools import count
from pathlib import Path

from nlviz.door.files import written

__all__ = ["updated"]

# By file: what it was when it was last handed out. Whatever differs from that was changed by its owner.
_HANDED_OUT = ".handed_out.json"


def updated(course: Path, copy: Path) -> list[str]:
    """Bring `copy` to where `course` is, and tell what was done, a line for each file.

    A file that its owner changed is never touched: a newer one of the course is put beside it, under a name of its own.
    One that its owner deleted or moved away is handed out anew. Raises ValueError where nothing can be written.

        updated(Path("notebooks"), Path("my_notebooks"))    # ["new: 07_….ipynb", "yours is kept, … is the new one"]
    """
    try:
        copy.mkdir(parents=True, exist_ok=True)
        handed_out = _handed_out(copy / _HANDED_OUT)
        said = [_file(course, copy, name, handed_out) for name in _names(course)]
        with written(copy / _HANDED_OUT) as beside:
            beside.write_text(json.dumps(handed_out, indent=1), encoding="utf-8")
    except OSError as problem:
        raise ValueError(
            f"the working copy {copy} cannot be written ({problem.strerror}); name another folder in NLVIZ_NOTEBOOKS"
        ) from None
    return [line for line in said if line]


def _handed_out(register: Path) -> dict[str, str]:
    """By file, what it was when it was last handed out."""
    if not register.is_file():
        return {}
    try:
        held = json.loads(register.read_bytes())
    except ValueError:
        held = None
    if not isinstance(held, dict) or not all(isinstance(mark, str) for mark in held.values()):
        raise ValueError(
            f"the register {register} is damaged; expected a table of files, as it was written; "
            "delete it: what you have changed is kept all the same, with the course's own beside it"
        )
    return held


def _names(course: Path) -> Iterator[str]:
    """The files of a course, but for those that begin with a dot, and what lies in folders that do."""
    for path in sorted(course.rglob("*")):
        name = path.relative_to(course)
        if path.is_file() and not any(part.startswith(".") for part in name.parts):
            yield name.as_posix()


def _file(course: Path, copy: Path, name: str, handed_out: dict[str, str]) -> str:
    """One file; `handed_out` remembers what is handed out here. What was done, "" for nothing."""
    new, mine, before = course / name, copy / name, handed_out.get(name)
    handed_out[name] = _mark(new)
    if not mine.is_file():
        mine.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(new, mine)
        return f"new: {name}"
    if _mark(mine) == _mark(new) or before == _mark(new):
        return ""
    if _mark(mine) == before:
        shutil.copyfile(new, mine)
        return f"updated: {name}"
    beside = _free(mine)
    shutil.copyfile(new, beside)
    return f"you have changed {name}: it is kept, and the new one is beside it, {beside.name}"


def _free(mine: Path) -> Path:
    """A name beside a file that nothing has yet."""
    names = (f"{mine.stem} (new{f' {number}' if number > 1 else ''}){mine.suffix}" for number in count(1))
    return next(path for name in names if not (path := mine.with_name(name)).exists())


def _mark(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()
