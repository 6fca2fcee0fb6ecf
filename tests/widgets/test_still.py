"""A still and its words stand behind a live widget, and come from the page or from the notebook as last saved."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Any

import nbformat
import plotly.graph_objects as go
import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

from nlviz.views.drawing.frames import describe
from nlviz.widgets import Player
from nlviz.widgets.still import NOTHING, WIDGET, bundle, saved

PNG = "data:image/png;base64,iVBORw0KGgo="
WORDS = 'A "line" <b>\nof two points & more'


@pytest.fixture
def player() -> Player:
    return Player(describe(go.Figure(go.Scatter(y=[0, 1])), WORDS))


@pytest.fixture
def notebook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A saved notebook with one still, which the kernel has for its own."""
    output = nbformat.v4.new_output("display_data", dict(bundle(WORDS, "", PNG)))
    cell = nbformat.v4.new_code_cell("player", outputs=[output])
    path = tmp_path / "own.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), path)
    monkeypatch.setenv("JPY_SESSION_NAME", str(path))
    return path


def shown(player: Player) -> list[dict[str, Any]]:
    """What displaying the player publishes, in order."""
    InteractiveShell.instance()
    with capture_output() as captured:
        player._ipython_display_()
    return [output.data for output in captured.outputs]


def test_the_live_view_and_the_still_are_two_outputs(player: Player) -> None:
    live, still = shown(player)
    assert list(live) == [WIDGET]
    assert live[WIDGET]["model_id"] == player.model_id
    assert still == bundle(WORDS, "")
    assert f'<img alt="{escape(WORDS)}" src="{NOTHING}">' in still["text/html"]


@pytest.mark.parametrize("image", ["javascript:alert(1)", 'data:image/png;base64,AA" onerror="x', None, PNG + "\n"])
def test_only_a_picture_is_taken_from_a_page(player: Player, image: object) -> None:
    player._hear(None, {"kind": "still", "image": image}, [])
    assert NOTHING in shown(player)[1]["text/html"]
    player._hear(None, {"kind": "still", "image": PNG}, [])
    assert PNG in shown(player)[1]["text/html"]


def test_the_saved_still_of_the_same_words_stays_until_a_newer_one_comes(player: Player, notebook: Path) -> None:
    assert notebook.is_file()
    assert PNG in shown(player)[1]["text/html"]
    other = Player(describe(go.Figure(go.Scatter(y=[0, 1])), "Another line"))
    assert NOTHING in shown(other)[1]["text/html"]
    player._hear(None, {"kind": "still", "image": PNG.replace("iVB", "AAA")}, [])
    assert "AAAORw0KGgo=" in shown(player)[1]["text/html"]


@pytest.mark.parametrize("text", ["", "no notebook", "[]", '{"cells": 3}', '{"cells": [{"outputs": 3}]}'])
def test_a_damaged_notebook_has_no_stills(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    path = tmp_path / "damaged.ipynb"
    path.write_text(text)
    monkeypatch.setenv("JPY_SESSION_NAME", str(path))
    assert saved(WORDS) == NOTHING
    monkeypatch.setenv("JPY_SESSION_NAME", str(tmp_path / "none.ipynb"))
    assert saved(WORDS) == NOTHING
