"""The notebooks as the tests read them: their cells, tags, prose, and what nbval compares of their outputs."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
from nbval.plugin import coalesce_streams, get_sanitize_patterns

FOLDER = Path(__file__).parents[2] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("[0-9][0-9]_*.ipynb"))
RULES = Path(__file__).parents[1] / "nbval.cfg"
NOT_COMPARED = "nbval-ignore-output"
WIDGET = "application/vnd.jupyter.widget-view+json"
STILL = "text/html"
PICTURES = ("image/png", "image/jpeg", STILL, WIDGET)


# The list of terms is the glossary's words, and looked up, not read: `test_terms.py` holds it.
TERMS = re.compile(r"(?<=### Terms\n)(?:\n|- \*\*.*\n?)+")


class Book:
    """One notebook. `setup` is the place of its first code cell, which imports and seeds."""

    def __init__(self, path: Path) -> None:
        self.path, self.name = path, path.stem
        self.node: Any = nbformat.read(path, as_version=4)
        self.cells: list[Any] = self.node.cells
        self.code = [place for place, cell in enumerate(self.cells) if cell.cell_type == "code"]
        self.setup = self.code[0]

    def tags(self, place: int) -> set[str]:
        """The tags of a cell."""
        return set(self.cells[place].metadata.get("tags", []))

    def said(self, place: int) -> str:
        """What a code cell printed and showed in words, as committed and as nbval compares it."""
        return "" if NOT_COMPARED in self.tags(place) else said(self.cells[place].outputs)


def said(outputs: Any) -> str:
    """The words of a cell's outputs, sanitised by nbval's rules; pictures and widgets left out."""
    return _texts(outputs, PICTURES)


def compared(outputs: Any) -> str:
    """All that nbval compares of a cell's outputs: its words, and its pages but for the stills in them."""
    return _texts(outputs, tuple(kind for kind in PICTURES if kind != STILL))


def _texts(outputs: Any, left_out: tuple[str, ...]) -> str:
    parts = []
    merged: Any = coalesce_streams([nbformat.from_dict(output) for output in outputs])
    for output in merged:
        parts += [output.text] if "text" in output else []
        parts += [text for kind, text in sorted(output.get("data", {}).items()) if kind not in left_out]
        parts += [f"{output.ename}: {output.evalue}"] if "ename" in output else []
    return sanitised("\n".join(map(str, parts)))


def sanitised(text: str) -> str:
    """The text without what tests/nbval.cfg says differs from one machine or second to the next."""
    for pattern, replacement in _rules():
        text = re.sub(pattern, replacement, text)
    return text


@cache
def _rules() -> list[tuple[str, str]]:
    return get_sanitize_patterns(RULES.read_text(encoding="utf-8"))
