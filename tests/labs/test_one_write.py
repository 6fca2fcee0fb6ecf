"""One write: the numbers are made so that a head can check them, and the notebook may count on what it says of them."""

from __future__ import annotations

import numpy as np
from showing import of

from nlviz import labs
from nlviz.labs.one_write import KEYS, VALUES


def test_the_memory_is_the_sum_of_columns_times_rows() -> None:
    weights = of(labs.one_write(knobs={"writes": 3}), "weights")
    patches = np.array(VALUES)[:, :, None] * np.array(KEYS["apart"])[:, None, :]
    np.testing.assert_allclose(weights, patches.cumsum(0), atol=1e-12)


def test_keys_have_length_one_and_the_cosines_that_are_said() -> None:
    for rows in KEYS.values():
        np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1.0)
    np.testing.assert_allclose(np.array(KEYS["apart"]) @ np.array(KEYS["apart"]).T, np.eye(3), atol=1e-12)
    assert np.isclose(np.dot(*KEYS["alike"][:2]), 0.96)


def test_apart_every_value_comes_back_and_alike_none_does() -> None:
    apart, alike = labs.one_write(), labs.one_write(preset="keys alike")
    assert apart.summary == "2 writes · value 1 comes back off by 0.00 · value 2 comes back off by 0.00"
    assert "off by 0.00" not in alike.summary
    assert "each key gives back its value" in apart.figure.layout["title"]["text"].replace("<br>", " ")  # pyright: ignore


def test_one_key_adds_its_values_up() -> None:
    weights = of(labs.one_write(preset="one key"), "weights")
    np.testing.assert_allclose(weights[-1] @ KEYS["the same"][0], np.add(*VALUES[:2]), atol=1e-12)


def test_theta_scales_the_patch() -> None:
    half = of(labs.one_write(knobs={"inner_lr": 0.5}), "weights")
    np.testing.assert_allclose(2 * half, of(labs.one_write(), "weights"))
    assert not of(labs.one_write(knobs={"inner_lr": 0.0}), "weights").any()
