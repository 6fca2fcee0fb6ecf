"""A lab as a module for somebody else's page: what stands in the file, and what the command says of it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from nlviz import labs
from nlviz.cli import main
from nlviz.widgets.pages.block import exported_block
from tests.widgets.programs import node


def test_a_block_is_one_module_that_asks_for_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """plotly.js and the runs are in it, compressed: what they ask for is seen in a browser."""
    monkeypatch.chdir(tmp_path)
    main(["export", "write_head", "--as", "block", "--settings", "0"])
    [file] = tmp_path.iterdir()
    said = capsys.readouterr().out
    assert re.match(r"write_head\.mjs: \d\.\d MB\n", said)
    assert said.endswith("\n\n```{anywidget} ./write_head.mjs\n```\n")
    text = file.read_text(encoding="utf-8")
    assert set(re.findall(r"\w+://[^\"'\s]*", text)) == {"http://www.w3.org/2000/svg"}
    assert re.findall(r"^import\b.*", text, re.MULTILINE) == []
    ran = node("--input-type=module", "-e", f"console.log(Object.keys((await import({file.as_uri()!r})).default))")
    assert ran.stdout == "[ 'render' ]\n", ran.stderr


def test_what_shows_nothing_is_no_block() -> None:
    with pytest.raises(ValueError, match="lab is 3; expected a Lab"):
        exported_block(3)  # pyright: ignore[reportArgumentType]
    failed = labs.one_write()
    failed.figure = None
    with pytest.raises(ValueError, match="shows no figure; run it first"):
        exported_block(failed)
