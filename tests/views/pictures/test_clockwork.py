"""Two levels and their clocks: every line, every update, what waits, and what the title says of the burst."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from seeing import every, named
from traces import clocked_trace, layout

from nlviz import views
from nlviz.trace import Trace


def title(trace: Trace) -> str:
    return layout(views.clockwork(trace)).title.text.replace("<br>", " ")


def with_out(level: str) -> Trace:
    return clocked_trace().merge(notes={"out": level})


def test_every_line_is_drawn_as_it_was_recorded() -> None:
    trace = clocked_trace()
    data = [one for one in every(views.clockwork(trace)) if one.name in trace["recall of A"].names]
    for letter, lines in (("A", data[:4]), ("B", data[4:])):
        for line in lines:
            expected = trace[f"recall of {letter}"].values[:, 0, trace["recall of A"].names.index(line.name)]
            np.testing.assert_allclose(line.y, expected)


def test_a_level_has_an_upright_line_at_each_update_and_what_waits_between() -> None:
    figure = views.clockwork(clocked_trace(24, 8))
    stems = named(figure, "slow, updates")
    assert [*stems.x[::3]] == [7, 15, 23]
    assert [*stems.y[1::3]] == [2.0, 2.0, 2.0]
    waiting = named(figure, "slow, waiting")
    assert [*waiting.y[:9]] == [0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 1.75, 0.0, 0.25]
    assert len(named(figure, "fast, updates").x) == 3 * 24


def test_the_burst_is_shaded_in_every_panel_and_named() -> None:
    figure = views.clockwork(clocked_trace())
    bands = [(one.x0, one.x1) for one in layout(figure).shapes if one.type == "rect" and one.x1 is not None]
    assert bands == [(11.5, 17.5)] * 4
    words = {note.text: note.x for note in layout(figure).annotations}
    assert (words["A"], words["burst of B"], words["A again"]) == (5.5, 14.5, 20.5)


def test_it_opens_at_the_end_of_the_burst_and_says_what_is_updated() -> None:
    moving = views.frames(views.clockwork(clocked_trace()))
    assert moving is not None
    assert (moving["start"], moving["labels"][17]) == (17, "token 17: burst of B · updated: fast")
    assert moving["labels"][15] == "token 15: burst of B · updated: fast, slow"
    assert moving["acts"] == ["inner write"] * 24


def test_between_updates_of_all_levels_nothing_is_written() -> None:
    still = clocked_trace()["level_writes"]
    still = still._replace(values=still.values * [0.0, 1.0])
    moving = views.frames(views.clockwork(clocked_trace().merge({"level_writes": still})))
    assert moving is not None
    assert [at for at, act in enumerate(moving["acts"]) if act == "inner write"] == [7, 15, 23]


def test_the_title_says_how_often_the_slow_level_was_updated_and_what_it_keeps() -> None:
    assert title(clocked_trace(24, 8)) == "1 slow update in the burst: slow is left with 0.20 of A, both with 0.00"
    assert title(clocked_trace(24, 3)) == "2 slow updates in the burst: slow is left with 0.60 of A, both with 0.40"
    assert title(clocked_trace(24, 12)) == "No slow update in the burst: slow keeps 0.10 of A, both end at −0.10"
    said = "Without the slow level, recall of A before the burst is 0.60, after it 0.00"
    assert title(with_out("slow")) == said
    whole = replace(clocked_trace(24, 8), tokens=())
    assert title(whole) == "3 slow updates in the stream: slow is left with 0.30 of A, both with 0.80"


def test_numbers_that_are_none_are_told() -> None:
    lost = clocked_trace()["recall of A"]
    values = lost.values.copy()
    values[15:] = np.nan
    trace = clocked_trace().merge({"recall of A": lost._replace(values=values)})
    assert title(trace) == "What the levels recall of A in this run is no number any more"


def test_a_level_that_is_knocked_out_is_said_to_be() -> None:
    words = " ".join(note.text for note in layout(views.clockwork(with_out("slow"))).annotations)
    assert "slow: knocked out" in words
    assert "slow (knocked out)" in words


def test_lines_without_names_are_refused() -> None:
    bare = clocked_trace()["recall of A"]._replace(names=())
    with pytest.raises(ValueError, match=r"has the names \[\]; expected one for all 2 levels together"):
        views.clockwork(clocked_trace().merge({"recall of A": bare}))
