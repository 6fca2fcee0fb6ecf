"""Landing: the numbers of one write, where each stands, and what is outlined while the patch lands."""

from __future__ import annotations

import numpy as np
import pytest
from seeing import at, signal, traces_of
from traces import layout, pair_trace

from nlviz import views
from nlviz.trace import Trace
from nlviz.views.pictures.landing import PARTS

# Two pairs in a matrix of three rows (values) and two columns (keys), written by Hebb's rule.
KEYS, VALUES = np.array([[1.0, 0.0], [0.6, 0.8]]), np.array([[2.0, 0.0, -1.0], [0.5, 1.0, 0.0]])
PATCHES = VALUES[:, :, None] * KEYS[:, None, :]
TWO = Trace({"weights": signal(PATCHES.cumsum(0)), "keys": signal(KEYS), "values": signal(VALUES)})
FIGURE = views.landing(TWO)
((CELLS, _),) = traces_of(FIGURE, "heatmap")
TEXT = next(place for place, trace in traces_of(FIGURE, "scatter") if trace.mode == "text")
# the thin lines round all cells come first
FRAMED = [place for place, trace in traces_of(FIGURE, "scatter") if trace.mode == "lines"][1]


def grid(frame: int) -> np.ndarray:
    return at(FIGURE, CELLS, "z", frame)


def test_the_pair_stands_at_the_edges_of_its_patch() -> None:
    for write in (0, 1):
        for part in range(3):
            shown = grid(3 * write + part)
            np.testing.assert_allclose(shown[2:, 0], VALUES[write])
            np.testing.assert_allclose(shown[0, 2:4], KEYS[write], rtol=1e-6)


def test_column_times_row_then_the_patch_then_the_sum() -> None:
    before, after = PATCHES[0], PATCHES[0] + PATCHES[1]
    pair, patch, whole = (grid(frame) for frame in (3, 4, 5))
    assert np.isnan(pair[2:, 2:4]).all(), "the patch is not there yet"
    np.testing.assert_allclose(patch[2:, 2:4], PATCHES[1], rtol=1e-6)
    np.testing.assert_allclose(patch[2:, 5:], before, rtol=1e-6)
    np.testing.assert_allclose(pair[2:, 5:], before, rtol=1e-6)
    np.testing.assert_allclose(whole[2:, 5:], after, rtol=1e-6)


def test_only_cells_that_change_are_outlined_and_only_while_the_patch_lands() -> None:
    framed = [np.isfinite(at(FIGURE, FRAMED, "x", frame)).sum() // 5 for frame in range(6)]
    assert framed == [0, 2, 2, 0, 4, 4], "two values are not zero, times one key, then two"
    x = at(FIGURE, FRAMED, "x", 1)
    assert np.nanmin(x) == 4.5, "in the memory, its first column"
    assert np.nanmax(x) == 5.5


def test_numbers_are_short_and_have_a_minus_sign() -> None:
    words = set(at(FIGURE, TEXT, "text", 5).tolist())
    assert words == {".5", "1", "0", ".6", ".8", ".3", ".4", "2.3", "−1"}
    assert not any(word.startswith(("-", "0.")) for word in words)


def test_a_large_matrix_has_no_numbers() -> None:
    assert not [trace for _, trace in traces_of(views.landing(pair_trace()), "scatter") if trace.mode == "text"]


def test_a_label_says_what_the_memory_answers_and_a_click_goes_to_the_sum() -> None:
    moving = views.frames(FIGURE)
    assert moving is not None
    assert moving["parts"] == list(PARTS)
    assert moving["labels"][5] == "write 2: key 2 · sum: M k = (1.7, 1, −.6)"
    assert moving["links"][0]["frames"][3][2][2] == 5


@pytest.mark.parametrize(
    ("weights", "title"),
    [
        (np.stack([np.eye(2)[:1].T @ KEYS[:1], np.eye(2)]), "each key gives back its value"),
        (np.zeros((2, 2, 2)), "nothing of it was written, so M answers 0"),
        (np.stack([np.eye(2), np.full((2, 2), np.nan)]), "what M answers is no number any more"),
        (np.full((2, 2, 2), 3.0), "a value is off by up to 3"),
    ],
)
def test_the_title_is_true_of_the_run(weights: np.ndarray, title: str) -> None:
    pairs = {"keys": signal(np.eye(2)), "values": signal(np.eye(2))}
    said = layout(views.landing(Trace({"weights": signal(weights), **pairs}))).title.text.replace("<br>", " ")
    assert said.endswith(title)


def test_it_opens_at_the_last_write_whose_memory_is_not_lost() -> None:
    weights = np.stack([PATCHES[0], PATCHES.sum(0), np.full((3, 2), np.nan)])
    pairs = {"keys": signal(KEYS[[0, 1, 1]]), "values": signal(VALUES[[0, 1, 1]])}
    moving = views.frames(views.landing(Trace({"weights": signal(weights), **pairs})))
    assert moving is not None
    assert moving["start"] == 5
