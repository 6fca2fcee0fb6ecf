"""The influence map: cells and signs, the row of the slider, its bars by kind, the error, and what the words say."""

from __future__ import annotations

import numpy as np
import pytest
from influences import SHARES, influence_trace
from seeing import at, every, named, words_in
from traces import diverged, layout

from nlviz import views
from nlviz.trace import Trace
from nlviz.views.drawing.theme import DIVERGING


def title(trace: Trace) -> str:
    return layout(views.influence(trace)).title.text.replace("<br>", " ")


def moving(trace: Trace) -> dict[str, list[str]]:
    found = views.frames(views.influence(trace))
    assert found is not None
    return found


def place(name: str) -> int:
    return next(at for at, one in enumerate(every(views.influence(influence_trace()))) if one.name == name)


def changed(**signals: np.ndarray) -> Trace:
    """The trace with other values of one stream."""
    trace = influence_trace()
    return trace.merge({name: trace[name]._replace(values=values[:, None]) for name, values in signals.items()})


def test_a_cell_is_a_share_and_a_minus_stands_in_what_is_clearly_below_zero() -> None:
    figure = views.influence(influence_trace())
    cells = named(figure, "shares")
    np.testing.assert_allclose(cells.z, SHARES)
    signs = np.asarray(cells.text)
    assert np.argwhere(signs == "−").tolist() == [[3, 0], [4, 0]]
    assert set(signs.ravel()) == {"", "−"}
    colours = layout(figure)[DIVERGING]
    assert (colours.cmin, colours.cmid, colours.cmax) == (-1.0, 0, 1.0)
    assert tuple(colours.colorbar.tickvals) == (-1.0, 0, 1.0)
    large = layout(views.influence(influence_trace(by=38.9)))[DIVERGING]
    assert tuple(large.colorbar.tickvals) == (-30.0, 0, 30.0)
    barely = changed(influence=np.where(SHARES < 0, -0.04, SHARES))
    assert set(np.asarray(named(views.influence(barely), "shares").text).ravel()) == {""}


def test_the_newest_telling_of_what_a_token_asks_for_is_marked() -> None:
    marks = named(views.influence(influence_trace()), "newest telling, cells")
    assert list(zip(marks.y.tolist(), marks.x.tolist(), strict=True)) == [(2, 0), (3, 1), (4, 2)]
    assert "open" in marks.marker.symbol


@pytest.mark.parametrize("row", range(5))
def test_a_frame_stands_round_the_row_and_its_bars_are_its_shares_by_kind(row: int) -> None:
    figure = views.influence(influence_trace())
    assert float(at(figure, views.LAYOUT, "shapes[0].y0", row)) == row - 0.5
    assert float(at(figure, views.LAYOUT, "shapes[0].y1", row)) == row + 0.5
    kinds = {2: [[0], []], 3: [[1], []], 4: [[2], [0]]}.get(row, [[], []])
    kinds.append([one for one in range(5) if one not in kinds[0] + kinds[1]])
    for name, columns in zip(("newest telling", "older ones", "other facts"), kinds, strict=True):
        heights = at(figure, place(name), "y", row)
        assert np.flatnonzero(np.isfinite(heights)).tolist() == columns
        np.testing.assert_allclose(heights[columns], SHARES[row, columns], rtol=1e-6)


def test_bars_of_each_kind_have_a_pattern_of_their_own_and_are_explained() -> None:
    figure = views.influence(influence_trace())
    bars = [named(figure, name) for name in ("newest telling", "older ones", "other facts")]
    bars[0] = next(one for one in every(figure) if one.type == "bar")
    assert len({bar.marker.pattern.shape for bar in bars}) == 3
    heading = next(note.text for note in layout(figure).annotations if "■" in note.text)
    assert all(bar.marker.color in heading for bar in bars)


def test_a_click_on_a_cell_goes_to_the_token_that_asks_there() -> None:
    found = views.frames(views.influence(influence_trace()))
    assert found is not None
    cells = next(link for link in found["links"] if link.get("trace") == place("shares"))
    np.testing.assert_array_equal(cells["frames"][0], np.repeat(np.arange(5)[:, None], 5, 1))
    assert sum("times" in link for link in found["links"]) == 2


def test_the_line_of_the_rule_stands_over_the_map_part_by_part() -> None:
    said = [note.text for note in layout(views.influence(influence_trace())).annotations]
    assert "S ← 0.5 S + θ v kᵀ<br>M ← M + S" in said
    assert not words_in(views.influence(influence_trace()), "y3")


def test_the_error_is_drawn_as_recorded_or_its_panel_is_not_there() -> None:
    figure = views.influence(influence_trace())
    np.testing.assert_allclose(named(figure, "error").y, [np.nan, np.nan, 0.4, 0.5, 0.25])
    bare = influence_trace()
    bare = Trace({name: bare[name] for name in ("influence", "item")}, bare.tokens)
    assert "error" not in [one.name for one in every(views.influence(bare))]
    assert moving(bare)["labels"][-1] == "token 4 asks for A: 1.00 of the newest telling (token 2), −0.40 of older ones"


def test_labels_tell_newest_from_older_and_a_first_telling_from_both() -> None:
    assert moving(influence_trace())["labels"] == [
        "token 0 asks for A, never told before: its answer is empty",
        "token 1 asks for B, never told before: its answer is of other facts",
        "token 2 asks for A: 0.80 of the newest telling (token 0); error 0.40",
        "token 3 asks for B: 0.60 of the newest telling (token 1); error 0.50",
        "token 4 asks for A: 1.00 of the newest telling (token 2), −0.40 of older ones; error 0.25",
    ]


def test_alternative_texts_name_the_largest_shares() -> None:
    alts = moving(influence_trace())["alts"]
    assert alts[4].endswith("Its largest shares are 1.00 of A (token 2), −0.40 of A (token 0), 0.05 of B (token 3).")
    assert alts[0].endswith("It holds a share of no write, 0.")


# newest: (0.8 + 0.6 + 1.0)/3; older: −0.4/3
@pytest.mark.parametrize(
    ("trace", "said"),
    [
        (influence_trace(), "KDA: an answer holds 0.80 of the newest telling and −0.13 of older ones, on average"),
        (
            influence_trace(""),
            "None of the 10 rules in our table: an answer holds 0.80 of the newest telling and −0.13 of older ones, on "
            "average",
        ),
        (
            influence_trace(by=1e6),
            "KDA: an answer holds 800,000 of the newest telling and −130,000 of older ones, on average",
        ),
        (
            changed(influence=np.where(SHARES == 0.6, np.inf, SHARES)),
            "KDA: an answer holds shares in this run that are no numbers any more",
        ),
        (
            changed(item=np.arange(5.0)),
            "KDA: an answer can hold nothing of its own fact: none is told twice in this run",
        ),
        (
            changed(item=np.full(5, -1.0)),
            "KDA: an answer can hold nothing of its own fact: none is told twice in this run",
        ),
    ],
)
def test_the_title_is_the_mean_over_all_that_was_told_before(trace: Trace, said: str) -> None:
    assert title(trace) == said


def test_without_notes_no_rule_is_named() -> None:
    trace = influence_trace()
    assert title(Trace(dict(trace.items()), trace.tokens)).startswith("An answer holds 0.80")


def test_it_opens_at_the_last_token_that_asks_for_something_told_and_finite() -> None:
    assert moving(influence_trace())["start"] == 4
    assert moving(diverged(influence_trace(), "influence", 3))["start"] == 2
    assert "no number" in moving(diverged(influence_trace(), "influence", 3))["labels"][4]


def test_rows_may_be_some_of_the_tokens() -> None:
    """The last three tokens ask, of all five writes."""
    trace = influence_trace()
    some = {
        name: trace[name]._replace(values=trace[name].values[2:], times=np.arange(2, 5))
        for name in ("influence", "error")
    }
    late = views.influence(trace.merge(some))
    found, marks = views.frames(late), named(late, "newest telling, cells")
    assert found is not None
    assert found["labels"] == moving(trace)["labels"][2:]
    assert list(zip(marks.y.tolist(), marks.x.tolist(), strict=True)) == [(0, 0), (1, 1), (2, 2)]
    letters = [list(one.text) for one in every(late) if one.name == "names"]
    assert letters == [list("ABA"), list("ABABA"), list("ABABA")]


def test_shares_too_small_for_two_digits_have_no_sign() -> None:
    assert "and 0.00 of older ones" in title(changed(influence=np.where(SHARES < -0.3, -0.001, SHARES)))


def test_three_shares_are_named_of_many() -> None:
    alts = moving(changed(influence=np.where(SHARES == 0.05, -2.0, SHARES + 0.01)))["alts"]
    assert alts[4].endswith("are −2.00 of B (token 3), 1.01 of A (token 2), −0.39 of A (token 0).")
