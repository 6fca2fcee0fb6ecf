"""What stays of a widget where no kernel answers for it: a still and its words, in an output behind the live one.

A notebook that is saved keeps outputs, but no widgets. Of one output JupyterLab always chooses the live widget, also
where nobody answers for it any more, and then shows an error for ever, whatever picture lies beside it in that output.
So a widget has two: the live view, and behind it its still, whose style hides the view while there is none, and the
still while there is one. The page draws the still when a picture has been looked at for a while, and sends it.
"""

from __future__ import annotations

import re
from html import escape
from typing import Any
from uuid import uuid4

from IPython.core.display_functions import publish_display_data

__all__ = ["NOTHING", "WIDGET", "Still", "bundle", "pictured"]

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


def pictured(html: str, image: str) -> str:
    """The HTML of a still with this picture, a `data:` URL, in the place of the one it has."""
    return re.sub(r'(<img alt="[^"]*" src=")[^"]*', lambda found: found[1] + image, html, count=1)


class Still:
    """The still of one widget, wherever that is shown."""

    def __init__(self) -> None:
        self._called = uuid4().hex
        self.image = NOTHING

    def show(self, widget: str, words: str, caption: str | None = None) -> None:
        """Display the live widget of this model id, and behind it the still."""
        publish_display_data({WIDGET: {"version_major": 2, "version_minor": 0, "model_id": widget}})
        self._publish(words, caption, update=False)

    def take(self, image: object, words: str, caption: str | None = None) -> None:
        """A picture from the page: it replaces the one that is shown. What is no picture is not taken."""
        if isinstance(image, str) and _PICTURE.fullmatch(image):
            self.image = image
            self._publish(words, caption, update=True)

    def _publish(self, words: str, caption: str | None, *, update: bool) -> None:
        shown: dict[str, Any] = bundle(words, caption, self.image)
        publish_display_data(shown, transient={"display_id": self._called}, update=update)
