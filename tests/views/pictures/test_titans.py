"""Recall beside its law, regimes by name, knobs on the map."""

from __future__ import annotations

import numpy as np
import pytest
from seeing import at_frame, every, named
from traces import event_trace, layout

from nlviz import views
from nlviz.trace import Signal
from nlviz.views.drawing.theme import ROLES


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


def test_the_event_is_marked_where_it_comes_and_recall_is_named_by_its_size() -> None:
    trace = event_trace()
    event = trace["event"]._replace(values=(trace["event"].times % 15 == 2)[:, None].astype(float))
    figure = views.titans(trace.merge({"event": event}))
    marks = named(figure, "event")
    assert list(marks.x) == [2, 17, 32]
    axis = layout(figure).yaxis
    assert marks.y[0] == axis.range[0], "on the floor"
    bands = {note.text: note.y for note in layout(figure).annotations if note.xanchor == "left" and note.yref == "y"}
    low, high = axis.range
    assert bands["balanced"] == pytest.approx(0.95)
    assert bands["under-writing"] == pytest.approx(0.4)
    assert bands["<b>◀ overshoot</b>"] == pytest.approx((1.1 + high) / 2), "that which holds is in bold"
    assert bands["the other side"] == pytest.approx(low / 2)
    peak = trace.marked("regime")[0]
    note = next(note for note in layout(figure).annotations if note.text == peak.label)
    assert (note.x, note.y) == (peak.time, pytest.approx(trace["recall"].values[:, 0, 0].max()))


def test_the_newest_of_two_values_is_warm_and_both_have_their_law() -> None:
    trace = event_trace(30, 2)
    both = trace["recall"].values * [0.5, 1.0]
    figure = views.titans(trace.merge({"recall": trace["recall"]._replace(values=both)}))
    old, new = named(figure, "old value"), named(figure, "new value")
    assert list(old.y) == pytest.approx(both[:, 0, 0].tolist())
    assert list(new.y) == pytest.approx(both[:, 0, 1].tolist())
    assert (old.line.color, new.line.color) == (ROLES["slow"].color, ROLES["fast"].color)
    laws = [one for one in every(figure) if one.name == "expected"]
    assert [list(law.y) for law in laws] == [pytest.approx(trace["expected"].values[:, 0, n].tolist()) for n in (0, 1)]
    faint = [one for one in every(figure) if one.name == "one stream"]
    assert [list(line.y) for line in faint] == [pytest.approx(trace["one"].values[:, 0, n].tolist()) for n in (0, 1)]
    assert all(line.opacity < 1 for line in faint)


def test_the_map_is_logarithmic_with_its_areas_between_the_lines() -> None:
    figure = views.titans(event_trace())
    knobs = named(figure, "your knobs")
    y = layout(figure)[knobs.yaxis.replace("y", "yaxis")]
    assert y.type == "log"
    assert list(y.range) == pytest.approx([-2, np.log10(8)])
    areas = [note for note in layout(figure).annotations if note.yref == knobs.yaxis]
    assert [note.text for note in sorted(areas, key=lambda note: note.y)] == [
        "under-writing", "overshoot", "noise grows", "diverges",
    ]  # fmt: skip
    # between balanced, 1 − η, and unrelated keys, 2 (1 − η), at an η in the middle of the map
    over = next(note for note in areas if note.text == "overshoot")
    assert over.y == pytest.approx(np.log10((1 - over.x) * 2**0.5))
    lines = [named(figure, name) for name in ("balanced", "unrelated keys", "one key")]
    assert [line.line.dash for line in lines] == ["dot", "dashdot", "longdash"]
    assert list(lines[0].x) == pytest.approx(np.linspace(0, 0.98, 9).tolist())


def test_cursors_spans_and_labels_follow_the_tokens() -> None:
    trace = event_trace()
    figure = views.titans(trace)
    moving = views.frames(figure)
    assert moving is not None
    upright = [shape for shape in layout(at_frame(figure, 7)).shapes if shape.x0 == shape.x1 == 7]
    assert sorted(shape.xref for shape in upright) == ["x", "x2"]
    assert {link["axis"]: link["times"].tolist() for link in moving["links"]} == {a: [*range(40)] for a in ("x", "x2")}
    share, size = trace["recall"].values[7, 0, 0], trace["surprise"].values[7, 0]
    assert moving["labels"][7] == f"token 7: recall {share:.2f}, momentary surprise {size:.2f}"


def test_the_level_of_theory_is_named_and_widens_the_range_unless_it_is_far() -> None:
    trace = event_trace()
    top = float(trace["one"].values.max())
    for height, shown in ((1.5 * top, True), (9.0 * top, False)):
        figure = views.titans(
            trace.merge({"level": Signal(np.array([[height]]), np.array([0]), names=("total write",))})
        )
        assert (layout(figure).yaxis.range[1] > height) == shown
        assert [shape.y0 for shape in layout(figure).shapes if shape.line.dash == ROLES["theory"].dash] == [height]
        assert f"long dashes: total write = {height:.2f}" in [note.text for note in layout(figure).annotations]


def test_alternative_text_says_recall_law_and_knobs() -> None:
    trace = event_trace()
    off = trace["expected"]._replace(values=trace["expected"].values - 0.25)
    said = views.alt_text(views.titans(trace.merge({"expected": off})))
    assert "over 40 tokens at θ = 0.3, η = 0.9, α = 0" in said
    assert "at most 0.25 from what theory expects" in said
    assert f"Momentary surprise is {trace['surprise'].values.max():.2f} at most" in said


def test_a_band_too_thin_for_its_name_has_none() -> None:
    trace = event_trace()
    grown = trace["recall"]._replace(values=10 * trace["recall"].values)
    words = [note.text for note in layout(views.titans(trace.merge({"recall": grown}))).annotations]
    assert "balanced" not in words
    assert "<b>◀ overshoot</b>" in words
