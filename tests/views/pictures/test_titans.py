"""Recall beside its law, regimes by name, knobs on the map."""

from __future__ import annotations

import numpy as np
import pytest
from seeing import at_frame, every, named, place_of, words_in
from traces import event_trace, layout

from nlviz import views
from nlviz.trace import Signal
from nlviz.views.drawing.labels import sample
from nlviz.views.drawing.sheet import two
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
    low, high = axis.range
    assert low < marks.y[0] < low + 0.1 * (high - low), "near the floor"
    figure = views.titans(trace)
    words, axis = words_in(figure, "y"), layout(figure).yaxis
    low, high = axis.range
    heights = {text: place_of(figure, note)[1] for text, note in words.items()}
    assert 0.8 < heights["balanced"] < 1.1
    assert 0.0 < heights["under-writing"] < 0.8
    assert 1.1 < heights["<b>overshoot</b>"] < high, "that which holds is in bold"
    shaded = [(one.y0, one.y1) for one in layout(figure).shapes if one.type == "rect" and one.yref == "y"]
    assert sorted(shaded) == [(low, 0.0), (0.8, 1.1)], "every second band"
    peak, ring = trace.marked("regime")[0], named(figure, "regime")
    top = trace["recall"].values[:, 0, 0].max()
    assert (ring.x[0], ring.y[0]) == (peak.time, pytest.approx(top))
    x, y = place_of(figure, words[peak.label])
    assert abs(x - peak.time) < 15
    assert abs(y - top) < 0.3 * (high - low)


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
    assert list(y.range) == pytest.approx(np.log10([0.02, 6]).tolist())
    areas = words_in(figure, knobs.yaxis)
    places = {text: place_of(figure, note) for text, note in areas.items()}
    eta = {text: x for text, (x, _) in places.items()}
    power = {text: y for text, (_, y) in places.items()}
    # between balanced, 1 − η, unrelated keys, 2 (1 − η), and one key, 2 (1 + η)
    assert power["under-writing"] < np.log10(1 - eta["under-writing"])
    assert np.log10(1 - eta["overshoot"]) < power["overshoot"] < np.log10(2 - 2 * eta["overshoot"])
    assert np.log10(2 - 2 * eta["noise grows"]) < power["noise grows"] < np.log10(2 + 2 * eta["noise grows"])
    assert np.log10(2 + 2 * eta["diverges"]) < power["diverges"]
    assert "your knobs" in areas
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
        [said] = [text for text in words_in(figure, "y") if f"total write = {two(height)}" in text]
        assert said.startswith("━ ━ " if shown else "↑"), "beside its line, or on the way to it"


def test_every_curve_is_named_where_it_is_with_a_sample_of_its_line() -> None:
    figure = views.titans(event_trace())
    above, below = (" ".join(words_in(figure, axis)) for axis in ("y", "y2"))
    for words in ("recall", "expected"):
        assert f"</span> {words}" in above
    for words, role in (("momentary surprise", "fast"), ("past surprise", "write"), ("memory", "slow")):
        assert f"{sample(role)} {words}" in below
    assert {one.name for one in every(figure) if one.showlegend is not False} == {
        "balanced", "unrelated keys", "one key",
    }  # fmt: skip


def test_alternative_text_says_recall_law_and_knobs() -> None:
    trace = event_trace()
    off = trace["expected"]._replace(values=trace["expected"].values - 0.25)
    said = views.alt_text(views.titans(trace.merge({"expected": off})))
    assert "over 40 tokens at θ = 0.3, η = 0.9, α = 0" in said
    assert "at most 0.25 from what theory expects" in said
    assert f"Momentary surprise is {trace['surprise'].values.max():.2f} at most" in said


def test_a_recall_below_nothing_is_on_the_other_side() -> None:
    trace = event_trace()
    below = {name: trace[name]._replace(values=trace[name].values - 1.2) for name in ("recall", "one", "expected")}
    figure = views.titans(trace.merge(below))
    words = words_in(figure, "y")
    assert layout(figure).yaxis.range[0] < place_of(figure, words["the other side"])[1] < 0.0


def test_a_band_too_thin_for_its_name_has_none() -> None:
    trace = event_trace()
    grown = trace["recall"]._replace(values=10 * trace["recall"].values)
    words = [note.text for note in layout(views.titans(trace.merge({"recall": grown}))).annotations]
    assert "balanced" not in words
    assert "<b>overshoot</b>" in words
