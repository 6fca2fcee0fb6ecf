"""A stream in which facts are told again with other values, read by a rule: which telling every answer comes from."""

from __future__ import annotations

import numpy as np
import torch

from nlviz.door import words
from nlviz.experiments.family.rules import BY_CHANNEL, PUBLISHED, Chosen, Switches, equation, which
from nlviz.inner import influence, to_numpy
from nlviz.memory import Gates, LinearRule
from nlviz.streams import Stream, overwrites
from nlviz.trace import Signal, Token, Trace

__all__ = ["facts", "mapped"]

FACTS, TOKENS, WIDTH = 6, 24, 16
RATE, FORGET = 1.0, 0.05
NEVER = -1


def facts(switches: Switches, *, seed: int = 0) -> Trace:
    """Six facts, told 24 times in all, each time with another value, read by the rule that switches make.

    Keys and values have 8 numbers; θ is 1; a twentieth is forgotten at every token, by channel from nothing to a tenth.
    Signals as `mapped` has them. Notes: "rule", its name; "line", its equation; "of", the rules in the table.

        >>> trace = experiments.family.facts(experiments.family.Switches(forgets="by channel"))
        >>> trace.noted("rule"), trace["influence"].values.shape
        (('KDA',), (24, 1, 24))
    """
    switches = words.instance("switches", switches, Switches)
    chance = torch.Generator().manual_seed(words.seed("seed", seed))
    stream = overwrites(FACTS, TOKENS, WIDTH, generator=chance)
    forget = torch.linspace(0, 2 * FORGET, WIDTH).expand(1, 1, -1) if switches.forgets == BY_CHANNEL else FORGET
    gates = Gates.constant(stream.pairs, RATE, switches.momentum, forget)
    notes = {"rule": which(switches), "line": equation(switches), "of": str(len(PUBLISHED))}
    return mapped(Chosen(WIDTH, WIDTH, switches), stream, gates).merge(notes=notes)


def mapped(memory: LinearRule, stream: Stream, gates: Gates) -> Trace:
    """Every token asks for its key before it is written: the share of each earlier write in what comes back.

    Signals: "influence" [time, 1, time], what comes back to a token is Σ share · target of the writes; "item" [time,
    1], which fact a token tells; "error" [time, 1], ‖what comes back − the value told last‖ as a share of that value, 1
    for an empty answer, NaN where the fact was never told. Tokens: the facts by letter. Of a batch the first stream.
    Raises ValueError for a rule that is not linear, and what `inner.influence` refuses.

        >>> stream = streams.overwrites(2, 4, 8, generator=torch.Generator().manual_seed(0))
        >>> trace = experiments.family.mapped(memory.Delta(8, 8), stream, memory.Gates.constant(stream.pairs))
        >>> [token.text for token in trace.tokens]
        ['A', 'B', 'A', 'B']
    """
    stream = words.instance("stream", stream, Stream, "streams.overwrites(…) gives one")
    found = influence(memory, stream.pairs, gates, read_first=True)
    item = to_numpy(stream.item)
    newest = told_last(item)
    answers, values = (to_numpy(one[0].double()) for one in (found.outputs, stream.pairs.values))
    gaps, sizes = (np.linalg.norm(one, axis=-1) for one in (answers - values[newest], values[newest]))
    error = np.where(newest == NEVER, np.nan, gaps / np.where(sizes > 0, sizes, 1.0))
    times = np.arange(len(item))
    signals = {
        "influence": Signal(to_numpy(found.shares[:1]).swapaxes(0, 1), times, "share"),
        "item": Signal(item[:, None].astype(float), times),
        "error": Signal(error[:, None], times, "share of the value"),
    }
    return Trace(signals, tuple(Token(letter(one), at, at + 1, "fact") for at, one in enumerate(item.tolist())))


def told_last(item: np.ndarray) -> np.ndarray:
    """[time], the token before it that told the same fact last; NEVER if none did, and for noise."""
    same = (item[:, None] == item) & (item >= 0) & (np.arange(len(item))[:, None] > np.arange(len(item)))
    return np.where(same.any(1), len(item) - 1 - same[:, ::-1].argmax(1), NEVER)


def letter(item: int) -> str:
    """A fact by a letter; noise, and a fact beyond the alphabet, by a sign of its own."""
    return chr(ord("A") + item) if 0 <= item < 26 else "·" if item < 0 else f"#{item}"
