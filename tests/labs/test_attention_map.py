"""Is it just attention: what each knob changes, presets, and the words below."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from showing import of, shown

from nlviz import labs, streams
from nlviz.experiments.family import neighbours


def attention(inner_lr: float, overlap: float, seed: int = 0) -> np.ndarray:
    """θ kᵀq by hand: one key's products with itself, its neighbours and the rest, each token's with those before."""
    items = neighbours(5, 15, overlap, seed=seed).item.numpy()
    apart = np.abs(items[:, None] - items)
    return inner_lr * np.tril(np.where(apart == 0, 1.0, np.where(apart == 1, overlap, 0.0)), -1)


@pytest.mark.parametrize(("inner_lr", "overlap"), [(1.0, 0.5), (0.3, 0.25), (1.5, 0.0)])
def test_for_hebb_it_is_attention(inner_lr: float, overlap: float) -> None:
    lab = labs.attention_map(knobs={"inner_lr": inner_lr, "overlap": overlap})
    np.testing.assert_allclose(of(lab, "influence"), attention(inner_lr, overlap), atol=1e-6)
    assert lab.summary == "the map is masked attention · 0 of 105 shares are below zero"


def test_delta_says_how_far_it_is_from_attention_and_how_much_is_negative() -> None:
    lab = labs.attention_map("erases")
    shares = of(lab, "influence")
    gap, below = np.abs(shares - attention(1.0, 0.5)).max(), (shares < -1e-5).sum()
    assert lab.summary == f"up to {gap:.2f} away from masked attention · {below} of 105 shares are below zero"
    # in the first round each write turns round what those before it have: C has −o² of A, D again o³
    np.testing.assert_allclose(shares[:5, 0], [0, 0.5, -0.25, 0.125, -0.0625], atol=1e-6)


def test_keys_that_do_not_overlap_leave_nothing_below_zero() -> None:
    lab = labs.attention_map("apart")
    assert lab.summary.endswith("0 of 105 shares are below zero")
    assert of(lab, "influence").min() >= 0


@pytest.mark.parametrize(("knob", "value"), [("rule", "Delta"), ("overlap", 0.2), ("inner_lr", 0.5)])
def test_every_knob_changes_the_map(knob: str, value: Any) -> None:
    lab = labs.attention_map()
    before = of(lab, "influence")
    lab.set(**{knob: value})
    assert np.abs(before - of(lab, "influence")).max() > 0.1


def test_the_picture_names_the_rule_and_its_line() -> None:
    assert shown(labs.attention_map("erases")).noted("rule") == ("Delta",)
    assert shown(labs.attention_map()).noted("line") == ("M ← M + θ v kᵀ",)


def test_the_facts_of_a_stream_are_told_in_rounds() -> None:
    stream = neighbours(5, 17, 0.5, seed=3)
    items = stream.item.tolist()
    assert items[:5] == [0, 1, 2, 3, 4]
    assert all(sorted(items[at : at + 5]) == [0, 1, 2, 3, 4] for at in (0, 5, 10))
    assert isinstance(stream, streams.Stream)
    assert (stream.values == stream.pairs.values[:, stream.last_shown]).all()
    assert (stream.pairs.keys == stream.keys[:, stream.item]).all()
