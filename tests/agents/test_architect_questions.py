"""Questions: their truth against the code itself, before the rename and after; their classes by counting."""

from __future__ import annotations

import ast
from collections import Counter
from contextlib import suppress
from functools import cache
from pathlib import Path

from nlviz.agents import architect
from nlviz.agents.architect.questions import CONTEXT
from nlviz.agents.architect.renames import current

from .architect_folder import EARLY, parcels_first


@cache
def email() -> architect.Legacy:
    return architect.legacy("email", limit=60_000)


@cache
def asked() -> tuple[architect.Question, ...]:
    return architect.questions(email(), each=8)


def test_the_truth_is_what_the_parser_finds_there() -> None:
    """Every file, as it stands at the checkpoint, is parsed anew; at the line of the question the name is used so."""
    for checkpoint, source in enumerate((email().before, current(email().before, email().renamed))):
        trees = {}
        for file in source.files:
            # one of them is cut by what is looked through at most
            with suppress(SyntaxError):
                trees[file.name] = ast.parse(source.bytes[file.start : file.stop].tobytes())
        assert len(trees) >= len(source.files) - 1
        for one in asked():
            if one.kind == "defined":
                continue
            name = one.candidates[one.truth[checkpoint]]
            found = set[str]()
            for node in ast.walk(trees[one.file]):
                if one.kind == "attribute" and isinstance(node, ast.Attribute) and node.end_lineno == one.line:
                    found.add(node.attr)
                if one.kind == "argument" and isinstance(node, ast.Call):
                    found |= {arg.id for arg in node.args if isinstance(arg, ast.Name) and arg.lineno == one.line}
                    found |= {str(key.arg) for key in node.keywords if key.lineno == one.line}
            assert name in found


def test_prompt_name_and_what_follows_are_the_text_of_the_file() -> None:
    for checkpoint, source in enumerate((email().before, current(email().before, email().renamed))):
        whole = source.bytes.tobytes()
        for one in asked():
            if one.kind != "defined":
                said = one.prompts[checkpoint] + one.candidates[one.truth[checkpoint]].encode() + one.follows
                assert said in whole
                assert len(one.prompts[checkpoint]) <= CONTEXT


def test_where_something_is_defined_is_where_it_is() -> None:
    defined = [one for one in asked() if one.kind == "defined"]
    assert defined
    for one in defined:
        module = one.candidates[one.truth[0]]
        file = next(file for file in email().before.files if file.name == module.replace(".", "/") + ".py")
        text = email().before.bytes[file.start : file.stop].tobytes().decode()
        assert any(line.startswith((f"def {one.name}(", f"class {one.name}")) for line in text.splitlines())
        assert one.follows.decode() == f" import {one.name}\n"


def test_classes_are_those_that_counting_gives() -> None:
    project, week = email(), email().week(1).stop
    early, late = Counter[str](), Counter[str]()
    for token in project.before.tokens:
        if token.start < len(project.bytes):
            (early if token.start < week else late)[token.text] += 1
    for one in asked():
        assert early[one.name]
        expected = (
            "renamed" if one.name in project.renamed else "only in Week 1" if not late[one.name] else "never changed"
        )
        assert one.about == expected
        assert one.step < week
        new = project.renamed.get(one.name, one.name)
        if one.kind != "defined":
            assert [one.candidates[place] for place in one.truth] == [one.name, new, new]
            assert {one.name, new} <= set(one.candidates)


def test_a_question_by_hand(tmp_path: Path) -> None:
    """In the small codebase `sender_name` is read in Week 1 only, and stands after `self.` on its seventh line."""
    project = parcels_first(tmp_path, renames=0)
    assert project.files[0].name == "parcels.py"
    assert project.week(1).stop >= len(EARLY)
    found = [one for one in architect.questions(project, each=99) if one.name == "sender_name"]
    assert {(one.kind, one.about, one.line) for one in found} == {("attribute", "only in Week 1", 7)}
    assert found[0].prompts[0].endswith(b"self.weight = weight\n        self.")
    assert found[0].follows == b" "


def test_a_seed_draws_the_questions_and_each_is_no_more_than_asked_for() -> None:
    one, other = (architect.questions(email(), each=5, seed=seed) for seed in (0, 1))
    assert one != other
    assert one == architect.questions(email(), each=5)
    assert max(Counter(question.about for question in one).values()) <= 5
