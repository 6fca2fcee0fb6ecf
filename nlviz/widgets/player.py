"""A figure that can be moved through its frames in the browser, in both directions, with or without a kernel.

A recorded run is sent once, as one message; scrubbing it asks nobody. See `views.frames` for what a moving figure is.
"""

from __future__ import annotations

from typing import Any

import anywidget
import plotly.graph_objects as go
import traitlets as t

from nlviz.views.frames import alt_text
from nlviz.widgets import page
from nlviz.widgets.packing import packed_figure

__all__ = ["Player"]

_WIDGET = "application/vnd.jupyter.widget-view+json"


class Player(anywidget.AnyWidget):
    """Shows a figure from `views`; if it has frames, with a slider, steps, play and speed under it.

    theme: "auto" follows the page (light or dark), or the name of one ("projector").

        player = Player(views.surprise_on_tokens(trace))
        player.show(other_figure)        # replaces the picture; the place is kept if it has as many frames
    """

    _esm = page.ESM
    _css = page.CSS
    picture = t.Dict().tag(sync=True)
    templates = t.Dict().tag(sync=True)
    theme = t.Unicode("auto").tag(sync=True)

    def __init__(self, figure: go.Figure | None = None, *, theme: str = "auto", **synced: Any) -> None:
        templates = page.templates()
        if theme != "auto" and theme not in templates:
            raise ValueError(f"theme {theme!r} is unknown; choose 'auto' or one of {', '.join(map(repr, templates))}")
        self.figure = figure
        shown = {} if figure is None else packed_figure(figure)
        super().__init__(picture=shown, templates=templates, theme=theme, **synced)
        self.on_msg(self._hear)

    def show(self, figure: go.Figure) -> None:
        """Replace the picture by another figure."""
        # Packed first: if the figure cannot be sent, the old one stays on both sides.
        self.picture = packed_figure(figure)
        self.figure = figure

    def _hear(self, _: object, content: dict[str, Any], buffers: list[memoryview]) -> None:
        """A message from the page. A player hears only one: this page has no plotly.js yet."""
        if content.get("kind") == "plotly":
            packed = bool(content.get("gzip"))
            self.send({"kind": "plotly", "gzip": packed}, buffers=[page.plotly_gzip() if packed else page.plotly_js()])

    def __repr__(self) -> str:
        """What is shown, in words: the same for the same figure, so that a saved output can be compared."""
        return "" if self.figure is None else alt_text(self.figure) or f"{type(self).__name__} of a figure"

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """The live widget, and for every reader that runs no script the same in words."""
        live = {"version_major": 2, "version_minor": 0, "model_id": self.model_id}
        return {_WIDGET: live, "text/plain": repr(self)}, {}
