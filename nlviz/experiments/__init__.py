"""Whole runs: models of `outer` put to work on streams, and everything measured that a lab or a notebook shows.

reading     a trained reader meets a text and writes as it reads
budget      a state of fixed size beside a cache that grows, and embeddings cut short
continual   tasks in turn, and what is left of the first
continuum   levels with periods of their own through a burst of other facts
family      a linear rule is five choices: the rule that switches make, its name, and what its answers are made of
learning_to_learn  slow weights learn how to write, on small tasks drawn afresh
optimizers  optimizers side by side on the same small tasks, and what their momentum is made of
sleep       by day fast weights, at night slow ones
two_views   a net that learns at test time, without a label, beside its frozen twin
"""

from nlviz.experiments.reading import Piece, Reading, ReadingState, read, reading_pieces
from nlviz.experiments.reading_probes import known
from nlviz.experiments.reading_rows import reader_of
from nlviz.experiments.two_views import two_views

__all__ = ["Piece", "Reading", "ReadingState", "known", "read", "reader_of", "reading_pieces", "two_views"]
