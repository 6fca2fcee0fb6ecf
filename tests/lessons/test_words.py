"""The catalog holds every word that is used and none that is not; a translation is one more file."""

from __future__ import annotations

import ast
import re
import string
import subprocess
import sys
from pathlib import Path

import pytest

import nlviz.lessons
from nlviz.lessons import glossary, language, predict
from nlviz.lessons.checking.exercise import Exercise
from nlviz.lessons.checking.hints import code
from nlviz.lessons.course import exercises, lessons
from nlviz.lessons.words import ENGLISH, catalog, say, table

FOLDER = Path(nlviz.lessons.__file__).parent
SITE = FOLDER.parent / "site"
TEACHING = FOLDER.parent / "teaching"
"""Other rooms that speak to readers, out of the same catalog: a translation is one file."""
FILES = [path for room in (FOLDER, SITE, TEACHING) for path in sorted(room.rglob("*.py"))]
TREES = [ast.parse(path.read_text(encoding="utf-8")) for path in FILES]
TABLES = {"questions", "exercises", "glossary", "site_question", "site_search"}
ROOMS = {room: words for room, words in catalog(ENGLISH).items() if room not in TABLES}
KEYS = {f"{room}.{name}" for room, words in ROOMS.items() for name in words}
ALL = [exercise for lesson in lessons() for exercise in exercises(lesson)]


def _constants(tree: ast.AST) -> set[str]:
    return {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def _asked_for() -> set[str]:
    """Every string in the first argument of `say` or `template`."""
    calls = [node for tree in TREES for node in ast.walk(tree) if isinstance(node, ast.Call)]
    named = [call for call in calls if isinstance(call.func, ast.Name) and call.func.id in ("say", "template")]
    return {key for call in named for key in _constants(call.args[0])}


def test_every_word_that_is_asked_for_is_there() -> None:
    assert len(_asked_for()) > 40
    assert _asked_for() <= KEYS


def test_no_word_is_left_over() -> None:
    assert set().union(*map(_constants, TREES)) >= KEYS


def test_the_page_is_given_the_words_it_uses() -> None:
    scripts = "".join(path.read_text(encoding="utf-8") for path in (FOLDER / "static").glob("*.js"))
    assert set(re.findall(r"\bwords\.(\w+)", scripts)) == set(predict("02.1").words)
    of_the_site = (SITE / "static" / "answers.js").read_text(encoding="utf-8")
    assert set(re.findall(r"\bsaid\.(\w+)", of_the_site)) == set(catalog(ENGLISH)["site_question"])
    search = "".join((SITE / "static" / f"{name}.js").read_text(encoding="utf-8") for name in ("finding", "search"))
    assert {*re.findall(r"\bsaid\.(\w+)", search), "label", "keys"} == set(catalog(ENGLISH)["site_search"])


@pytest.mark.parametrize("exercise", ALL, ids=lambda exercise: exercise.id)
def test_an_exercise_has_a_title_two_hints_a_solution_and_words_for_every_slip(exercise: Exercise) -> None:
    words = table("exercises", exercise.id)
    assert words["title"].startswith(exercise.id)
    assert len(words["hints"]) == 2
    assert code(exercise.id).startswith("def ")
    assert len(exercise.slips) >= 3
    assert set(words["slips"]) - {"right"} == set(exercise.slips)
    assert len(set(words["slips"].values())) == len(words["slips"])


@pytest.mark.parametrize("exercise", ALL, ids=lambda exercise: exercise.id)
def test_what_is_printed_has_no_marks_of_markdown(exercise: Exercise) -> None:
    words = table("exercises", exercise.id)
    said = [*words["hints"], *words["slips"].values(), *(words.get(more, "") for more in ("note", "next", "slow"))]
    assert [one for one in said if re.search(r"\*\w+\*|_\w+_ |\[\[", one)] == []


def test_the_catalog_s_exercises_are_those_declared() -> None:
    assert list(catalog()["exercises"]) == [exercise.id for exercise in ALL]


def test_a_question_says_how_it_is_answered() -> None:
    needed = {"number": {"low", "high", "step", "unit"}, "options": {"options"}, "sketch": {"x", "y"}}
    for words in catalog()["questions"].values():
        assert set(words) == {"title", "text", "kind"} | needed[words["kind"]]


@pytest.mark.parametrize("name", glossary.terms)
def test_terms_refer_to_terms(name: str) -> None:
    term = glossary.terms[name]
    assert set(term.see) <= set(glossary.terms)
    assert term.sentence.endswith(".")
    assert not set('"|[]<>') & set(term.sentence), "it stands in a Markdown link and in a table"
    assert re.fullmatch(r"\d\d", term.introduced)


GERMAN = """
[reveal]
none = "Gemessen: {measured}. Du hast nichts vorhergesagt."
[questions."04.2"]
options = { falls = "Er fällt" }
[exercises."02.1".slips]
unchanged = "M bleibt, wie es war: addiere v kᵀ"
[glossary."fast weights"]
name = "schnelle Gewichte"
sentence = "Gewichte, die der Strom selbst beim Lesen schreibt."
"""


@pytest.fixture
def german(tmp_path: Path) -> str:
    path = tmp_path / "de.toml"
    path.write_text(GERMAN, encoding="utf-8")
    return language(str(path))


def test_a_translation_is_used_and_what_it_lacks_stays_english(german: str) -> None:
    assert language() == german
    assert repr(predict("04.2").reveal("falls")) == "Gemessen: Er fällt. Du hast nichts vorhergesagt."
    assert "It rises · It stays as it is · Er fällt" in repr(predict("04.2"))
    assert say("check.right", name="write") == "✓ write"
    assert table("exercises", "02.1")["slips"]["dropped"].startswith("it drops")
    assert str(glossary("Schnelle Gewichte")) == str(glossary("fast weights"))
    assert '(#Terms "Gewichte, die' in glossary.marked("[[fast weights]]")


def test_an_answer_outlives_a_change_of_language(german: str) -> None:
    predict("04.2", answer="Er fällt")
    language(ENGLISH)
    assert repr(predict("04.2").reveal("falls")) == "Right: It falls."


def test_a_translation_fills_in_what_english_fills_in(german: str) -> None:
    """The check a translator needs: every file, and here the one of these tests, has English's braces and keys."""
    files = [*FOLDER.rglob("*.toml"), Path(german)]
    for path in files:
        assert _strange(catalog(str(path)), catalog(ENGLISH)) == []


def _strange(words: object, english: object, where: str = "") -> list[str]:
    if isinstance(words, dict) and isinstance(english, dict):
        return [fault for key in words for fault in _strange(words[key], english.get(key, ""), f"{where}/{key}")]
    braces = [{name for _, name, *_ in string.Formatter().parse(str(said)) if name} for said in (words, english)]
    return [where] if braces[0] - braces[1] else []


def test_a_language_that_is_not_there_is_said_to_be_missing() -> None:
    with pytest.raises(ValueError, match="no words in language 'xx'; there are en"):
        language("xx")
    assert language() == ENGLISH


def test_lessons_load_nothing_heavy_until_they_are_used() -> None:
    script = (
        "import sys, nlviz.lessons as lessons\n"
        "lessons.hint('02.1'); lessons.glossary('key')\n"
        "print([name for name in ('torch', 'numpy', 'plotly', 'anywidget', 'IPython') if name in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout.splitlines()[-1] == "[]"
