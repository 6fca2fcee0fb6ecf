"""Views: one function each, `Trace -> go.Figure`. They compute nothing and import no torch."""

from nlviz.views.drawing.frames import (
    LAYOUT,
    NOWHERE,
    Handle,
    Link,
    Span,
    Track,
    alt_text,
    animate,
    describe,
    frames,
    handle,
)
from nlviz.views.forgetting_curve import Curve, forgetting_curve
from nlviz.views.heat_map import heat_map
from nlviz.views.pictures.amnesia import remembering
from nlviz.views.pictures.budget import race
from nlviz.views.pictures.clockwork import clockwork
from nlviz.views.pictures.digits import tasks
from nlviz.views.pictures.erase_write import erasing
from nlviz.views.pictures.forgetting import forgetting
from nlviz.views.pictures.four_arms import four_arms
from nlviz.views.pictures.gradient_memory import gradient_memory
from nlviz.views.pictures.hope import hope
from nlviz.views.pictures.influence import influence
from nlviz.views.pictures.inspector import inspector
from nlviz.views.pictures.kept import keeping
from nlviz.views.pictures.landing import landing
from nlviz.views.pictures.learning import learning
from nlviz.views.pictures.mini_batches import mini_batches
from nlviz.views.pictures.nesting import nesting
from nlviz.views.pictures.prefixes import prefixes
from nlviz.views.pictures.segments import segments
from nlviz.views.pictures.sleep import sleep
from nlviz.views.pictures.standings import Standing, standings
from nlviz.views.pictures.surprise import reading
from nlviz.views.pictures.timeline import timeline
from nlviz.views.pictures.titans import titans
from nlviz.views.pictures.two_loops import two_loops
from nlviz.views.pictures.wiring import wiring
from nlviz.views.pictures.write_head import writing
from nlviz.views.recall_matrix import recall_matrix
from nlviz.views.series import series
from nlviz.views.surprise_on_tokens import surprise_on_tokens

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
    "clockwork",
    "describe",
    "erasing",
    "forgetting",
    "forgetting_curve",
    "four_arms",
    "frames",
    "gradient_memory",
    "handle",
    "heat_map",
    "hope",
    "influence",
    "inspector",
    "keeping",
    "landing",
    "learning",
    "mini_batches",
    "nesting",
    "prefixes",
    "race",
    "reading",
    "recall_matrix",
    "remembering",
    "segments",
    "series",
    "sleep",
    "standings",
    "surprise_on_tokens",
    "tasks",
    "timeline",
    "titans",
    "two_loops",
    "wiring",
    "writing",
]
