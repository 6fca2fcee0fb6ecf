"""Two rules write the same pair: before, patch, after, and what they answer."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest
from seeing import at, at_frame, downwards, signal, traces_of
from traces import layout, overwriting_trace

from nlviz import views
from nlviz.trace import Signal, Trace
from nlviz.views.drawing.theme import ROLES


def test_erasing_shows_before_patch_and_after_of_the_rule_it_names() -> None:
    patch = {"hebbian": [[5.0, 0, 0], [0, 0, 0]], "delta": [[0.0, 0, 0], [0, 7, 0]]}
    signals = {"keys": signal([[1.0, 0, 0]]), "values": signal([[5.0, 0]]), "item": signal([0]), "again": signal([0])}
    for number, (rule, push) in enumerate(patch.items(), 1):
        before = np.full((2, 3), float(number))
        parts = {"before": before, "patch": np.array(push), "after": before + push}
        signals |= {f"{rule}_{name}": signal([part]) for name, part in parts.items()}
        signals[f"{rule}_asked"] = signal([[[0.1, 0.2, 0.3], [0.4 * number, 0.5, 0.6]]])
    figure = views.erasing(Trace(signals))
    blocks = [place for place, cells in traces_of(figure, "heatmap") if np.asarray(cells.z).shape == (2, 3)]
    for number, (place, push) in enumerate(zip(blocks, patch.values(), strict=True), 1):
        shown = [at(figure, place, "z", part) for part in range(4)]
        before = np.full((2, 3), number)
        assert [x.tolist() for x in shown] == [x.tolist() for x in (before, before, np.array(push), before + push)]
    bars = traces_of(figure, "bar")
    for (near, cosines), (share, right), new in zip(bars[::2], bars[1::2], (0.4, 0.8), strict=True):
        assert at(figure, near, "y", 2).tolist() == pytest.approx([0.1, 0.2])
        assert at(figure, near, "y", 3).tolist() == pytest.approx([new, 0.5])
        assert [at(figure, share, "x", part).item() for part in (2, 3)] == pytest.approx([0.3, 0.6])
        assert cosines.yaxis != right.yaxis, "cosines and shares have an axis each"
        color = ROLES["slow" if cosines.name == "Hebbian" else "fast"].color
        assert cosines.marker.color == right.marker.color == color
    assert list(layout(figure)[blocks_axis(figure)].ticktext) == ["new", "old"]
    under = [layout(figure)[bar.xaxis.replace("x", "xaxis")] for _, bar in bars[1::2]]
    assert [axis.title.text for axis in under] == ["keys right, Hebbian (share)", "keys right, delta (share)"]
    matrices = [traces_of(figure, "heatmap")[place][1].xaxis.replace("x", "xaxis") for place in (0, 4)]
    assert [axis.domain for axis in under] == [layout(figure)[axis].domain for axis in matrices], "each under its own"


def blocks_axis(figure: go.Figure) -> str:
    """The layout's name for the x axis of the bars."""
    return traces_of(figure, "bar")[0][1].xaxis.replace("x", "xaxis")


def two_rules(**more: Any) -> Trace:
    """One write of two: the key picks a column; both rules hold a known matrix before it."""
    before, patch = np.array([[1.0, 2, 3], [4, 5, 6]]), np.array([[0.0, 10, 0], [0, 20, 0]])
    signals = {"keys": [[0.0, 1, 0]], "values": [[7.0, 8]], "item": [4], "again": [1]}
    for rule in ("hebbian", "delta"):
        signals |= {f"{rule}_before": [before], f"{rule}_patch": [patch], f"{rule}_after": [before + patch]}
        signals[f"{rule}_asked"] = [[[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]]]
    return Trace({name: signal(rows) for name, rows in (signals | more).items()})


def test_the_key_lies_above_and_answer_and_target_stand_beside() -> None:
    figure = views.erasing(two_rules())
    cells = traces_of(figure, "heatmap")
    for matrix, key, beside, target in (cells[:4], cells[4:]):
        assert matrix[1].xaxis == key[1].xaxis == beside[1].xaxis == target[1].xaxis
        assert at(figure, key[0], "z", 0).tolist() == [[0, 1, 0]]
        assert key[1].y0 < 0, "above row 0, as rows go down"
        assert downwards(layout(figure)[matrix[1].yaxis.replace("y", "yaxis")])
        assert list(matrix[1].x) == list(key[1].x) == [0, 1, 2]
        # M k before, what is pushed (twice), M k after
        shown = [at(figure, beside[0], "z", part).ravel().tolist() for part in range(4)]
        assert shown == [[2, 5], [10, 20], [10, 20], [12, 25]]
        assert at(figure, target[0], "z", 0).ravel().tolist() == [7, 8]
        assert 2 < beside[1].x0 < target[1].x0


@pytest.mark.parametrize(("landed", "after"), [({}, "new M"), ({"landed": [0]}, "M (the patch waits)")])
def test_the_words_follow_the_parts(landed: dict[str, Any], after: str) -> None:
    figure = views.erasing(two_rules(**landed))
    notes = [[note.text for note in layout(at_frame(figure, part)).annotations] for part in range(4)]
    expected = ["M", "M", "patch θ (v − M k) kᵀ", after]
    assert [next(text for text in said if text.startswith("delta: ")) for said in notes] == [
        f"delta: {words}" for words in expected
    ]
    assert [said.count("θ (v − M k)") for said in notes] == [0, 1, 1, 0]
    assert [said.count("θ v") for said in notes] == [0, 1, 1, 0]
    assert [said.count("M k") for said in notes] == [2, 0, 0, 2]


def test_frames_say_the_key_and_how_near_the_answer_is() -> None:
    moving = views.frames(views.erasing(two_rules()))
    assert moving is not None
    assert moving["labels"] == [f"write 0: key 4, again · {part}" for part in moving["parts"]]
    assert moving["parts"] == ["read", "error", "outer product", "new M"]
    before, after = moving["alts"][2], moving["alts"][3]
    assert "Hebbian answers with cosine 0.10 with the new value and 0.20 with the old, 30% of keys right" in before
    assert "delta answers with cosine 0.40 with the new value and 0.50 with the old, 60% of keys right" in after


def test_matrices_that_do_not_follow_on_each_other_are_each_shown_as_recorded() -> None:
    trace = overwriting_trace(8, 4)
    every_second = Trace({name: Signal(held.values[::2], held.times[::2]) for name, held in trace.items()})
    figure = views.erasing(every_second)
    place = traces_of(figure, "heatmap")[0][0]
    for write in range(4):
        parts = ("before", "before", "patch", "after")
        for part, name in enumerate(parts):
            expected = every_second[f"hebbian_{name}"].values[write, 0]
            assert at(figure, place, "z", 4 * write + part) == pytest.approx(expected, abs=1e-6)


def test_what_is_pushed_is_what_the_patch_answers_to_a_key_of_length_one() -> None:
    # θ v stands beside its patch θ v kᵀ whatever the key's length
    key, push = np.array([0.0, 3.0, 4.0]), np.array([10.0, 20.0])
    figure = views.erasing(two_rules(keys=[key], delta_patch=[np.outer(push, key)]))
    beside = traces_of(figure, "heatmap")[6][0]
    assert at(figure, beside, "z", 1).ravel().tolist() == pytest.approx([10, 20])
