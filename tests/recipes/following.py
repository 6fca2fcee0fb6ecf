"""Follows a recipe of CONTRIBUTING in a copy of the tree: lays down its new files, adds its lines to those there are.

A recipe is one TOML file here, named as in "**Add a NAME.**":

    name = "palindrome"       what stands for NAME, or NN, in CONTRIBUTING
    [new]                     path = the whole file
    made = ["…/NAME.json"]    files that a command of the recipe makes
    [[added]]                 more: what to add to the file, below the line `below`, or right behind it if it is no line

A new notebook is written in the percent format (`# %%`, `# %% [markdown]`, a tag after it).
"""

from __future__ import annotations

import re
import shlex
import shutil
import tomllib
from pathlib import Path
from typing import Any, NamedTuple

import nbformat

__all__ = ["ROOT", "Recipe", "copy", "recipes"]

ROOT = Path(__file__).parents[2]
_ORDER = ("memory", "update rule", "probe", "view", "stream", "lab", "knob", "lesson", "exercise", "prediction", "term")
_NOT_COPIED = shutil.ignore_patterns(".*", "__pycache__", "screenshots", "build", "dist")


class Recipe(NamedTuple):
    """What it is for, what stands for NAME, files new and made, and what is added to others (file, below, more)."""

    title: str
    name: str
    new: dict[str, str]
    made: list[str]
    added: list[dict[str, str]]

    @property
    def words(self) -> str:
        """The paragraph of CONTRIBUTING."""
        text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
        (found,) = re.findall(rf"^\*\*Add an? {self.title}\.\*\*.*?(?=\n\n)", text, re.S | re.M)
        return " ".join(found.split())

    @property
    def paths(self) -> set[str]:
        """What it touches."""
        return {*self.new, *self.made, *(one["file"] for one in self.added)}

    @property
    def said(self) -> set[str]:
        """What the paragraph says to touch, NAME and NN filled in."""
        quoted = re.findall(r"`([\w/]+\.(?:py|md|toml|json|ipynb))`", self.words)
        return {re.sub("NAME|NN", self.name, path) for path in quoted}

    @property
    def commands(self) -> list[list[str]]:
        """What the paragraph says to run after that, NAME and NN filled in; `pytest` is the last."""
        quoted = re.findall(r"`((?:python -m|pytest) [^`]*)`", self.words)
        return [shlex.split(re.sub("NAME|NN", self.name, command).removeprefix("python -m ")) for command in quoted]

    def follow(self, house: Path) -> None:
        """Do what it says in this copy."""
        for path, text in self.new.items():
            assert not (house / path).exists(), f"{path} is there already"
            (house / path).parent.mkdir(exist_ok=True)
            (house / path).write_text(text, encoding="utf-8")
        for one in self.added:
            path = house / one["file"]
            path.write_text(_added(path.read_text(encoding="utf-8"), **one), encoding="utf-8")


def recipes() -> list[Recipe]:
    """All of them; a knob needs the lab before it, an exercise the lesson."""
    found = {path.stem.replace("_", " "): tomllib.loads(path.read_text("utf-8")) for path in _files()}
    order = sorted(found, key=lambda title: _ORDER.index(title) if title in _ORDER else -1)
    return [Recipe(title, **{"new": {}, "made": [], "added": [], **found[title]}) for title in order]


def copy(house: Path) -> None:
    """The tree, with every recipe followed in it."""
    shutil.copytree(ROOT, house, ignore=_NOT_COPIED, dirs_exist_ok=True)
    for recipe in recipes():
        recipe.follow(house)
    for path in {house / path for recipe in recipes() for path in recipe.new if path.endswith(".ipynb")}:
        nbformat.write(_notebook(path.read_text(encoding="utf-8")), path)


def _files() -> list[Path]:
    return sorted(Path(__file__).parent.glob("*.toml"))


def _added(text: str, file: str, below: str, more: str) -> str:
    """`more` as a line below the line `below`, or, where that is no line of its own, right behind it."""
    lines = text.split("\n")
    if below in lines:
        lines.insert(lines.index(below) + 1, more)
        return "\n".join(lines)
    assert below in text, f"{file} has no {below!r}"
    return text.replace(below, below + more, 1)


def _notebook(text: str) -> Any:
    """Cells with the execution counts of a run from top to bottom."""
    cells, count = [], 0
    for head, source in re.findall(r"^# %%(.*)\n((?:(?!# %%).*\n?)*)", text, re.M):
        if "[markdown]" in head:
            cells.append(nbformat.v4.new_markdown_cell(source.strip()))
        else:
            count += 1
            tags = {"tags": head.split()} if head.strip() else {}
            cells.append(nbformat.v4.new_code_cell(source.strip(), execution_count=count, metadata=tags))
    spec = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    return nbformat.v4.new_notebook(cells=cells, metadata={**spec, "language_info": {"name": "python"}})
