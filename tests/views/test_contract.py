"""What every view keeps: finite, titled, axes in words, alternative text, any theme, a start frame that is shown."""

from __future__ import annotations

import inspect
import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest
from budgets import kept_trace, raced_trace, slid_trace
from influences import influence_trace
from inspected import inspected_trace
from monthly import months_trace
from nights import nights_trace
from prefixed import prefixed_trace
from sessions import four_arms_trace
from traces import (
    batches_trace,
    clocked_trace,
    code_trace,
    diverged,
    event_trace,
    fading_trace,
    hoped_trace,
    layout,
    learned_trace,
    nested_trace,
    overwriting_trace,
    pair_trace,
    read_twice,
    rolled_trace,
    tasks_trace,
    told_trace,
    wired_trace,
)

from nlviz import views
from nlviz.trace import Signal, Trace
from nlviz.views.drawing import theme

Draw = Callable[..., go.Figure]
CODE, PAIRS, OVERWRITING = code_trace(1500), pair_trace(), overwriting_trace()
AGES = np.arange(40.0)
CURVES = [views.Curve("delta", AGES, np.exp(-AGES / 30)), views.Curve("Hebbian", AGES, np.exp(-AGES / 60), "slow")]

DRAWN: dict[str, Draw] = {
    "clockwork": lambda **more: views.clockwork(clocked_trace(), **more),
    "erasing": lambda **more: views.erasing(OVERWRITING, **more),
    "forgetting": lambda **more: views.forgetting(fading_trace(), **more),
    "forgetting_curve": lambda **more: views.forgetting_curve(
        CURVES, theory=[views.Curve("law", AGES, np.exp(-AGES / 32), "theory")], ghosts=CURVES[:1], **more
    ),
    "four_arms": lambda **more: views.four_arms(four_arms_trace(), **more),
    "gradient_memory": lambda **more: views.gradient_memory(rolled_trace(), **more),
    "heat_map": lambda **more: views.heat_map(PAIRS, **more),
    "hope": lambda **more: views.hope(hoped_trace(), **more),
    "influence": lambda **more: views.influence(influence_trace(), **more),
    "inspector": lambda **more: views.inspector(inspected_trace(lies=(1,)), **more),
    "keeping": lambda **more: views.keeping(kept_trace(), **more),
    "landing": lambda **more: views.landing(PAIRS, **more),
    "learning": lambda **more: views.learning(learned_trace(), **more),
    "mini_batches": lambda **more: views.mini_batches(batches_trace(), **more),
    "nesting": lambda **more: views.nesting(nested_trace(), **more),
    "prefixes": lambda **more: views.prefixes(prefixed_trace(), **more),
    "race": lambda **more: views.race(raced_trace(), **more),
    "reading": lambda **more: views.reading(CODE, threshold=2.0, **more),
    "recall_matrix": lambda **more: views.recall_matrix(PAIRS, **more),
    "remembering": lambda **more: views.remembering(told_trace(), **more),
    "segments": lambda **more: views.segments(slid_trace(), **more),
    "series": lambda **more: views.series(CODE, ("bits", "surprise", "write_norm"), threshold=2.0, **more),
    "tasks": lambda **more: views.tasks(tasks_trace(), **more),
    "sleep": lambda **more: views.sleep(nights_trace(), **more),
    "surprise_on_tokens": lambda **more: views.surprise_on_tokens(CODE, **more),
    "timeline": lambda **more: views.timeline(months_trace(), **more),
    "titans": lambda **more: views.titans(event_trace(), **more),
    "two_loops": lambda **more: views.two_loops(read_twice(), **more),
    "wiring": lambda **more: views.wiring(wired_trace(), **more),
    "writing": lambda **more: views.writing(PAIRS, **more),
}
NOT_VIEWS = {"handle", "animate", "describe"}
BROKEN = {
    "clockwork": lambda: views.clockwork(diverged(clocked_trace(), "recall of A", 15)),
    "erasing": lambda: views.erasing(diverged(OVERWRITING, "delta_after", 8)),
    "gradient_memory": lambda: views.gradient_memory(diverged(rolled_trace(), "way", 7)),
    "heat_map": lambda: views.heat_map(diverged(PAIRS, "weights", 15)),
    "hope": lambda: views.hope(diverged(hoped_trace(), "write_norm", 7)),
    "influence": lambda: views.influence(diverged(influence_trace(), "influence", 3)),
    "inspector": lambda: views.inspector(diverged(inspected_trace(), "influence", 3)),
    "landing": lambda: views.landing(diverged(PAIRS, "weights", 15)),
    "learning": lambda: views.learning(diverged(learned_trace(), "recall_error", 2)),
    "reading": lambda: views.reading(diverged(CODE, "bits", 300)),
    "recall_matrix": lambda: views.recall_matrix(diverged(PAIRS, "recall", 15)),
    "series": lambda: views.series(diverged(CODE, "surprise", 300)),
    "sleep": lambda: views.sleep(diverged(nights_trace(), "known", 10)),
    "surprise_on_tokens": lambda: views.surprise_on_tokens(diverged(CODE, "bits", 300)),
    "timeline": lambda: views.timeline(diverged(months_trace(), "paid", 30)),
    "titans": lambda: views.titans(diverged(event_trace(), "recall", 15)),
    "two_loops": lambda: views.two_loops(diverged(read_twice(), "bits", 20)),
    "writing": lambda: views.writing(diverged(PAIRS, "weights", 15)),
}

each = pytest.mark.parametrize("name", sorted(DRAWN))
each_moving = pytest.mark.parametrize("name", sorted(set(DRAWN) - {"forgetting_curve", "four_arms"}))


def numbers(figure: go.Figure) -> Iterator[np.ndarray]:
    for trace in figure.data:
        for path in ("x", "y", "z"):
            if path in trace and trace[path] is not None:
                yield np.asarray(trace[path], dtype=float)


def tracks(figure: go.Figure) -> list[views.Track]:
    moving = views.frames(figure)
    return [] if moving is None else [views.Track(**track) for track in moving["tracks"]]


def axes(figure: go.Figure) -> list[Any]:
    return [axis for axis in (*figure.select_xaxes(), *figure.select_yaxes()) if axis["domain"]]


def equal(shown: Any, stored: Any) -> bool:
    if isinstance(stored, list | str):
        return json.dumps(np.asarray(shown, dtype=object).tolist()) == json.dumps(stored)
    return np.allclose(np.asarray(shown, dtype=float), stored, rtol=1e-5, atol=1e-6, equal_nan=True)


def colors(node: Any, key: str = "") -> Iterator[str]:
    if isinstance(node, dict):
        for name, value in node.items():
            yield from colors(value, name)
    elif isinstance(node, list | tuple):
        for value in node:
            yield from colors(value, key)
    elif isinstance(node, str) and (re.match(r"#[0-9a-fA-F]{3,8}$|rgba?\(", node) or key.endswith("color")):
        yield node


def luminance(color: str) -> float:
    parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return float(np.dot([0.2126, 0.7152, 0.0722], linear))


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_every_view_is_drawn_here():
    public = {name for name in views.__all__ if inspect.isfunction(getattr(views, name))}
    drawing = {name for name in public if inspect.signature(getattr(views, name)).return_annotation == "go.Figure"}
    assert drawing - NOT_VIEWS == set(DRAWN)


@each
def test_finite_titled_described(name: str):
    figure = DRAWN[name]()
    assert any(np.isfinite(values).any() for values in numbers(figure))
    assert not any(np.isinf(values).any() for values in numbers(figure))
    assert len(layout(figure).title.text.split()) >= 6, "the title is a sentence that says what to see"
    assert len(views.alt_text(figure).split()) >= 8
    assert re.search(r"\d", views.alt_text(figure)), "alternative text comes from the data"


@each
def test_axes_say_what_they_are(name: str):
    # Stacked panels share one time axis: the words stand under the lowest.
    silent = [axis for axis in axes(DRAWN[name]()) if not axis.title.text and axis.showticklabels is not False]
    assert not silent


@each
def test_a_figure_holds_only_colours_legible_on_every_theme(name: str):
    picture = DRAWN[name]().to_plotly_json()
    picture["layout"].pop("template")
    picture["layout"].pop("meta")
    allowed = {role.color for role in theme.ROLES.values()} | {"rgba(0,0,0,0)"}
    assert set(colors(picture)) - {theme.SURPRISE, theme.DIVERGING, theme.RECALL} <= allowed


@each
@pytest.mark.parametrize("look", theme.NAMES)
def test_the_theme_changes_the_template_and_nothing_else(name: str, look: str):
    plain, themed = DRAWN[name](), DRAWN[name](theme=look)
    assert layout(themed).template.layout.paper_bgcolor == layout(theme.template(look)).paper_bgcolor
    layout(themed).template = layout(plain).template
    assert themed.to_json() == plain.to_json()


@each_moving
def test_it_opens_on_its_start_frame(name: str):
    figure = DRAWN[name]()
    moving = views.frames(figure)
    assert moving is not None
    for track in tracks(figure):
        state = moving["start"] if track.index is None else track.index[moving["start"]]
        shown = (layout(figure) if track.trace == views.LAYOUT else figure.data[track.trace])[track.path]
        assert equal(shown, track.values[state]), track.path


@each_moving
def test_something_changes_between_frames(name: str):
    figure = DRAWN[name]()
    assert any(not equal(track.values[0], track.values[-1]) for track in tracks(figure))


@pytest.mark.parametrize("name", sorted(BROKEN))
def test_divergence_is_named_and_drawn_as_a_gap(name: str):
    figure = BROKEN[name]()
    assert "Diverged at write" in layout(figure).title.text
    assert not any(np.isinf(values).any() for values in numbers(figure))
    assert any(np.isfinite(values).any() for values in numbers(figure)), "it opens where there is something to see"
    for track in tracks(figure):
        if isinstance(track.values, np.ndarray):
            assert not np.isinf(track.values).any()


def test_an_unknown_theme_is_named():
    with pytest.raises(ValueError, match=r"theme is 'dusk'; expected one of 'light'"):
        views.heat_map(PAIRS, theme="dusk")


@pytest.mark.parametrize("look", theme.NAMES)
def test_contrast(look: str):
    look_of = layout(theme.template(look))
    assert all(contrast(role.color, look_of.paper_bgcolor) >= 3 for role in theme.ROLES.values())
    cells = [color for _, color in look_of[theme.SURPRISE].colorscale]
    assert min(contrast(look_of.font.color, color) for color in cells) >= 4.5, "code is read on every cell"


def test_the_projector_is_for_the_last_row():
    large: Any = theme.template("projector")
    light: Any = theme.template("light")
    small = [size for size in re.findall(r'"size":(\d+)', json.dumps(layout(large).to_plotly_json()).replace(" ", ""))]
    assert min(map(int, small)) >= 18
    assert large.data.scatter[0].textfont.size >= 18
    assert large.data.scatter[0].line.width >= 2 * light.data.scatter[0].line.width - 1


def test_roles_differ_by_more_than_hue():
    assert len({role.dash for role in theme.ROLES.values()}) == len(theme.ROLES)
    assert len({role.symbol for role in theme.ROLES.values()}) == len(theme.ROLES)


def test_one_range_for_all_frames():
    figure = views.heat_map(PAIRS)
    most = np.abs(PAIRS["weights"].values).max()
    assert layout(figure)[theme.DIVERGING].cmin == pytest.approx(-most)
    assert layout(figure)[theme.DIVERGING].cmax == pytest.approx(most)
    assert layout(figure).yaxis.scaleanchor == "x"


def test_a_missing_signal_drops_its_panel_and_nothing_else():
    only = Trace({name: CODE[name] for name in ("bits", "bytes")}, CODE.tokens)
    assert len(views.reading(CODE).data) == 11
    assert len(views.reading(only).data) == 5, "cells, letters, bars, letters of the line, a mean"
    gauge = Trace({name: CODE[name] for name in ("surprise", "bytes")}, CODE.tokens)
    assert len(axes(views.reading(gauge, by="surprise"))) == 4, "nothing is known of bits per byte"
    bare = views.writing(Trace({"weights": PAIRS["weights"]}))
    assert len(bare.data) == 1
    assert "frozen" not in views.alt_text(views.reading(only))


def test_recall_is_shown_from_the_items_first_write():
    figure = views.writing(PAIRS)
    bars = next(np.asarray(track.values) for track in tracks(figure) if track.path == "x")
    assert np.isnan(bars[0]).all(), "nothing is known before the first write"
    assert np.isnan(bars[5, 5:]).all()
    assert np.allclose(bars[5, :5], PAIRS["recall"].values[4, 0, :5], atol=1e-6)


def test_a_signal_of_the_wrong_shape_is_named():
    flat = Trace({"weights": Signal(np.zeros((3, 1)), np.arange(3))})
    with pytest.raises(ValueError, match=r"shape \[3, 1\]; expected \[time, batch, d_value, d_key\]"):
        views.heat_map(flat)


def test_views_need_no_torch():
    code = "import sys, nlviz.views; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
