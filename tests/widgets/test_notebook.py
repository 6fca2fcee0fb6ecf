"""A notebook as one page: what every kind of output becomes, and what is said of a notebook that does not run."""

from __future__ import annotations

import asyncio
import inspect
import os
import re
import signal
from pathlib import Path
from typing import Any

import nbformat
import psutil
import pytest
from pygments.styles import get_style_by_name
from pygments.token import STANDARD_TYPES, Comment, Keyword, Literal, Name, Operator

from nlviz.widgets import page
from nlviz.widgets.pages.executing import finished
from nlviz.widgets.pages.notebook import exported_notebook, notebook_style, picture

FIGURE = """
import plotly.graph_objects as go
from nlviz.views.drawing.frames import describe
from nlviz.widgets import Player
def hill(words):
    return describe(go.Figure(go.Scatter(y=[1.0, 2.0])), words)
Player(hill("a rise"))
"""
TWO = 'display(Player(hill("shown first")))\nhill("a figure by itself")'
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
IMAGE = f'display({{"image/png": "{PIXEL}", "text/plain": "a & b"}}, raw=True)'
SAID = f'display({{"image/png": "{PIXEL}"}}, raw=True, metadata={{"image/png": {{"alt": "one dot"}}}})'
PRINTS = 'print("one < two")\nprint("two")'


def _book(path: Path, *sources: str) -> Path:
    v4: Any = nbformat.v4
    cells = [v4.new_markdown_cell("# Ups & downs\n\nA *word* of prose."), *map(v4.new_code_cell, sources)]
    nbformat.write(v4.new_notebook(cells=cells), path)
    return path


def test_every_output_finds_its_place(tmp_path: Path):
    page = exported_notebook(_book(tmp_path / "book.ipynb", FIGURE, TWO, IMAGE, SAID, PRINTS))
    assert "<title>Ups &amp; downs</title>" in page
    assert "A <em>word</em> of prose." in page
    assert re.findall(r'data-player="(\d)"><noscript><pre>(.*?)</pre>', page) == [
        ("0", "a rise"),
        ("1", "shown first"),
        ("2", "a figure by itself"),
    ]
    assert re.findall(r'<img alt="(.*?)"', page) == ["a &amp; b", "one dot"]
    assert "one &lt; two\ntwo" in page
    assert page.count("* plotly.js v") == 1
    assert not re.search(r"<(script|link|img|iframe)[^>]+(src|href)=.https?:", page)
    # the kernel's own names and cells are the notebook's alone
    assert "hand_over" not in page


def test_a_notebook_that_does_not_run_is_told_where(tmp_path: Path):
    path = _book(tmp_path / "book.ipynb", "x = 1", "missing + x")
    with pytest.raises(ValueError, match=r"book.ipynb does not run: NameError: name 'missing' is not defined; repair"):
        exported_notebook(path)


def test_a_cell_without_an_end_is_told(tmp_path: Path):
    path = _book(tmp_path / "book.ipynb", "import time; time.sleep(60)")
    with pytest.raises(ValueError, match=r"book.ipynb does not run to its end: "):
        exported_notebook(path, timeout=1)


def test_who_interrupts_leaves_no_kernel(tmp_path: Path):
    path = _book(tmp_path / "book.ipynb", "import time; time.sleep(600)")
    before = set(psutil.Process().children())
    with pytest.raises(KeyboardInterrupt):
        exported_notebook(path, tell=lambda line: os.kill(os.getpid(), signal.SIGINT))
    assert set(psutil.Process().children()) <= before


def test_what_is_interrupted_tidies_up_first():
    tidied: list[str] = []

    async def work() -> None:
        try:
            # a moment later than it begins, which is when somebody does it
            await asyncio.sleep(0.01)
            os.kill(os.getpid(), signal.SIGINT)
            await asyncio.sleep(600)
        finally:
            await asyncio.sleep(0.01)
            tidied.append("up")

    with pytest.raises(KeyboardInterrupt):
        finished(work())
    assert tidied == ["up"]


def test_a_picture_carries_its_words():
    assert picture("image/png", "QUJD\n", 'a "b"') == '<img alt="a &quot;b&quot;" src="data:image/png;base64,QUJD">'
    assert picture("image/svg+xml", "<svg/>", "") == '<img alt="" src="data:image/svg+xml;base64,PHN2Zy8+">'


def test_what_is_folded_in_a_notebook_is_folded_on_the_page(tmp_path: Path):
    """A reveal holds the answer, and the imports say nothing to a reader."""
    path = _book(tmp_path / "book.ipynb", "import math", "print(math.pi)", "secret = 52\nprint('hush')")
    book = nbformat.read(path, 4)
    book.cells[3].metadata["jupyter"] = {"source_hidden": True}
    nbformat.write(book, path)
    page = exported_notebook(path)
    shut = re.findall(r"<details><summary>code</summary>(.*?)</details>", page, re.DOTALL)
    assert len(shut) == 2
    assert "math" in shut[0]
    assert "52" in shut[1]
    assert "hush" in re.sub(r"<details>.*?</details>", "", page, flags=re.DOTALL)


def _luminance(colour: str) -> float:
    shares = [int(colour[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_code_is_read_by_day_and_by_night() -> None:
    """Every word that Python's lexer colours, on the ground that code has: the contrast that letters need."""
    alone = page.static("pages/alone.css")
    grounds = re.search(r"--panel: light-dark\(#(\w+), #(\w+)\)", alone)
    assert grounds
    assert "background: var(--panel)" in page.static("pages/notebook.css")
    words = [kind for kind in STANDARD_TYPES if kind in Comment or kind in Keyword or kind in Name or kind in Literal]
    for ground, style in zip(grounds.groups(), ("default", "github-dark"), strict=True):
        assert f'"{style}"' in inspect.getsource(notebook_style)
        for kind in (*words, Operator, Operator.Word):
            colour = get_style_by_name(style).style_for_token(kind)["color"]
            low, high = sorted(
                (_luminance(colour or "000000" if style == "default" else colour or "e6edf3"), _luminance(ground))
            )
            assert (high + 0.05) / (low + 0.05) >= 4.5, (style, kind)
