"""The Legacy Architect: a reader of bytes that lives with a real codebase for three simulated months.

legacy, renames      the codebase as 60 days of work, and the names that are renamed in Week 4
questions, blanks    what is asked about it, made from the code, so that the truth is computed
pages                how slow weights meet the text
arms, asleep         ways to live with it: frozen, a window, memories of one rate, gated, with clocks, with sleep
caches, passages     text that is kept instead: counts of what followed what, and what is found by TF-IDF
taught               which earlier line taught it this
months, lived, kept  all arms, day by day, with looks in Week 1, Week 4 and Month 3; a run that can be gone on with
results, traces      what that leaves, and as traces for pictures
reader               an arm as a reader of bytes, for an audit
"""

from nlviz.agents.architect.arms import THRESHOLD, Arm, Clocks, Continuum, Frozen, Head, Paid, Window
from nlviz.agents.architect.legacy import DAYS, LIMIT, Legacy, Place, legacy
from nlviz.agents.architect.lived import ARMS, Made
from nlviz.agents.architect.months import USUAL, month_pieces, read_months
from nlviz.agents.architect.pages import Strips
from nlviz.agents.architect.questions import CLASSES, KINDS, Question, questions
from nlviz.agents.architect.reader import reader
from nlviz.agents.architect.results import CHECKPOINTS, Answers, Checkpoint, Months, Piece
from nlviz.agents.architect.taught import Taught, Teacher
from nlviz.agents.architect.traces import LEVELS, day_trace, timeline

__all__ = [
    "ARMS",
    "CHECKPOINTS",
    "CLASSES",
    "DAYS",
    "KINDS",
    "LEVELS",
    "LIMIT",
    "THRESHOLD",
    "USUAL",
    "Answers",
    "Arm",
    "Checkpoint",
    "Clocks",
    "Continuum",
    "Frozen",
    "Head",
    "Legacy",
    "Made",
    "Months",
    "Paid",
    "Piece",
    "Place",
    "Question",
    "Strips",
    "Taught",
    "Teacher",
    "Window",
    "day_trace",
    "legacy",
    "month_pieces",
    "questions",
    "read_months",
    "reader",
    "timeline",
]
