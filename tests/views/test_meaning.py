"""One test of meaning for every picture: a trace made by hand, whose picture is known before it is drawn."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest
from traces import code_trace, event_trace, fading_trace, layout, told_trace, wired_trace

from nlviz import views
from nlviz.trace import Signal, Token, Trace
from nlviz.views.drawing.theme import ROLES


def signal(rows: Any, unit: str = "") -> Signal:
    """One stream, a row for each time."""
    values = np.asarray(rows, dtype=float)
    return Signal(values[:, None], np.arange(len(values)), unit)


def every(figure: Any) -> list[Any]:
    """All traces; Plotly's own types do not know their properties."""
    return list(figure.data)


def traces_of(figure: go.Figure, kind: str) -> list[tuple[int, Any]]:
    """The traces of one kind, with their places."""
    return [(place, trace) for place, trace in enumerate(every(figure)) if trace.type == kind]


def named(figure: go.Figure, words: str) -> Any:
    """The trace whose name holds these words."""
    return next(trace for trace in every(figure) if words in (trace.name or ""))


def at(figure: Any, trace: int, path: str, frame: int) -> np.ndarray:
    """What one attribute of a trace is in a frame, as the page will show it."""
    moving = views.frames(figure)
    assert moving is not None
    for track in moving["tracks"]:
        if (track["trace"], track["path"]) == (trace, path):
            index = track.get("index")
            return np.asarray(track["values"][frame if index is None else index[frame]])
    node = every(figure)[trace] if trace >= 0 else figure.layout
    return np.asarray(node[path])


def downwards(axis: Any) -> bool:
    """Whether an axis has its first row on top, as a matrix is printed."""
    low, high = axis.range
    return low > high


# a matrix of two values by three keys; each write is one number in one place
FIRST = np.array([[0.0, 0, 3], [0, 0, 0]])
SECOND = np.array([[0.0, 0, 3], [-2, 0, 0]])
WRITES = Trace(
    {
        "weights": signal([FIRST, SECOND]),
        "keys": signal([[0.0, 0, 1], [1.0, 0, 0]]),
        "values": signal([[3.0, 0], [0.0, -2]]),
        "recall": signal([[1.0, 0.25], [0.5, 0.75]], "cosine"),
    }
)


def test_heat_map_is_the_matrix_as_printed() -> None:
    figure = views.heat_map(WRITES)
    [(place, cells)] = traces_of(figure, "heatmap")
    assert at(figure, place, "z", 0).tolist() == FIRST.tolist()
    assert at(figure, place, "z", 1).tolist() == SECOND.tolist()
    assert downwards(layout(figure).yaxis)
    assert not downwards(layout(figure).xaxis)
    assert layout(figure).yaxis.title.text == "value coordinate"
    assert layout(figure).xaxis.title.text == "key coordinate"
    colours = layout(figure)[cells.coloraxis]
    assert (colours.cmin, colours.cmax) == (-3, 3)


def test_writing_goes_from_before_to_after() -> None:
    figure = views.writing(WRITES)
    [(place, _)] = traces_of(figure, "heatmap")
    read, error, write = (3 + part for part in range(3))
    for frame, matrix in ((read, FIRST), (error, FIRST), (write, SECOND)):
        assert at(figure, place, "z", frame).tolist() == matrix.tolist()
    (key, answer, recall) = (number for number, _ in traces_of(figure, "bar"))
    assert at(figure, key, "y", read).tolist() == [1, 0, 0]
    # before the write the second key is answered by nothing, after it by its value
    assert at(figure, answer, "y", read).tolist() == [0, 0]
    assert at(figure, answer, "y", write).tolist() == [0, -2]
    marks = next(number for number, trace in traces_of(figure, "scatter") if trace.mode == "markers")
    assert at(figure, marks, "y", read).tolist() == [0, -2]
    assert at(figure, recall, "x", write).tolist() == [0.5, 0.75]
    kept, not_yet = at(figure, recall, "x", read).tolist()
    assert kept == 1.0
    assert np.isnan(not_yet)


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
    for (place, bars), new in zip(traces_of(figure, "bar"), (0.4, 0.8), strict=True):
        assert at(figure, place, "y", 2).tolist() == pytest.approx([0.1, 0.2, 0.3])
        assert at(figure, place, "y", 3).tolist() == pytest.approx([new, 0.5, 0.6])
        assert bars.marker.color == ROLES["slow" if bars.name == "Hebbian" else "fast"].color
    assert list(layout(figure)[blocks_axis(figure)].ticktext) == ["new", "old", "keys"]


def blocks_axis(figure: go.Figure) -> str:
    """The layout's name for the x axis of the bars."""
    return traces_of(figure, "bar")[0][1].xaxis.replace("x", "xaxis")


def test_recall_matrix_has_items_down_and_time_to_the_right() -> None:
    figure = views.recall_matrix(WRITES)
    [(_, cells)] = traces_of(figure, "heatmap")
    # row: an item; column: a write
    assert np.asarray(cells.z).tolist() == [[1.0, 0.5], [0.25, 0.75]]
    assert list(cells.x) == [0, 1]
    assert downwards(layout(figure).yaxis)
    assert "best for item 1 (0.75), least for item 0 (0.50)" in views.alt_text(figure)
    # the curtain opens to the right of the write that has happened
    assert [float(at(figure, -1, "shapes[0].x0", frame)) for frame in (0, 1)] == [0.5, 1.5]


def test_forgetting_curve_has_age_across_and_recall_up() -> None:
    ages, falls = np.array([0.0, 1, 2]), np.array([1.0, 0.5, 0.125])
    law = views.Curve("law", ages, falls**2, "theory")
    figure = views.forgetting_curve([views.Curve("delta", ages, falls)], theory=[law])
    drawn = named(figure, "delta")
    assert list(drawn.x) == [0, 1, 2]
    assert list(drawn.y) == [1.0, 0.5, 0.125]
    assert list(named(figure, "law").y) == [1.0, 0.25, 0.015625]
    assert drawn.line.color == ROLES["fast"].color
    assert "from 1.00 at 0 to 0.12 at 2" in views.alt_text(figure)


def test_forgetting_has_its_rows_and_its_standing() -> None:
    trace = fading_trace(6)
    figure = views.forgetting(trace)
    [(_, cells)] = traces_of(figure, "heatmap")
    z = np.asarray(cells.z)
    # item 2 after write 4 is two writes old, and unknown before its own
    assert z[2, 4] == pytest.approx(np.exp(-2 / 8))
    assert np.isnan(z[4, 2])
    assert list(named(figure, "measured").y)[3] == pytest.approx(np.exp(-3 / 8))
    assert list(named(figure, "theory").y)[3] == pytest.approx(np.exp(-3 / 9))
    hebbian = views.standings(trace)[0]
    dot = next(one for one in every(figure) if one.name == "Hebbian")
    assert (dot.x[0], dot.y[0]) == pytest.approx((hebbian.stability[0], hebbian.plasticity[0]))
    assert dot.marker.color == ROLES["fast"].color


def test_tasks_are_asked_across_and_learned_down() -> None:
    R = np.array([[[0.9, np.nan], [np.nan, np.nan]], [[0.25, 0.75], [0.5, 0.8]]])
    numbers = [[[0.5, 0.01], [0.6, 0.02], [0.7, 0.03]], [[0.1, 0], [0.2, 0], [0.3, 0]]]
    tokens = (
        Token("one", 0, 1, "task"),
        Token("two", 1, 2, "task"),
        Token("EWC", 0, 1, "chosen"),
        Token("replay", 1, 2, "arm"),
    )
    trace = Trace({"R": signal(R), "standing": signal(numbers)}, tokens)
    figure = views.tasks(trace)
    [(place, _)] = traces_of(figure, "heatmap")
    assert at(figure, place, "z", 1) == pytest.approx(R[1])
    assert layout(figure).xaxis.title.text == "asked about (task)"
    assert layout(figure).yaxis.title.text == "after learning (task)"
    assert downwards(layout(figure).yaxis)
    [(_, bars)] = traces_of(figure, "bar")
    assert list(bars.x) == [0.7, 0.3]
    assert list(bars.marker.color) == [ROLES["fast"].color, ROLES["slow"].color]
    assert "stability 0.50, plasticity 0.60, accuracy over all 0.70" in views.alt_text(figure)


def test_mini_batches_names_the_best_and_the_worst() -> None:
    error = np.array([[[[0.5, 0.001], [0.1, 10.0]]]])  # [time, seeds, periods, inner_lrs]
    fixed = {"period": [1.0, 4.0], "inner_lr": [0.25, 1.0], "at": [1.0]}
    signals = {name: Signal(np.array(held)[None, None], np.array([8])) for name, held in fixed.items()}
    signals["limit"] = Signal(np.array([[[2.0, 0.5]]]), np.array([8]))
    figure = views.mini_batches(Trace(signals | {"error": Signal(error, np.array([8]))}))
    assert layout(figure).title.text == "At inner_lr 1 a mini-batch of 1 learns best, of 4 worst"
    [(_, cells)] = traces_of(figure, "heatmap")
    assert np.asarray(cells.z) == pytest.approx(np.log10(error[0, 0]))
    assert list(cells.x) == [-2, 0]
    assert list(cells.y) == [0, 2]
    # the star stands at the least error of its row
    stars = named(figure, "best inner_lr")
    assert [round(x) for x in stars.x] == [0, -2]
    limit = named(figure, "2/λ_max")
    assert list(limit.x) == [1, -1]
    assert list(limit.y) == [0, 2]
    column = named(figure, "median")
    assert list(column.y) == pytest.approx([-3, 1])


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


def test_surprise_stands_on_its_own_byte() -> None:
    trace = code_trace(1500)
    bits = np.zeros((len(trace["bits"].times), 1))
    text = bytes(trace["bytes"].values[:, 0].astype(np.uint8))
    place = text.index(b"Reader")
    bits[place] = 9.0
    figure = views.surprise_on_tokens(trace.merge({"bits": Signal(bits, trace["bits"].times, "bits")}), lines=200)
    [(_, cells)] = traces_of(figure, "heatmap")
    [row], [cell] = np.nonzero(np.nan_to_num(np.asarray(cells.z)) == 9)
    line = text[:place].count(b"\n")
    assert (row, cell) == (line, place - text.rindex(b"\n", 0, place) - 1)
    assert downwards(layout(figure).yaxis)
    assert "most on Reader" in views.alt_text(figure)


def test_series_marks_and_threshold_stand_where_they_are() -> None:
    trace = Trace({"surprise": signal([1.0, 4.0, 2.0], "‖∇ℓ‖")})
    figure = views.series(trace, threshold=3.0)
    line = next(one for one in every(figure) if one.type == "scatter" and len(one.x) == 3)
    assert list(line.x) == [0, 1, 2]
    assert list(line.y) == [1, 4, 2]
    assert [shape.y0 for shape in layout(figure).shapes if shape.y0 == shape.y1] == [3.0]


def test_remembering_frames_what_is_seen_and_asked() -> None:
    trace = told_trace()
    figure = views.remembering(trace)
    title = layout(figure).title.text.replace("<br>", " ")
    assert title == "Told once, asked 76 bytes later: the answer has probability 0.25; no slow weight moved"
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


def test_titans_puts_recall_beside_its_law_and_the_knobs_on_the_map() -> None:
    trace = event_trace()
    figure = views.titans(trace)
    recall = trace["recall"].values[:, 0, 0]
    drawn = next(one for one in every(figure) if one.name == "recall")
    assert list(drawn.y) == pytest.approx(recall.tolist())
    knobs = named(figure, "your knobs")
    assert (knobs.x[0], knobs.y[0]) == (0.9, 0.3)
    noise = named(figure, "unrelated keys")
    assert noise.y[0] == pytest.approx(2.0)
    assert noise.y[-1] == pytest.approx(0.04)
    for words, name in (("momentary", "surprise"), ("past", "past_surprise"), ("memory ‖M‖", "memory_norm")):
        assert list(named(figure, words).y) == pytest.approx(trace[name].values[:, 0].tolist())


def test_wiring_is_causal_and_warm_where_memory_answers() -> None:
    trace = wired_trace(4, 2)
    figure = views.wiring(trace)
    [(_, cells)] = traces_of(figure, "heatmap")
    z = np.asarray(cells.z)
    names = trace["mask"].unit.split(" ")
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
