"""Forgetting curve: recall against age, with what theory expects and what earlier settings gave."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import cycle
from typing import Any, NamedTuple

import numpy as np
import plotly.graph_objects as go

from nlviz.door.arrays import array
from nlviz.door.words import choice, refuse, several, text
from nlviz.views.drawing.decimate import Drawn, envelope
from nlviz.views.drawing.lines import curve
from nlviz.views.drawing.sheet import finite, panel, sheet
from nlviz.views.drawing.theme import ROLES

__all__ = ["Curve", "forgetting_curve"]

# Laws are all grey: what tells them apart is their dash.
_DASHES = ("longdash", "dot", "dashdot", "dash")


class Curve(NamedTuple):
    """A named line: y over x, both [points]. role: what it is, and so how it is drawn: a name in `theme.ROLES`."""

    name: str
    x: np.ndarray
    y: np.ndarray
    role: str = "fast"


def forgetting_curve(
    curves: Sequence[Curve],
    theory: Sequence[Curve] = (),
    ghosts: Sequence[Curve] = (),
    *,
    x: str = "age (writes since)",
    y: str = "recall (cosine)",
    title: str = "The steeper a curve falls with age, the faster the memory forgets",
    theme: str = "light",
) -> go.Figure:
    """Recall against age: the steeper a curve falls, the faster the memory forgets.

    curves: what was measured, lines with markers. theory: what a law expects, grey and dashed, none of it fitted.
    ghosts: curves of earlier settings, faint, to see what a knob changed. x, y: the axes' titles, with units.
    title: what to see, for other curves than these. What is
    not finite is a gap.
    Raises ValueError if there is no curve, or one whose x and y differ in length or whose role is unknown.

        forgetting_curve([Curve("delta", ages, recalls)], theory=[Curve("(1 − θ/d)^L", ages, expected, "theory")])

        >>> curve = views.Curve("delta", np.arange(3), np.array([1.0, 0.5, 0.25]))
        >>> figure = views.forgetting_curve([curve], title="It halves")
        >>> figure.data[0].y.tolist()
        [1.0, 0.5, 0.25]
    """
    curves, theory, ghosts = _all("curves", curves), _all("theory", theory), _all("ghosts", ghosts)
    if not curves:
        raise ValueError("there is no curve to draw; give at least one Curve(name, x, y)")
    x, y, title = text("x", x), text("y", y), text("title", title)
    figure = sheet(title, _alt(curves, theory), theme=theme)
    here = panel(
        figure, (0.0, 1.0), (0.0, 0.92), x={"title": {"text": x}}, y={"title": {"text": y}, "rangemode": "tozero"}
    )
    for line in ghosts:
        curve(figure, here, _drawn(line), role=line.role, name=line.name, faint=True)
    for line, dash in zip(theory, cycle(_DASHES)):
        curve(figure, here, _drawn(line), role="theory", name=line.name, dash=dash)
    for line in curves:
        # Beyond a few dozen the markers hide the line they are there to tell apart.
        mode = "lines+markers" if len(line.x) <= 60 else "lines"
        curve(figure, here, _drawn(line), role=line.role, name=line.name, mode=mode)
    figure.layout.legend = {"x": 0, "xanchor": "left", "y": 1.0, "yanchor": "top"}
    return figure


def _drawn(line: Curve) -> Drawn:
    return envelope(np.asarray(line.x), finite(np.asarray(line.y, dtype=float)))


def _all(name: str, given: Any) -> list[Curve]:
    return [_looked(f"{name}[{place}]", line) for place, line in enumerate(several(name, given, what="curves"))]


def _looked(name: str, line: Any) -> Curve:
    """The curve with its points as arrays; a plain tuple is one."""
    if not isinstance(line, tuple) or len(line) not in (3, 4):
        refuse(name, line, "Curve(name, x, y)", "put several of them in a list: [Curve(…), Curve(…)]")
    said, x, y, role = line if len(line) == 4 else (*line, "fast")
    across, up = array(f"x of {name}", x, "points"), array(f"y of {name}", y, "points")
    if len(across) != len(up):
        raise ValueError(f"{name} has {len(across)} x and {len(up)} y; give one y for every x")
    return Curve(text(f"name of {name}", said), across, up, choice(f"role of {name}", role, ROLES))


def _alt(curves: Sequence[Curve], theory: Sequence[Curve]) -> str:
    said = []
    for line in curves:
        known = np.flatnonzero(np.isfinite(line.y))
        if known.size:
            first, last = known[0], known[-1]
            said.append(
                f"{line.name} goes from {line.y[first]:.2f} at {line.x[first]:g} "
                f"to {line.y[last]:.2f} at {line.x[last]:g}"
            )
    beside = f", beside theory: {', '.join(line.name for line in theory)}" if theory else ""
    return f"Recall against age{beside}. {'; '.join(said) or 'Nothing is finite'}."
