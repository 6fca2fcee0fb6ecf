"""Themes as data: everything that depends on light, dark or projector is in a Plotly template, and nothing of it in a
figure.

So the page changes a theme by changing `layout.template`, and a figure may hard-code only what is legible on every
background: the colours of `ROLES`. One role means one thing in the whole library, and each comes with a dash and a
symbol, never hue alone.
"""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import plotly.graph_objects as go

from nlviz.door.words import choice

__all__ = ["CLEAR", "CURTAIN", "DIVERGING", "NAMES", "RECALL", "ROLES", "SURPRISE", "Role", "template"]


class Role(NamedTuple):
    """How one thing is drawn everywhere: its colour (at least 3:1 on every background), line dash and marker symbol."""

    color: str
    dash: str
    symbol: str


# Okabe–Ito hues: fast is warm, slow is cold. Its purple is darkened until it reaches 3:1 on white with room to spare.
ROLES = {
    "fast": Role("#D55E00", "solid", "circle"),
    "slow": Role("#0072B2", "dash", "square"),
    "truth": Role("#009E73", "dot", "diamond"),
    "write": Role("#C8649B", "dashdot", "triangle-up"),
    "theory": Role("#808080", "longdash", "x"),
}

# Colour axes by what they show: a figure that names one gets the theme's colours for it.
SURPRISE, DIVERGING, RECALL = "coloraxis", "coloraxis2", "coloraxis3"

# The shape that hides what has not happened yet: it is of the paper's colour, which only the theme knows.
CURTAIN = "curtain"

# No colour: a template's legend does not reach a figure's second and third, which would cover what lies below.
CLEAR = "rgba(0,0,0,0)"

_SANS = "DejaVu Sans, Verdana, Helvetica, Arial, sans-serif"
_MONO = "DejaVu Sans Mono, Menlo, Consolas, monospace"


class _Surface(NamedTuple):
    """What one theme decides. surprise: the colours from nothing to the most; `ink` is legible on all of them."""

    paper: str
    ink: str
    grid: str
    zero: str
    surprise: tuple[str, ...]
    cold: tuple[str, str]
    warm: tuple[str, str]
    know: tuple[str, str]
    unlearn: tuple[str, str]
    font: int = 13
    code: int = 14
    line: float = 2.0
    marker: int = 7


_LIGHT = _Surface(
    paper="#ffffff",
    ink="#1a1a1a",
    grid="#e3e3e3",
    zero="#9a9a9a",
    surprise=("#ffffff", "#fde3c8", "#f9bd86", "#ee9449"),
    cold=("#004d80", "#5aa7d6"),
    warm=("#f0a25f", "#a84300"),
    know=("#66c7a8", "#00664b"),
    unlearn=("#8a2f60", "#dc9cc0"),
)
_DARK = _Surface(
    paper="#111111",
    ink="#f2f2f2",
    grid="#333333",
    zero="#777777",
    surprise=("#111111", "#3d1f08", "#733300", "#a84a00"),
    cold=("#7cc4f2", "#0a5a8c"),
    warm=("#8f3f00", "#ff9a4d"),
    know=("#005c44", "#3fe0b0"),
    unlearn=("#f29bc8", "#7a2f58"),
)
_SURFACES = {
    "light": _LIGHT,
    "dark": _DARK,
    "projector": _LIGHT._replace(ink="#000000", grid="#c8c8c8", zero="#666666", font=20, code=18, line=4.0, marker=12),
}

NAMES = tuple(_SURFACES)


def template(name: str) -> go.layout.Template:
    """The Plotly template of a theme. Raises ValueError for a name that is not in `NAMES`.

    figure.layout.template = template("dark")
    """
    return _made(choice("theme", name, NAMES))


@cache
def _made(name: str) -> go.layout.Template:
    surface = _SURFACES[name]
    return go.layout.Template(layout=_layout(surface), data=_data(surface))


def _layout(surface: _Surface) -> dict[str, Any]:
    """Fonts, surfaces, axes, colour axes, and what shapes and annotations look like unless told otherwise."""
    font = {"family": _SANS, "size": surface.font, "color": surface.ink}
    return {
        "paper_bgcolor": surface.paper,
        "plot_bgcolor": surface.paper,
        "font": font,
        "title": {
            "font": {"size": surface.font + 2},
            # Plotly hangs a title of several lines half a line too high: the padding keeps it in the picture.
            "pad": {"l": 14, "t": surface.font + 9},
            **{"x": 0.0, "xref": "container", "y": 1.0, "yref": "container", "yanchor": "top"},
        },
        "margin": {"l": 14, "r": 14, "t": 5 * surface.font + 12, "b": 14},
        "colorway": [role.color for role in ROLES.values()],
        "hovermode": "closest",
        "hoverlabel": {"bgcolor": surface.paper, "bordercolor": surface.ink, "font": {**font, "family": _MONO}},
        # as wide as it takes to show more than one dash
        "legend": {"bgcolor": CLEAR, "orientation": "h", "itemwidth": 44, "font": {"size": surface.font - 1}},
        "xaxis": _axis(surface),
        "yaxis": _axis(surface),
        "annotationdefaults": {"font": {**font, "size": surface.font - 1}, "showarrow": False},
        "shapedefaults": {"line": {"color": surface.ink, "width": surface.line}, "fillcolor": CLEAR},
        "shapes": [{"name": CURTAIN, "visible": False, "fillcolor": surface.paper, "line": {"width": 0}}],
        **_color_axes(surface),
    }


def _axis(surface: _Surface) -> dict[str, Any]:
    return {
        "gridcolor": surface.grid,
        "linecolor": surface.zero,
        "zerolinecolor": surface.zero,
        "zeroline": False,
        "showline": True,
        "ticks": "outside",
        "tickcolor": surface.zero,
        "ticklen": 4,
        "automargin": True,
        "exponentformat": "power",
        "tickfont": {"size": surface.font - 2},
        "title": {"standoff": 6, "font": {"size": surface.font - 1}},
    }


def _color_axes(surface: _Surface) -> dict[str, Any]:
    bar = {
        "outlinewidth": 0,
        "exponentformat": "power",
        "thickness": 10,
        "ticks": "outside",
        "ticklen": 3,
        "tickcolor": surface.zero,
    }
    bar |= {"title": {"font": {"size": surface.font - 1}}, "tickfont": {"size": surface.font - 2}}
    steps = len(surface.surprise) - 1
    scales = {
        SURPRISE: [[index / steps, color] for index, color in enumerate(surface.surprise)],
        DIVERGING: _through_zero(surface.cold, surface.paper, surface.warm),
        RECALL: _through_zero(surface.unlearn, surface.paper, surface.know),
    }
    return {name: {"colorscale": scale, "autocolorscale": False, "colorbar": bar} for name, scale in scales.items()}


def _through_zero(below: tuple[str, str], zero: str, above: tuple[str, str]) -> list[list[Any]]:
    return [[0.0, below[0]], [0.25, below[1]], [0.5, zero], [0.75, above[0]], [1.0, above[1]]]


def _data(surface: _Surface) -> dict[str, Any]:
    """Widths and sizes of traces. Text drawn by a scatter is code, so it is monospace."""
    return {
        "scatter": [
            {
                "line": {"width": surface.line},
                "marker": {"size": surface.marker},
                "textfont": {"family": _MONO, "size": surface.code, "color": surface.ink},
            }
        ],
        "bar": [{"marker": {"line": {"width": 0}}, "error_y": {"color": surface.ink}}],
    }
