"""No prose, cell or lab below a reveal tells a reader who has not answered, and the rules of that find what does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import pytest

from nlviz.lessons.predicting.predict import predict

from .below import TELLS, faults_below
from .books import NOTEBOOKS, Book
from .secrets import SHOWS, Secret, secrets

BOOKS = [*map(Book, NOTEBOOKS)]
# A notebook that was never run has no answers yet.
RUN = [book for book in BOOKS if any(book.cells[place].outputs for place in book.code)]
FOUND = [(book, secret) for book in RUN for secret in secrets(book)]


@pytest.mark.parametrize(("book", "secret"), FOUND, ids=[secret.question.id for _, secret in FOUND])
def test_nothing_below_a_waiting_reveal_gives_a_prediction_away(book: Book, secret: Secret) -> None:
    assert faults_below(book, secret) == []


def test_every_question_has_words_that_tell_it() -> None:
    assert set(TELLS) == set(SHOWS) <= {secret.question.id for _, secret in FOUND}


def prose(text: str) -> Any:
    return nbformat.v4.new_markdown_cell(text)


def lab(alt: str) -> Any:
    cell = nbformat.v4.new_code_cell("labs.write_head()")
    cell.outputs = [nbformat.v4.new_output("display_data", data={"text/html": f'<img alt="{alt}" src="">'})]
    return cell


def other(*lines: str) -> Any:
    """The reveal of another question, with its lines out of sight."""
    cell = nbformat.v4.new_code_cell('predict("02.2").reveal(curve)')
    revealed = predict("02.2").reveal(([0, 199], [0.88, 0.04]), *lines)
    data = {"text/html": "<p>Measured</p>", "text/plain": repr(revealed)}
    cell.outputs = [nbformat.v4.new_output("execute_result", data=data)]
    return cell


def planted(folder: Path, *below: Any, above: str = "A matrix.") -> list[str]:
    """The faults of a notebook that asks 02.1, reveals 52 pairs and a recall of 0.8764, and goes on with these."""
    reveal = nbformat.v4.new_code_cell('predict("02.1").reveal(found, line)')
    revealed = predict("02.1").reveal(52, "recall 0.8764")
    reveal.outputs = [nbformat.v4.new_output("execute_result", data={"text/html": "", "text/plain": repr(revealed)})]
    cells = [prose(above), nbformat.v4.new_code_cell('predict("02.1")'), reveal, *below]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), folder / "planted.ipynb")
    book = Book(folder / "planted.ipynb")
    return faults_below(book, next(one for one in secrets(book) if one.question.id == "02.1"))


@pytest.mark.parametrize(
    ("below", "told"),
    [
        ([prose("It holds about 52 pairs.")], "cell 3, below the reveal, says '52'"),
        ([prose("About fifty, not 1,024.")], "cell 3, below the reveal, says 'fifty'"),
        ([prose("Recall was .88 [measured here].")], "cell 3, below the reveal, says '.88'"),
        ([prose("## Another heading\n\nIt holds 52.")], "cell 3, below the reveal, says '52'"),
        ([prose("Look.\n\n## Why\n\nIt holds 52.")], "cell 3, below the reveal, says '52'"),
        ([prose("Look."), prose("It holds 52.")], "cell 4, below the reveal, says '52'"),
        ([prose("Look."), prose("It holds 52.\n\n## Next")], "cell 4, below the reveal, says '52'"),
        ([prose("[key](#Terms 'as 52 know')")], "cell 3, below the reveal, says '52'"),
        ([prose("Look."), lab("N = 51: 52 right")], "cell 4, below the reveal, says '52'"),
        ([prose("Look."), lab("items N 64")], "cell 4, below the reveal, says 'items N 64'"),
        ([nbformat.v4.new_code_cell("assert found == 52")], "cell 3, below the reveal, says '52'"),
        ([other("of 52 pairs"), prose("Look.")], "cell 3, below the reveal, says '52'"),
    ],
)
def test_what_tells_the_answer_below_is_found(tmp_path: Path, below: list[Any], told: str) -> None:
    assert told in planted(tmp_path, *below)


@pytest.mark.parametrize(
    "below",
    [
        [prose("Look at the matrix, then [write 64 pairs](#lab?items=64).")],
        [prose("Look."), lab("items N 16")],
        [prose("Look."), prose("## Next\n\nIt holds 52, as was seen.")],
        [prose("Look.\n\n## Another\n\nIts gate gives .88 as well.")],
        [other("of 16 pairs"), prose("Look.")],
    ],
)
def test_what_does_not_tell_has_no_fault(tmp_path: Path, below: list[Any]) -> None:
    assert planted(tmp_path, *below) == []


def test_what_was_known_above_is_no_secret_below(tmp_path: Path) -> None:
    assert planted(tmp_path, prose("Again .8764.")) == ["cell 3, below the reveal, says '.8764'"]
    assert planted(tmp_path, prose("Again .8764."), above="Recall is .8764.") == []
