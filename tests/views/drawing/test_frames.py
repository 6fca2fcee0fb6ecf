"""What a figure may say of its frames, and what it is told when that does not fit."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest
import torch

from nlviz.views.drawing.frames import (
    LAYOUT,
    NOWHERE,
    Handle,
    Link,
    Span,
    Track,
    alt_text,
    animate,
    describe,
    frames,
    handle,
    handles,
)

LABELS = [f"write {number}" for number in range(4)]
LEVEL = {"type": "line", "xref": "x domain", "x0": 0, "x1": 1}


def figure() -> go.Figure:
    """A line of five points, a map of 2 × 3 cells beside it, and a level line at 0.5."""
    made = go.Figure([go.Scatter(y=np.zeros(5)), go.Heatmap(z=np.zeros((2, 3)), xaxis="x2", yaxis="y2")])
    made.update_layout(xaxis2={"domain": [0.5, 1]}, xaxis={"domain": [0, 0.4]})
    return made.add_shape(**LEVEL, y0=0.5, y1=0.5, yref="y")


def test_links_and_parts_are_kept_beside_the_tracks():
    made = figure()
    cells = np.full((2, 2, 3), NOWHERE)
    links = [Link(1, cells, np.array([0, 0, 1, 1])), Link(0, np.arange(5)[None] % 4), Span("x", np.arange(4.0))]
    animate(made, [], LABELS, noun="write", links=links, parts=("read", "write"))
    moving = frames(made)
    assert moving is not None
    assert moving["parts"] == ["read", "write"]
    first, second, span = moving["links"]
    assert (first["trace"], first["frames"].shape, second["index"]) == (1, (2, 2, 3), None)
    assert (span["axis"], span["times"].tolist()) == ("x", [0, 1, 2, 3])


@pytest.mark.parametrize(
    ("link", "said"),
    [
        (Link(2, np.zeros((1, 5), int)), "link of trace 2: the figure has traces 0…1"),
        (Link(1, np.zeros((1, 3, 2), int)), "states of shape (3, 2), the trace has points of shape (2, 3)"),
        (Link(0, np.zeros((1, 5))), "frames are float64; give whole numbers, -1 for none"),
        (Link(0, np.full((1, 5), 4)), "leads to 4…4; the frames are 0…3"),
        (Link(0, np.zeros((2, 5), int)), "has 2 states for 4 frames; give 1, one each, or an index"),
        (Link(0, np.zeros((2, 5), int), np.array([0, 1, 2, 0])), "index reaches 2, it has 2 states"),
        (Span("x3", np.arange(4)), "axis 'x3'; the figure has x, x2"),
        (Span("x", np.arange(3)), "has 3 times for 4 frames; give one each"),
        (Span("x", np.array([0, 2, 1, 3])), "times fall; frames must be in the order of time"),
    ],
)
def test_a_link_that_does_not_fit_says_why(link: Link | Span, said: str):
    with pytest.raises(ValueError, match=re.escape(said)):
        animate(figure(), [], LABELS, noun="write", links=[link])


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"parts": ("read", "error", "write")}, "4 frames do not divide into steps of ('read', 'error', 'write')"),
        ({"start": 4}, "start is 4; expected a whole number of frames, at least 0 and at most 3"),
        ({"alts": ["one"]}, "1 alternative texts for 4 frames"),
        ({"acts": ["inner"]}, "1 acts for 4 frames; give one each"),
        ({"acts": ["inner"] * 3 + ["outer reed"]}, "acts[3] is 'outer reed'; expected one of"),
    ],
)
def test_frames_that_do_not_fit_say_why(more: dict[str, Any], said: str):
    with pytest.raises(ValueError, match=re.escape(said)):
        animate(figure(), [], LABELS, noun="write", **more)


@pytest.mark.parametrize("start", [0, 2, 3])
def test_the_start_frame_is_shown_whatever_was_drawn_before(start: int):
    made, index = figure(), np.array([0, 0, 1, 1])
    tracks = [Track(0, "y", np.arange(20.0).reshape(4, 5)), Track(1, "z", np.arange(12.0).reshape(2, 2, 3), index)]
    tracks += [Track(LAYOUT, "shapes[0].y0", np.arange(4.0)), Track(LAYOUT, "title.text", list("abcd"))]
    animate(made, tracks, LABELS, noun="write", start=start, alts=["one", "two", "three", "four"])
    assert made.data[0]["y"].tolist() == (np.arange(5) + 5 * start).tolist()
    assert made.data[1]["z"].ravel().tolist() == (np.arange(6) + 6 * index[start]).tolist()
    shape: Any = made.layout["shapes[0]"]
    assert (shape.y0, shape.y1, made.layout["title.text"]) == (start, 0.5, "abcd"[start])
    assert alt_text(made) == ["one", "two", "three", "four"][start]


@pytest.mark.parametrize(
    "track",
    [Track(0, "markers.color", ["red"] * 4), Track(LAYOUT, "shapes[7].x0", np.arange(4)), Track(0, "y", [3] * 4)],
)
def test_a_path_that_plotly_does_not_know_is_named(track: Track):
    said = re.escape(
        f"track {track.path!r} of trace {track.trace} cannot be set to its state at frame 0; give a path and"
    )
    with pytest.raises(ValueError, match=said):
        animate(figure(), [track], LABELS, noun="write")


def test_a_track_that_does_not_fit_says_why():
    with pytest.raises(ValueError, match="has 3 states for 4 frames; give one each, or an index"):
        animate(figure(), [Track(LAYOUT, "shapes[0].y0", np.arange(3))], LABELS, noun="write")


def test_a_still_figure_can_have_handles_and_keeps_what_else_it_says():
    made = handle(describe(figure(), "a level"), Handle("threshold", 0, 0.0, 8.0))
    assert handles(made) == [{"knob": "threshold", "shape": 0, "low": 0.0, "high": 8.0}]
    assert frames(made) is None
    animate(made, [], LABELS, noun="write")
    assert len(handles(made)) == 1
    assert handles(go.Figure()) == []


@pytest.mark.parametrize(
    ("new", "said"),
    [
        (Handle("threshold", 2, 0, 1), "names shape 2; the figure has 2, counted from 0"),
        (Handle("threshold", 1, 0, 1), "shape 1 has y0=0, y1=1, yref='paper'; a level line has y0 == y1"),
        (Handle("threshold", 0, 1, 1), "from low=1 to high=1; low must be below high"),
    ],
)
def test_a_handle_that_does_not_fit_says_why(new: Handle, said: str):
    made = figure().add_shape(type="line", x0=0, x1=0, y0=0, y1=1, yref="paper")
    with pytest.raises(ValueError, match=re.escape(said)):
        handle(made, new)


def test_what_plotly_copies_and_writes_leaves_the_frames_as_they_are():
    values = np.arange(8.0).reshape(4, 2)
    made = animate(figure(), [Track(0, "y", values)], LABELS, noun="write", links=[Span("x", np.arange(4))])
    for copied in (made.to_plotly_json(), made.to_dict(), made.to_json(), go.Figure(made)):
        assert copied
        moving = frames(made)
        assert moving is not None
        assert isinstance(moving["tracks"][0]["values"], np.ndarray)
        assert isinstance(moving["links"][0]["times"], np.ndarray)
    again = frames(go.Figure(made))
    assert again is not None
    assert again["tracks"][0]["values"].tolist() == values.tolist()


def test_a_tensor_is_taken_for_the_values_of_a_track():
    assert isinstance(Track(0, "y", torch.ones(4, 2)).values, np.ndarray)  # pyright: ignore[reportArgumentType]
