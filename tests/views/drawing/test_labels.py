"""Words where there is room: beside their curve, in their band, near their point, and never across a line."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest

from nlviz.views.drawing.labels import Room, sample
from nlviz.views.drawing.sheet import Panel
from nlviz.views.drawing.theme import ROLES

SIZE = (400.0, 200.0)
# Fewer pixels than letters take: words that lie on something by these do so on the page.
LETTER, LINE = 5.5, 11.0
X = np.linspace(0, 10, 60)


def room(kind: str = "linear", low: float = 0.0, high: float = 1.0) -> tuple[go.Figure, Room]:
    """A panel from 0 to 10 and from low to high (in powers of ten if logarithmic)."""
    figure = go.Figure(layout={"xaxis": {"range": [0, 10]}, "yaxis": {"range": [low, high], "type": kind}})
    return figure, Room(figure, Panel("x", "y"), SIZE)


def words(figure: Any) -> list[Any]:
    return list(figure.layout.annotations)


def box(note: Any) -> tuple[float, float, float, float]:
    """Left, right, low and high of some words, in shares of the panel."""
    letters = len(note.text.split(">")[-1] if "<" in note.text else note.text)
    wide, half = letters * LETTER / SIZE[0], LINE / SIZE[1] / 2
    left = {"left": note.x, "center": note.x - wide / 2, "right": note.x - wide}[note.xanchor]
    return left, left + wide, note.y - half, note.y + half


def crosses(note: Any, share: np.ndarray) -> bool:
    """Whether a curve, [60] in shares of the height, goes through some words."""
    left, right, low, high = box(note)
    fine = np.linspace(left, right, 50)
    at = np.interp(fine, X / 10, share)
    return bool(((at > low) & (at < high)).any())


CURVES = {
    "level": np.full(60, 0.5),
    "at the top": np.full(60, 0.97),
    "at the bottom": np.full(60, 0.03),
    "rising": np.linspace(0.05, 0.95, 60),
    "falling": np.exp(-X),
    "waves": 0.5 + 0.3 * np.sin(3 * X),
}


@pytest.mark.parametrize("name", CURVES)
def test_a_name_stands_beside_its_curve_and_not_on_it(name: str) -> None:
    figure, here = room()
    here.curve(X, CURVES[name])
    here.name("measured", X, CURVES[name], "fast")
    [note] = words(figure)
    assert not crosses(note, CURVES[name])
    left, right, low, high = box(note)
    assert 0 <= left < right <= 1
    assert 0 <= low < high <= 1
    assert note.text == f"{sample('fast')} measured"
    near = np.abs(np.interp(np.linspace(left, right, 20), X / 10, CURVES[name]) - note.y).min()
    assert near < 0.25


def test_names_of_many_curves_cross_none_of_them_and_no_other_name() -> None:
    figure, here = room()
    for values in CURVES.values():
        here.curve(X, values)
    for name, values in CURVES.items():
        here.name(name, X, values, "slow")
    found = words(figure)
    assert len(found) == len(CURVES)
    assert not any(crosses(note, values) for note in found for values in CURVES.values())
    boxes = [box(note) for note in found]
    for number, (left, right, low, high) in enumerate(boxes):
        for other in boxes[:number]:
            assert right <= other[0] or other[1] <= left or high <= other[2] or other[3] <= low


def test_a_gap_in_a_curve_is_no_line() -> None:
    figure, here = room()
    values = np.where(X < 8, np.nan, 0.5)
    here.curve(X, values)
    here.at("free", 2.0, 0.5)
    assert words(figure)[0].x * 10 < 8


def test_words_about_a_point_are_beside_it_or_have_a_line_to_it() -> None:
    figure, here = room()
    here.point(5, 0.5)
    here.at("a dot", 5, 0.5, lead=True)
    [note] = words(figure)
    left, right, *_ = box(note)
    assert min(abs(left - 0.5), abs(right - 0.5)) < 0.06
    assert note.y == pytest.approx(0.5)
    assert not list(figure.layout["shapes"])
    for height in np.linspace(0.3, 0.7, 40):
        here.level(height)
    here.at("another", 5, 0.5, lead=True)
    line: Any = figure.layout["shapes"][0]
    assert (line.x1, line.y1) == pytest.approx((0.5, 0.5))
    assert not 0.3 < words(figure)[1].y < 0.7


@pytest.mark.parametrize(("x", "y"), [(np.nan, 0.5), (5.0, np.inf)])
def test_what_is_nowhere_has_no_words(x: float, y: float) -> None:
    figure, here = room()
    here.point(x, y)
    here.at("lost", x, y)
    assert not words(figure)


def test_a_band_bears_its_name_inside_at_the_right_unless_a_curve_is_there() -> None:
    figure, here = room()
    here.within("balanced", 0.4, 0.8)
    [note] = words(figure)
    assert note.x > 0.8
    assert 0.4 < note.y < 0.8
    here.curve(X, np.where(X > 6, 0.6 + 0.19 * np.sin(9 * X), np.nan))
    here.within("again", 0.4, 0.8, bold=True)
    assert box(words(figure)[1])[1] < 0.65
    assert words(figure)[1].text == "<b>again</b>"


def test_a_band_that_is_too_thin_or_out_of_sight_has_no_name() -> None:
    figure, here = room()
    here.within("thin", 0.4, 0.43)
    here.within("above", 1.2, 2.0)
    assert not words(figure)


def test_what_lies_between_curves_is_named_between_them_level_or_aslant() -> None:
    figure, here = room("log", -2, 0)
    low, high = np.full(60, 0.02), np.full(60, 0.5)
    here.between("wide", X, low, high)
    [note] = words(figure)
    assert 0.02 < 10 ** (-2 + 2 * note.y) < 0.5
    assert note.textangle is None
    falling, above = 10 ** (-0.17 * X), 10 ** (0.3 - 0.17 * X)
    here.between("narrow and steep", X, falling, above)
    aslant = words(figure)[1]
    at, power = 10 * aslant.x, -2 + 2 * aslant.y
    assert -0.17 * at < power < 0.3 - 0.17 * at
    slope = -0.17 * 10 / 2 * SIZE[1] / SIZE[0]
    assert aslant.textangle == pytest.approx(-np.degrees(np.arctan(slope)), abs=3)
    here.between("no room", X, falling, 1.05 * falling)
    assert len(words(figure)) == 2


def test_words_at_an_upright_line_are_on_one_side_of_it() -> None:
    figure, here = room()
    here.upright(5)
    here.beside("new text", 5)
    [note] = words(figure)
    left, right, *_ = box(note)
    assert right < 0.5 or left > 0.5
    assert note.y > 0.8
    here.name("level", X, CURVES["level"], "theory")
    left, right, *_ = box(words(figure)[1])
    assert right < 0.5 or left > 0.5


def test_a_sample_is_of_the_roles_colour_and_dash() -> None:
    samples = {role: sample(role) for role in ROLES}
    assert len({one.split(">")[1] for one in samples.values()}) == len(ROLES), "never hue alone"
    assert all(look.color in samples[role] for role, look in ROLES.items())
    assert sample("fast", "dot") != sample("fast")
    assert sample("", "longdash") == sample("fast", "longdash").split(">")[1].split("<")[0], "in ink, no mark-up"


@pytest.mark.parametrize("y", [np.full(60, np.nan), np.full(60, np.inf)])
def test_a_curve_of_nothing_has_no_name(y: np.ndarray) -> None:
    figure, here = room()
    here.curve(X, y)
    here.name("nothing", X, y, "theory")
    assert words(figure) == []
