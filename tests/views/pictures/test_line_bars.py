"""The line being read: a bar is its byte's number, its letter stands under it, the threshold can be dragged."""

from __future__ import annotations

from html import unescape

import numpy as np
import pytest
from seeing import at, traces_of
from traces import code_trace, layout

from nlviz import views
from nlviz.views.drawing.frames import frames, handles
from nlviz.views.drawing.theme import ROLES

CODE = code_trace()
FIGURE = views.reading(CODE, 2.0)


def bars(name: str) -> tuple[np.ndarray, np.ndarray]:
    """The heights of the named bars, [lines, cells], and which line each frame shows."""
    drawn = FIGURE.to_plotly_json()["data"]
    trace = next(index for index, shown in enumerate(drawn) if shown["type"] == "bar" and shown["name"] == name)
    moving = frames(FIGURE)
    assert moving is not None
    track = next(track for track in moving["tracks"] if track["trace"] == trace)
    return np.asarray(track["values"]), track["index"]


@pytest.mark.parametrize(
    ("name", "signal"), [("writing", "bits"), ("frozen", "frozen_bits"), ("write (right)", "write")]
)
def test_a_bar_is_the_number_of_its_byte(name: str, signal: str):
    heights, lines = bars(name)
    values, moving = CODE[signal].values[:, 0], frames(FIGURE)
    assert moving is not None
    left = next(track for track in moving["tracks"] if track["path"] == "shapes[1].x0")["values"]
    for frame, label in enumerate(moving["labels"]):
        byte, cell = int(label.split()[1].rstrip(":")), round(left[frame] + 0.5)
        assert heights[lines[frame]][cell] == pytest.approx(values[byte], rel=1e-6)


def test_bars_above_the_level_are_the_bytes_that_were_written():
    surprise, _ = bars("writing")
    write, _ = bars("write (right)")
    known = np.isfinite(surprise)
    assert ((surprise[known] > 2.0) == (write[known] > 0)).all()


def test_the_level_turns_the_threshold():
    (level,) = handles(FIGURE)
    shape = list(FIGURE.select_shapes())[level["shape"]]
    assert (level["knob"], shape["y0"], shape["y1"]) == ("threshold", 2.0, 2.0)
    assert level["low"] == 0 < level["high"]
    assert handles(views.reading(CODE)) == []


def test_the_letters_stand_under_their_own_bars() -> None:
    moving = frames(FIGURE)
    assert moving is not None
    place = next(n for n, one in traces_of(FIGURE, "scatter") if one.mode == "text" and one.yaxis == "y2")
    text, seen = bytes(CODE["bytes"].values[:, 0].astype(np.uint8)), set()
    for frame, label in list(enumerate(moving["labels"]))[::7]:
        byte = int(label.split()[1].rstrip(":"))
        line = text[text.rfind(b"\n", 0, byte) + 1 :].split(b"\n")[0]
        if len(line) < 80 and line.isascii() and b"\t" not in line:
            drawn = "".join(letter or " " for letter in at(FIGURE, place, "text", frame).tolist())
            assert unescape(drawn).rstrip() == line.decode().rstrip()
            seen.add(line)
    assert len(seen) > 5
    heights = at(FIGURE, place, "y", 0)
    assert (heights < 0).all(), "under zero"


def test_the_bars_have_their_roles_and_places_side_by_side() -> None:
    drawn = {one.name: one for _, one in traces_of(FIGURE, "bar")}
    assert [drawn[name].marker.line.color for name in ("writing", "frozen", "write (right)")] == [
        ROLES[role].color for role in ("fast", "slow", "write")
    ]
    offsets = [drawn[name].offset for name in ("writing", "frozen", "write (right)")]
    assert np.diff(offsets) == pytest.approx([drawn["writing"].width] * 2)
    assert sum(offsets) + 1.5 * drawn["writing"].width == pytest.approx(0), "centred on their letter"
    left, right = layout(FIGURE).yaxis2, layout(FIGURE)[drawn["write (right)"].yaxis.replace("y", "yaxis")]
    assert left.range[0] / left.range[1] == pytest.approx(right.range[0] / right.range[1]), "zero at one height"
    assert (left.title.text, right.title.text) == ("bits", "write (‖θ ∇ℓ‖)")
    assert right.side == "right"
