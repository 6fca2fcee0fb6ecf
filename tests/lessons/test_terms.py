"""The glossary: one term, all that a symbol means, and marks in a notebook's text."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest
from nbconvert import HTMLExporter

from nlviz import labs
from nlviz.lessons import glossary

from ..notebooks.glossary_page import PAGE, now

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))
DESIGNED = (
    "fast weights", "slow weights", "key", "value", "query", "write", "read", "crosstalk", "inner_lr", "momentum",
    "forget", "momentary surprise", "past surprise", "bits per byte", "entropy", "gate", "threshold",
    "learning progress", "period", "level", "inner loop", "outer loop", "inner objective", "state", "recall",
)  # fmt: skip


@pytest.mark.parametrize("name", DESIGNED)
def test_every_term_of_the_lessons_is_there(name: str) -> None:
    (term,) = glossary(name).terms
    assert term.name == name
    assert 4 < len(term.sentence.split()) < 30


def test_a_term_is_told_with_its_names_elsewhere() -> None:
    said = repr(glossary("inner_lr"))
    assert said.startswith("inner_lr θ: How strongly one write changes the fast weights.")
    assert "β in DeltaNet" in said
    assert glossary("Inner_LR")._repr_markdown_().startswith("**inner_lr** θ: How")


def test_a_symbol_gives_all_it_stands_for() -> None:
    assert {term.name for term in glossary("η").terms} == {"inner_lr", "momentum"}
    assert {term.name for term in glossary("α").terms} == {"forget", "momentum"}
    assert [term.name for term in glossary("velocity").terms] == ["past surprise"]


def test_the_table_has_a_row_for_every_term() -> None:
    table = glossary()._repr_markdown_().splitlines()
    assert len(table) == 2 + len(glossary.terms)
    assert {line.count("|") for line in table} == {6}


@pytest.mark.parametrize(
    ("name", "near"), [("fast wieghts", "fast weights"), ("weights", "fast weights, slow weights")]
)
def test_an_unknown_name_gets_the_nearest(name: str, near: str) -> None:
    with pytest.raises(ValueError, match=f"nearest: .*{near}"):
        glossary(name)


TEXT = """A matrix of [[fast weights]] which the stream [[writes|write]] at every [[Key]].

`[[write]]` and

```python
M[[0, 1]]  # [[read]]
```
"""


def test_marks_become_links_with_the_sentence_and_back() -> None:
    marked = glossary.marked(TEXT)
    sentence = glossary("fast weights").terms[0].sentence
    assert f'[fast weights](#Terms "{sentence}")' in marked
    assert "[writes](#Terms " in marked
    assert "`[[write]]`" in marked
    assert "M[[0, 1]]  # [[read]]" in marked
    assert marked.count("](#Terms ") == 3
    assert glossary.unmarked(marked) == TEXT
    assert glossary.marked(marked) == marked


def test_a_term_that_is_none_and_a_stale_sentence_are_said() -> None:
    with pytest.raises(ValueError, match="'fast wieghts' is not in the glossary; nearest: fast weights"):
        glossary.marked("[[fast wieghts]]")
    with pytest.raises(ValueError, match="the explanation of 'key' is not the glossary's"):
        glossary.unmarked('[key](#Terms "something else")')


def test_nbconvert_keeps_the_explanation() -> None:
    cell = nbformat.v4.new_markdown_cell(glossary.marked("A [[key]].\n\n### Terms\n"))
    html, _ = HTMLExporter().from_notebook_node(nbformat.v4.new_notebook(cells=[cell]))
    sentence = re.escape(glossary("key").terms[0].sentence)
    assert re.search(f'<a href="#Terms" title="{sentence}">key</a>', html)
    assert 'id="Terms"' in html


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_every_explanation_in_a_notebook_is_the_glossary_s(path: Path) -> None:
    book = nbformat.read(path, as_version=4)
    for cell in book.cells:
        if cell.cell_type == "markdown":
            glossary.unmarked(cell.source)
            assert not re.search(r"\[\[[^\]]+\]\]", re.sub(r"```.*?```|`[^`]*`", "", cell.source, flags=re.DOTALL))


def test_a_list_of_terms_has_their_sentences() -> None:
    term = glossary("forget").terms[0]
    assert glossary.listed("Forget") == f"- **forget** {term.symbol}: {term.sentence}"
    assert glossary.listed("write", "key").count("\n") == 1
    with pytest.raises(ValueError, match="wright"):
        glossary.listed("wright")


def test_the_page_of_terms_is_the_glossary() -> None:
    """Old? python -m tests.notebooks.glossary_page"""
    page = PAGE.read_text("utf-8")
    assert page == now()
    anchors, links = re.findall(r'<a id="([^"]+)">', page), re.findall(r"\]\(#([^)]+)\)", page)
    assert len(anchors) == len(set(anchors)) == len(glossary.terms)
    assert set(links) == set(anchors)
    for name in re.findall(r"\]\(([^#)]+)\)", page):
        assert (PAGE.parent / name).is_file()


@pytest.mark.parametrize("key", [key for key, term in glossary.terms.items() if term.seen])
def test_a_term_is_seen_in_a_lab_of_a_lesson(key: str) -> None:
    lab = glossary.terms[key].seen
    assert lab in labs.__all__
    assert any(f"labs.{lab}(" in path.read_text("utf-8") for path in NOTEBOOKS)
