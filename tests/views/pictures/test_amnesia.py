"""A fact told and asked for: what is in view, what would be answered, what moves."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from seeing import at_frame, every, named
from traces import layout, told_trace

from nlviz import views
from nlviz.trace import Trace
from nlviz.views.drawing.theme import ROLES


def test_remembering_frames_what_is_seen_and_asked() -> None:
    trace = told_trace()
    figure = views.remembering(trace)
    title = layout(figure).title.text.replace("<br>", " ")
    assert title == "Told once, asked 76 bytes later: P(answer) = 0.25; no slow weight moved"
    curve = next(one for one in every(figure) if one.name == "P(answer)")
    assert list(curve.y) == pytest.approx(trace["answer"].values[:, 0].tolist())
    assert list(curve.x) == trace["answer"].times.tolist()
    moving = views.frames(figure)
    assert moving is not None
    # at byte 60, twenty bytes after the restart, the view is twenty bytes wide, and ends before the byte itself
    edges: dict[str, dict[str, float]] = {}
    for track in moving["tracks"]:
        if track["trace"] == views.LAYOUT and ".x" in track["path"] and track.get("index") is None:
            shape, side = track["path"].split(".")
            edges.setdefault(shape, {})[side] = float(np.asarray(track["values"])[60])
    assert {"x0": 39.5, "x1": 59.5} in edges.values()
    slow = next(one for one in every(figure) if (one.name or "").startswith("slow"))
    fast = next(one for one in every(figure) if (one.name or "").startswith("fast"))
    assert not np.any(slow.y)
    assert list(fast.y) == pytest.approx(trace["fast_norm"].values[:, 0].tolist())


def cells_framed(line: Any) -> list[tuple[float, float, float]]:
    """(row, first cell, last cell) of every box of a path of boxes."""
    x, y = (np.asarray(values, dtype=float).reshape(-1, 6)[:, :5] for values in (line.x, line.y))
    rows = zip(y.mean(1), x.min(1), x.max(1), strict=True)
    return [(round(float(row)), float(left) + 0.5, float(right) - 0.5) for row, left, right in rows]


def test_the_fact_and_the_answer_are_framed_each_in_its_colour() -> None:
    figure = views.remembering(told_trace())
    told, asked = named(figure, "told"), named(figure, "asked for")
    # bytes 10…17 of the first row; bytes 86…89 in the second, which begins with byte 64
    assert cells_framed(told) == [(0, 10, 17)]
    assert cells_framed(asked) == [(1, 22, 25)]
    assert told.line.color == ROLES["truth"].color
    assert asked.line.color == ROLES["write"].color


@pytest.mark.parametrize(
    ("byte", "rows"),
    [(0, []), (5, [(0, 0, 4)]), (40, []), (60, [(0, 40, 59)]), (70, [(0, 50, 63), (1, 0, 5)]), (89, [(1, 5, 24)])],
)
def test_the_view_is_what_was_read_before_the_byte(byte: int, rows: list[tuple[int, int, int]]) -> None:
    trace = told_trace()
    now = at_frame(views.remembering(trace), byte)
    dashed = [shape for shape in layout(now).shapes if shape.type == "rect" and shape.line.dash == ROLES["slow"].dash]
    seen = [(shape.y0 + 0.5, shape.x0 + 0.5, shape.x1 - 0.5) for shape in dashed if shape.y0 > -2]
    assert [row for row in seen if row[2] >= row[1]] == rows
    assert all(shape.y1 == shape.y0 + 1 for shape in dashed)
    assert f"At byte {byte} the last {sum(last - first + 1 for _, first, last in rows)} bytes are in view" in said(
        trace, byte
    )


def said(trace: Trace, byte: int) -> str:
    """The alternative text of a frame."""
    moving = views.frames(views.remembering(trace))
    assert moving is not None
    return moving["alts"][byte]


@pytest.mark.parametrize(("byte", "asked_at"), [(0, 0), (2, 0), (3, 3), (44, 42), (89, 81)])
def test_asked_now_is_what_was_measured_last(byte: int, asked_at: int) -> None:
    trace = told_trace()
    moving = views.frames(views.remembering(trace))
    assert moving is not None
    chance = trace["answer"].values[trace["answer"].times.tolist().index(asked_at), 0]
    assert f"P(answer) {chance:.2f}" in moving["labels"][byte]
    assert f"would have probability {chance:.2f}" in moving["alts"][byte]
    assert f"byte {byte}: x · {trace['bits'].values[byte, 0]:.1f} bits" in moving["labels"][byte]


def test_both_lower_panels_have_their_cursor_at_the_byte_and_a_click_goes_there() -> None:
    figure = views.remembering(told_trace())
    now, moving = at_frame(figure, 33), views.frames(figure)
    assert moving is not None
    upright = [(shape.xref, shape.x0, shape.x1) for shape in layout(now).shapes if shape.type == "line"]
    marks = [(axis, 40, 40) for axis in ("x2", "x3")]
    assert sorted(upright) == sorted([*marks, ("x2", 33, 33), ("x3", 33, 33)])
    spans = {link["axis"]: link["times"].tolist() for link in moving["links"] if "axis" in link}
    assert spans == {"x2": [*range(90)], "x3": [*range(90)]}


def test_slow_is_cold_and_fast_is_warm_and_what_does_not_exist_is_not_drawn() -> None:
    trace = told_trace()
    figure = views.remembering(trace)
    assert named(figure, "slow").line.color == ROLES["slow"].color
    assert named(figure, "fast").line.color == ROLES["fast"].color
    none = trace["fast_norm"]._replace(values=np.zeros_like(trace["fast_norm"].values))
    moved = trace["slow_change"]._replace(values=np.full_like(trace["slow_change"].values, 0.5))
    other = views.remembering(trace.merge({"fast_norm": none, "slow_change": moved}))
    assert not [one for one in every(other) if (one.name or "").startswith("fast")]
    assert "no slow weight moved" not in layout(other).title.text.replace("<br>", " ")
    assert "slow weights have moved by 0.5, and there are no fast ones" in views.alt_text(other)
