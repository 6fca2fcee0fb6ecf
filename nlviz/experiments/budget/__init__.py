"""A budget: what a state of fixed size is worth beside a cache that grows.

chosen      which tokens a cache beside a memory holds, and what surprise and dice choose
contexts    how far back what was read is of use, and what it costs
lookup      a cache in the place of a memory, so that only what is kept differs
names       made-up names in a text, near by and far: does it retrieve, or only predict better
kept        exact tokens beside a memory, or several memories: which to keep, how long a segment
prefixes    embeddings whose first numbers are worth having alone: of digits, of places in code, as keys of a memory
race        all of `contexts` as more and more is read, a window that costs as much beside each
stores      how far back trained keys reach, whatever keeps the past
slider      from one memory to attention by the length of a segment, item by item
"""

from nlviz.experiments.budget.chosen import ROOMS, choose
from nlviz.experiments.budget.code_prefixes import QUESTIONS, Places, asked_about, code_search, excerpts, places
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
from nlviz.experiments.budget.prefix_course import PrefixCourse
from nlviz.experiments.budget.prefix_memory import Levels, Written, prefix_memory
from nlviz.experiments.budget.prefix_search import (
    PLANS,
    WAYS,
    Search,
    Searched,
    Shortened,
    digit_search,
    searched,
    shortened,
    stages,
)
from nlviz.experiments.budget.prefixes import Embedded, Encoder, embedded, nearest_right, principal, train_encoder
from nlviz.experiments.budget.race import EQUAL, RACERS, TUNED, race
from nlviz.experiments.budget.slider import slide
from nlviz.experiments.budget.stores import STORES, store_model, told_recall, trained_recall

__all__ = [
    "CONTENDERS",
    "EQUAL",
    "MEETINGS",
    "PLANS",
    "QUESTIONS",
    "RACERS",
    "READERS",
    "ROOMS",
    "STORES",
    "TUNED",
    "WAYS",
    "Beside",
    "Cache",
    "Completed",
    "Contender",
    "Costs",
    "Embedded",
    "Encoder",
    "Levels",
    "Lookup",
    "Named",
    "NamesTask",
    "Places",
    "PrefixCourse",
    "Search",
    "Searched",
    "Shortened",
    "Written",
    "asked_about",
    "attended",
    "choose",
    "code_search",
    "completed",
    "costs",
    "digit_search",
    "embedded",
    "excerpts",
    "kept_recall",
    "memorised",
    "named",
    "nearest_right",
    "places",
    "prefix_memory",
    "principal",
    "race",
    "reader",
    "recall_by_age",
    "searched",
    "segment_recall",
    "shortened",
    "silenced",
    "slide",
    "stages",
    "store_model",
    "told_recall",
    "train_encoder",
    "trained_recall",
]
