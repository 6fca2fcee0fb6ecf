"""A stream in which facts are told again with other values, read by a rule: which telling every answer comes from."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import normalize

from nlviz.door import tensors, words
from nlviz.experiments.family.rules import BY_CHANNEL, PUBLISHED, Chosen, Switches, equation, which
from nlviz.inner import influence, to_numpy
from nlviz.memory import Gates, LinearRule, Pairs
from nlviz.streams import Stream, overwrites
from nlviz.trace import Signal, Token, Trace

__all__ = ["facts", "map_of", "mapped", "neighbours"]

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


def neighbours(facts: int, tokens: int, overlap: float, *, seed: int = 0) -> Stream:
    """Facts whose keys are like those of their neighbours in the alphabet and at a right angle to all others.

    Facts are told in rounds, each with all of them: the first in order, the others shuffled, every time with another
    value. overlap: the cosine of two neighbours, from 0 to 0.5, to rounding; beyond it no long row of such keys exists.
    Keys have as many numbers as there are facts, values 16.
    Raises ValueError for fewer tokens than facts, and for another overlap.

        >>> stream = experiments.family.neighbours(3, 9, 0.5)
        >>> stream.item.tolist()
        [0, 1, 2, 2, 0, 1, 2, 1, 0]
        >>> (stream.keys[0] @ stream.keys[0].T).round(decimals=4)
        tensor([[1.0000, 0.5000, 0.0000],
                [0.5000, 1.0000, 0.5000],
                [0.0000, 0.5000, 1.0000]])
    """
    facts = words.count("facts", facts, most=26, of="facts, each with a letter")
    tokens = words.count("tokens", tokens, least=facts, of="tokens, one for each fact")
    overlap = words.number("overlap", overlap, least=0.0, most=0.5)
    chance = torch.Generator().manual_seed(words.seed("seed", seed))
    rounds = [torch.randperm(facts, generator=chance) for _ in range(-(-tokens // facts) - 1)]
    item = torch.cat([torch.arange(facts), *rounds])[:tokens]
    beside = torch.full((facts - 1,), overlap, dtype=torch.float64)
    alike = torch.eye(facts, dtype=torch.float64) + beside.diag(1) + beside.diag(-1)
    keys, values = torch.linalg.cholesky(alike).float()[None], torch.randn(1, tokens, WIDTH, generator=chance)
    stream = Stream(Pairs(keys[:, item], normalize(values, dim=-1)), item, keys, values)
    return stream._replace(values=stream.pairs.values[:, stream.last_shown])


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
    return _map(stream, found.shares[0], found.outputs[0])


def map_of(stream: Stream, shares: Tensor) -> Trace:
    """The signals of `mapped`, of shares that are known already, [time, writes] with a row for each token that asks.

    What comes back is the shares of the values, as from an empty memory; shares of a memory that diverged stay as they
    are. Raises ValueError for shares of another shape.

        >>> stream = streams.overwrites(2, 4, 8, generator=torch.Generator().manual_seed(0))
        >>> bool(experiments.family.map_of(stream, torch.zeros(4, 4))["error"].values[3, 0] == 1)
        True
    """
    stream = words.instance("stream", stream, Stream, "streams.overwrites(…) gives one")
    values = stream.pairs.values[0]
    shares = tensors.tensor("shares", shares, "time writes", like=values)
    for axis, name in enumerate(("time", "writes")):
        if shares.shape[axis] != len(values):
            words.refuse(f"{name} of shares", shares.shape[axis], f"{len(values)}, the tokens of the stream")
    return _map(stream, shares, shares.to(values) @ values)


def _map(stream: Stream, shares: Tensor, answers: Tensor) -> Trace:
    item = to_numpy(stream.item)
    newest = told_last(item)
    answered, values = (to_numpy(one.double()) for one in (answers, stream.pairs.values[0]))
    gaps, sizes = (np.linalg.norm(one, axis=-1) for one in (answered - values[newest], values[newest]))
    error = np.where(newest == NEVER, np.nan, gaps / np.where(sizes > 0, sizes, 1.0))
    times = np.arange(len(item))
    signals = {
        "influence": Signal(to_numpy(shares)[:, None], times, "share"),
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
