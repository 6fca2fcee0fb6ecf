"""Every recipe of CONTRIBUTING, followed: in a copy of the tree things are added as it says, and its command is run."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from .following import ROOT, Recipe, copy, recipes

RECIPES = recipes()
each = pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.title)
DEAR = "changes_its_picture or second_run"
"""What a recipe's command runs too, and takes long: a lab in a browser, a notebook in a kernel."""
PLAIN = ("-p", "no:cacheprovider", "--assert=plain")
"""No cache, and asserts as they stand: to write all of them out anew takes eight seconds, in every new copy."""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One copy of the tree, in which all of them were followed."""
    place = tmp_path_factory.mktemp("house")
    copy(place)
    return place


def _run(house: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """What is run in the copy sees the copy's package, this Python first, and no settings of this run."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    path = os.pathsep.join([str(Path(sys.executable).parent), plain.get("PATH", "")])
    seen = {**plain, "PATH": path, "PYTHONPATH": str(house), "OMP_NUM_THREADS": "1"}
    return subprocess.run([sys.executable, "-m", *command], cwd=house, env=seen, capture_output=True, text=True)


def test_every_recipe_is_followed_here() -> None:
    titles = re.findall(r"^\*\*Add an? (.*?)\.\*\*", (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"), re.M)
    assert sorted(titles) == sorted(recipe.title for recipe in RECIPES)


def _named(command: list[str]) -> str:
    """The folders and files of a command, as `-k` knows them."""
    return " or ".join(Path(place).stem for place in command[1 : command.index("-k")])


@each
def test_a_recipe_names_every_file_it_touches_and_no_other(recipe: Recipe) -> None:
    assert recipe.said == recipe.paths


@each
def test_a_recipe_is_short(recipe: Recipe) -> None:
    assert len(recipe.words) < 6 * 140


def test_the_copy_is_as_tidy_as_the_tree(house: Path) -> None:
    every = {path for recipe in RECIPES for path in recipe.paths if path.endswith(".py")}
    # what Plotly's types make of an old test alone is not what they make of it among all files
    ours = {path for recipe in RECIPES for path in recipe.new} | {path for path in every if path.startswith("nlviz")}
    for check, touched in (("ruff check", every), ("ruff format --check", every), ("pyright", ours & every)):
        said = _run(house, *check.split(), *sorted(touched))
        assert said.returncode == 0, said.stdout


def test_what_the_recipes_say_to_run_passes(house: Path) -> None:
    for recipe in RECIPES:
        for command in recipe.commands[:-1]:
            said = _run(house, *command)
            assert said.returncode == 0, said.stderr
        assert all((house / path).is_file() for path in recipe.paths)
    asked = [recipe.commands[-1] for recipe in RECIPES]
    places = sorted({place for command in asked for place in command[1 : command.index("-k")]})
    # each of them in its own places: "help" is a word of the commands, and of other tests too
    words = " or ".join(f"({_named(command)}) and ({command[-1]})" for command in asked)
    said = _run(house, "pytest", "-q", "-rA", *PLAIN, *places, "-k", f"({words}) and not ({DEAR})")
    assert said.returncode == 0, said.stdout[-4000:]
    passed = [line.lower() for line in said.stdout.splitlines() if line.startswith("PASSED")]
    assert not [recipe.title for recipe in RECIPES if not any(recipe.name in line for line in passed)]
