"""One test of meaning for every picture: a trace made by hand, whose picture is known before it is drawn.

Those of the labs' pictures stand in `pictures/`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from by_hand import FIRST, SECOND, WRITES
from seeing import at, at_frame, downwards, every, named, signal, traces_of
from traces import code_trace, layout

from nlviz import views
from nlviz.trace import Mark, Signal, Thinned, Token, Trace
from nlviz.views.drawing.theme import RECALL, ROLES, template


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
    # a law is grey, with a dash of its own, whatever role it was given
    other = views.forgetting_curve([views.Curve("delta", ages, falls)], theory=[law._replace(role="fast"), law])
    laws = [line for line in every(other) if line.name == "law"]
    assert [line.line.color for line in laws] == [ROLES["theory"].color] * 2
    assert laws[0].line.dash != laws[1].line.dash
    assert drawn.line.color == ROLES["fast"].color
    assert "from 1.00 at 0 to 0.12 at 2" in views.alt_text(figure)


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


def test_series_of_a_thinned_trace_says_that_a_point_is_a_mean() -> None:
    kept = Thinned(4)
    values = np.arange(200_000, dtype=float)[:, None]
    kept.add(Trace({"surprise": Signal(values, np.arange(len(values)))}))
    figure = views.series(kept.trace(), noun="byte")
    assert str(layout(figure).title.text).endswith("surprise (points are means)")
    assert "200,000 bytes, as means of 4 blocks" in views.alt_text(figure)
    assert layout(figure).xaxis.tickformat == ","


def test_series_has_a_panel_each_from_the_top_with_one_cursor() -> None:
    rows = {"surprise": signal([1.0, 4.0, 2.0], "‖∇ℓ‖"), "write_norm": signal([0.5, 0.25, -1.0])}
    moved = {name: held._replace(times=held.times + 10) for name, held in rows.items()}
    figure = views.series(Trace(moved, marks=(Mark(11, "switch", "new text"),)), ("surprise", "write_norm"))
    first, second = every(figure)
    assert [list(line.x) for line in (first, second)] == [[10, 11, 12]] * 2
    assert [list(axis.range) for axis in (layout(figure).xaxis, layout(figure).xaxis2)] == [[9.5, 12.5]] * 2
    assert list(second.y) == [0.5, 0.25, -1]
    upper, lower = layout(figure).yaxis, layout(figure).yaxis2
    assert upper.domain[0] > lower.domain[1]
    assert (upper.title.text, lower.title.text) == ("surprise (‖∇ℓ‖)", "write norm")
    assert (upper.type, lower.range[0]) == (None, pytest.approx(-1.05))
    for frame in range(3):
        upright = [(shape.xref, shape.x0, shape.x1) for shape in layout(at_frame(figure, frame)).shapes]
        marks = [("x", 11, 11), ("x2", 11, 11)]
        assert sorted(upright) == sorted([*marks, *((axis, 10 + frame, 10 + frame) for axis in ("x", "x2"))])
    assert [note.text for note in layout(figure).annotations] == ["new text"], "named once"
    assert (first.line.color, second.line.color) == (ROLES["fast"].color, ROLES["slow"].color)
    said = views.alt_text(figure)
    assert "surprise averages 2.33 ‖∇ℓ‖, most 4 at token 11" in said
    assert "new text at token 11" in said


def test_what_an_earlier_setting_gave_is_faint_and_lies_below() -> None:
    ages = np.arange(3.0)
    now, then = (views.Curve(name, ages, 0.5**ages * scale) for name, scale in (("now", 1.0), ("then", 2.0)))
    ghost, drawn = every(views.forgetting_curve([now], ghosts=[then]))
    assert (ghost.name, drawn.name) == ("then", "now")
    assert ghost.opacity < drawn.opacity
    assert drawn.mode == "lines+markers"
    many = views.Curve("many", np.arange(61.0), np.zeros(61))
    assert every(views.forgetting_curve([many]))[0].mode == "lines"


def test_recall_is_green_above_zero_and_its_range_is_that_of_cosines() -> None:
    colours = layout(views.recall_matrix(WRITES))[RECALL]
    assert (colours.cmin, colours.cmax) == (-1, 1)
    scale = layout(template("light"))[RECALL].colorscale
    low, zero, high = (next(color for at, color in scale if at == place) for place in (0, 0.5, 1))
    assert zero == "#ffffff"
    red, green, _ = (int(high[at : at + 2], 16) for at in (1, 3, 5))
    assert green > red, "what is known is green"
    red, green, _ = (int(low[at : at + 2], 16) for at in (1, 3, 5))
    assert red > green, "what is unlearned is red"


def test_the_box_is_round_the_token_and_a_click_on_its_cells_goes_there() -> None:
    words = ("a", "bcd", "ef", "g", "hi")
    ends = np.cumsum([len(word) + 1 for word in words]).tolist()
    tokens = tuple(Token(word, end - len(word) - 1, end - 1) for word, end in zip(words, ends, strict=True))
    # a bcd / ef g / hi: two lines of the three are a page
    text = signal(list(b"a bcd\nef g\nhi"))
    bits = signal([1.0, 0, 2, 3, 4, 0, 5, 6, 0, 7, 0, 8, 9])
    figure = views.surprise_on_tokens(Trace({"bytes": text, "bits": bits._replace(unit="bits")}, tokens), lines=2)
    moving = views.frames(figure)
    assert moving is not None
    places = [(0, 0, 0), (0, 2, 4), (1, 0, 1), (1, 3, 3), (0, 0, 1)]
    for frame, (row, first, last) in enumerate(places):
        now = at_frame(figure, frame)
        [box] = layout(now).shapes
        assert (box.y0, box.y1, box.x0, box.x1) == (row - 0.5, row + 0.5, first - 0.5, last + 0.5)
        assert list(layout(now).yaxis.ticktext) == [["1", ""], ["3", ""]][frame // 4]
        [link] = moving["links"]
        page = link["frames"][link["index"][frame]]
        assert page[row, first : last + 1].tolist() == [frame] * (last - first + 1)
        assert (page == frame).sum() == last - first + 1
    assert moving["labels"][1] == "byte 2: bcd · 3.0 bits per byte"
    letters = letters_of(at_frame(figure, 1))
    assert (letters["e"], letters["d"]) == ((0, 1), (4, 0))
    assert letters_of(at_frame(figure, 4)) == {"h": (0, 0), "i": (1, 0)}


def letters_of(figure: Any) -> dict[str, tuple[float, float]]:
    """Where each letter of the page stands."""
    drawn = next(one for _, one in traces_of(figure, "scatter") if one.mode == "text")
    return {letter: (x, y) for letter, x, y in zip(drawn.text, drawn.x, drawn.y, strict=False)}


def test_a_long_run_shows_one_of_so_many_writes_and_says_so() -> None:
    writes = np.arange(2500)
    figure = views.recall_matrix(Trace({"recall": signal(np.stack([writes, -writes], 1) / 2500)}))
    [(_, cells)] = traces_of(figure, "heatmap")
    assert list(cells.x) == [*range(0, 2500, 3)]
    assert list(cells.z[0]) == pytest.approx([time / 2500 for time in range(0, 2500, 3)])
    assert layout(figure).xaxis.title.text == "time (writes, one of 3 shown)"
    moving = views.frames(figure)
    assert moving is not None
    assert len(moving["labels"]) == 200
    assert (moving["labels"][0], moving["labels"][-1]) == ("write 0", "write 2499")


def test_a_plain_tuple_is_what_was_measured() -> None:
    [line] = every(views.forgetting_curve([("a", [0, 1], [1, 0.5])]))  # pyright: ignore[reportArgumentType]
    assert line.line.color == ROLES["fast"].color


def test_series_in_one_tuple_share_a_panel_and_are_named_in_their_roles() -> None:
    trace = Trace({"fast": signal([1.0, 0.5, 0.25]), "frozen": signal([1.0, 1.5, 1.0]), "norm": signal([0.0, 1, 1])})
    figure = views.series(trace, [("fast", "frozen"), "norm"])
    lines = {line.name: line for line in every(figure) if line.type == "scatter"}
    assert lines["fast"].yaxis == lines["frozen"].yaxis != lines["norm"].yaxis
    assert [lines[name].showlegend for name in ("fast", "frozen", "norm")] == [True, True, False]
    for name, role in (("fast", "fast"), ("frozen", "slow")):
        assert (lines[name].line.color, lines[name].line.dash) == (ROLES[role].color, ROLES[role].dash)
    assert layout(figure).yaxis.range[1] > 1.5
    assert "frozen averages" in views.alt_text(figure)


def test_the_names_of_a_shared_panel_stand_above_it() -> None:
    trace = Trace({name: signal([1.0, 0.5, 0.25]) for name in ("a", "b", "c", "d", "e")})
    figure = views.series(trace, [("a", "b"), "c", ("d", "e")])
    assert [line.legend for line in every(figure) if line.showlegend] == ["legend", "legend", "legend3", "legend3"]
    for key, axis in (("legend", "yaxis"), ("legend3", "yaxis3")):
        assert layout(figure)[key].y == pytest.approx(layout(figure)[axis].domain[1])
        assert layout(figure)[key].yanchor == "bottom"


def test_a_shared_panel_says_the_unit_once_or_each_its_own() -> None:
    times = np.arange(3)
    bits, nats, more = (Signal(np.ones((3, 1)), times, unit) for unit in ("bits", "nats", "bits"))
    alike = views.series(Trace({"one": bits, "two": more}), [("one", "two")])
    assert layout(alike).yaxis.title.text == "bits"
    assert [line.name for line in every(alike) if line.showlegend] == ["one", "two"]
    mixed = views.series(Trace({"one": bits, "two": nats}), [("one", "two")])
    assert not layout(mixed).yaxis.title.text
    assert [line.name for line in every(mixed) if line.showlegend] == ["one (bits)", "two (nats)"]


@pytest.mark.parametrize(
    ("rows", "threshold", "low", "high"),
    [
        ([5.0, 7.0, 6.0], None, 0, 7 * 1.08),
        ([-5.0, -7.0], None, -7 * 1.05, 1),
        ([1.0, 2.0], 4.0, 0, 4 * 1.08),
        ([0.0, 0.0], None, 0, 1),
    ],
)
def test_a_series_begins_at_zero_or_below(rows: list[float], threshold: float | None, low: float, high: float) -> None:
    axis = layout(views.series(Trace({"surprise": signal(rows)}), threshold=threshold)).yaxis
    assert list(axis.range) == pytest.approx([low, high])
