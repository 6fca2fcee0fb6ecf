"""A budget: what a state of fixed size is worth beside a cache that grows.

chosen      which tokens a cache beside a memory holds, and what surprise and dice choose
contexts    how far back what was read is of use, and what it costs
lookup      a cache in the place of a memory, so that only what is kept differs
names       made-up names in a text, near by and far: does it retrieve, or only predict better
kept        exact tokens beside a memory, or several memories: which to keep, how long a segment
prefixes    embeddings whose first numbers are worth having alone
race        all of `contexts` as more and more is read, a window that costs as much beside each
stores      how far back trained keys reach, whatever keeps the past
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
from nlviz.experiments.budget.lookup import Beside, Cache, Lookup
from nlviz.experiments.budget.names import (
    READERS,
    Completed,
    Named,
    NamesTask,
    completed,
    named,
    reader,
    silenced,
)
from nlviz.experiments.budget.prefixes import Embedded, Encoder, embedded, nearest_right, principal, train_encoder
from nlviz.experiments.budget.race import EQUAL, RACERS, TUNED, race
from nlviz.experiments.budget.slider import slide
from nlviz.experiments.budget.stores import STORES, store_model, told_recall, trained_recall

__all__ = [
    "CONTENDERS",
    "EQUAL",
    "MEETINGS",
    "RACERS",
    "READERS",
    "ROOMS",
    "STORES",
    "TUNED",
    "Beside",
    "Cache",
    "Completed",
    "Contender",
    "Costs",
    "Embedded",
    "Encoder",
    "Lookup",
    "Named",
    "NamesTask",
    "attended",
    "choose",
    "completed",
    "costs",
    "embedded",
    "kept_recall",
    "memorised",
    "named",
    "nearest_right",
    "principal",
    "race",
    "reader",
    "recall_by_age",
    "segment_recall",
    "silenced",
    "slide",
    "store_model",
    "told_recall",
    "train_encoder",
    "trained_recall",
]
