"""Every exercise: its solution and other right forms pass, and each usual slip meets its own diagnosis.

The answers are written as students write them, not taken from the exercises' own lists.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np
import pytest
import torch

from nlviz import measure, memory, streams
from nlviz.experiments.learning_to_learn import error_of
from nlviz.inner import probes, unroll
from nlviz.lessons.checking.check import verdict
from nlviz.lessons.checking.exercise import Exercise, Judged
from nlviz.lessons.checking.hints import code
from nlviz.lessons.course import exercises, lessons
from nlviz.lessons.course.lesson_04 import solutions as solved
from nlviz.lessons.course.lesson_04.gate import told
from nlviz.lessons.words import table

from .answers_of_04 import TRUTH

ALL = [exercise for lesson in lessons() for exercise in exercises(lesson)]
TRAINED = {"04.6", "07.3", "07.4"}
"""What is judged by what a run of some hundred steps gives."""


ANSWERS = [import_module(f".answers_of_{lesson}", __package__) for lesson in lessons()]
"""What students write, right and wrong: one file for each lesson."""

RIGHT: dict[str, list[Any]] = {id: given for answers in ANSWERS for id, given in answers.RIGHT.items()}


@pytest.mark.parametrize(("id", "answer"), [(id, answer) for id, answers in RIGHT.items() for answer in answers])
def test_every_right_form_passes(id: str, answer: Any) -> None:
    found = verdict(id, answer, TRUTH)
    assert found.right, found.words
    assert found.words.startswith("✓")


@pytest.mark.parametrize("exercise", ALL, ids=lambda exercise: exercise.id)
def test_the_solution_that_is_shown_passes_in_time(exercise: Exercise | Judged) -> None:
    if exercise.id == "04.4":
        pytest.skip("its answer depends on what was read; below")
    space: dict[str, Any] = {"torch": torch, "np": np, "error_of": error_of}
    exec(code(exercise.id), space)
    began = time.process_time()
    assert verdict(exercise.id, space[exercise.name]).right
    assert time.process_time() - began < (5 if exercise.id in TRAINED else 1)


def test_the_solution_of_the_labels_finds_the_kinds_in_real_code() -> None:
    source = streams.noisy(streams.code("email", limit=8000), 0.2, np.random.default_rng(0))
    names = [token.text for token in source.tokens if token.kind == "NAME"]
    once, again = (next(name for name in names if (names.count(name) > 1) is many) for many in (False, True))
    noise = next(token.text for token in source.tokens if token.kind == streams.NOISE_KIND)
    labels = solved.labelled([noise[:14], again, once], source.tokens)
    assert labels == ["noisy", "novel", "rare"]
    assert verdict("04.4", labels, ["noisy", "novel", "rare"]).right


WRONG: dict[str, list[tuple[Any, str]]] = {id: given for answers in ANSWERS for id, given in answers.WRONG.items()}


def _opening(id: str, slip: str) -> str:
    """The words of a diagnosis that no number is filled into."""
    return max(table("exercises", id)["slips"][slip].replace("{", "}").split("}")[::2], key=len)


@pytest.mark.parametrize(("id", "answer", "slip"), [(id, *case) for id, cases in WRONG.items() for case in cases])
def test_a_usual_slip_meets_its_own_diagnosis(id: str, answer: Callable[..., Any], slip: str) -> None:
    found = verdict(id, answer, TRUTH)
    assert not found.right
    assert _opening(id, slip) in found.words


@pytest.mark.parametrize("exercise", ALL, ids=lambda exercise: exercise.id)
def test_every_slip_of_every_exercise_is_tried_above(exercise: Exercise | Judged) -> None:
    assert {slip for _, slip in WRONG[exercise.id]} == set(exercise.slips)
    assert len(RIGHT[exercise.id]) >= 3


@pytest.mark.parametrize("id", [exercise.id for exercise in ALL if isinstance(exercise, Exercise)])
def test_what_no_list_knows_is_shown_with_numbers(id: str) -> None:
    right = RIGHT[id][-1]
    said = verdict(id, lambda *arguments: np.asarray(right(*arguments)) * 0.9 + 0.01).words
    assert "expected" in said
    assert "yours gave" in said
    assert len(said) < 300


def test_a_gate_s_own_faults_are_said() -> None:
    assert "expected shape [3]" in verdict("04.6", lambda surprise: surprise[..., None].expand(-1, 2)).words
    assert "returns nothing" in verdict("04.6", lambda surprise: None).words
    assert "raised NameError" in verdict("04.6", lambda surprise: threshold).words  # noqa: F821  # pyright: ignore


def test_the_gate_is_run_as_the_library_runs_it() -> None:
    """The judge writes the delta rule by hand; what it finds is what the inner loop finds behind a SurpriseGate."""
    gate = memory.SurpriseGate(memory.Delta(32, 32), 0.95)
    drawn = told()
    # beside each other: every stream of a batch has a memory and a gate of its own
    pairs = memory.Pairs(*map(torch.cat, zip(*(one.pairs for one in drawn), strict=True)))
    keys, values = (torch.cat([getattr(one, name) for one in drawn]) for name in ("keys", "values"))
    run = unroll(gate, pairs, memory.Gates.constant(pairs), probes=[probes.written])
    recall = measure.cosine(gate.read(run.state, keys), values).mean().item()
    assert f"recall {recall:.2f}, " in verdict("04.6", lambda surprise: surprise > 0.95).words


def test_a_matrix_for_every_token_is_right_and_slow() -> None:
    matrices, dual, summed, token_by_token = (verdict("03.5", answer).words for answer in RIGHT["03.5"])
    assert "right, and slow: for 64 tokens of width 32 it writes 7 times as many numbers" in matrices
    assert "right, and slow" in summed
    assert "right, and slow" in token_by_token
    assert dual == "✓ dual"


def test_labels_without_their_truth_are_the_notebook_s_mistake() -> None:
    with pytest.raises(ValueError, match="give it as truth="):
        verdict("04.4", TRUTH)
