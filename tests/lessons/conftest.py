"""No test of lessons touches the answers or the language of whoever runs it, nor what another test answered."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from nlviz.lessons.predicting import answers


@pytest.fixture(autouse=True)
def own_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The file that answers would go to."""
    path = tmp_path / "answers.jsonl"
    monkeypatch.setenv("NLVIZ_ANSWERS", str(path))
    monkeypatch.setenv("NLVIZ_LANGUAGE", "")
    answers.SESSION.clear()
    yield path
    answers.SESSION.clear()
