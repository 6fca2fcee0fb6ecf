"""The one place where claims take their seeds from.

The five that the prose was measured on; `NLVIZ_CLAIM_SEEDS=1000:1010` measures on others, as `python -m tests.claims`
does.
"""

from __future__ import annotations

import os

from torch import Generator

__all__ = ["PROSE", "SEEDS", "VARIABLE", "chance", "span"]

VARIABLE = "NLVIZ_CLAIM_SEEDS"


def span(text: str) -> range:
    """ "1000:1010" -> the seeds from 1000 up to but not including 1010.

    Raises ValueError for anything else, and for fewer than two: one seed has no spread.
    """
    first, colon, last = text.partition(":")
    if not (colon and first.isdecimal() and last.isdecimal()) or int(last) - int(first) < 2:
        raise ValueError(f"seeds are {text!r}; give the first and the one after the last, two apart or more: 1000:1010")
    return range(int(first), int(last))


PROSE = span("0:5")
SEEDS = span(os.environ.get(VARIABLE, "0:5"))


def chance(seed: int) -> Generator:
    """All chance of one run of a claim."""
    return Generator().manual_seed(seed)
