"""Every sentence of a notebook that turns knobs, `[…](#lab?distance=33)`: its lab takes it, and it shows no secret."""

from __future__ import annotations

import argparse
import ast
import re
import shlex
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import takewhile
from typing import Any, NamedTuple

import nbformat
import pytest
from showing import never_run

from nlviz import labs
from nlviz.commands import demo
from nlviz.lessons.predicting.questions import question
from nlviz.widgets import Lab
from nlviz.widgets.sharing import parsed
from tests.notebooks.books import FOLDER, NOTEBOOKS, Book, said
from tests.notebooks.secrets import SHOWS, Secret, secrets

LINK = re.compile(r"\]\(#lab(?::(\w+))?(\?[^)\s]+)\)")


class Sentence(NamedTuple):
    """A link in the cell at `place`: the lab it names ("" for the next one), and what it asks, as "?knob=value"."""

    place: int
    name: str
    wishes: str


class Shown(NamedTuple):
    """A lab that the cell at `place` shows: what it is called, and what it was given.

    words: what stands under it where it was given a function of one's own. given: the plain values of its call, by
    place and by name, as source.
    """

    place: int
    name: str
    words: str
    given: str = "(), {}"

    def made(self) -> Lab:
        """The lab, with the course's own functions."""
        return _made(self.name, self.given)


@cache
def _made(name: str, given: str) -> Lab:
    places, names = ast.literal_eval(given)
    # what a sentence asks for is no matter of a run
    with never_run():
        return getattr(labs, name)(*places, **names)


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
    calls = [(at, cell.outputs, call) for at, cell in code for call in _calls(cell.source)]
    return [Shown(at, name, said(outputs) if own else "", given) for at, outputs, (name, given, own) in calls]


def _calls(source: str) -> Iterator[tuple[str, str, bool]]:
    """Every `labs.name(…)` in a cell, with those of its arguments that are plain values, and whether others are not."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id="labs"), attr=name)):
                plain = [one for one in node.keywords if one.arg and _is_plain(one.value)]
                places = [ast.literal_eval(one) for one in takewhile(_is_plain, node.args)]
                names = {one.arg: ast.literal_eval(one.value) for one in plain}
                given = len(places) + len(names)
                yield name, repr((places, names)), given < len(node.keywords) + len(node.args)


def _is_plain(value: ast.expr) -> bool:
    try:
        ast.literal_eval(value)
    except ValueError:
        return False
    return True


def meant(sentence: Sentence, there: list[Shown]) -> Shown | None:
    """As the page has it (`sentences.js`): the fewest cells away of those that have the knobs, of two the one above."""
    named = [lab for lab in there if sentence.name in ("", lab.name)]
    ranked = sorted(named, key=lambda lab: (abs(lab.place - sentence.place), lab.place > sentence.place))
    return next((lab for lab in ranked if not _lacks(sentence, lab)), ranked[0] if ranked else None)


def _lacks(sentence: Sentence, lab: Shown) -> str:
    """Which knob or preset of a sentence a lab has not; "" if it has all."""
    _, wishes = parsed(f"lab{sentence.wishes}")
    made, preset = lab.made(), wishes.pop("preset", None)
    if preset is not None and preset not in made.presets:
        return f"{lab.name} has no preset {preset!r}; it has {', '.join(made.presets)}"
    # with a function of one's own a lab may have fewer knobs: they stand under it by their labels
    labels = {control["name"]: control["label"] for control in made.form["controls"]}
    gone = [name for name in wishes if name not in labels or (lab.words and f"{labels[name]} " not in lab.words)]
    return f"{lab.name} has no {', '.join(gone)} here; its knobs are {', '.join(labels)}" if gone else ""


def fault(sentence: Sentence, there: list[Shown], asked: Iterable[Secret] = ()) -> str:
    """What is wrong with a sentence; "" if its lab takes it, and shows none of these predictions before its reveal."""
    lab = meant(sentence, there)
    if lab is None:
        return f"{sentence.wishes}: no lab {sentence.name} in this notebook"
    if lacks := _lacks(sentence, lab):
        return lacks
    _, wishes = parsed(f"lab{sentence.wishes}")
    made, preset = lab.made(), wishes.pop("preset", None)
    try:
        made._knobs.checked(wishes)
    except ValueError as problem:
        return f"{lab.name}: {problem}"
    turned = made._knobs.words({**made.knobs, **made.presets.get(str(preset), {}), **wishes})
    waiting = [one.question.id for one in asked if sentence.place < one.revealed]
    shown = [id for id in waiting if re.search(SHOWS.get(id, "(?!)"), turned)]
    return f"{sentence.wishes} shows the answer of {shown[0]} before its reveal" if shown else ""


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem[:2])
def test_every_sentence_turns_a_knob_there_is(path: Any) -> None:
    book = Book(path)
    there, asked = shown(book.cells), secrets(book)
    faults = [fault(sentence, there, asked) for sentence in sentences(book.cells)]
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
        ("#lab?item=64", "no item here"),
        ("#lab?items=640", "items is 640"),
        ("#lab?preset=ful", "no preset 'ful'"),
        ("#lab:titans?momentum=0", "no lab titans"),
    ],
)
def test_a_wrong_sentence_would_be_found(link: str, words: str) -> None:
    cells = _cells(f"[so]({link})", "labs.write_head()")
    assert words in fault(sentences(cells)[0], shown(cells))


def test_a_lab_is_as_its_call_says_by_place_and_by_name() -> None:
    for call in ('labs.kept("noise")', 'labs.kept(preset="noise")'):
        assert shown(_cells(call))[0].made().knobs["meeting"] == "half noise"


def test_a_knob_that_an_own_function_has_replaced_would_be_found() -> None:
    words = "Write head, with your own rule\nitems N 16 · key overlap 0 · inner_lr θ 1"
    there = [Shown(1, "write_head", words, repr(((), {"rule": "Delta"})))]
    assert (
        fault(Sentence(0, "", "?rule=Delta"), there)
        == "write_head has no rule here; its knobs are rule, items, overlap, inner_lr, forget"
    )
    assert fault(Sentence(0, "", "?items=64&preset=full"), there) == ""


def test_a_sentence_that_shows_an_answer_too_early_would_be_found() -> None:
    cells = _cells("[so](#lab?items=64)", "labs.write_head()", "[so](#lab?preset=full)", "[so](#lab?items=20)")
    there, asked = shown(cells), [Secret(question("02.1"), 0, 3)]
    faults = [fault(sentence, there, asked) for sentence in sentences(cells)]
    assert [bool(one) for one in faults] == [True, True, False]
    assert faults[1] == "?preset=full shows the answer of 02.1 before its reveal"


COMMANDS = sorted(
    {
        command
        for page in [*FOLDER.glob("**/*.md"), FOLDER.parent / "README.md"]
        for command in re.findall(r"nlviz demo ([^`\n#(]+?)(?=[`\n#(]|, )", page.read_text("utf-8"))
        if not command.startswith(("NAME", "architect --path"))
    }
)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_for_the_hall_opens_a_lab_there_is(command: str) -> None:
    parser = argparse.ArgumentParser(exit_on_error=False)
    demo.arguments(parser)
    typed = parser.parse_args(shlex.split(command))
    if typed.state is not None:
        assert not labs.from_state(typed.state).problem
        return
    made = Shown(0, typed.lab, "").made()
    assert typed.preset is None or typed.preset in made.presets
    assert set(typed.only or ()) <= {control["name"] for control in made.form["controls"]}
