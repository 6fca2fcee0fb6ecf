"""Every notebook run otherwise: the same outputs, stills as new as their labs, clear words for a lack.

Its committed outputs are those of one run; this is the other half of "restart and run all, twice", and compares what
nbval would compare.
"""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import nbformat
import pytest

from .again import again
from .books import NOTEBOOKS, Book, compared
from .stills import differences, sketch


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_second_run_gives_the_same_outputs_and_stills(path: Path) -> None:
    found = again(Book(path))
    said = "\n".join([*found.outputs, *found.alone, *found.stills, *found.slow])
    assert not said, said
    if found.skipped:
        pytest.skip("; ".join(found.skipped))


PICTURE = """
import plotly.graph_objects as go


class Picture:
    figure = go.Figure(go.Scatter(y=[1.0, 2.0, 4.0]))

    def __repr__(self):
        return "a line"
"""
CELLS = [
    f"from random import Random\n{PICTURE}\ndice = Random(0)",
    "print(dice.random())",
    "total = []",
    "total.append(1)\nprint(total)",
    "try:\n    print(total)\nexcept NameError:\n    print('nothing yet')",
    "print(hash('nested'))",
    "Picture()",
    "kept = 3",
    "print(kept)",
    "from IPython.display import HTML\nHTML('<p>four loops</p>')",
]
SAID = [None, "0.8444218515250481\n", None, "[1]\n", "[1]\n", "5\n", "a line", None, "3\n", None]
PAGE = {"text/plain": "<IPython.core.display.HTML object>", "text/html": "<p>two loops</p>"}


def test_what_depends_on_order_seed_or_a_second_run_is_found(tmp_path: Path) -> None:
    cells = [nbformat.v4.new_code_cell(source) for source in CELLS]
    for cell, text in zip(cells, SAID, strict=True):
        cell.outputs = [nbformat.v4.new_output("stream", name="stdout", text=text)] if text else []
    cells[-1].outputs = [nbformat.v4.new_output("execute_result", PAGE)]
    path = tmp_path / "planted.ipynb"
    about = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=about), path)
    found = again(Book(path), most=0.0)
    said = [line for line in found.outputs if line.startswith("cell")]
    assert said[0] == "cell 1, run twice in a row, says otherwise than committed:"
    assert said[1] == "cell 3, run twice in a row, says otherwise than committed:"
    assert {line.split(",")[0].split(" says")[0] for line in said} == {"cell 1", "cell 3", "cell 4", "cell 5", "cell 9"}
    assert found.alone == ["cell 4, run alone, lacks ['total'] and says: nothing "]
    assert found.stills == ["cell 6 shows a figure and has no still: make stills"]
    assert [line.endswith("; at most 0") for line in found.slow] == [True]


def test_a_page_is_compared_without_its_still() -> None:
    def page(words: str, still: str) -> str:
        shown = f'<div>{words}<img alt="a line" src="data:image/png;base64,{still}"></div>'
        return compared([nbformat.v4.new_output("display_data", {"text/html": shown})])

    assert page("two loops", "AAAA") == page("two loops", "BBBB") != page("three loops", "AAAA")


FIGURE: dict[str, Any] = {
    "data": [{"type": "scatter", "name": "recall 0.98", "y": [0.1, 0.2, 0.4], "line": {"color": "#0072B2"}}],
    "layout": {"title": {"text": "Recall"}, "xaxis": {"range": [0, 3]}},
}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda figure: figure["data"][0]["y"].reverse(), "data.0.y (count, mean, spread, tilt) was"),
        (lambda figure: figure["data"][0]["y"].append(0.5), "data.0.y"),
        (lambda figure: figure["data"][0].update(y=[0.1, 0.2, 0.5]), "data.0.y"),
        (lambda figure: figure["data"][0].update(x=[1, 2, 3]), "data.0.x is new"),
        (lambda figure: figure["data"][0]["line"].update(color="red"), "words or colours"),
        (lambda figure: figure["layout"]["title"].update(text="Memory"), "words or colours"),
    ],
)
def test_a_still_is_old_when_its_figure_has_changed(change: Any, said: str) -> None:
    now = copy.deepcopy(FIGURE)
    change(now)
    assert said in "; ".join(differences(sketch(FIGURE), sketch(now)))


def test_the_last_bits_of_a_number_make_no_still_old() -> None:
    now = copy.deepcopy(FIGURE)
    now["data"][0].update(y=[0.1000001, 0.2, 0.3999999], name="recall 0.97")
    assert differences(sketch(FIGURE), sketch(now)) == []


def test_the_rounding_of_a_zero_makes_no_still_old() -> None:
    kept, made, other = (
        {"words": "", "numbers": {"data.0.y": [1, one, 0.0, -one]}} for one in (7.9e-09, 6.9e-09, 7e-4)
    )
    assert differences(kept, made) == []
    assert differences(kept, other) != []
