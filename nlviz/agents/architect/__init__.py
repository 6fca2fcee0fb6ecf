"""The Legacy Architect: a reader of bytes that lives with a real codebase for three simulated months.

legacy      the codebase as 60 days of work, and the names that are renamed in Week 4
questions   what is asked about it, made from the code, so that the truth is computed
pages       how slow weights meet the text
arms        ways to live with it: frozen, a window, memories of one rate, gated, with clocks
months      all arms, day by day, with a look at Week 1, Week 4 and Month 3
results     what that leaves
"""

from nlviz.agents.architect.legacy import DAYS, Legacy, Place, legacy
from nlviz.agents.architect.months import ARMS, month_pieces, read_months
from nlviz.agents.architect.questions import CLASSES, KINDS, Question
from nlviz.agents.architect.results import CHECKPOINTS, Answers, Checkpoint, Months, Piece, Teacher

__all__ = [
    "ARMS",
    "CHECKPOINTS",
    "CLASSES",
    "DAYS",
    "KINDS",
    "Answers",
    "Checkpoint",
    "Legacy",
    "Months",
    "Piece",
    "Place",
    "Question",
    "Teacher",
    "legacy",
    "month_pieces",
    "read_months",
]
