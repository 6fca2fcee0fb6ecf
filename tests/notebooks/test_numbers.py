"""Every number in the prose of the notebooks is held to by an output, an assertion or a claim."""

from __future__ import annotations

import ast
from pathlib import Path

import nbformat
import pytest

from .books import NOTEBOOKS, Book
from .numbers import listing, literals, numbers, unfound
from .slips import caught

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_number_in_the_prose_is_held_to(path: Path) -> None:
    listed = listing(path.stem)
    found = unfound(Book(path), [*listed["claims"], *listed["given"]])
    lines = [f"cell {place}: {text} in “{words}”" for place, text, words in found]
    assert not lines, "\n".join(["assert or print these in a cell above, or list them in numbers.toml:", *lines])


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_list_holds_nothing_that_is_not_needed(path: Path) -> None:
    needed = {number.value for missing in unfound(Book(path)) for number in numbers(missing.text)}
    listed = listing(path.stem)
    idle = [text for text in (*listed["claims"], *listed["given"]) if next(numbers(text)).value not in needed]
    assert idle == []


CLAIMS = [(number, test) for path in NOTEBOOKS for number, test in listing(path.stem)["claims"].items()]


@pytest.mark.parametrize(("number", "test"), CLAIMS)
def test_a_claim_is_tested_with_the_same_number(number: str, test: str) -> None:
    file, name = test.split("::")
    module = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    functions = [node for node in module.body if isinstance(node, ast.FunctionDef) and node.name == name]
    assert functions, f"{file} has no {name}"
    # numbers that decide, not those a docstring mentions; a constant of the module counts
    deciding = [*functions[0].decorator_list, *functions[0].body[isinstance(functions[0].body[0], ast.Expr) :]]
    deciding += [node for node in module.body if isinstance(node, ast.Assign)]
    held = {found.value for node in deciding for found in literals(ast.unparse(node))}
    assert next(numbers(number)).value in held, f"{name} nowhere says {number}"


def planted(folder: Path, prose: str, code: str = "", printed: str = "") -> list[str]:
    """The numbers without a hold in a notebook of setup, one cell with an output, and prose under it."""
    cell = nbformat.v4.new_code_cell(code)
    cell.outputs = [nbformat.v4.new_output("stream", name="stdout", text=printed)]
    cells = [nbformat.v4.new_code_cell("import torch"), cell, nbformat.v4.new_markdown_cell(prose)]
    path = folder / "planted.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    return [missing.text for missing in unfound(Book(path))]


PRINTED = "recall 0.7632, 23% kept, 1,280 pairs, lowest -0.51"


@pytest.mark.parametrize(
    ("prose", "wrong"),
    [
        ("Recall is .76 [measured here].", []),
        ("Recall is .77 [measured here].", [".77"]),
        ("Recall is 76 % [measured here, 5 seeds].", []),
        ("Recall is 67 % **[measured here, 5 seeds]**.", ["67%"]),
        ("Recall is .763, of 1,280 pairs 23 % are kept [measured here].", []),
        ("Recall is .763, of 1,208 pairs 32 % are kept [measured here].", ["1,208", "32%"]),
        ("It falls to −.51 [measured here].", []),
        ("It falls to −.15 [measured here].", ["−.15"]),
        ("One digit proves nothing: .8 [measured here].", [".8"]),
        ("At θ = .25 it still holds [measured here].", [".25"]),
        ("At θ = .25 it still holds.", []),
        ("With 16 pairs at .9 and better [measured here].", []),
        ("The first.\n\n- fell to .11 [measured here]\n- uses θ = .25", [".11"]),
        ("An unmarked .44 needs a hold as well.", [".44"]),
        ("Lesson 03 and lessons 05, 07 (06); eq. 8–14 of arXiv 2501.00663, Hebb 1949; `lr=0.3`, d² or 2 minutes.", []),
        ("1. See [04 Surprise](04_surprise.ipynb).\n2. Wait about 40 seconds.\n\n    M ← 0.5 M", []),
    ],
)
def test_a_wrong_number_is_caught_and_a_right_one_is_not(tmp_path: Path, prose: str, wrong: list[str]) -> None:
    code = "theta = 0.25\npairs = 16\nassert pairs / theta > 0.9"
    assert planted(tmp_path, prose, code, PRINTED) == wrong


def test_what_nbval_does_not_compare_holds_nothing(tmp_path: Path) -> None:
    assert planted(tmp_path, "It took 12.5 of them [measured here].", printed="done in 12.5 seconds") == ["12.5"]
    assert planted(tmp_path, "It took 12.5 of them [measured here].", printed="12.5 of them") == []


def test_an_output_below_comes_too_late(tmp_path: Path) -> None:
    printed = nbformat.v4.new_output("stream", name="stdout", text="recall 0.76")
    cells = [
        nbformat.v4.new_code_cell("import torch"),
        nbformat.v4.new_markdown_cell("Recall is .76 [measured here]."),
        nbformat.v4.new_code_cell("1", outputs=[printed]),
    ]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "late.ipynb")
    assert [missing.text for missing in unfound(Book(tmp_path / "late.ipynb"))] == [".76"]


def test_most_slips_of_a_digit_in_our_own_notebooks_would_be_caught() -> None:
    """Each measured decimal or percentage with its last digit one higher. Chance matches let some pass, not most."""
    found = caught()
    assert sum(found) >= 2 / 3 * len(found)
