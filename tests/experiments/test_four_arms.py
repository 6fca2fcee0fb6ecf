"""One stream, four arms: what changes, when, and what the next session finds of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from nlviz.experiments import read
from nlviz.experiments.learning_to_learn import FOUR, RATES, four_arms
from nlviz.outer import ByteModel, WindowModel
from nlviz.streams import code
from nlviz.trace import Trace

TEXT, OTHER = (code(package, limit=150).bytes for package in ("email", "json"))
TUNED, DYNAMIC, IN_CONTEXT, FAST = range(4)
AGAIN = four_arms([("a", TEXT), ("b", OTHER), ("a again", TEXT)])
LENGTH = len(TEXT)


def bits(run: Trace, session: int, arm: int, name: str = "bits") -> np.ndarray:
    token = run.tokens[session]
    return run[name].values[token.start : token.stop, 0, arm]


def equal_rates(rate: float) -> dict[str, float]:
    return dict.fromkeys(RATES, rate)


def test_the_arms_have_names_and_the_sessions_their_places() -> None:
    assert all(signal.names == FOUR for signal in AGAIN.values())
    assert [(token.text, token.start, token.stop) for token in AGAIN.tokens] == [
        ("a", 0, LENGTH), ("b", LENGTH, 2 * LENGTH), ("a again", 2 * LENGTH, 3 * LENGTH),
    ]  # fmt: skip


@pytest.mark.parametrize("arm", range(4))
def test_a_byte_is_scored_before_anything_of_it_is_written(arm: int) -> None:
    """Other bytes from a place on: what was paid before that place is the same, to the bit."""
    changed = np.where(np.arange(LENGTH) < 90, TEXT, OTHER)
    run = four_arms([("a", changed)])
    np.testing.assert_array_equal(bits(run, 0, arm)[:90], bits(AGAIN, 0, arm)[:90])
    assert (bits(run, 0, arm)[90:] != bits(AGAIN, 0, arm)[90:]).any()


@pytest.mark.parametrize(("arm", "kept"), [(TUNED, True), (DYNAMIC, True), (IN_CONTEXT, False), (FAST, False)])
def test_what_is_left_after_a_session(arm: int, kept: bool) -> None:
    assert np.array_equal(bits(AGAIN, 0, arm), bits(AGAIN, 2, arm)) == (not kept)


def test_each_is_held_against_its_own_reader() -> None:
    frozen = read(ByteModel.load(), TEXT, inner_lr=0.0).trace["frozen_bits"].values[:, 0]
    for arm in (TUNED, DYNAMIC, FAST):
        np.testing.assert_allclose(bits(AGAIN, 0, arm, "without"), frozen, rtol=1e-5)
    model, given = WindowModel.load(), torch.tensor(TEXT)[None]
    for name, window in (("bits", 64), ("without", 8)):
        logits = model(given, window=window)[0] @ model.head_weights().mT
        expected = torch.nn.functional.cross_entropy(logits[0], given[0].long(), reduction="none") / np.log(2)
        np.testing.assert_allclose(bits(AGAIN, 0, IN_CONTEXT, name), expected.numpy(), rtol=1e-5)


def test_at_rate_zero_nothing_changes_anything() -> None:
    run = four_arms([("a", TEXT), ("b", OTHER)], rates=equal_rates(0.0), window=8)
    np.testing.assert_allclose(run["bits"].values, run["without"].values, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(run["gain"].values, 0.0, atol=1e-5)


def test_test_time_training_is_the_reading_of_the_course() -> None:
    run = read(ByteModel.load(), TEXT, inner_lr=RATES["test-time training"], period=16)
    np.testing.assert_allclose(bits(AGAIN, 0, FAST), run.trace["bits"].values[:, 0], rtol=1e-4, atol=1e-5)


def test_a_model_is_tuned_by_plain_steps_no_longer_than_the_rate() -> None:
    """One piece: after it every weight has moved along the gradient of its mean bits."""
    rate, model, given = 0.1, ByteModel.load().requires_grad_(True), torch.tensor(TEXT)[None]
    logits = model.keys(given) @ model.head_weights().mT
    loss = torch.nn.functional.cross_entropy(logits[0], given[0].long()) / np.log(2)
    slopes = torch.autograd.grad(loss, list(model.parameters()))
    length = torch.stack([slope.norm() for slope in slopes]).norm()
    with torch.no_grad():
        for weight, slope in zip(model.parameters(), slopes, strict=True):
            weight -= rate * slope / max(1.0, float(length))
    expected = read(model.requires_grad_(False), OTHER, inner_lr=0.0).trace["frozen_bits"].values[:, 0]
    run = four_arms([("a", TEXT), ("b", OTHER)], rates=equal_rates(rate), piece=LENGTH)
    np.testing.assert_allclose(bits(run, 1, TUNED), expected, rtol=1e-4, atol=1e-4)
    np.testing.assert_array_equal(bits(run, 0, TUNED), bits(run, 0, TUNED, "without"))


def test_dynamic_evaluation_begins_where_fine_tuning_would() -> None:
    """At one rate both find the same weights at the next session's start; only one of them goes on."""
    run = four_arms([("a", TEXT), ("b", OTHER)], rates=equal_rates(0.1))
    tuned, dynamic = (bits(run, 1, arm) for arm in (TUNED, DYNAMIC))
    np.testing.assert_allclose(tuned[:16], dynamic[:16], rtol=1e-5)
    assert (tuned[16:] != dynamic[16:]).all()


def test_a_gain_is_the_mean_so_far_in_its_own_session() -> None:
    saved = AGAIN["without"].values - AGAIN["bits"].values
    assert AGAIN["gain"].times.tolist() == [at + n * LENGTH - 1 for n in range(3) for at in (50, 100, 150)]
    np.testing.assert_allclose(AGAIN["gain"].values[4], saved[150:250].mean(0), atol=1e-6)
    np.testing.assert_allclose(AGAIN["session_gain"].values[1], saved[150:300].mean(0), atol=1e-6)
    np.testing.assert_allclose(AGAIN["session_bits"].values[2], AGAIN["bits"].values[300:].mean(0), atol=1e-6)
    assert (AGAIN["seconds"].values > 0).all()


def test_a_long_session_is_looked_at_over_five_hundred_bytes() -> None:
    run = four_arms([("a", code("email", limit=620).bytes)], rates=equal_rates(0.0))
    saved = run["without"].values - run["bits"].values
    assert run["gain"].times[-2:].tolist() == [599, 619]
    np.testing.assert_allclose(run["gain"].values[-1], saved[120:].mean(0), atol=1e-6)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: four_arms([]), r"sessions is \[\]; expected at least 1 of sessions"),
        (lambda: four_arms([TEXT]), r"sessions\[0\] .*a name and a text"),  # pyright: ignore[reportArgumentType]
        (lambda: four_arms([("a", b"")]), "the text of session 0 is 'empty'"),
        (lambda: four_arms([("a", TEXT)], rates={"fine-tuning": 0.1}), "the arms of rates"),
        (lambda: four_arms([("a", TEXT)], rates=RATES | {"fine-tuning": -1.0}), "the rate of fine-tuning is -1"),
        (lambda: four_arms([("a", TEXT)], window=4), "window is 4"),
        (lambda: four_arms([("a", TEXT)], piece=0), "piece is 0"),
    ],
)
def test_what_does_not_fit_is_refused(call: Callable[[], Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        call()
