"""What is said while a cell still makes a lab: no page hears of it yet, so a line of words says how far it is."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from nlviz._attended import attended

__all__ = ["Waiting"]

# An ipywidgets Output takes what is displayed in it, and no change of it later: the line would stay over the lab.
_STYLE = (
    "<style>.jp-OutputArea-child:has(.nlviz-made):has(~ .jp-OutputArea-child :is(.nlviz, .nlviz-still)) "
    "{display: none}</style>"
)


class Waiting:
    """One line under a cell, where somebody is there to read it: how far the lab's first run is. It goes at the end.

    title: the lab's. What it leaves in the cell's output is empty.
    """

    def __init__(self, title: str) -> None:
        self._title, self._line = title, None

    def hear(self, message: Mapping[str, Any]) -> None:
        """What a run tells its page: of its progress the line is made."""
        if message.get("kind") != "progress" or not attended():
            return
        done = f"{message['done']:,} of {message['total']:,} {message['noun']}"
        left = message.get("left")
        when = "" if left is None else f", about {max(1, round(left))} s left"
        self._say(f"{self._title or 'This lab'} is being made: {done}{when}")

    def end(self) -> None:
        """The lab is made, or failed: the line goes."""
        if self._line is not None:
            self._line.update(_bundle(""), raw=True)

    def _say(self, words: str) -> None:
        if self._line is not None:
            self._line.update(_bundle(words), raw=True)
            return
        from IPython.display import display

        self._line = display(_bundle(words), raw=True, display_id=True)


def _bundle(words: str) -> dict[str, str]:
    shown = f'{_STYLE}<div class="nlviz-made" role="status">{escape(words)}</div>' if words else ""
    return {"text/html": shown, "text/plain": words}
