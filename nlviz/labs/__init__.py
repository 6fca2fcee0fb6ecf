"""Labs, one call each: a run, a view, at most five knobs. What computes and what draws meet here and nowhere else."""

from nlviz.labs.surprise import surprise
from nlviz.labs.write_head import write_head

__all__ = ["surprise", "write_head"]
