"""Strips over the same tokens: every piece where it begins and ends, every update where it is made."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from seeing import every, named
from traces import layout, nested_trace

from nlviz import views


def blocks(figure: Any, name: str) -> list[tuple[float, float]]:
    bar = next(one for one in every(figure) if one.type == "bar" and one.name == name)
    return [(base, base + wide) for base, wide in zip(bar.base, bar.x, strict=True)]


def test_every_strip_has_its_pieces_where_they_are() -> None:
    figure = views.nesting(nested_trace())
    assert blocks(figure, "sequence") == [(-0.5, 11.5), (11.5, 23.5)]
    assert blocks(figure, "segment") == [(-0.5, 5.5), (5.5, 11.5), (11.5, 17.5), (17.5, 23.5)]
    assert blocks(figure, "chunk") == [(3 * at - 0.5, 3 * at + 2.5) for at in range(8)]


def test_a_level_has_a_mark_at_each_update_of_the_first_stream() -> None:
    figure = views.nesting(nested_trace())
    assert [*named(figure, "fast, updates").x] == [2, 5, 8, 11, 14, 17, 20, 23]
    assert [*named(figure, "slow, updates").x] == [5, 11, 17, 23]
    assert not len(named(views.nesting(nested_trace(1)), "slow, updates").x), "the last stream's stands still"


def test_the_first_stream_stands_in_colour_among_the_others() -> None:
    strips = [one for one in every(views.nesting(nested_trace(3))) if (one.name or "").startswith("stream")]
    assert [one.name for one in strips] == [f"stream {at}: sequence" for at in (1, 2, 3)]
    colours = [one.marker.color for one in strips]
    assert colours[0] != colours[1] == colours[2]
    # no two of them share a height
    heights = sorted((one.y[0] - one.width / 2, one.y[0] + one.width / 2) for one in strips)
    assert all(low[1] < high[0] for low, high in pairwise(heights))


@pytest.mark.parametrize(("period", "count"), [(6, 2), (12, 1)])
def test_the_title_counts_what_a_sequence_holds(period: int, count: int) -> None:
    said = layout(views.nesting(nested_trace(period=period))).title.text.replace("<br>", " ")
    times = "times" if count > 1 else "time"
    assert said == f"A sequence of 12 tokens, 4 chunks: fast updated 4 times, slow updated {count} {times}"


def test_a_frame_says_what_its_token_is_of() -> None:
    moving = views.frames(views.nesting(nested_trace()))
    assert moving is not None
    assert moving["labels"][17] == "token 17: sequence 2, segment 1, chunk 2 · updated: fast, slow"
    assert moving["labels"][16] == "token 16: sequence 2, segment 1, chunk 2 · no level updated"
    assert (moving["acts"][17], moving["acts"][16]) == ("inner write", "inner read error")
