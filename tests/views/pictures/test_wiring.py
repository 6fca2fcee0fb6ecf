"""What attention may see, what comes out of memory, what is kept."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from seeing import at_frame, downwards, named, traces_of
from traces import layout, wired_trace

from nlviz import views
from nlviz.trace import Signal
from nlviz.views.drawing.theme import ROLES


def test_wiring_is_causal_and_warm_where_memory_answers() -> None:
    trace = wired_trace(4, 2)
    figure = views.wiring(trace)
    [(_, cells)] = traces_of(figure, "heatmap")
    z = np.asarray(cells.z)
    names = list(trace["mask"].names)
    sees = {(row, names[column]): z[row, column] for row in range(4) for column in range(len(names))}
    assert sees[0, "x1"] < 0 < sees[0, "h1"]
    assert sees[0, "p1"] < 0
    assert sees[0, "x2"] == 0 != sees[1, "x1"]
    assert sees[2, "x2"] == 0
    assert downwards(layout(figure).yaxis2 if layout(figure).yaxis2.range else layout(figure).yaxis)
    cache, state = named(figure, "cache"), named(figure, "state")
    assert list(cache.y) == trace["kept"].values[:, 0, 0].tolist()
    assert list(state.y) == trace["kept"].values[:, 0, 1].tolist()
    assert "token 1 attends to 1 p + 2 h + 2 x" in str(views.frames(figure))


def test_the_box_is_on_the_row_of_the_token_and_the_cursor_beside_it() -> None:
    trace = wired_trace(6, 3)
    figure = views.wiring(trace)
    [(_, cells)] = traces_of(figure, "heatmap")
    for frame in range(6):
        now = layout(at_frame(figure, frame)).shapes
        [box] = [shape for shape in now if shape.type == "rect" and shape.xref == cells.xaxis]
        assert (box.y0, box.y1) == (frame - 0.5, frame + 0.5)
        assert (box.x0, box.x1, box.xref, box.yref) == (-0.5, 12.5, cells.xaxis, cells.yaxis)
        [cursor] = [shape for shape in now if (shape.yref or "").endswith("domain")]
        assert cursor.x0 == cursor.x1 == frame
    # p ‖ h ‖ x: lines between the groups, their names under their middles
    edges = [shape.x0 for shape in layout(figure).shapes if shape.type == "line" and shape.yref == cells.yaxis]
    assert edges == [0.5, 6.5]
    axis = layout(figure)[cells.xaxis.replace("x", "xaxis")]
    assert dict(zip(axis.ticktext, axis.tickvals, strict=True)) == {"p": 0, "h, from memory": 3.5, "x": 9.5}
    assert list(cells.customdata[2]) == list(trace["mask"].names)
    moving = views.frames(figure)
    assert moving is not None
    assert moving["labels"][1:4:2] == ["token 1 attends to 1 p + 2 h + 2 x", "token 3 attends to 1 p + 1 h + 1 x"]


def boxes(figure: Any) -> dict[str, Any]:
    """The parts of a diagram: what stands in each box, and the box, None for what comes in or goes out."""
    shapes = [one for one in layout(figure).shapes if one.type == "rect" and one.xref == "x"]
    notes = [note for note in layout(figure).annotations if note.text and note.xref == "x"]
    inside = {
        note.text: [one for one in shapes if one.x0 < note.x < one.x1 and one.y0 < note.y < one.y1] for note in notes
    }
    return {text: (found or [None])[0] for text, found in inside.items()}


def test_what_learns_while_reading_is_warm_and_sizes_are_its_own() -> None:
    parts = boxes(views.wiring(wired_trace(6, 3), "MAG"))
    assert parts["<b>memory</b><br>M(p ‖ x)"].line.color == ROLES["fast"].color
    assert parts["attention over p ‖ x<br>window 3"].line.color == ROLES["slow"].color
    assert parts["p  [1 × 16]"].line.color == ROLES["slow"].color
    assert parts["x  [T × 16]"] is None


@pytest.mark.parametrize("name", ["MAC", "MAG", "MAL", "LMM"])
def test_one_memory_is_one_box(name: str) -> None:
    parts = boxes(views.wiring(wired_trace(6, 3), name))
    warm = [text for text, box in parts.items() if box and box.line.color == ROLES["fast"].color]
    assert len(warm) == 1
    assert "memory" in warm[0]


@pytest.mark.parametrize("name", ["MAC", "MAG", "MAL", "LMM"])
def test_arrows_lead_upwards_and_touch_what_they_join(name: str) -> None:
    figure = views.wiring(wired_trace(6, 3), name)
    arrows = [note for note in layout(figure).annotations if note.showarrow]
    assert arrows
    assert all(note.y > note.ay for note in arrows)
    outlined = [box for box in boxes(figure).values() if box]
    edges = [(box.x0, box.x1, box.y0, box.y1) for box in outlined]
    ends = [(note.x, note.y) for note in arrows] + [(note.ax, note.ay) for note in arrows]
    touched = {box for box in edges for x, y in ends if on_edge(box, x, y)}
    assert touched == set(edges), "every box has an arrow at its edge"
    # an end that touches no box is at the words that come in or go out
    loose = [y for x, y in ends if not any(on_edge(box, x, y) for box in edges)]
    assert all(y < 1.5 or y > 8 for y in loose)


def on_edge(box: tuple[float, float, float, float], x: float, y: float) -> bool:
    """Whether a point lies on the outline of a box."""
    left, right, low, high = box
    inside = left - 1e-6 <= x <= right + 1e-6 and low - 1e-6 <= y <= high + 1e-6
    return inside and min(abs(x - left), abs(x - right), abs(y - low), abs(y - high)) < 1e-6


def test_a_mask_has_square_cells() -> None:
    figure = views.wiring(wired_trace(6, 3))
    [(_, cells)] = traces_of(figure, "heatmap")
    axis = layout(figure)[cells.yaxis.replace("y", "yaxis")]
    assert (axis.scaleanchor, axis.constrain) == (cells.xaxis, "domain")


def test_all_that_attention_sees_behind_a_memory_is_warm() -> None:
    trace = wired_trace(4, 2)
    seen = Signal(np.ones((4, 1, 5)), np.arange(4), names=("p1", "y1", "y2", "y3", "y4"))
    [(_, cells)] = traces_of(views.wiring(trace.merge({"mask": seen}), "MAL"), "heatmap")
    assert (np.asarray(cells.z) > 0).all()


def test_what_is_kept_has_its_colours() -> None:
    figure = views.wiring(wired_trace(4, 2))
    assert named(figure, "cache").line.color == ROLES["slow"].color
    assert named(figure, "state").line.color == ROLES["fast"].color
