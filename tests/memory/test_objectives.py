"""Inner objectives: loss and error by hand, against autograd, at their limits; what they call themselves."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from nlviz.memory import Objective, cross_entropy, dot_product, huber, l_p, squared_error

ANSWER, VALUE, ERROR = [1.0, -2.0, 0.5], [0.0, 1.0, 0.0], [1.0, -3.0, 0.5]
OBJECTIVES = [squared_error, dot_product, cross_entropy, huber(0.5), *map(l_p, (1, 1.5, 2, 3))]
each = pytest.mark.parametrize("objective", OBJECTIVES, ids=[one.name for one in OBJECTIVES])


def double(*rows: object) -> Tensor:
    return torch.tensor(rows[0] if len(rows) == 1 else rows, dtype=torch.float64)


def exactly(found: Tensor, expected: object) -> None:
    torch.testing.assert_close(found, double(expected), rtol=1e-14, atol=1e-14)


def drawn(*shape: int, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Answers and values."""
    generator = torch.Generator().manual_seed(seed)
    answer, values = torch.randn(2, *shape, dtype=torch.float64, generator=generator)
    return answer, values


@pytest.mark.parametrize(
    ("objective", "loss", "error"),
    [
        (squared_error, (1 + 9 + 0.25) / 2, ERROR),
        (dot_product, 2.0, [0.0, -1.0, 0.0]),
        (huber(2.0), 0.5 + 2 * (3 - 1) + 0.125, [1.0, -2.0, 0.5]),
        (huber(), 0.5 + (3 - 0.5) + 0.125, [1.0, -1.0, 0.5]),
        (l_p(1), 1 + 3 + 0.5, [1.0, -1.0, 1.0]),
        (l_p(1.5), (1 + 3**1.5 + 0.5**1.5) / 1.5, [1.0, -(3**0.5), 0.5**0.5]),
        (l_p(2), (1 + 9 + 0.25) / 2, ERROR),
        (l_p(3), (1 + 27 + 0.125) / 3, [1.0, -9.0, 0.25]),
    ],
    ids=lambda one: getattr(one, "name", ""),
)
def test_one_token_by_hand(objective: Objective, loss: float, error: list[float]) -> None:
    exactly(objective.loss(double(ANSWER), double(VALUE)), loss)
    exactly(objective.error(double(ANSWER), double(VALUE)), error)


def test_cross_entropy_by_hand() -> None:
    """Logits 0 and ln 3 are shares ¼ and ¾; values that add up to two count twice."""
    answer = double(0.0, math.log(3))
    exactly(cross_entropy.loss(answer, double(0.0, 1.0)), -math.log(3 / 4))
    exactly(cross_entropy.error(answer, double(0.0, 1.0)), [1 / 4, -1 / 4])
    exactly(cross_entropy.loss(answer, double(1.0, 1.0)), -math.log(1 / 4) - math.log(3 / 4))
    exactly(cross_entropy.error(answer, double(1.0, 1.0)), [2 / 4 - 1, 6 / 4 - 1])


@each
@pytest.mark.parametrize("scale", [1e-8, 1.0, 300.0])
def test_the_error_is_the_derivative_of_the_loss(objective: Objective, scale: float) -> None:
    """By the answer, from torch.func; values are not only distributions, and answers of any size."""
    answer, values = drawn(2, 7, 4)
    answer = scale * answer
    expected = torch.func.grad(lambda a: objective.loss(a, values).sum())(answer)
    torch.testing.assert_close(objective.error(answer, values), expected, rtol=1e-12, atol=1e-12)


@each
def test_tokens_do_not_meet_and_one_value_may_stand_for_all(objective: Objective) -> None:
    answer, values = drawn(2, 7, 4)
    loss, error = objective.loss(answer, values), objective.error(answer, values)
    assert loss.shape == (2, 7)
    torch.testing.assert_close(loss[1, 3], objective.loss(answer[1, 3], values[1, 3]), rtol=1e-14, atol=0)
    torch.testing.assert_close(error[1, 3], objective.error(answer[1, 3], values[1, 3]), rtol=1e-14, atol=0)
    for part in (objective.loss, objective.error):
        assert torch.equal(part(answer, values[:1]), part(answer, values[:1].expand_as(answer)))


@each
def test_outer_gradients_are_finite_where_the_answer_is_exact(objective: Objective) -> None:
    """|e|^(p−1) has no slope at 0 below p = 2, and 0 times infinity is no gradient."""
    answer = torch.zeros(3, 4, dtype=torch.float64, requires_grad=True)
    error = objective.error(answer, torch.zeros(3, 4, dtype=torch.float64))
    (slope,) = torch.autograd.grad(error.sum(), answer) if error.requires_grad else (torch.zeros(3, 4),)
    assert torch.isfinite(slope).all()
    if objective.name in ("l_p, p = 2", "squared error"):
        assert (slope == 1).all()


def test_huber_lies_between_the_squared_error_and_sizes_alone() -> None:
    answer, values = drawn(5, 4)
    wide, narrow = huber(1e3), huber(1e-6)
    for part in ("loss", "error"):
        found = [getattr(one, part)(answer, values) for one in (wide, squared_error, narrow, l_p(1))]
        torch.testing.assert_close(found[0], found[1], rtol=1e-14, atol=0)
        torch.testing.assert_close(found[2] / 1e-6, found[3], rtol=1e-5, atol=0)


def test_the_two_pieces_of_huber_meet() -> None:
    for off in (0.7, -0.7):
        exactly(huber(0.7).loss(double([off]), double([0.0])), 0.7**2 / 2)
        exactly(huber(0.7).error(double([off]), double([0.0])), [off])


@pytest.mark.parametrize("p", [1, 1.5, 3])
def test_no_error_is_no_push_and_no_loss(p: float) -> None:
    exactly(l_p(p).error(double(1.0, 0.0), double(1.0, 0.0)), [0.0, 0.0])
    exactly(l_p(p).loss(double(1.0, 0.0), double(1.0, 0.0)), 0.0)


@pytest.mark.parametrize(
    ("objective", "name", "unit"),
    [
        (squared_error, "squared error", "½‖error‖²"),
        (dot_product, "dot product", "−⟨answer, value⟩"),
        (cross_entropy, "cross-entropy", "nats"),
        (huber(), "Huber, δ = 1", "Huber loss, δ = 1"),
        (huber(0.25), "Huber, δ = 0.25", "Huber loss, δ = 0.25"),
        (l_p(1.5), "l_p, p = 1.5", "Σ|error|^1.5 / 1.5"),
    ],
)
def test_names_and_units(objective: Objective, name: str, unit: str) -> None:
    assert (objective.name, objective.unit) == (name, unit)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: huber(0), "delta is 0; expected .* above 0; use a positive"),
        (lambda: huber(-1), "delta is -1; expected .* above 0; use a positive"),
        (lambda: l_p(0.5), "p is 0.5; expected .* at least 1; below 1 the loss"),
    ],
)
def test_objectives_that_make_no_sense(build: Callable[[], Objective], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        build()
