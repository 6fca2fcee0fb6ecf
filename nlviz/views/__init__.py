"""Views: one function each, `Trace -> go.Figure`. They compute nothing and import no torch."""

from nlviz.views.erasing import erasing
from nlviz.views.forgetting import forgetting
from nlviz.views.forgetting_curve import Curve, forgetting_curve
from nlviz.views.frames import LAYOUT, NOWHERE, Handle, Link, Span, Track, alt_text, animate, describe, frames, handle
from nlviz.views.heat_map import heat_map
from nlviz.views.mini_batches import mini_batches
from nlviz.views.pareto import Standing, standings
from nlviz.views.reading import reading
from nlviz.views.recall_matrix import recall_matrix
from nlviz.views.remembering import remembering
from nlviz.views.series import series
from nlviz.views.surprise_on_tokens import surprise_on_tokens
from nlviz.views.tasks import tasks
from nlviz.views.titans import titans
from nlviz.views.wiring import wiring
from nlviz.views.writing import writing

__all__ = [
    "LAYOUT",
    "NOWHERE",
    "Curve",
    "Handle",
    "Link",
    "Span",
    "Standing",
    "Track",
    "alt_text",
    "animate",
    "describe",
    "erasing",
    "forgetting",
    "forgetting_curve",
    "frames",
    "handle",
    "heat_map",
    "mini_batches",
    "reading",
    "recall_matrix",
    "remembering",
    "series",
    "standings",
    "surprise_on_tokens",
    "tasks",
    "titans",
    "wiring",
    "writing",
]
