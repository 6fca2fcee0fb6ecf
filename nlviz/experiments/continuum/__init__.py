"""Several levels, each with a period of its own: where they pay, and where one level does as well.

bursts     the stream: facts A, a burst of B, A again
levels     maps with periods of their own, and what one of them knows by itself
clockwork  such a stream read by two levels, everything about them measured
nesting    batch, sequence, segment, chunk and level in one small run
"""

from nlviz.experiments.continuum.bursts import Burst, Facts, burst
from nlviz.experiments.continuum.clockwork import LEVELS, clockwork, clockwork_pieces
from nlviz.experiments.continuum.levels import HANDING, alone, maps
from nlviz.experiments.continuum.nesting import nesting

__all__ = ["HANDING", "LEVELS", "Burst", "Facts", "alone", "burst", "clockwork", "clockwork_pieces", "maps", "nesting"]
