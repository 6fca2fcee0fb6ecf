"""The runs that a page carries: which come first, what a budget leaves of them, and that the lab stays as it was."""

from __future__ import annotations

import base64
import gzip
import json
import struct
from itertools import pairwise
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest

from nlviz.trace import Signal, Trace
from nlviz.views.drawing.frames import describe
from nlviz.widgets import Choice, Lab, Line, Number, Whole
from nlviz.widgets.pages.export import packed, portable
from nlviz.widgets.pages.settings import held_runs, settings_of


def run(height: float, count: int, kind: str = "up", words: str = "") -> Trace:
    if height == 2.0:
        raise ValueError("height 2 is too high; give less")
    rise = np.arange(count) * (1.0 if kind == "up" else -1.0)
    return Trace({"value": Signal(height + rise[:, None], np.arange(count), "m")})


def view(trace: Trace) -> go.Figure:
    values = trace["value"].values[:, 0]
    return describe(go.Figure(go.Scatter(y=values)), f"{len(values)} points from {values[0]:g} m")


def lab(**options: Any) -> Lab:
    knobs: dict[str, Any] = {
        "height": Number(1.0, 0.0, 2.0, 0.5, unit="m"),
        "count": Whole(3, 1, 9),
        "kind": Choice("up", ("up", "down")),
    }
    presets = {"low": {"height": 0.0}, "many": {"count": 9}}
    return Lab(
        run, view, title="Hill", name="hill", summary=lambda trace: "a hill", presets=presets, **knobs, **options
    )


def test_presets_come_first_then_every_knob_in_turn_then_two_together() -> None:
    wanted = settings_of(lab())
    now = {"height": 1.0, "count": 3, "kind": "up"}
    assert wanted[0] == now
    assert wanted[1:3] == [{**now, "height": 0.0}, {**now, "count": 9}]
    assert {"height": 1.0, "count": 3, "kind": "down"} in wanted[:8]
    assert len(wanted) == len({json.dumps(one) for one in wanted}), "none twice"
    heights = {one["height"] for one in wanted}
    assert heights == {0.0, 0.5, 1.0, 1.5, 2.0}
    counts = {one["count"] for one in wanted}
    assert {1, 3, 9} < counts
    assert all(isinstance(count, int) for count in counts)
    assert {"height": 0.0, "count": 9, "kind": "up"} in wanted, "two at once"


def test_only_what_is_in_sight_is_swept_and_a_line_never() -> None:
    assert {one["count"] for one in settings_of(lab(only=["height"]))} == {3, 9}, "the preset's alone"
    lined = Lab(lambda words: run(1.0, 2), view, words=Line("hello", most=20))
    assert settings_of(lined) == [{"words": "hello"}]
    assert portable(lined, megabytes=1)["state"]["form"]["controls"] == []


def test_a_run_on_a_page_is_what_the_live_lab_shows() -> None:
    shown = lab()
    runs = held_runs(shown, megabytes=1)
    assert [found.state["knobs"] for found in runs] == settings_of(shown)
    for found in runs:
        shown.set(**found.state["knobs"])
        assert found.state["share"] == shown.share
        assert found.state["error"] == shown.error
        if not shown.error:
            heights = shown.picture["data"][0]["y"]
            place = found.paths.index(["picture", "data", 0, "y", "packed"])
            assert bytes(found.buffers[place]) == bytes(heights["packed"])
        else:
            assert "picture" not in found.state


def test_the_lab_stands_where_it_stood() -> None:
    shown = lab(knobs={"count": 5})
    before = shown.knobs, shown.summary, shown.picture["data"][0]["y"]["packed"]
    held_runs(shown, megabytes=1)
    assert (shown.knobs, shown.summary, shown.picture["data"][0]["y"]["packed"]) == before


def test_a_budget_is_kept_and_what_is_the_same_costs_nothing() -> None:
    def noise(amount: int) -> Trace:
        values = np.random.default_rng(amount // 50).normal(size=(20_000, 1))
        return Trace({"value": Signal(values, np.arange(20_000), "m")})

    noisy = Lab(noise, view, amount=Whole(0, 0, 100))
    assert len(held_runs(noisy, megabytes=0.05)) == 1, "where it stands, whatever that takes"
    assert len(held_runs(noisy, megabytes=10)) == len(settings_of(noisy))
    # of seven settings three have the same numbers, two others too
    assert len(held_runs(noisy, megabytes=0.33)) > 3
    assert held_runs(noisy, megabytes=0) == []
    with pytest.raises(ValueError, match="megabytes is -1; expected"):
        held_runs(noisy, megabytes=-1)


def test_how_far_it_is_is_told() -> None:
    told: list[tuple[int, int]] = []
    runs = held_runs(lab(), megabytes=1, tell=lambda done, of: told.append((done, of)))
    assert told == [(done, len(runs)) for done in range(1, len(runs) + 1)]


def test_a_page_has_the_knobs_that_have_somewhere_to_go() -> None:
    form = portable(lab(only=["height"]), megabytes=1)["state"]["form"]
    assert [one["name"] for one in form["controls"]] == ["height", "count"]
    assert set(form["presets"]) == {"low", "many"}
    bare = portable(lab())
    assert bare["runs"] == []
    assert bare["state"]["form"]["controls"] == []
    assert bare["state"]["form"]["title"].startswith("Hill · ")


def test_what_is_packed_comes_out_as_it_went_in() -> None:
    one = portable(lab(), megabytes=1)
    (shown, first), (runs, more) = map(_opened, packed([one, one]))
    assert len(shown["players"]) == len(runs["runs"]) == 2
    assert [len(player["runs"]) for player in (one, one)] == [len(held) for held in runs["runs"]]
    buffers = [*first, *more]
    for number, text in zip(runs["runs"][1][2]["buffers"], one["runs"][2]["buffers"], strict=True):
        assert buffers[number] == base64.b64decode(text)
    assert max(number for player in shown["players"] for number in player["buffers"]) < len(first), "drawn without runs"
    assert packed([one]) == packed([one]), "the same page from the same runs"


def _opened(text: str) -> tuple[dict[str, Any], list[bytes]]:
    message = gzip.decompress(base64.b64decode(text))
    (length,) = struct.unpack("<I", message[:4])
    head = json.loads(message[4 : 4 + length])
    ends = [4 + length + int(size) for size in np.cumsum([0, *head["sizes"]])]
    assert ends[-1] == len(message)
    return head, [message[start:end] for start, end in pairwise(ends)]
