"""Every sentence of a notebook that turns knobs, `[…](#lab?distance=33)`: the lab that is meant takes it."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import nbformat
import pytest

from nlviz import labs
from nlviz.widgets.sharing import parsed
from tests.notebooks.books import NOTEBOOKS, Book, said

LINK = re.compile(r"\]\(#lab(?::(\w+))?(\?[^)\s]+)\)")
CALL = re.compile(r"\blabs\.(\w+)\(")


class Sentence(NamedTuple):
    """A link in the cell at `place`: the lab it names ("" for the next one), and what it asks, as "?knob=value"."""

    place: int
    name: str
    wishes: str


class Shown(NamedTuple):
    """A lab that the cell at `place` shows: how it is called, and what stands under it in words."""

    place: int
    name: str
    words: str


def sentences(cells: list[Any]) -> list[Sentence]:
    """All such links of a notebook."""
    found = [
        (at, link)
        for at, cell in enumerate(cells)
        if cell.cell_type == "markdown"
        for link in LINK.findall(cell.source)
    ]
    return [Sentence(at, name, wishes) for at, (name, wishes) in found]


def shown(cells: list[Any]) -> list[Shown]:
    """All labs of a notebook."""
    code = [(at, cell) for at, cell in enumerate(cells) if cell.cell_type == "code"]
    return [Shown(at, name, said(cell.outputs)) for at, cell in code for name in CALL.findall(cell.source)]


def meant(sentence: Sentence, there: list[Shown]) -> Shown | None:
    """As the page has it (`lab/sentences.js`): fewest cells away, of two the one above."""
    named = [lab for lab in there if sentence.name in ("", lab.name)]
    return min(named, key=lambda lab: (abs(lab.place - sentence.place), lab.place > sentence.place), default=None)


def fault(sentence: Sentence, there: list[Shown]) -> str:
    """What is wrong with a sentence; "" if its lab takes it."""
    lab = meant(sentence, there)
    if lab is None:
        return f"{sentence.wishes}: no lab {sentence.name} in this notebook"
    _, wishes = parsed(f"lab{sentence.wishes}")
    made: Any = getattr(labs, lab.name)()
    preset = wishes.pop("preset", None)
    if preset is not None and preset not in made.presets:
        return f"{lab.name} has no preset {preset!r}; it has {', '.join(made.presets)}"
    try:
        made._knobs.checked(wishes)
    except ValueError as problem:
        return f"{lab.name}: {problem}"
    # with a function of one's own a lab may have fewer knobs: they stand under it by their labels
    labels = {control["name"]: control["label"] for control in made.form["controls"]}
    gone = [name for name in wishes if lab.words and f"{labels[name]} " not in lab.words]
    return f"{lab.name} has no {', '.join(gone)} here" if gone else ""


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem[:2])
def test_every_sentence_turns_a_knob_there_is(path: Any) -> None:
    cells = Book(path).cells
    there = shown(cells)
    faults = [fault(sentence, there) for sentence in sentences(cells)]
    assert not any(faults), "\n".join(filter(None, faults))


def _cells(*sources: str) -> list[Any]:
    kinds = {True: nbformat.v4.new_code_cell, False: nbformat.v4.new_markdown_cell}
    return [kinds[source.startswith("labs.")](source) for source in sources]


def test_the_lab_that_is_meant_is_next_to_the_sentence_or_named() -> None:
    cells = _cells("labs.write_head()", "[more](#lab?items=64), [less](#lab:amnesia?distance=33)", "labs.amnesia()")
    there = shown(cells)
    assert [meant(one, there) for one in sentences(cells)] == there


@pytest.mark.parametrize(
    ("link", "words"),
    [
        ("#lab?item=64", "no knob 'item'"),
        ("#lab?items=640", "items is 640"),
        ("#lab?preset=ful", "no preset 'ful'"),
        ("#lab:titans?momentum=0", "no lab titans"),
    ],
)
def test_a_wrong_sentence_would_be_found(link: str, words: str) -> None:
    cells = _cells(f"[so]({link})", "labs.write_head()")
    assert words in fault(sentences(cells)[0], shown(cells))


def test_a_knob_that_an_own_function_has_replaced_would_be_found() -> None:
    there = [Shown(1, "write_head", "Write head, with your own rule\nitems N 16 · key overlap 0 · inner_lr θ 1")]
    assert fault(Sentence(0, "", "?rule=Delta"), there) == "write_head has no rule here"
    assert fault(Sentence(0, "", "?items=64&preset=full"), there) == ""
