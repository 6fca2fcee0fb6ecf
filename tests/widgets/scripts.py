"""The front end's files."""

from __future__ import annotations

from pathlib import Path

from nlviz import lessons, widgets

__all__ = ["FILES", "HOUSE", "WIDGETS", "named"]

HOUSE = Path(widgets.__file__).resolve().parents[1]
WIDGETS = HOUSE / "widgets" / "static"
LESSONS = Path(lessons.__file__).resolve().parent / "static"
SITE = HOUSE / "site" / "static"
TEACHING = HOUSE / "teaching" / "static"
FILES = sorted(file for folder in (WIDGETS, LESSONS, SITE, TEACHING) for file in folder.rglob("*.js"))


def named(path: Path) -> str:
    """The file's path as one says it: in `static` for the widgets' files."""
    return str(path.relative_to(WIDGETS if path.is_relative_to(WIDGETS) else HOUSE))
