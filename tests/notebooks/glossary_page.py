"""Writes notebooks/glossary.md from the glossary: python -m tests.notebooks.glossary_page."""

from __future__ import annotations

from nlviz.door.files import written
from nlviz.lessons.page_of_terms import page_of_terms

from .books import FOLDER, NOTEBOOKS

PAGE = FOLDER / "glossary.md"


def now() -> str:
    """The page as it should be."""
    return page_of_terms({path.name[:2]: path.name for path in NOTEBOOKS})


def main() -> None:
    """Write it."""
    with written(PAGE) as beside:
        beside.write_text(now(), encoding="utf-8")


if __name__ == "__main__":
    main()
