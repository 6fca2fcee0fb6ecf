"""Labs, one call each: a run, a view, at most five knobs. What computes and what draws meet here and nowhere else.

All take `preset=` and what `widgets.Shown` lists: `theme=`, `only=`, `knobs=`. `labs.from_state(lab.state())` is the
same lab again.
"""

from nlviz.labs.amnesia import amnesia
from nlviz.labs.architect import architect
from nlviz.labs.attention_map import attention_map
from nlviz.labs.budget import budget
from nlviz.labs.clockwork import clockwork
from nlviz.labs.digits import digits
from nlviz.labs.erase_write import erase_write
from nlviz.labs.family import family
from nlviz.labs.forgetting import forgetting
from nlviz.labs.gradient_memory import gradient_memory
from nlviz.labs.hope import hope
from nlviz.labs.inspector import inspector
from nlviz.labs.kept import kept
from nlviz.labs.late_answer import late_answer
from nlviz.labs.learning import learning
from nlviz.labs.mini_batches import mini_batches
from nlviz.labs.one_write import one_write
from nlviz.labs.prefixes import prefixes
from nlviz.labs.segments import segments
from nlviz.labs.sharing import from_state as from_state
from nlviz.labs.sleep import sleep
from nlviz.labs.surprise import surprise
from nlviz.labs.titans import titans
from nlviz.labs.two_loops import two_loops
from nlviz.labs.wiring import wiring
from nlviz.labs.write_head import write_head

# The labs alone: tests, `nlviz demo` and state strings go through this list.
__all__ = [
    "amnesia",
    "architect",
    "attention_map",
    "budget",
    "clockwork",
    "digits",
    "erase_write",
    "family",
    "forgetting",
    "gradient_memory",
    "hope",
    "inspector",
    "kept",
    "late_answer",
    "learning",
    "mini_batches",
    "one_write",
    "prefixes",
    "segments",
    "sleep",
    "surprise",
    "titans",
    "two_loops",
    "wiring",
    "write_head",
]
