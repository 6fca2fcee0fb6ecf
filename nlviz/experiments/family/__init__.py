"""A linear rule is five choices: which published rule they make, and what a stream of facts becomes under it.

rules   switches, the rule they make, its name and its line
facts   a stream in which facts are told again, and which telling every answer comes from
"""

from nlviz.experiments.family.facts import facts, map_of, mapped, neighbours
from nlviz.experiments.family.rules import (
    ERASES,
    FORGETS,
    MOMENTA,
    ORDERS,
    OUTPUTS,
    PUBLISHED,
    Chosen,
    Switches,
    equation,
    which,
)

__all__ = [
    "ERASES",
    "FORGETS",
    "MOMENTA",
    "ORDERS",
    "OUTPUTS",
    "PUBLISHED",
    "Chosen",
    "Switches",
    "equation",
    "facts",
    "map_of",
    "mapped",
    "neighbours",
    "which",
]
