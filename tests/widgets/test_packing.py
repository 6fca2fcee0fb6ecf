"""What is sent to the page is what the figure holds: every number, in the type that a page can read."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest

from nlviz.views.drawing.frames import LAYOUT, Track, animate, describe, frames
from nlviz.widgets.packing import pack, packed_figure, thinned


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
    # as it stands at its start frame, which has the second state
    np.testing.assert_array_equal(unpacked(sent["data"][0]["z"]), states[1])
    # Frames are not sent twice, and the rest is plain JSON.
    assert "meta" not in sent["layout"]
    json.dumps(sent["layout"], allow_nan=False)
    # The figure itself is untouched: it can be shown again.
    assert frames(figure) is moving


def moving(states: np.ndarray, **layout: Any) -> dict[str, Any]:
    """A line through these states, packed."""
    figure = go.Figure(go.Scatter(y=states[0]), layout=layout)
    labels = [f"write {number}, told at some length" for number in range(len(states))]
    return packed_figure(animate(figure, [Track(0, "y", states)], labels, noun="write"))


def test_many_numbers_travel_in_16_bits_to_half_a_step_and_gaps_stay_gaps() -> None:
    states = np.random.default_rng(0).normal(size=(100, 200))
    states[3, 7] = np.nan
    node = moving(states)["frames"]["tracks"][0]["values"]
    assert (node["dtype"], len(node["packed"])) == ("uint16", 2 * states.size)
    codes = unpacked(node)
    assert codes[3, 7] == node["gap"]
    found = np.where(codes == node["gap"], np.nan, node["low"] + codes * node["step"])
    np.testing.assert_allclose(found, states, atol=0.51 * node["step"])
    assert node["step"] < np.nanmax(states) / 30_000


def test_what_16_bits_cannot_tell_stays_float32() -> None:
    states = np.geomspace(1e-9, 1e9, 20_000).reshape(100, 200)
    assert moving(states, yaxis_type="log")["frames"]["tracks"][0]["values"]["dtype"] == "float32"
    infinite = np.where(states > 1e8, np.inf, states)
    assert moving(infinite)["frames"]["tracks"][0]["values"]["dtype"] == "float32"


def test_a_long_list_of_words_is_one_buffer() -> None:
    node = moving(np.zeros((100, 2)))["frames"]["labels"]
    assert node["dtype"] == "json"
    assert json.loads(bytes(node["packed"]))[99] == "write 99, told at some length"


def test_the_page_is_not_sent_twice_what_it_has() -> None:
    rng = np.random.default_rng(0)
    first, second = (moving(rng.normal(size=(100, 3))) for _ in range(2))
    thin = thinned(second, first)
    assert thin["frames"]["labels"] == {"kept": first["frames"]["labels"]["key"]}
    assert thin["frames"]["tracks"] == second["frames"]["tracks"]
    assert thinned(first, first)["data"][0]["y"] == {"kept": first["data"][0]["y"]["key"]}
    # the picture itself stays whole, for a page that comes later
    assert "packed" in second["frames"]["labels"]


def test_equal_bytes_of_another_shape_or_type_are_another_buffer() -> None:
    keys = {
        pack(array)["key"] for array in (np.zeros(4, np.float32), np.zeros((2, 2), np.float32), np.zeros(4, np.int32))
    }
    assert len(keys) == 3


def test_the_first_frames_of_a_run_that_diverges_keep_their_digits():
    frames = np.random.default_rng(0).normal(size=(40, 32, 32)).astype(np.float32)
    frames *= np.float32(10.0) ** np.linspace(-1, 36, 40)[:, None, None].astype(np.float32)
    figure = go.Figure(go.Heatmap(z=frames[0]))
    animate(figure, [Track(0, "z", frames)], [str(step) for step in range(40)], noun="write")
    sent = packed_figure(figure)["frames"]["tracks"][0]["values"]
    assert sent["dtype"] == "float32"
    assert np.array_equal(np.frombuffer(sent["packed"], np.float32).reshape(frames.shape), frames)
