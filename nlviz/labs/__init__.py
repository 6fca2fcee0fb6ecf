"""Labs, one call each: a run, a view, at most five knobs. What computes and what draws meet here and nowhere else.

All take `preset=` and what `widgets.Shown` lists: `theme=`, `only=`, `knobs=`. `labs.from_state(lab.state())` is the
same lab again.
"""

from nlviz.labs.erase_write import erase_write
from nlviz.labs.mini_batches import mini_batches
from nlviz.labs.sharing import from_state as from_state
from nlviz.labs.surprise import surprise
from nlviz.labs.write_head import write_head

# The labs alone: tests, `nlviz demo` and state strings go through this list.
__all__ = ["erase_write", "mini_batches", "surprise", "write_head"]
