"""Erasing: two rules write the same pair into their matrices, part by part; does the old value go?"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np
import plotly.graph_objects as go

from nlviz.door.words import several, text
from nlviz.trace import Trace
from nlviz.views.drawing.frames import LAYOUT, Track, animate
from nlviz.views.drawing.sheet import Panel, column, finite, newest, panel, plain, reach, sheet, spacing
from nlviz.views.drawing.theme import DIVERGING, ROLES
from nlviz.views.entry import enter, unrecorded

__all__ = ["erasing"]

_PARTS = ("read", "error", "outer product", "new M")
# Matrices are as high as they are wide, and under each, where nothing else would stand, how many keys it gets right.
_UP, _SHARE = (0.3, 0.84), (0.0, 0.1)
_ACROSS = ((0.0, 0.36), (0.40, 0.76))
_RIGHT, _NEAR = (0.84, 1.0), (0.0, 0.84)
_ROLES = ("slow", "fast")
_PATTERNS = ("/", "")
_ASKED = ("new", "old")
_MAY = {"landed": "writes batch"}
# What each rule's write is made of: what stands in its column, and its patch.
_WRITES = {"Hebbian": ("θ v", "θ v kᵀ"), "delta": ("θ (v − M k)", "θ (v − M k) kᵀ")}
_KEY = {"orientation": "h", "x": 0.0, "xanchor": "left", "len": 0.36, "y": 0.93, "yanchor": "bottom", "ypad": 0}


def erasing(
    trace: Trace, rules: Sequence[str] = ("Hebbian", "delta"), *, stream: int = 0, theme: str = "light"
) -> go.Figure:
    """Erase and write: each rule's matrix with the key above it, and beside it what it answers and what it should.

    In the part "outer product" the matrix is the patch that is about to land: the column beside it times the key above.
    On the right, for the key that is asked: cosine of the answer with its newest value and with the one before. Under
    each matrix: the share of all keys so far whose answer is nearest to their newest value.
    Signals: "keys" [time, batch, d_key], "values" [time, batch, d_value], "item" and "again" [time, batch] (the key's
    number, how often it came before), and for each of two rules "…_before", "…_patch", "…_after" [time, batch, d_value,
    d_key] and "…_asked" [time, batch, 2, 3]: these three measures, before and after the write.
    Frames: the four parts of every write. Opened when the last write is complete, or the last before it diverged.
    Raises KeyError for a signal that was not recorded, ValueError for other axes, or more or fewer than two rules.
    """
    rules = [text("rule", rule) for rule in several("rules", rules, what="rules")]
    if len(rules) != 2:
        raise ValueError(f"rules are {rules}; expected two, one for each half of the picture")
    seen = enter(trace, _needs(rules), _MAY, stream=stream, theme=theme)
    if seen.nothing:
        return unrecorded(seen, "write")
    trace, stream, theme, _ = seen
    times = trace["keys"].times
    lost = trace.marked("diverged")
    last = max(0, int(np.searchsorted(times, lost[0].time)) - 1) if lost else len(times) - 1
    start, alts = len(_PARTS) * last + len(_PARTS) - 1, _alts(trace, rules, stream)
    figure = sheet(plain(_said(rules, trace, stream), trace, "write"), theme=theme)
    sizes = [reach(_of(trace, f"{_key(rule)}_{when}", stream), trace) for rule in rules for when in ("after", "patch")]
    # keys and values stay in sight beside weights that grow without end; those are then as dark as can be
    vectors = max(float(np.nanmax(np.abs(_of(trace, name, stream)), initial=0.0)) for name in ("keys", "values"))
    most = min(max(sizes), 4 * vectors or np.inf)
    bar = {"colorbar": {"title": {"text": "weights ", "side": "right"}, "nticks": 5, **_KEY}}
    figure.layout[DIVERGING] = {"cmin": -most, "cmax": most, "cmid": 0, **bar}
    tracks = []
    for rule, across in zip(rules, _ACROSS, strict=True):
        tracks += _memory(figure, trace, rule, across, stream)
    tracks += _asked(figure, trace, rules, stream)
    return animate(figure, tracks, _labels(trace, stream), noun="write", start=start, alts=alts, parts=_PARTS)


def _needs(rules: Sequence[str]) -> dict[str, str]:
    signals = {"keys": "writes batch d_key", "values": "writes batch d_value"}
    signals |= {"item": "writes batch", "again": "writes batch"}
    for rule in map(_key, rules):
        signals |= {f"{rule}_{part}": "writes batch d_value d_key" for part in ("before", "patch", "after")}
        signals[f"{rule}_asked"] = "writes batch 2 3"
    return signals


def _said(rules: Sequence[str], trace: Trace, stream: int) -> str:
    if not any(np.any(np.asarray(trace[f"{_key(rule)}_after"].values)) for rule in rules):
        return "Nothing is written: both matrices stay empty, and answer nothing"
    if not _overwrites(trace, stream):
        return "Two rules write the same pairs; no key gets a new value"
    if tuple(rules) == ("Hebbian", "delta"):
        return "Hebb adds the new value to the old; delta first takes the old one out"
    return "One stream, two rules: watch what is left of the old value"


def _overwrites(trace: Trace, stream: int) -> bool:
    """Whether a key comes with another value than before."""
    items, values = (np.asarray(trace[name].values)[:, stream] for name in ("item", "values"))
    of_each = (values[items == one] for one in np.unique(items))
    return any(bool((rows != rows[:1]).any()) for rows in of_each)


def _key(rule: str) -> str:
    return rule.lower().replace(" ", "_")


def _of(trace: Trace, name: str, stream: int) -> np.ndarray:
    return finite(np.asarray(trace[name].values, dtype=np.float32)[:, stream])


def _memory(figure: go.Figure, trace: Trace, rule: str, across: tuple[float, float], stream: int) -> list[Track]:
    """The matrix in its panel, with the key as a row above it and answer and target as columns beside it."""
    before, patch, after = (_of(trace, f"{_key(rule)}_{when}", stream) for when in ("before", "patch", "after"))
    keys, values = (_of(trace, name, stream) for name in ("keys", "values"))
    (writes, rows, columns), step = before.shape, np.repeat(np.arange(len(before)), len(_PARTS))
    here = _square(figure, across, rows, columns, first=across == _ACROSS[0])
    heading = len(list(figure.select_annotations())) - 1
    with np.errstate(over="ignore", invalid="ignore"):
        answers = [finite(np.einsum("tvk,tk->tv", matrix, keys)) for matrix in (before, after)]
        push = finite(np.einsum("tvk,tk->tv", patch, keys) / np.square(keys).sum(1, keepdims=True).clip(1e-12))
    # every state once: before is what the write before left, unless writes were left out between
    states = np.concatenate([before[:1], after, patch, before])
    joined = np.array_equal(before[1:], after[:-1], equal_nan=True)
    states, was = (states[: 2 * writes + 1], 0) if joined else (states, 2 * writes + 1)
    order = [was, was, writes + 1, 1]
    shown = (np.arange(writes)[:, None] + order).ravel().astype(np.int32)
    beside = np.stack([answers[0], push, push, answers[1]], 1).reshape(-1, rows)[..., None].astype(np.float32)
    tracks = [
        _cells(figure, here, states, shown, (0, 1, 0, 1), f"{rule}: value %{{y}}, key %{{x}}: %{{z:.3f}}"),
        _cells(figure, here, keys[:, None], step, (0, 1, -3, 2), "key %{x}: %{z:.3f}"),
        _cells(figure, here, beside, None, (columns + 2, 2.4, 0, 1), f"{rule} %{{y}}: %{{z:.3f}}"),
        _cells(figure, here, values[..., None], step, (columns + 5, 2.4, 0, 1), "target %{y}: %{z:.3f}"),
    ]
    return [*tracks, *_words(figure, here, trace, rule, (heading, columns, stream))]


def _square(figure: go.Figure, across: tuple[float, float], rows: int, columns: int, *, first: bool) -> Panel:
    at = list(range(0, columns, spacing(columns, 6)))
    x: dict[str, Any] = {"title": {"text": "key coordinate"}, "tickvals": at, "range": [-0.5, columns + 6.5]}
    y: dict[str, Any] = {"tickvals": [-3, *range(0, rows, spacing(rows, 6))], "range": [rows - 0.5, -4.5]}
    y |= {"title": {"text": "value coordinate"} if first else {}, "ticktext": ["k", *map(str, y["tickvals"][1:])]}
    here = panel(figure, across, _UP, heading=" ", x=x, y=y)
    more = {"constrain": "domain", "showgrid": False, "showline": False}
    figure.layout[here.xaxis].update(more)
    figure.layout[here.yaxis].update({**more, "scaleanchor": here.x, "constraintoward": "top"})
    if not first:
        figure.layout[here.yaxis].update({"showticklabels": False, "ticks": ""})
    return here


def _cells(
    figure: go.Figure,
    here: Panel,
    states: np.ndarray,
    index: np.ndarray | None,
    place: tuple[float, float, float, float],
    hover: str,
) -> Track:
    """A block of cells whose first column and row stand at `place` = (x, width, y, height)."""
    x, dx, y, dy = place
    first = states[0]
    at = {"x": x + dx * np.arange(first.shape[1]), "y": y + dy * np.arange(first.shape[0]), "dx": dx, "dy": dy}
    if first.shape[1] == 1:
        at |= {"x": None, "x0": x}
    if first.shape[0] == 1:
        at |= {"y": None, "y0": y}
    look = {"coloraxis": DIVERGING, "hovertemplate": f"{hover}<extra></extra>"}
    figure.add_trace(go.Heatmap(z=first, xgap=0.5, ygap=0.5, **look, **at, **here.axes()))
    return Track(newest(figure), "z", states, index)


def _words(figure: go.Figure, here: Panel, trace: Trace, rule: str, where: tuple[int, int, int]) -> list[Track]:
    """What the panel and the first of its columns are called, part by part."""
    heading, columns, stream = where
    writes = len(trace["keys"].times)
    pushed, patch = _WRITES.get(rule, ("its patch", "its patch"))
    landed = np.asarray(trace["landed"].values)[:, stream].astype(bool) if "landed" in trace else np.ones(writes, bool)
    said, names = [], []
    for done in landed.tolist():
        after = "new M" if done else "M (the patch waits)"
        said += [f"{rule}: {what}" for what in ("M", "M", f"patch {patch}", after)]
        names += ["M k", pushed, pushed, "M k"]
    beside = len(list(figure.select_annotations()))
    upright = {"textangle": -90, "yanchor": "bottom", "y": -0.8, "xref": here.x, "yref": here.y}
    figure.add_annotation(text=names[0], x=columns + 2, **upright)
    figure.add_annotation(text="v", x=columns + 5, **{**upright, "textangle": 0})
    return [Track(LAYOUT, f"annotations[{n}].text", text) for n, text in ((heading, said), (beside, names))]


def _asked(figure: go.Figure, trace: Trace, rules: Sequence[str], stream: int) -> list[Track]:
    """For the key of the write: how near its answer is to new and old value; and how many of all keys are right."""
    low = min(0.0, *(float(np.nanmin(_of(trace, f"{_key(rule)}_asked", stream), initial=0.0)) for rule in rules))
    x = {"tickvals": [0, 1], "ticktext": _ASKED, "range": [-0.6, 1.6], "tickangle": 0, "title": {"text": "value"}}
    y = {"title": {"text": "cosine of the answer"}, "range": [1.1 * low, 1.1], "zeroline": True, "nticks": 6}
    near = panel(figure, _RIGHT, _NEAR, x=x, y=y)
    figure.update_layout(legend={"x": 1.0, "xanchor": "right", "y": 0.86, "yanchor": "bottom"}, bargap=0.25)
    tracks = []
    for across, rule, role, shape in zip(_ACROSS, rules, _ROLES, _PATTERNS, strict=True):
        heights = _of(trace, f"{_key(rule)}_asked", stream)
        moving = heights[:, [0, 0, 0, 1]].reshape(-1, heights.shape[-1])
        look = {"marker_color": ROLES[role].color, "marker_pattern": {"shape": shape, "solidity": 0.6}, "name": rule}
        figure.add_bar(
            x=[0, 1], y=moving[0, :2], hovertemplate=f"{rule}: %{{y:.2f}}<extra></extra>", **look, **near.axes()
        )
        tracks.append(Track(newest(figure), "y", moving[:, :2]))
        tracks.append(_share(figure, across, moving[:, 2:], look))
    return tracks


def _share(figure: go.Figure, across: tuple[float, float], shares: np.ndarray, look: dict[str, Any]) -> Track:
    """A lying bar under a matrix: how many of all keys its rule gets right."""
    x = {"title": {"text": f"keys right, {look['name']} (share)"}, "range": [0, 1.02], "nticks": 3}
    y = {"range": [-0.5, 0.5], "showticklabels": False, "ticks": "", "showgrid": False}
    here = panel(figure, across, _SHARE, x=x, y=y)
    hover = f"{look['name']}: %{{x:.2f}}<extra></extra>"
    figure.add_bar(
        x=shares[0], y=[0], orientation="h", width=0.8, showlegend=False, hovertemplate=hover, **look, **here.axes()
    )
    return Track(newest(figure), "x", shares)


def _labels(trace: Trace, stream: int) -> list[str]:
    items, again = (column(trace[name], stream).tolist() for name in ("item", "again"))
    writes = [
        f"write {time}: key {item:.0f}{', again' if more > 0 else ''}"
        for time, item, more in zip(trace["keys"].times.tolist(), items, again, strict=True)
    ]
    return [f"{write} · {part}" for write, part in product(writes, _PARTS)]


def _alts(trace: Trace, rules: Sequence[str], stream: int) -> list[str]:
    """In words what each frame shows: how near each rule's answer is to the new value, the old, and who is right."""
    asked = {rule: _of(trace, f"{_key(rule)}_asked", stream) for rule in rules}
    said = []
    for place, label in enumerate(_labels(trace, stream)):
        write, part = divmod(place, len(_PARTS))
        words = []
        for rule in rules:
            new, old, right = asked[rule][write, int(part == len(_PARTS) - 1)].tolist()
            before = "" if np.isnan(old) else f" and {old:.2f} with the old"
            words.append(f"{rule} answers with cosine {new:.2f} with the new value{before}, {right:.0%} of keys right")
        told = "; ".join(words).replace(" -", " −")
        said.append(f"Two matrix memories at {label}: {told}.")
    return said
