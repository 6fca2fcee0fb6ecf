"""What a turn paints at once stands where Plotly draws it when the hand rests: words, ticks, cells, bars, lines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest
from playwright.sync_api import Browser, expect

from nlviz.trace import Signal, Trace
from nlviz.views.drawing.frames import Track, animate, describe
from nlviz.widgets import Choice, Lab
from nlviz.widgets.pages.export import exported

from .tab import SCREENSHOTS
from .tab import Lab as OnPage

pytestmark = pytest.mark.browser

# Plotly is asked for when the hand rests: that comes when the test lets it.
HOLD = """() => {
  const wait = window.setTimeout;
  Object.assign(window, { held: false, resting: [], redraws: 0 });
  window.setTimeout = (then, ms, ...more) => (held && ms >= 400 ? resting.push(then) : wait(then, ms, ...more));
}"""
REST = "() => { held = false; resting.splice(0).forEach((then) => then()); }"
PAINTED = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(redraws))))"

# All that is to be seen: words with their middle, grid lines, and the boxes of what stands in each layer of a panel.
LOOK = """(graph) => {
  const at = graph.getBoundingClientRect();
  const seen = (node) => node.getClientRects().length && getComputedStyle(node).visibility !== "hidden";
  const box = (node) => {
    const { left, top, right, bottom } = node.getBoundingClientRect();
    return [left - at.left, top - at.top, right - at.left, bottom - at.top];
  };
  const all = (kind, inside = graph) => [...inside.querySelectorAll(kind)].filter(seen);
  const words = all("text").filter((text) => text.textContent.trim()).map((text) => {
    const [left, top, right, bottom] = box(text);
    return [text.textContent.replace(/\\u200b/g, "").trim(), (left + right) / 2, (top + bottom) / 2];
  });
  const grid = all(".gridlayer path").map((path) => ["grid", ...box(path)]);
  const layers = [[".scatterlayer > *", "path"], [".barlayer", "path"], [".heatmaplayer", "image, foreignObject"]];
  const inside = layers.flatMap(([layer, kinds]) => all(layer).flatMap((one) => {
    const boxes = all(kinds, one).map(box);
    const ends = [Math.min, Math.min, Math.max, Math.max].map((most, end) => most(...boxes.map((each) => each[end])));
    const colours = new Set(all(kinds, one).map((each) => getComputedStyle(each).stroke));
    return boxes.length ? [[[layer, ...[...colours].sort()].join(" "), ...ends]] : [];
  }));
  return [...words, ...grid, ...inside];
}"""
APART = 5.0
"""Pixels: Plotly rounds to whole ones here, to hundredths there, and moves a bar of colours with its title by four."""

FIRST: dict[str, Any] = {
    "words": [{"text": "one line", "x": 1, "y": 3}],
    "shapes": [{"x0": 1, "x1": 2, "y0": 1, "y1": 2}],
    "axes": {"range": [0, 4], "dtick": 1},
    "bar": {"cmin": 0, "cmax": 4, "title": "bits"},
    "cells": np.arange(12.0).reshape(3, 4) / 3,
    "middles": [0, 1, 2, 3],
    "bars": [0, 1, 2],
    "lines": ["a", "b"],
    "looks": {"color": "#c00", "dash": "dash"},
    "steps": [1, 3, 2],
    "points": {"y": [3, 1, 2], "text": ["p", "q", "r"], "error": [0.2, 0.4, 0.2]},
}
BAR = {"x": 0.6, "y": 1.0, "yanchor": "bottom"}
BELOW = {"x0": 0, "x1": 9, "y0": 1, "y1": 2, "layer": "below"}
TURNS: dict[str, dict[str, Any]] = {
    "first": {},
    "words": {
        "words": [
            {"text": "<b>two</b> lines<br>of k<sub>t</sub> &lt; 1", "x": 2, "y": 2, "xanchor": "right"},
            {"text": "turned", "x": 6, "y": 1, "textangle": -40},
            {"text": "<span style='color:#c00'>■</span> paper", "x": 0.1, "y": 0.9, "xref": "paper", "yref": "paper"},
        ]
    },
    "shapes": {"shapes": [BELOW, {"type": "line", "x0": 3, "x1": 5, "y0": 0, "y1": 3}]},
    "axes": {"axes": {"range": [0, 3], "dtick": 0.5}, "words": [{"text": "one line", "x": 1, "y": 3}]},
    "ticks": {"axes": {"range": [0, 3], "tickvals": [0, 1.5, 3], "ticktext": ["low", "mid", "high"]}},
    "chosen": {"axes": {"range": [0, 40]}},
    "colours": {"bar": {"cmin": 0, "cmax": 8, "title": "nats"}},
    "cells": {"cells": np.arange(10.0).reshape(2, 5) / 3, "middles": None},
    "middles": {"middles": [1.0, 1.5, 2.0, 2.5]},
    "bars": {"bars": [0, 2, 4]},
    "lines": {"lines": ["b", "c", "d"]},
    "looks": {"looks": {"color": "#0a0", "dash": "dot", "width": 3}},
    "steps": {"steps": [2, 1, 1]},
    "points": {"points": {"y": [1, 2, 2.5], "text": ["<b>p</b> here", "q", "s"], "error": [0.5, 0.2, 0.9]}},
    "held": {"words": [{"text": "in the middle", "x": 5, "y": 2, "xanchor": "auto", "yanchor": "auto"}]},
}


def run(picture: str) -> Trace:
    return Trace({"turn": Signal(np.array([[float(list(TURNS).index(picture))]]), np.zeros(1))})


def view(trace: Trace) -> go.Figure:
    name = list(TURNS)[int(trace["turn"].values.item())]
    now = FIRST | TURNS[name]
    figure = go.Figure()
    x, diamonds = np.arange(10.0), {"symbol": "diamond", "size": 9, "color": "#00c"}
    marks = {"c": {"mode": "lines+markers", "marker": diamonds}}
    heights = [(x + ord(line) - 97) % 3 + (line == "a") / 2 for line in now["lines"]]
    for line, height in zip(now["lines"], heights, strict=True):
        look = {"mode": "lines", "line": now["looks"]} | marks.get(line, {})
        figure.add_scatter(x=x, y=height, name=line, showlegend=False, **look)
    cells = now["cells"]
    text = [[f"{value:.1f}" for value in row] for row in cells]
    figure.add_heatmap(
        z=cells, x=now["middles"], text=text, texttemplate="%{text}", coloraxis="coloraxis", xaxis="x2", yaxis="y2"
    )
    figure.add_bar(
        x=now["bars"], y=[1 + bar % 3 for bar in now["bars"]], xaxis="x3", yaxis="y3", marker={"color": "#080"}
    )
    lower = {"xaxis": "x3", "yaxis": "y3", "showlegend": False}
    filled = {"fill": "tozeroy", "line": {"shape": "hv", "color": "#888"}}
    figure.add_scatter(x=[0, 2, 4], y=now["steps"], mode="lines", **filled, **lower)
    points = now["points"]
    error = {"array": points["error"], "width": 4}
    look = {"mode": "markers+text", "textposition": "top center", "marker": {"color": "#d50"}}
    figure.add_scatter(x=[0, 2, 4], y=points["y"], text=points["text"], error_y=error, **look, **lower)
    held = {"xanchor": "left", "yanchor": "bottom", "showarrow": False}
    bar = now["bar"]
    figure.update_layout(
        height=420, showlegend=False, annotations=[held | one for one in now["words"]], shapes=now["shapes"],
        margin={"l": 70, "r": 70},
        xaxis={"domain": [0, 0.4], "range": [0, 10], "dtick": 5}, yaxis=now["axes"] | {"automargin": False},
        xaxis2={"domain": [0.5, 0.7], "range": [-0.5, 4.5], "dtick": 1},
        yaxis2={"range": [-0.5, 2.5], "anchor": "x2", "dtick": 1, "automargin": False},
        xaxis3={"domain": [0.8, 0.95], "range": [-0.5, 4.5], "dtick": 1},
        yaxis3={"range": [0, 4], "anchor": "x3", "dtick": 1, "automargin": False},
        coloraxis={
            "cmin": bar["cmin"], "cmax": bar["cmax"],
            "colorbar": {"title": {"text": bar["title"]}, "orientation": "h", "len": 0.2} | BAR,
        },
    )  # fmt: skip
    describe(figure, f"A picture that shows {name}")
    # the first line sinks, the cells pale
    first, shades = heights[0], np.array([cells, cells / 2])
    cell = len(now["lines"])
    tracks = [Track(0, "y", np.array([first, first / 2])), Track(cell, "z", shades)]
    alts = [f"A picture that shows {name}, {when}" for when in ("at first", "then")]
    return animate(figure, tracks, ["at first", "then"], noun="moment", alts=alts)


@pytest.fixture(scope="module")
def lab(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[OnPage]:
    path = tmp_path_factory.mktemp("painted") / "lab.html"
    path.write_text(exported(Lab(run, view, picture=Choice("first", list(TURNS)))), encoding="utf-8")
    context = chromium.new_context(viewport={"width": 1100, "height": 700}, offline=True)
    page = context.new_page()
    page.add_init_script(f"({HOLD})()")
    page.goto(path.as_uri())
    lab = OnPage(page.locator(".nlviz"))
    lab.rest()
    lab.graph.evaluate("(graph) => graph.on('plotly_afterplot', () => redraws++)")
    yield lab
    context.close()


def turn(lab: OnPage, picture: str) -> None:
    lab.knob("picture").select_option(picture)
    expect(lab.figure).to_have_attribute("aria-label", f"A picture that shows {picture}, at first")


@pytest.mark.parametrize("picture", list(TURNS)[1:])
def test_what_a_turn_paints_at_once_is_what_plotly_draws_at_rest(lab: OnPage, picture: str) -> None:
    page = lab.root.page
    turn(lab, "first")
    lab.rest()
    page.evaluate("held = true")
    page.evaluate("redraws = 0")
    turn(lab, picture)
    assert page.evaluate(PAINTED) == 0, "Plotly drew, and nothing was painted before"
    turned = lab.graph.evaluate(LOOK)
    page.screenshot(path=SCREENSHOTS / f"painted_{picture}.png")
    # the hand goes on to the other frame before it rests
    lab.press(lab.frames, "End")
    assert page.evaluate(PAINTED) == 0
    moved = lab.graph.evaluate(LOOK)
    page.evaluate(REST)
    lab.rest()
    alike(moved, lab.graph.evaluate(LOOK))
    lab.press(lab.frames, "Home")
    lab.rest()
    alike(turned, lab.graph.evaluate(LOOK))


def alike(at_once: list[Any], at_rest: list[Any]) -> None:
    assert sorted(name for name, *_ in at_once) == sorted(name for name, *_ in at_rest)
    for (name, *where), (_, *there) in zip(sorted(at_once), sorted(at_rest), strict=True):
        assert np.allclose(where, there, atol=APART), (name, where, there)
