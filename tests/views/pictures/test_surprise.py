"""The surprise lab's figure: a bar is its byte's number, the threshold can be dragged, a click finds its token."""

from __future__ import annotations

from html import unescape

import numpy as np
import pytest
from seeing import at, at_frame, every, named, traces_of
from traces import code_trace, layout
from variants import noisy

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


def test_noise_is_in_no_mean_and_what_happened_is_marked() -> None:
    trace = noisy()
    figure = views.reading(trace, 3.0)
    times, bits = trace["bits"].times, trace["bits"].values[:, 0]
    code = trace["noise"].values[:, 0] == 0
    window = max(20, len(times) // 12)
    line = next(one for _, one in traces_of(figure, "scatter") if one.name == "writing")
    for at_time, height in list(zip(line.x, line.y, strict=True))[::97]:
        last = np.arange(len(times)) > at_time - window
        counted = bits[last & (times <= at_time) & code]
        assert np.isnan(height) if not counted.size else height == pytest.approx(counted.mean())
    title = layout(figure).title.text.replace("<br>", " ")
    assert title.startswith(f"Writing as it reads, it needs {bits[code].mean():.2f} bits per byte of code")
    upright = {shape.x0 for shape in layout(figure).shapes if shape.xref == "x3" and shape.x0 == shape.x1}
    assert {mark.time for mark in trace.marks} < upright
    assert {"noise begins", "switch"} <= {note.text for note in layout(figure).annotations}


def test_page_one_rises_as_it_was_measured_beside_the_frozen_level() -> None:
    known, level = named(FIGURE, "page 1 re-read"), named(FIGURE, "page 1, frozen")
    assert list(known.x) == CODE["known"].times.tolist()
    assert list(known.y) == pytest.approx(CODE["known"].values[:, 0].tolist())
    assert list(level.x) == [0, CODE["bits"].times[-1]]
    assert list(level.y) == [2.1, 2.1]
    assert known.line.color == ROLES["truth"].color
    assert "Page 1, re-read, costs 1.90 bits per byte at first" in views.alt_text(FIGURE)


def test_the_cursor_of_the_means_is_at_the_last_byte_of_the_token() -> None:
    moving = frames(FIGURE)
    assert moving is not None
    [span] = [link for link in moving["links"] if "axis" in link]
    stops = {token.start: token.stop - 1 for token in CODE.tokens if "\n" not in token.text}
    for frame, label in list(enumerate(moving["labels"]))[10:100:30]:
        assert span["times"][frame] == stops[int(label.split()[1].rstrip(":"))]
        upright = {shape.x0 for shape in layout(at_frame(FIGURE, frame)).shapes if shape.xref == "x3"}
        assert upright == {span["times"][frame]}


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
