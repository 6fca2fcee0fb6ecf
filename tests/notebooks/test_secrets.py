"""Every prediction of every notebook is a secret until it is revealed, and the rules of that find what breaks them."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import nbformat
import pytest

from nlviz import labs
from nlviz.lessons.predicting.predict import predict
from nlviz.lessons.words import ENGLISH, catalog

from .books import NOTEBOOKS, Book
from .secrets import SHOWS, Secret, faults, secrets, seen, told

BOOKS = [Book(path) for path in NOTEBOOKS]
FOUND = [(book, secret) for book in BOOKS for secret in secrets(book)]
# A notebook that was never run has no answers yet.
RUN = [(book, secret) for book, secret in FOUND if any(book.cells[place].outputs for place in book.code)]
QUESTIONS = set(catalog(ENGLISH)["questions"])
PRESETS = {name: [*import_module(f"nlviz.labs.{name}").PRESETS] for name in labs.__all__ if name != "from_state"}


@pytest.mark.parametrize(("book", "secret"), RUN, ids=[secret.question.id for _, secret in RUN])
def test_nothing_before_the_reveal_gives_a_prediction_away(book: Book, secret: Secret) -> None:
    assert faults(book, secret, PRESETS) == []


def test_every_question_is_asked_in_its_lesson() -> None:
    assert sorted((book.name[:2], secret.question.id) for book, secret in FOUND) == sorted(
        (id[:2], id) for id in QUESTIONS
    )
    assert set(SHOWS) <= QUESTIONS


@pytest.mark.parametrize(("book", "secret"), RUN, ids=[secret.question.id for _, secret in RUN])
def test_no_committed_output_of_a_reveal_holds_more_than_a_line_for_the_page(book: Book, secret: Secret) -> None:
    (output,) = book.cells[secret.revealed].outputs
    assert told(book, secret)
    assert told(book, secret) not in seen(output)
    assert "answer the question above" in seen(output)


def planted(folder: Path, *, asks: str = "02.1", value: Any = 52, **cells: Any) -> list[str]:
    """The faults of a notebook with a prediction. above, between: cells beside it; output: what the reveal shows."""
    revealed = predict(asks).reveal(value)
    data = {"text/html": revealed._repr_html_(), "text/plain": repr(revealed)}  # pyright: ignore
    reveal = nbformat.v4.new_code_cell(f'predict("{asks}").reveal(found)')
    reveal.metadata["jupyter"] = {"source_hidden": cells.get("folded", True)}
    reveal.outputs = [nbformat.v4.new_output("execute_result", data=cells.get("data", data))]
    setup, question = nbformat.v4.new_code_cell("import torch"), nbformat.v4.new_code_cell(f'predict("{asks}")')
    book = nbformat.v4.new_notebook(
        cells=[setup, *cells.get("above", ()), question, *cells.get("between", ()), reveal, *cells.get("below", ())]
    )
    nbformat.write(book, folder / "planted.ipynb")
    book = Book(folder / "planted.ipynb")
    return faults(book, secrets(book)[0], PRESETS)


def prose(text: str) -> Any:
    return nbformat.v4.new_markdown_cell(text)


def shown(source: str, printed: str = "", **data: str) -> Any:
    """A cell with what it printed, or with the kinds of an output (text_html for text/html)."""
    cell = nbformat.v4.new_code_cell(source)
    kinds = {kind.replace("_", "/"): text for kind, text in data.items()}
    cell.outputs = [
        nbformat.v4.new_output("display_data", data=kinds) if kinds else nbformat.v4.new_output("stream", text=printed)
    ]
    return cell


STILL = '<img alt="N = 51: 52 right" src="data:,">'


@pytest.mark.parametrize(
    "beside",
    [
        {},
        {"below": [prose("It is 52."), shown("print(52)", "52 pairs")]},
        {"above": [prose("A 32 × 32 matrix holds 1,024 numbers; 90 % is asked for, 53 and 48 are others.")]},
        {"between": [shown("labs.write_head()", text_plain="52", text_html="<img alt='16 pairs' src=''>")]},
    ],
)
def test_what_is_a_secret_has_no_fault(tmp_path: Path, beside: dict[str, Any]) -> None:
    assert planted(tmp_path, **beside) == []


@pytest.mark.parametrize(
    ("beside", "said"),
    [
        ({"above": [prose("It holds about 52 of them.")]}, "cell 1 says '52', the answer"),
        ({"between": [prose("[key](#Terms 'as 52 know')")]}, "cell 2 says '52', the answer"),
        ({"between": [shown("print(found)", "52 pairs")]}, "cell 2 says '52', the answer"),
        ({"between": [shown("assert found == 52")]}, "cell 2 says '52', the answer"),
        ({"between": [shown("labs.x", text_html=STILL)]}, "cell 2 says '52', the answer"),
        (
            {"above": [prose("Look, then move **items N** from 16 to 64.")]},
            "cell 1 shows it: 'items N** from 16 to 64'",
        ),
        ({"above": [prose("Look, then press **full**.")]}, "cell 1 shows it: '**full**'"),
        ({"above": [prose("[Write more](#lab?preset=full).")]}, "cell 1 shows it: '=full'"),
        ({"between": [prose("[Write more](#lab?overlap=0.1&items=64).")]}, "cell 2 shows it: 'items=64'"),
        ({"above": [shown("x", text_html='<img alt="items N 50" src="">')]}, "cell 1 shows it: 'items N 50'"),
        ({"folded": False}, "cell 2, the reveal, is not folded: its code tells"),
        ({"data": {"text/plain": "Measured: 52. You did not predict."}}, "cell 2 shows something before its question"),
        ({"data": {"text/html": "<p>Measured.</p>", "text/plain": "…"}}, "cell 2 keeps no answer in its plain text"),
    ],
)
def test_what_gives_a_number_away_is_found(tmp_path: Path, beside: dict[str, Any], said: str) -> None:
    assert any(fault.startswith(said) for fault in planted(tmp_path, **beside))


@pytest.mark.parametrize(
    ("asks", "value", "text", "said"),
    [
        ("01.1", "edge", "A fact is in view or gone.", "says 'in view or gone'"),
        ("01.2", 0.3629, "It falls to .36 or so.", "says '.36'"),
        ("04.1", 0.2218, "It writes 22 % of them.", "says '22%'"),
        ("02.2", ([0, 199], [0.88, 0.04]), "From .88 on it fades.", "says '.88'"),
    ],
)
def test_words_shares_and_ends_of_a_curve_are_found(
    tmp_path: Path, asks: str, value: Any, text: str, said: str
) -> None:
    assert any(said in fault for fault in planted(tmp_path, asks=asks, value=value, above=[prose(text)]))


def test_a_preset_that_is_called_as_the_answer_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    beside = {"above": [shown("labs.amnesia()", "words")]}
    assert planted(tmp_path, asks="01.1", value="edge", **beside) == []
    monkeypatch.setitem(PRESETS, "amnesia", ["in view", "in view or gone"])
    assert planted(tmp_path, asks="01.1", value="edge", **beside) == [
        "cell 1 has a preset 'in view or gone', the answer"
    ]


def test_a_question_below_its_reveal_is_found(tmp_path: Path) -> None:
    cells = [nbformat.v4.new_code_cell(f'predict("02.1"){end}') for end in (".reveal(1)", "")]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "late.ipynb")
    book = Book(tmp_path / "late.ipynb")
    assert faults(book, secrets(book)[0], PRESETS) == ["asked in cell 1, revealed in cell 0: ask above, reveal below"]
