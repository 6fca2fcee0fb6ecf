"""The numbers of notebook 09: what two levels know of A through a burst of B, and that a period is no small rate."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
import pytest

from nlviz.experiments.continuum import Burst, alone, burst, maps
from nlviz.experiments.continuum.clockwork import FAST_RATE, SLOW_RATE
from nlviz.inner import unroll
from nlviz.memory import Delta, Gates, Pairs

from .holding import Claims
from .seeds import SEEDS, chance

pytestmark = pytest.mark.claim

PERIOD, SHORT, LONG = 32, 16, 64
BOTH, FAST, SLOW, ONE = range(4)
BEFORE, END, LATER = range(3)


def told(length: int, seed: int, again: int) -> Burst:
    """The stream of `labs.clockwork`, with other values for A's keys."""
    return burst(length, generator=chance(seed), again=again, contradicts=True, batch=16)


def looks(memory: Any, stream: Burst, rate: float = 1.0) -> Iterator[Any]:
    """The state of a memory before the burst, at its end and at the end of A again."""
    state = None
    for start, stop in stream.spans.values():
        piece = Pairs(*(part[:, start:stop] for part in stream.pairs))
        state = unroll(memory, piece, Gates.constant(piece, rate), state=state).state
        yield state


def share(memory: Any, state: Any, facts: Any) -> float:
    """How much of the values comes back, the mean."""
    return (memory.read(state, facts.keys) * facts.values).sum(-1).mean().item()


@cache
def recall(letter: str, length: int, out: int | None = None) -> np.ndarray:
    """Shares of the values before the burst, at its end and 8 tokens on, [seeds, 3, lines], as `labs.clockwork` shows
    them: of both levels, of each alone and of one level beside them."""
    found = []
    for seed in SEEDS:
        stream = told(length, seed, again=8)
        facts = getattr(stream, letter.lower())
        both, one = maps((1, PERIOD), (FAST_RATE, SLOW_RATE), out=out), Delta(32, 32)
        lines = [
            [share(both, state, facts), *(share(both, alone(both, state, level), facts) for level in (0, 1))]
            for state in looks(both, stream)
        ]
        single = [share(one, state, facts) for state in looks(one, stream, FAST_RATE)]
        found.append([[*own, beside] for own, beside in zip(lines, single, strict=True)])
    return np.array(found)


def test_a_burst_between_two_ticks_leaves_the_slow_level_as_it_was(claims: Claims) -> None:
    """.70 before and after 16 tokens, .18 after 64; but both together fall from .87 to .42, one level to .29."""
    short, long = recall("A", SHORT), recall("A", LONG)
    assert (short[:, BEFORE, SLOW] == short[:, END, SLOW]).all()
    claims.says(".70", short[:, END, SLOW], "slow, after 16")
    claims.says(".18", long[:, END, SLOW], "slow, after 64")
    claims.says(".87", short[:, BEFORE, BOTH], "both, before")
    claims.says(".42", short[:, END, BOTH], "both, after 16")
    claims.says(".29", short[:, END, ONE], "one level, after 16")
    claims.says(".97", short[:, BEFORE, ONE], "one level, before")
    claims.says(".74", short[:, LATER, BOTH], "both, 8 tokens on")
    claims.says(".65", short[:, LATER, ONE], "one level, 8 tokens on")


def test_what_is_kept_is_paid_with_what_is_learned(claims: Claims) -> None:
    """Of B both levels know .40 at the end of the short burst, one level .69; after the long one .87 and .97."""
    claims.says(".40", recall("B", SHORT)[:, END, BOTH], "both, B after 16")
    claims.says(".69", recall("B", SHORT)[:, END, ONE], "one level, B after 16")
    claims.says(".87", recall("B", LONG)[:, END, BOTH], "both, B after 64")
    claims.says(".97", recall("B", LONG)[:, END, ONE], "one level, B after 64")
    claims.says(".08", recall("A", LONG)[:, END, BOTH], "both, A after 64")
    claims.says(".03", recall("A", LONG)[:, END, ONE], "one level, A after 64")


def test_for_a_the_fast_half_is_worth_less_than_nothing(claims: Claims) -> None:
    """At the end of the short burst: the fast half −.40 for A and .40 for B; the slow one .40 for A, 0 for B."""
    whole, slow_alone, fast_alone = (
        {letter: recall(letter, SHORT, out)[:, END, BOTH] for letter in "AB"} for out in (None, 0, 1)
    )
    claims.says("−.40", whole["A"] - slow_alone["A"], "fast, for A")
    claims.says(".40", whole["B"] - slow_alone["B"], "fast, for B")
    claims.says(".40", whole["A"] - fast_alone["A"], "slow, for A")
    claims.says(".00", whole["B"] - fast_alone["B"], "slow, for B")


@cache
def known(period: int) -> np.ndarray:
    """Of A: before the burst, at its end, and 16 tokens of A later, by one level with θ = 6/32 a token, [seeds, 3]."""
    memory = maps((period,), (6.0 * period / PERIOD,), fast="keeps all")
    found = []
    for seed in SEEDS:
        stream = told(SHORT, seed, again=16)
        found.append([share(memory, state, stream.a) for state in looks(memory, stream)])
    return np.array(found)


def test_a_period_puts_off_and_a_small_rate_does_not(claims: Claims) -> None:
    """Period 32: .81, .81, .53. Every token, a 32nd of the rate: .75, .49, .65."""
    for period, said in ((32, (".81", ".81", ".53")), (1, (".75", ".49", ".65"))):
        for at, number in enumerate(said):
            claims.says(number, known(period)[:, at], f"period {period}, look {at}")
    assert (known(32)[:, BEFORE] == known(32)[:, END]).all()
    claims.more(known(32)[:, END], known(1)[:, END], "at the end of the burst", share=1)
    claims.more(known(1)[:, LATER], known(32)[:, LATER], "16 tokens later", share=1)
