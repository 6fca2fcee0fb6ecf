"""The project's own files keep their promises: environments, README, size of rooms. Of notebooks: tests/notebooks/."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from nlviz import labs

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))
SOURCES = sorted((ROOT / "nlviz").rglob("*.py"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def _name(requirement: str) -> str:
    found = re.match(r"[\w.-]+", requirement)
    assert found, requirement
    return found.group().lower()


def test_conda_and_pip_ask_for_the_same():
    conda = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))["dependencies"]
    packages = {x.replace("pytorch", "torch") for x in conda if isinstance(x, str)} - {"pip"}
    assert packages == {*PROJECT["dependencies"], f"python{PROJECT['requires-python']}"}


def test_the_lock_is_exact_and_holds_all_that_is_asked_for():
    lines = (ROOT / "requirements.lock").read_text(encoding="utf-8").split()
    assert all(re.fullmatch(r"[\w.-]+==[\w.]+", line) for line in lines)
    asked = {_name(x) for x in PROJECT["dependencies"] + PROJECT["optional-dependencies"]["test"]}
    assert asked <= {_name(x) for x in lines}
    assert "torch==2.13.0" in lines


def test_the_readme_example_runs_as_it_stands(tmp_path: Path):
    example = re.search(r"```python\n(.*?)```", README, re.S)
    assert example
    assert len([line for line in example.group(1).splitlines() if line]) <= 10
    ran = subprocess.run([sys.executable, "-c", example.group(1)], cwd=tmp_path, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.startswith("last five surprises: [")
    assert (tmp_path / "run.html").stat().st_size > 1_000_000


def test_the_readme_lists_every_notebook_and_no_other():
    assert re.findall(r"\(notebooks/(\S+\.ipynb)\)", README) == [path.name for path in NOTEBOOKS]


def test_the_readme_says_where_every_idea_stands():
    """A row for every lesson; the labs are called in it, the claims are there."""
    rows = re.findall(r"^\| [^|]+ \| (\d\d) \| ([^|]+) \| ([^|]+) \|$", README, re.M)
    assert [lesson for lesson, _, _ in rows] == [path.name[:2] for path in NOTEBOOKS[1:]]
    for lesson, named, claims in rows:
        book = next(path for path in NOTEBOOKS if path.name.startswith(lesson)).read_text(encoding="utf-8")
        for lab in re.findall(r"`(\w+)`", named):
            assert f"labs.{lab}(" in book or (lesson, lab) == ("07", "two_loops"), f"{lab} is not in {lesson}"
        for file in re.findall(r"`(\w+\.py)`", claims):
            assert (ROOT / "tests" / "claims" / file).is_file(), file
    named = {lab for _, listed, _ in rows for lab in re.findall(r"`(\w+)`", listed)}
    assert named <= set(labs.__all__)


@pytest.mark.parametrize("target", sorted(set(re.findall(r"\]\(([^)#]+)\)", README))))
def test_what_the_readme_links_to_is_there(target: str):
    assert (ROOT / target).exists()


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_holds_one_idea_and_functions_stay_short(path: Path):
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= 300, "about 250 lines a file"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            assert (node.end_lineno or 0) - node.lineno < 50, f"{node.name} is long; about 40 lines a function"


def test_nothing_names_a_path_of_a_machine_or_a_host_of_a_registry():
    said = re.compile(r"/(home|root|work|Users)/\w|https?://[\w.]*(pypi|npmjs|anaconda)\.")
    files = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True)
    for name in files.stdout.split():
        if (
            name.endswith((".py", ".md", ".toml", ".yml", ".lock", ".js", ".css", ".cfg", ".ipynb"))
            and "test_project" not in name
        ):
            assert not said.search((ROOT / name).read_text(encoding="utf-8")), name
