"""What stays of a widget where no kernel answers for it: a still and its words, in an output behind the live one.

A notebook that is saved keeps outputs, but no widgets. Of one output JupyterLab always chooses the live widget, also
where nobody answers for it any more, and then shows an error for ever, whatever picture lies beside it in that output.
So a widget has two: the live view, and behind it its still, whose style hides the view while there is none, and the
still while there is one. The page draws the still when a picture has been looked at for a while, and sends it; until
then the one that the saved notebook has with the same words stands there, so that no save loses it.
"""

from __future__ import annotations

import json
import os
import re
from functools import cache
from html import escape
from pathlib import Path
from typing import Any
from uuid import uuid4

from IPython.core.display_functions import publish_display_data

__all__ = ["NOTHING", "WIDGET", "Still", "bundle", "saved"]

WIDGET = "application/vnd.jupyter.widget-view+json"
# Where a picture goes that is not there yet: the words stand in its place.
NOTHING = "data:,"
_PICTURE = re.compile(r"data:image/png;base64,[A-Za-z0-9+/]+=*")
# A view has elements; where the notebook waits for one or has given up there is only its text.
_STYLE = (
    "<style>.jp-OutputArea-child:has(+ .jp-OutputArea-child .nlviz-still) > .jp-OutputArea-output:not(:has(*)), "
    ".jp-OutputArea-child:has(.nlviz .main-svg, .nlviz-problem:not([hidden]), .nlviz-ask) "
    "+ .jp-OutputArea-child:has(.nlviz-still) {display: none} pre.nlviz-still {white-space: pre-wrap}</style>"
)


def bundle(words: str, caption: str | None = None, image: str = NOTHING) -> dict[str, str]:
    """The still's output: a picture with its words, or, for a widget without one (no caption), the words alone."""
    if caption is None:
        shown = f'<pre class="nlviz-still">{escape(words)}</pre>'
    else:
        under = f'<figcaption aria-hidden="true">{escape(caption)}</figcaption>' if caption else ""
        shown = f'<figure class="nlviz-still"><img alt="{escape(words)}" src="{image}">{under}</figure>'
    return {"text/html": _STYLE + shown, "text/plain": words}


def saved(words: str) -> str:
    """The picture that stands with these words in the notebook of this kernel, as last saved; NOTHING if none does."""
    start = f'<img alt="{escape(words)}" src="'
    for html in _saved_html(os.environ.get("JPY_SESSION_NAME", "")):
        _, found, rest = html.partition(start)
        picture = _PICTURE.match(rest)
        if found and picture:
            return picture[0]
    return NOTHING


@cache
def _saved_html(path: str) -> list[str]:
    """All HTML among the outputs of the notebook at `path`; none if it cannot be read."""
    try:
        cells = json.loads(Path(path).read_text(encoding="utf-8"))["cells"]
        outputs = [output.get("data", {}) for cell in cells for output in cell.get("outputs", [])]
        return ["".join(data.get("text/html", "")) for data in outputs]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):  # a file that is no notebook
        return []


class Still:
    """The still of one widget, wherever that is shown."""

    def __init__(self) -> None:
        self._called = uuid4().hex
        self.image: str = NOTHING

    def show(self, widget: str, words: str, caption: str | None = None) -> None:
        """Display the live widget of this model id, and behind it the still."""
        publish_display_data({WIDGET: {"version_major": 2, "version_minor": 0, "model_id": widget}})
        if self.image == NOTHING and caption is not None:
            self.image = saved(words)
        self._publish(words, caption, update=False)

    def take(self, image: object, words: str, caption: str | None = None) -> None:
        """A picture from the page: it replaces the one that is shown. What is no picture is not taken."""
        if isinstance(image, str) and _PICTURE.fullmatch(image):
            self.image = image
            self._publish(words, caption, update=True)

    def _publish(self, words: str, caption: str | None, *, update: bool) -> None:
        shown: dict[str, Any] = bundle(words, caption, self.image)
        publish_display_data(shown, transient={"display_id": self._called}, update=update)
