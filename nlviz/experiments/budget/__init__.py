"""A budget: what a state of fixed size is worth beside a cache that grows.

chosen      which tokens a cache beside a memory holds, and what surprise and dice choose
contexts    how far back what was read is of use, and what it costs
kept        exact tokens beside a memory, or several memories: which to keep, how long a segment
prefixes    embeddings whose first numbers are worth having alone
race        all of `contexts` as more and more is read, a window that costs as much beside each
slider      from one memory to attention by the length of a segment, item by item
"""

from nlviz.experiments.budget.chosen import ROOMS, choose
from nlviz.experiments.budget.contexts import (
    CONTENDERS,
    Contender,
    Costs,
    attended,
    costs,
    memorised,
    recall_by_age,
)
from nlviz.experiments.budget.kept import MEETINGS, kept_recall, segment_recall
from nlviz.experiments.budget.prefixes import Embedded, Encoder, embedded, nearest_right, principal, train_encoder
from nlviz.experiments.budget.race import EQUAL, RACERS, TUNED, race
from nlviz.experiments.budget.slider import slide

__all__ = [
    "CONTENDERS",
    "EQUAL",
    "MEETINGS",
    "RACERS",
    "ROOMS",
    "TUNED",
    "Contender",
    "Costs",
    "Embedded",
    "Encoder",
    "attended",
    "choose",
    "costs",
    "embedded",
    "kept_recall",
    "memorised",
    "nearest_right",
    "principal",
    "race",
    "recall_by_age",
    "segment_recall",
    "slide",
    "train_encoder",
]
