"""Which rule of the family pays where: sentences of tests/benchmarks/family.md, at the constants that stand there."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from ..benchmarks import family
from .holding import Claims
from .seeds import SEEDS

pytestmark = pytest.mark.claim


@cache
def found(which: str, name: str, kind: str) -> np.ndarray:
    """One measure of a rule on a stream, for every seed."""
    constants = family.on_page(which, name, kind)
    return np.array(family.measured(name, kind, which, constants, SEEDS, family.WHOLE.read))


def test_momentum_pays_where_keys_lie_close_or_are_too_many_and_while_the_map_drifts(claims: Claims) -> None:
    """Recall .96 beside gated delta's .83, .80 beside .75; error while reading .29 beside .40."""
    for which, kind, ours, theirs in (
        ("recall", "correlated keys", ".96", ".83"),
        ("recall", "random pairs", ".80", ".75"),
        ("error", "drift", ".29", ".40"),
    ):
        titans, gated = found(which, "Titans", kind), found(which, "gated delta", kind)
        claims.says(ours, titans, f"{kind}, Titans")
        claims.says(theirs, gated, f"{kind}, gated delta")
        sign = 1 if which == "recall" else -1
        claims.more(sign * titans, sign * gated, f"{kind}: momentum ahead", by=0.02, share=1)


def test_least_squares_is_best_where_nothing_changes_and_loses_what_was_overwritten(claims: Claims) -> None:
    """Recall 1.00 of correlated keys, .82 of random pairs; .30 of what was overwritten, where gated delta has .74."""
    for kind, said in {"correlated keys": "1.00", "random pairs": ".82", "overwrites": ".30"}.items():
        claims.says(said, found("recall", "least squares", kind), kind)
    claims.more(found("recall", "least squares", "random pairs"), found("recall", "Titans", "random pairs"), "best")
    claims.more(found("recall", "gated delta", "overwrites"), 0.6, "gated delta keeps the newest", share=1)


def test_the_place_of_forgetting_hardly_matters_under_momentum(claims: Claims) -> None:
    for which in family.Read._fields:
        for kind in family.STREAMS:
            apart = np.abs(found(which, "Titans", kind) - found(which, "momentum delta", kind))
            claims.more(0.01, apart, f"{which}, {kind}", share=1)
