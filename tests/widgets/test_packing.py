"""What is sent to the page is what the figure holds: every number, in the type that a page can read."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest

from nlviz.views.frames import LAYOUT, Track, animate, describe, frames
from nlviz.widgets.packing import pack, packed_figure


def unpacked(node: dict[str, Any]) -> np.ndarray:
    return np.frombuffer(node["packed"], node["dtype"]).reshape(node["shape"])


@pytest.mark.parametrize(
    ("dtype", "sent"),
    [
        ("float64", "float32"),
        ("float32", "float32"),
        (">f4", "float32"),
        ("int64", "int32"),
        ("int16", "int16"),
        ("uint8", "uint8"),
    ],
)
@pytest.mark.parametrize("shape", [(0,), (5,), (3, 4), (2, 0, 3)])
def test_arrays_arrive_as_they_were(dtype: str, sent: str, shape: tuple[int, ...]) -> None:
    array = np.arange(np.prod(shape)).reshape(shape).astype(dtype)
    packed = pack(array)
    assert packed["dtype"] == sent
    np.testing.assert_array_equal(unpacked(packed), array)


def test_whole_numbers_too_large_for_32_bits_are_not_wrapped() -> None:
    array = np.array([1, 2**40])
    np.testing.assert_array_equal(unpacked(pack(array)), array)


def test_a_transposed_array_keeps_its_order() -> None:
    array = np.arange(6.0).reshape(2, 3).T
    np.testing.assert_array_equal(unpacked(pack(array)), array)


def test_a_packed_array_is_a_copy() -> None:
    array = np.zeros(3)
    packed = pack(array)
    array[:] = 1
    np.testing.assert_array_equal(unpacked(packed), 0)


def test_text_dates_switches_and_gaps_travel_as_json() -> None:
    tree = {"a": np.array(["x", "y"]), "b": np.array([True, False]), "c": (1, float("nan")), "d": np.float64(2.5)}
    assert pack(tree) == {"a": ["x", "y"], "b": [True, False], "c": [1, None], "d": 2.5}
    assert pack(np.array(["2026-01-01"], "datetime64[D]")) == ["2026-01-01"]


def test_a_moving_figure_is_sent_with_tracks_beside_it() -> None:
    states = np.arange(24.0).reshape(3, 2, 4)
    figure = go.Figure(go.Heatmap(z=states[0]))
    describe(figure, "a map")
    tracks = [
        Track(0, "z", states, np.array([0, 0, 1, 2])),
        Track(LAYOUT, "title.text", ["a", "b", "c", "d"]),
    ]
    animate(figure, tracks, ["1", "2", "3", "4"], noun="write", start=2)
    moving = frames(figure)
    sent = packed_figure(figure)

    heat, title = sent["frames"]["tracks"]
    np.testing.assert_array_equal(unpacked(heat["values"]), states)
    np.testing.assert_array_equal(unpacked(heat["index"]), [0, 0, 1, 2])
    assert title["values"] == ["a", "b", "c", "d"]
    assert (sent["alt"], sent["frames"]["start"], sent["frames"]["noun"]) == ("a map", 2, "write")
    np.testing.assert_array_equal(unpacked(sent["data"][0]["z"]), states[0])
    # Frames are not sent twice, and the rest is plain JSON.
    assert "meta" not in sent["layout"]
    json.dumps(sent["layout"], allow_nan=False)
    # The figure itself is untouched: it can be shown again.
    assert frames(figure) is moving
