"""The surprise lab's figure: a bar is its byte's number, the threshold can be dragged, a click finds its token."""

from __future__ import annotations

import numpy as np
import pytest
from seeing import every
from traces import code_trace, layout

from nlviz import views
from nlviz.trace import Trace
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


def test_every_frame_is_reached_by_a_click_on_the_code_and_on_the_bars():
    moving = frames(FIGURE)
    assert moving is not None
    points = [link for link in moving["links"] if "trace" in link]
    assert len(points) == 4
    for link in points:
        for frame in range(len(moving["labels"])):
            assert frame in link["frames"][link["index"][frame]]


def test_another_surprise_brings_its_own_unit():
    by = views.reading(CODE, 0.5, by="surprise")
    said = views.alt_text(by)
    assert "‖∇ℓ‖" in said
    key = by.to_plotly_json()["layout"]["coloraxis"]["colorbar"]["title"]["text"]
    assert key.strip() == "surprise (‖∇ℓ‖)"
    with pytest.raises(KeyError, match="entropy"):
        views.reading(CODE, by="entropy")


def test_a_reader_of_one_line_is_drawn():
    end = CODE.tokens[2].stop
    short = {
        name: signal._replace(values=signal.values[:end], times=signal.times[:end]) for name, signal in CODE.items()
    }
    assert views.reading(Trace(short, CODE.tokens[:3]), 2.0).data


def test_reading_puts_the_writer_warm_below_the_frozen() -> None:
    trace = code_trace(600)
    figure = views.reading(trace)
    bits, frozen = (float(trace[name].values.mean()) for name in ("bits", "frozen_bits"))
    assert bits < frozen
    assert layout(figure).title.text.endswith(f"it needs {bits:.2f} bits per byte; frozen {frozen:.2f}")
    lines = [trace for trace in every(figure) if trace.type == "scatter"]
    writer = next(line for line in lines if line.name == "writing")
    other = next(line for line in lines if line.name == "frozen")
    assert writer.line.color == ROLES["fast"].color
    assert other.line.color == ROLES["slow"].color
    assert writer.y[-1] < other.y[-1]
    # the last mean of so many bytes, taken anew
    window = max(20, len(trace["bits"].times) // 12)
    assert writer.y[-1] == pytest.approx(trace["bits"].values[-window:].mean())
