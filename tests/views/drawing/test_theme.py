"""Colours mean something: nothing is the paper, more is further from it, on every theme."""

from __future__ import annotations

import pytest
from test_contract import contrast
from traces import layout

from nlviz.views.drawing.theme import CURTAIN, DIVERGING, NAMES, RECALL, SURPRISE, template

each_theme = pytest.mark.parametrize("name", NAMES)


def scale(name: str, axis: str) -> list[str]:
    """The colours of an axis, evenly spaced from its lowest end to its highest."""
    steps = layout(template(name))[axis].colorscale
    places = [place for place, _ in steps]
    assert places == pytest.approx([n / (len(steps) - 1) for n in range(len(steps))])
    return [color for _, color in steps]


def rises(colours: list[str]) -> bool:
    """Whether each colour stands out from the first more than the one before it."""
    found = [contrast(colours[0], color) for color in colours]
    return found == sorted(found) and len(set(found)) == len(found)


@each_theme
def test_more_surprise_is_further_from_the_paper(name: str) -> None:
    colours = scale(name, SURPRISE)
    assert colours[0] == layout(template(name)).paper_bgcolor
    assert rises(colours)


@each_theme
@pytest.mark.parametrize("axis", [DIVERGING, RECALL])
def test_zero_is_the_paper_and_both_ends_are_far_from_it(name: str, axis: str) -> None:
    colours = scale(name, axis)
    middle = len(colours) // 2
    assert colours[middle] == layout(template(name)).paper_bgcolor
    assert rises(colours[middle:])
    assert rises(colours[middle::-1])


@each_theme
def test_above_zero_is_warm_and_below_it_cold(name: str) -> None:
    low, *_, high = ([int(color[at : at + 2], 16) for at in (1, 3, 5)] for color in scale(name, DIVERGING))
    assert high[0] > high[2], "more red than blue"
    assert low[2] > low[0], "more blue than red"


@each_theme
def test_the_curtain_cannot_be_seen(name: str) -> None:
    [curtain] = layout(template(name)).shapes
    assert (curtain.name, curtain.line.width) == (CURTAIN, 0)
    assert curtain.fillcolor == layout(template(name)).plot_bgcolor
