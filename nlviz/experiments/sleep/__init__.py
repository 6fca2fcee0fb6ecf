"""Sleep: what the fast weights learned by day is taught to the slow ones at night, and the memory is cleared.

texts    a text for each day, what is asked of each, and what the reader knew before
night    what is taught and said: replayed text, dreams, and the updates of the slow weights
course   five ways to live through days and nights, looked at on their way
results  the looks as one trace, and the matrix R of an arm in bits per byte
"""

from nlviz.experiments.sleep.course import ARMS, CONTROLS, LOOKS, Arm, Look, course
from nlviz.experiments.sleep.night import Lessons, Night, as_it_stands, as_said, dreams, taught
from nlviz.experiments.sleep.results import matrix, trace_of
from nlviz.experiments.sleep.texts import BEFORE, PIECE, Day, Days, days_of, pieces_of

__all__ = [
    "ARMS",
    "BEFORE",
    "CONTROLS",
    "LOOKS",
    "PIECE",
    "Arm",
    "Day",
    "Days",
    "Lessons",
    "Look",
    "Night",
    "as_it_stands",
    "as_said",
    "course",
    "days_of",
    "dreams",
    "matrix",
    "pieces_of",
    "taught",
    "trace_of",
]
