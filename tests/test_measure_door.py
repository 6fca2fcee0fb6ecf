"""The door of measure: every argument with every kind of bad input; what is unambiguous is taken; nothing has a value.

What a law says of no items, no rows or no tokens is a number or an empty array, and never an error from inside.
"""

# What a type checker would refuse is given on purpose.
# pyright: reportArgumentType=false
from __future__ import annotations

import inspect
import math
from typing import Any

import numpy as np
import pytest
import torch
from torch import Generator, tensor

from nlviz import measure, streams
from nlviz.measure import Forgetting
from nlviz.memory import Delta
from nlviz.trace import Signal

from .bad_inputs.__main__ import tried
from .bad_inputs.call import Call
from .bad_inputs.of_streams import measured

CALLS = measured()
# What these kinds call bad is legal here: lists of counts and numbers, as many pairs as one likes, "never again".
LEGAL = {
    ("measure.recalled", "state", "nan inside"),
    ("measure.recalled", "state", "another dtype"),
    ("measure.capacity_curve", "counts", "wrong things"),
    ("measure.regression_error", "periods", "wrong things"),
    ("measure.regression_error", "inner_lrs", "wrong things"),
    ("measure.savings", "again", "inf"),
    *(
        (f"measure.{name}", "pairs", what)
        for name in ("best_linear_error", "hebbian_crosstalk")
        for what in ("a list", "a tensor of two", "huge")
    ),
}
AGES = np.arange(4)
# Every law with good values, by the argument that is an array.
LAWS = {
    "ages": [lambda x: measure.hebbian_recall(x, 8, 0.1), lambda x: measure.delta_recall(x, 0.5, 8, 0.1)],
    "age": [lambda x: measure.decay(x, 0.1), lambda x: measure.delta_interference(x, 0.5, 8)],
    "pairs": [lambda x: measure.hebbian_crosstalk(x + 1, 8), lambda x: measure.best_linear_error(x + 1, 8)],
}


def chance(seed: int = 0) -> Generator:
    return Generator().manual_seed(seed)


@pytest.mark.parametrize("call", CALLS, ids=[call.name for call in CALLS])
def test_bad_input_is_refused_in_words_and_fair_input_taken(call: Call) -> None:
    found = tried(call)
    assert len(found) > 3
    wrong = [one for one in found if one[2] not in ("refused", "fair") and (call.name, *one[:2]) not in LEGAL]
    assert not wrong


def test_every_public_function_is_tried() -> None:
    public = {name for name in measure.__all__ if inspect.isfunction(getattr(measure, name))}
    assert public == {call.name.removeprefix("measure.") for call in CALLS}


@pytest.mark.parametrize("kind", LAWS)
def test_a_law_of_an_array_is_that_of_a_list_and_of_every_number(kind: str) -> None:
    for law in LAWS[kind]:
        whole = law(AGES)
        for form in (AGES.astype(float), AGES.astype(np.int8), torch.arange(4)):
            np.testing.assert_allclose(law(form), whole)
        assert law(AGES[:0]).shape == (0,)


def test_whole_numbers_of_eight_bits_do_not_overflow() -> None:
    many = np.array([100, 127], np.int8)
    np.testing.assert_allclose(measure.hebbian_crosstalk(many, 1), [99, 126])
    np.testing.assert_allclose(measure.best_linear_error(many, 120), [0, 1 - 120 / 127])


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: measure.decay(-1, 0.1), "age begins at -1; expected 0 or more"),
        (lambda: measure.decay(True, 0.1), "age is True"),
        (lambda: measure.decay(1, 1.1), "forget is 1.1"),
        (lambda: measure.delta_interference(1, -0.5, 8), "inner_lr is -0.5"),
        (lambda: measure.delta_interference(1, 0.5, 0), "d is 0"),
        (lambda: measure.hebbian_crosstalk(2.5, 8), "pairs are 2.5; expected whole"),
        (lambda: measure.hebbian_recall([math.nan], 8), "ages? .*nan"),
        (lambda: measure.delta_recall([[0, 1]], 0.5, 8), r"ages is ndarray \[1, 2\]"),
        (lambda: measure.titans_steady_recall(0.5, 1.5, 0.1), "momentum is 1.5"),
        (lambda: measure.stable_inner_lr(momentum=-2), "momentum is -2"),
        (lambda: measure.momentum_total_write(math.inf, 0.5), "inner_lr is inf"),
        (lambda: measure.ebbinghaus(2, k=0), "k is 0"),
        (lambda: measure.ebbinghaus([2, math.inf]), "minutes at .*inf"),
        (lambda: measure.savings(math.inf, 2), "first is inf; .*choose another criterion"),
        (lambda: measure.savings(3, -1), "again is -1"),
        (lambda: measure.steps_to([0.1, math.nan], 0.5), "curve at .*nan"),
        (lambda: measure.steps_to([[0.1]], 0.5), "curve is"),
        (lambda: measure.regained(math.nan, 0.1, 0.2), "before is nan"),
        (lambda: measure.forgetting([[0.9, math.inf], [0.5, 0.75]]), r"R\[0, 1\] is inf"),
        (lambda: measure.half_life([1, 2]), r"curve is \[1, 2\]; expected Forgetting"),
        (lambda: measure.half_life(Forgetting([0, 1], [1.0])), "2 ages and 1 recalls"),
        (lambda: measure.half_life(Forgetting([1, 0], [1.0, 0.5])), "the ages rising"),
        (lambda: measure.accuracy(torch.ones(1, 2, 3), torch.ones(1, 3, 3)), "answers is .*one for each value"),
        (lambda: measure.accuracy(torch.ones(2, 3), torch.ones(2, 3), torch.ones(2, 4)), "others is"),
        (lambda: measure.relative_error(torch.ones(3), torch.ones(3)), "values is .*axis missing"),
        (lambda: measure.cosine(torch.ones(2, 3), torch.ones(2, 3).double()), r"dtype of values .*use \.to"),
        (lambda: measure.capacity_curve(Delta, [2], generator=chance()), "memory is the class Delta"),
        (lambda: measure.capacity_curve(Delta(2, 2), 2, generator=chance()), r"counts is 2; .*brackets: \[2\]"),
        (lambda: measure.capacity_curve(Delta(2, 2), [2, 0], generator=chance()), r"counts\[1\] is 0"),
        (lambda: measure.capacity_curve(Delta(2, 2), [2], generator=0), r"manual_seed\(0\)"),
        (lambda: measure.chunk_sharpness(torch.full((1, 2, 2), math.nan), 1), "keys is .*finite"),
        (lambda: measure.chunk_sharpness(torch.ones(2, 2), 1), "keys is .*batch, time, d_key"),
        (lambda: measure.forgetting_curve(np.ones((2, 1, 1)), [0]), "signal 'recall' is"),
        (lambda: measure.forgetting_curve((np.ones((2, 1, 1)), [1, 0]), [0]), "times of signal 'recall' fall"),
    ],
)
def test_the_words(call: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        call()


class TestNothing:
    def test_no_items(self) -> None:
        none = torch.ones(2, 0, 3)
        assert measure.cosine(none, none).shape == (2, 0)
        for judged in (measure.accuracy, measure.relative_error):
            found = judged(none, none)
            assert found.shape == (2,)
            assert found.isnan().all()

    def test_no_streams(self) -> None:
        none = torch.ones(0, 2, 3)
        assert measure.cosine(none, none).shape == (0, 2)
        assert measure.accuracy(none, none).shape == measure.relative_error(none, none).shape == (0,)

    @pytest.mark.parametrize("shape", [(0, 1, 2), (3, 0, 2), (3, 1, 0)])
    def test_a_recall_without_rows_streams_or_items(self, shape: tuple[int, ...]) -> None:
        recall = Signal(np.ones(shape), np.arange(shape[0]))
        curve = measure.forgetting_curve(recall, np.zeros(shape[2]))
        assert (curve.ages.shape, curve.recall.shape) == ((0,), (0,))
        assert measure.since_written(recall, np.zeros(shape[2])).values.shape == shape
        with pytest.raises(ValueError, match="the curve is empty"):
            measure.half_life(curve)

    def test_no_counts_no_periods_no_rates(self) -> None:
        assert measure.capacity_curve(Delta(2, 2), [], generator=chance(), trials=3).shape == (0, 3)
        examples = streams.regression(4, 2, generator=chance(), batch=3)
        assert measure.regression_error(examples, [], [0.5]).shape == (0, 1, 3)
        assert measure.regression_error(examples, [1], []).shape == (1, 0, 3)
        # a mini-batch longer than the examples is never written
        np.testing.assert_array_equal(measure.regression_error(examples, [5], [0.5]), np.ones((1, 1, 3)))

    def test_fewer_keys_than_a_mini_batch(self) -> None:
        assert measure.chunk_sharpness(torch.ones(2, 3, 4), 5).shape == (2, 0)
        assert measure.chunk_sharpness(torch.ones(2, 0, 4), 5).shape == (2, 0)
        assert measure.chunk_sharpness(torch.ones(0, 6, 4), 5).shape == (0, 1)

    def test_a_learning_without_a_step_gets_nowhere(self) -> None:
        assert measure.steps_to([], 0.5) == math.inf


def test_whole_numbers_are_as_good_as_fractions() -> None:
    values, answers = tensor([[[1, 0], [0, 1]]]), tensor([[[2, 1], [1, 2]]])
    for judged in (measure.cosine, measure.accuracy, measure.relative_error):
        torch.testing.assert_close(judged(answers, values), judged(answers.float(), values.float()))
    keys = tensor([[[1, 0], [1, 0], [0, 2], [0, 1]]])
    torch.testing.assert_close(measure.chunk_sharpness(keys, 2), tensor([[2.0, 5.0]]))
    recall = Signal(np.array([[[1, 0]], [[0, 1]]]), np.arange(2))
    np.testing.assert_array_equal(measure.since_written(recall, [0, 1]).values[:, 0], [[1, np.nan], [0, 1]])


def test_a_list_takes_the_kind_of_what_it_is_held_against() -> None:
    values = torch.randn(1, 3, 2, generator=chance(), dtype=torch.float64)
    for answers in (values.tolist(), values.numpy(), values.numpy().astype(np.float32)):
        assert measure.cosine(answers, values).dtype == torch.float64
        torch.testing.assert_close(measure.cosine(values, answers), torch.ones(1, 3).double())
        assert measure.accuracy(answers, values).item() == 1
