"""The surprise lab's figure: a bar is its byte's number, the threshold can be dragged, a click finds its token."""

from __future__ import annotations

import numpy as np
import pytest
from seeing import at_frame, every, named, traces_of
from traces import code_trace, layout
from variants import noisy

from nlviz import views
from nlviz.trace import Trace
from nlviz.views.drawing.frames import frames
from nlviz.views.drawing.theme import ROLES

CODE = code_trace()
FIGURE = views.reading(CODE, 2.0)


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


def test_what_is_scored_once_written_is_a_third_line_and_the_title_says_all_three() -> None:
    trace = code_trace(600)
    lower = trace["bits"]._replace(values=trace["bits"].values / 2)
    figure = views.reading(trace.merge({"bits": lower, "first_bits": trace["bits"]}))
    means = [float(one.values.mean()) for one in (lower, trace["bits"], trace["frozen_bits"])]
    title = layout(figure).title.text.replace("<br>", " ")
    assert title == "Scored once written: {:.2f} bits per byte; scored first {:.2f}, frozen {:.2f}".format(*means)
    roles = {"written first": "write", "scored first": "fast", "frozen": "slow"}
    lines = {one.name: one for one in every(figure) if one.type == "scatter"}
    for name, role in roles.items():
        assert lines[name].line.color == ROLES[role].color
    np.testing.assert_allclose(lines["written first"].y, np.array(lines["scored first"].y) / 2)


def test_a_label_sets_beside_a_surprise_that_of_the_frozen_reader_in_the_same_unit() -> None:
    trace = code_trace(400)
    for by, said in (("bits", "bits per byte, frozen"), ("surprise", "‖∇ℓ‖ per byte ·")):
        moving = frames(views.reading(trace, by=by))
        assert moving is not None
        assert said in moving["labels"][0]
        assert ("frozen" in moving["labels"][0]) == (f"frozen_{by}" in trace)
    twin = frames(views.reading(trace.merge({"frozen_surprise": trace["surprise"]}), by="surprise"))
    assert twin is not None
    label = twin["labels"][3]
    assert label.split(" · ")[1].split(" ")[0] == label.split("frozen ")[1].split(" ")[0]
