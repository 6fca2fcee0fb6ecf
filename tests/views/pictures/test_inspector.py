"""The memory inspector: bars by kind, surprise, evenings, the band, what was struck, and what the words say."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from inspected import SHARES, SURPRISE, inspected_trace
from seeing import at, every, named
from traces import diverged, layout

from nlviz import views
from nlviz.trace import Trace

KINDS = ("newest on this topic", "older ones", "other topics", "a lie")


def title(trace: Trace) -> str:
    return layout(views.inspector(trace)).title.text.replace("<br>", " ")


def moving(trace: Trace) -> dict[str, Any]:
    found = views.frames(views.inspector(trace))
    assert found is not None
    return found


def heights(trace: Trace, name: str, row: int) -> np.ndarray:
    figure = views.inspector(trace)
    place = next((i for i, one in enumerate(every(figure)) if one.name == name), None)
    return np.full(5, np.nan) if place is None else at(figure, place, "y", row)


@pytest.mark.parametrize("row", range(5))
@pytest.mark.parametrize("lies", [(), (1,)])
def test_every_bar_is_a_share_and_stands_with_its_kind(row: int, lies: tuple[int, ...]) -> None:
    kinds = {2: ([0], []), 3: ([1], []), 4: ([2], [0])}.get(row, ([], []))
    lie = [one for one in lies if one < row]
    known: list[list[int]] = [[one for one in each if one not in lie] for each in kinds]
    known += [[one for one in range(5) if one not in known[0] + known[1] + lie], lie]
    for name, columns in zip(KINDS, known, strict=True):
        found = heights(inspected_trace(lies=lies), name, row)
        assert np.flatnonzero(np.isfinite(found)).tolist() == columns
        np.testing.assert_allclose(found[columns], SHARES[row, columns], rtol=1e-6)


def test_kinds_differ_by_pattern_and_are_explained_and_a_lie_only_where_there_is_one() -> None:
    figure = views.inspector(inspected_trace(lies=(1,)))
    bars = [named(figure, name) for name in KINDS]
    assert len({bar.marker.pattern.shape for bar in bars}) == 4
    heading = next(note.text for note in layout(figure).annotations if "■" in note.text)
    assert all(bar.marker.color in heading for bar in bars)
    plain = views.inspector(inspected_trace())
    assert "a lie" not in [one.name for one in every(plain)]
    assert not any("a lie" in note.text for note in layout(plain).annotations)


def test_surprise_stands_at_its_day_and_lies_are_marked() -> None:
    figure = views.inspector(inspected_trace(lies=(1, 4)))
    bars, lies = named(figure, "surprise"), named(figure, "lies")
    np.testing.assert_allclose(bars.x, [1.25, 1.75, 2.25, 2.75, 3.25])
    np.testing.assert_allclose(bars.y, SURPRISE)
    np.testing.assert_allclose((lies.x, lies.y), ([1.75, 3.25], [0.9, 1.5]))


def test_an_evening_stands_at_the_end_of_its_day() -> None:
    figure = views.inspector(inspected_trace())
    for name, line in (("delta", [0.9, 0.5, 0.25]), ("frozen", [0.8, 1.2, 0.6])):
        np.testing.assert_allclose(named(figure, name).x, [2, 3, 4])
        np.testing.assert_allclose(named(figure, name).y, line)
    assert "frozen" not in [one.name for one in every(views.inspector(inspected_trace(lines=1)))]


def test_the_band_goes_from_the_first_new_taste_to_the_first_old_one() -> None:
    bands = [one for one in layout(views.inspector(inspected_trace())).shapes if one.type == "rect"]
    assert [(band.x0, band.x1) for band in bands] == [(2.0, 3.0)] * 3
    trace = inspected_trace()
    bare = Trace(dict(trace.items()), trace.tokens, (), trace.notes)
    assert not [one for one in layout(views.inspector(bare)).shapes if one.type == "rect"]


def test_a_cross_stands_where_an_interaction_was_struck() -> None:
    cross = named(views.inspector(inspected_trace(forgotten=3)), "never told")
    assert (list(cross.x), list(cross.y)) == ([2.25], [0.0])
    assert "never told" not in [one.name for one in every(views.inspector(inspected_trace()))]


def test_labels_say_who_asks_of_what_the_answer_is_and_what_surprises() -> None:
    assert moving(inspected_trace(lies=(1,)))["labels"] == [
        "interaction 1, day 1, tea: never talked of before; surprise 1.00",
        "interaction 2, day 1, jazz: never talked of before; a lie, surprise 0.90",
        "interaction 3, day 2, tea: 0.80 of the newest, 0.20 of a lie; surprise 0.20",
        "interaction 4, day 2, jazz: 0.60 of a lie; surprise 0.40",
        "interaction 5, day 3, tea: 0.50 of the newest, 0.25 of older ones, 0.00 of a lie; surprise 1.50",
    ]
    assert moving(inspected_trace(forgotten=3))["labels"][2].endswith("; never told")


def test_alternative_texts_name_the_largest_shares_and_the_last_evening() -> None:
    alts = moving(inspected_trace())["alts"]
    assert alts[4].endswith(
        "Its largest shares are 0.50 of tea (interaction 3), 0.25 of tea (interaction 1), 0.05 of jazz "
        "(interaction 4). Error after 3 evenings: delta 0.25, frozen 0.60."
    )
    assert "It holds a share of no interaction." in alts[0]


# newest: (0.8 + 0.6 + 0.5)/3; older: 0.25/3; what is true, with two lies: (1 + 0.2 + 0.4)/3
@pytest.mark.parametrize(
    ("trace", "said"),
    [
        (
            inspected_trace(),
            "delta: an answer holds 0.63 of the newest word on its topic and 0.08 of older ones, on average",
        ),
        (inspected_trace(lies=(4,)), "delta: the lie surprises by 1.50; what is true, by 0.62 on average"),
        (inspected_trace(lies=(1, 4)), "delta: 2 lies surprise by at most 1.50; what is true, by 0.53 on average"),
        (
            inspected_trace(forgotten=3),
            "delta: interaction 3 was never told: no answer holds any of it, and evenings change by up to 0.26",
        ),
        (
            inspected_trace(forgotten=3).merge({"influence": inspected_trace()["influence"]}),
            "delta: interaction 3 was never told: answers still hold up to 0.50 of it, and evenings change by up to "
            "0.26",
        ),
        (
            diverged(inspected_trace(), "influence", 3),
            "Diverged at write 3: inner_lr·‖k‖² = 2.31 ≥ 2. delta: answers hold shares in this run that are no numbers "
            "any more",
        ),
    ],
)
def test_the_title_says_what_is_argued_about(trace: Trace, said: str) -> None:
    assert title(trace) == said


def test_it_opens_where_the_run_says() -> None:
    assert moving(inspected_trace())["start"] == 2
    trace = inspected_trace()
    bare = Trace(dict(trace.items()), trace.tokens, trace.marks)
    assert moving(bare)["start"] == 4
    assert not title(bare).startswith("delta")


def test_where_no_topic_comes_twice_it_says_so() -> None:
    trace = inspected_trace()
    alone = trace["item"]._replace(values=np.arange(5.0)[:, None])
    assert "no topic comes twice" in title(trace.merge({"item": alone}))


def test_of_a_memory_of_levels_each_frame_says_what_each_gives_of_the_answer() -> None:
    labels = moving(inspected_trace(levels=True))["labels"]
    assert "(" not in labels[0]
    assert "(fast level 1.25, slow level −0.25)" in labels[2]
    assert "(fast level 0.50, slow level 0.50)" in labels[3]
