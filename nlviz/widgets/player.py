"""A figure that can be moved through its frames in the browser, in both directions, with or without a kernel.

A recorded run is sent once, as one message; scrubbing it asks nobody. See `views.frames` for what a moving figure is.
"""

from __future__ import annotations

from typing import Any

import anywidget
import plotly.graph_objects as go
import traitlets as t

from nlviz.door.words import choice
from nlviz.views.drawing.frames import alt_text
from nlviz.widgets import page
from nlviz.widgets.packing import packed_figure, thinned
from nlviz.widgets.returned import figure_of
from nlviz.widgets.still import WIDGET, Still, bundle

__all__ = ["Player"]


class Player(anywidget.AnyWidget):
    """Shows a figure from `views`; if it has frames, with a slider, steps, play and speed under it.

    theme: "auto" follows the page (light or dark), or the name of one ("projector"). `frame`, a trait, is the number of
    the frame in sight, None as long as nobody has moved it: observe it, set it, link or jslink it to another's.

        player = Player(views.surprise_on_tokens(trace))
        player.show(other_figure)        # replaces the picture; the place is kept if it has as many frames
    """

    _esm = page.LOADER
    picture: t.Dict[str, Any] = t.Dict().tag(sync=True)
    theme: t.Unicode[str, str | bytes] = t.Unicode("auto").tag(sync=True)
    frame: t.Int[int | None, int | None] = t.Int(None, allow_none=True, min=0).tag(sync=True)
    _thin = False

    def __init__(self, figure: go.Figure | None = None, *, theme: str = "auto", **synced: Any) -> None:
        choice("theme", theme, ["auto", *page.templates()])
        self.figure = None if figure is None else figure_of(figure, "figure")
        self._last: dict[str, Any] | None = None
        self._still = Still()
        shown = {} if self.figure is None else packed_figure(self.figure)
        super().__init__(picture=shown, theme=theme, **synced)
        # one that was given may belong to others too
        self._own_layout = None if "layout" in synced else self.layout
        self.on_msg(self._hear)

    def close(self) -> None:
        """Take the player off every page, and its layout with it: nothing of it stays alive."""
        super().close()
        # one whose making failed has none yet, and is closed all the same
        own = vars(self).get("_own_layout")
        if own is not None:
            own.close()

    def show(self, figure: go.Figure) -> None:
        """Replace the picture by another figure."""
        looked = figure_of(figure, "figure")
        # Packed first: if the figure cannot be sent, the old one stays on both sides.
        self.picture = packed_figure(looked)
        self.figure = looked

    def send_state(self, key: Any = None) -> None:
        """As ipywidgets' own, but a page that keeps what it was sent gets of a picture only what is new to it."""
        self._thin = key is not None and self._last is not None
        try:
            super().send_state(key)
        finally:
            self._thin = False
            if self._last is not None:
                self._last = self.picture

    def get_state(self, key: Any = None, drop_defaults: bool = False) -> dict[str, Any]:
        """The traits. Whole for whoever asks, without what the page has while they are sent to it."""
        state = super().get_state(key, drop_defaults)
        if self._thin and "picture" in state:
            state["picture"] = thinned(state["picture"], self._last)
        return state

    def _hear(self, _: object, content: dict[str, Any], buffers: list[memoryview]) -> None:
        """A message from the page: it lacks our script, plotly.js, or part of a picture; it keeps pictures; or it
        has drawn a still."""
        match content.get("kind"):
            case "script":
                self.send({"kind": "script", "style": page.CSS}, buffers=[page.ESM.encode()])
            case "plotly":
                packed = bool(content.get("gzip"))
                script = page.plotly_gzip() if packed else page.plotly_js()
                self.send({"kind": "plotly", "gzip": packed}, buffers=[script])
            case "whole":
                self._last = None
                self.send_state("picture")
            case "knobs":
                self._last = self._last or self.picture
            case "still":
                self._still.take(content.get("image"), repr(self), self._caption())

    def __repr__(self) -> str:
        """What is shown, in words: the same for the same figure, so that a saved output can be compared."""
        return "" if self.figure is None else alt_text(self.figure) or f"{type(self).__name__} of a figure"

    def _caption(self) -> str | None:
        """What stands under a still; None if there is nothing to draw."""
        return None if self.figure is None else ""

    def _ipython_display_(self, **_: Any) -> None:
        """The live widget, and behind it what every reader has who runs no script, and who has no kernel."""
        self._still.show(self.model_id, repr(self), self._caption())

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """Both in one output, for who asks for that."""
        live = {"version_major": 2, "version_minor": 0, "model_id": self.model_id}
        return {WIDGET: live, **bundle(repr(self), self._caption(), self._still.image)}, {}
