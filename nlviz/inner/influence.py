"""Which write an answer comes from: the exact share of every earlier write in every read, for rules of the family.

A linear rule's answers are linear in its targets, so y_t = Σ_i A[t, i] w_i + what the start adds, exactly. A is the
inverse of the triangular matrix that the block form solves with, seen from the reads; it is found by the same solve
with unit vectors for targets. For a Hebbian memory it is the masked attention matrix θ_i kᵢᵀq_t; where a rule erases,
it has negative entries; where it has momentum, a write can answer late.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from nlviz.door import words
from nlviz.inner.blocks.unroll_blocks import unroll_blocks
from nlviz.inner.entrance import Given, look
from nlviz.inner.fastest import fastest
from nlviz.inner.precision import cast, wide
from nlviz.inner.probes import Probe
from nlviz.inner.unroll import Unrolled
from nlviz.memory import Choices, Gates, LinearRule, Memory, Pairs, State
from nlviz.memory.able import Able
from nlviz.memory.choices import Carried, carried

__all__ = ["Influence", "influence", "strike"]


class Influence(NamedTuple):
    """The share of writes in reads: outputs_t = Σ_j shares_t,j · targets[tokens_t,j] + rest_t.

    shares [batch, time, writes]: A[t, i] of the write `tokens` [batch, time, writes] (−1: none). Of the whole map the
    columns are the tokens of the stream, of a window the last so many, the newest last. targets [batch, time,
    d_value]: w of every token, a value as the rule scales it. rest [batch, time, d_value]: what the start and all
    writes that are not listed add. outputs [batch, time, d_value]: what was read.
    """

    shares: Tensor
    tokens: Tensor
    targets: Tensor
    rest: Tensor
    outputs: Tensor

    @property
    def parts(self) -> Tensor:
        """What each listed write adds to each read, [batch, time, writes, d_value]."""
        batch = torch.arange(len(self.tokens), device=self.tokens.device)[:, None, None]
        return self.shares[..., None] * self.targets[batch, self.tokens.clamp_min(0)]


def influence(
    memory: LinearRule,
    pairs: Pairs,
    gates: Gates,
    queries: Tensor | None = None,
    *,
    state: State[Tensor] | None = None,
    read_first: bool = False,
    window: int | None = None,
    top: int | None = None,
) -> Influence:
    """The shares of all earlier writes in every read of `unroll_blocks(…)`, with its arguments.

    window: only the last so many writes are listed; the numbers held at one time beside the answer are then a few times
    window × window, however long the stream is; where an outer gradient is asked for, its graph comes on top of that.
    top: of those only the few with the largest share, by size, for each read. What is not listed is in the rest.
    With read_first and no queries it is the shares in what was known of each key before its own write, M_{t−1} k_t, the
    part of its error that memory is to blame for.
    A rule that writes values without asking first (RWKV7) has its shares of these.
    Raises ValueError as `unroll_blocks` does, for a rule that both asks and writes without asking, and for a window or
    a top below one.

        >>> stream = streams.recall_pairs(4, 8, generator=torch.Generator().manual_seed(0))
        >>> found = inner.influence(memory.Hebbian(8, 8), stream.pairs, memory.Gates.constant(stream.pairs))
        >>> torch.allclose(found.shares[0], (stream.keys[0] @ stream.keys[0].T).tril())
        True
    """
    if not Able(memory).has_blocks:
        words.refuse("memory", memory, "a linear rule that states its choices", "use Hebbian, Delta, Titans, KDA, …")
    read_first = words.flag("read_first", read_first)
    given = look(memory, pairs, gates, queries, state)
    given = cast(given, wide(*given))
    width = None if window is None else words.count("window", window, of="tokens")
    few = None if top is None else words.count("top", top, of="writes")
    time = given.pairs.keys.shape[1]
    if not time:
        blank = given.pairs.values
        return Influence(blank[..., :0], blank[..., :0].long(), blank, blank, blank)
    return Influence(*_joined(_pieces(memory, given, width, read_first, few), time))


def strike(
    memory: Memory[Any],
    pairs: Pairs,
    gates: Gates,
    queries: Tensor | None = None,
    *,
    tokens: Sequence[int],
    state: Any = None,
    read_first: bool = False,
    probes: Sequence[Probe] = (),
) -> Unrolled:
    """The run as if these tokens had never been told, in every stream: nothing of them is written, all else as it was.

    That is the run with their θ at zero, for any memory. Their other gates still act: what was forgotten in passing
    stays forgotten. It is what is left of the block form's triangle when their rows and columns are struck.
    Raises ValueError as `unroll` does, and for a token that is not in the stream.

        >>> stream = streams.recall_pairs(4, 8, generator=torch.Generator().manual_seed(0))
        >>> rule, gates = memory.Delta(8, 8), memory.Gates.constant(stream.pairs)
        >>> never = memory.Pairs(stream.keys[:, :3], stream.values[:, :3])
        >>> told = inner.unroll(rule, never, memory.Gates.constant(never)).state.memory
        >>> torch.allclose(inner.strike(rule, stream.pairs, gates, tokens=[3]).state.memory, told)
        True
    """
    given = look(memory, pairs, gates, queries, state)
    last = given.pairs.keys.shape[1] - 1
    struck = [
        words.count(f"tokens[{at}]", one, least=0, most=last, of="the stream, counted from 0")
        for at, one in enumerate(words.several("tokens", tokens, what="tokens"))
    ]
    written = torch.ones_like(given.gates.inner_lr)
    written[:, struck] = 0
    never = given.gates._replace(inner_lr=given.gates.inner_lr * written)
    return fastest(memory, given.pairs, never, given.queries, state=state, read_first=read_first, probes=probes)


@dataclass(frozen=True)
class _Shown(LinearRule):
    """A rule whose memory has rows more, above its own: one for each write that is followed, with 1 for its target.

    The values it is given are those unit vectors with the rule's own values below. by: which writes are followed,
    those that correct ("target") or those that ask nothing first ("known").
    """

    rule: LinearRule
    by: str

    @property
    def obeys(self) -> frozenset[str]:  # pyright: ignore[reportIncompatibleVariableOverride]
        """As the rule's."""
        return self.rule.obeys

    @property
    def at_once(self) -> int:  # pyright: ignore[reportIncompatibleVariableOverride]
        """As the rule's."""
        return self.rule.at_once

    @property
    def by_channel(self) -> frozenset[str]:  # pyright: ignore[reportIncompatibleVariableOverride]
        """As the rule's."""
        return self.rule.by_channel

    def init(self, batch: int, like: Tensor | None = None) -> State[Tensor]:
        return _above(self.rule.init(batch, like), self.d_value - self.rule.d_value, self.at_once)

    def choices(self, pairs: Pairs, gates: Gates) -> Choices:
        return self.choose(pairs, gates, None)[0]

    def choose(self, pairs: Pairs, gates: Gates, known: Any) -> tuple[Choices, Any]:
        units, values = pairs.values.split([self.d_value - self.rule.d_value, self.rule.d_value], -1)
        before = known if isinstance(known, _Followed) else _Followed(known, units[:, :0])
        chosen, known = self.rule.choose(Pairs(pairs.keys, values), gates, before.known)
        none = torch.zeros_like(units)
        followed = torch.cat([before.units, units if self.by == "target" else none], 1)
        if self.at_once > 1:
            # the pairs of a token are its own and those of tokens not long before it
            known = _Followed(known, followed[:, -self.at_once :])
            followed = self.rule.each_pair(followed)[:, before.units.shape[1] * self.at_once :]
        target = torch.cat([followed, chosen.target], -1)
        told = None
        if chosen.known is not None:
            told = torch.cat([units if self.by == "known" else none, chosen.known[0]], -1), chosen.known[1]
        return chosen._replace(target=target, known=told), known


class _Followed(NamedTuple):
    """What the rule knows of the keys so far; and the units of the last tokens, [batch, tokens, writes]."""

    known: Any
    units: Tensor


def _pieces(
    memory: LinearRule, given: Given, width: int | None, read_first: bool, top: int | None
) -> Iterator[tuple[Tensor, ...]]:
    """`Influence`'s fields, a window of tokens after the other; each is run with the window before it."""
    time = given.pairs.keys.shape[1]
    start = memory.init(len(given.pairs.keys), given.pairs.keys) if given.state is None else given.state
    before, stride = 0, width or max(1, time)
    for first in range(0, time, stride):
        last = min(first + stride, time)
        here = slice(before, last)
        pairs, gates = Pairs(*(x[:, here] for x in given.pairs)), Gates(*(x[:, here] for x in given.gates))
        asked = given.asked[:, here]
        shares, outputs, targets = _shares(memory, pairs, gates, asked, start, read_first)
        yield _listed(shares, outputs, targets, first - before, before, width, top)
        if first > before:
            passed = slice(0, first - before)
            gone = Pairs(*(x[:, passed] for x in pairs)), Gates(*(x[:, passed] for x in gates))
            start = unroll_blocks(memory, *gone, state=start).state
        before = first


def _joined(pieces: Iterator[tuple[Tensor, ...]], time: int) -> list[Tensor]:
    """The fields of all pieces in a row, [batch, time, …]."""
    head = next(pieces)
    if any(one.requires_grad for one in head):
        return [torch.cat(part, 1) for part in zip(head, *pieces, strict=True)]
    # put where they belong at once: thousands of small pieces that wait leave holes in memory as large as what was made
    whole = [one.new_empty(len(one), time, *one.shape[2:]) for one in head]
    at = 0
    for piece in chain((head,), pieces):
        here = slice(at, at + piece[0].shape[1])
        for field, part in zip(whole, piece, strict=True):
            field[:, here] = part
        at = here.stop
    return whole


def _shares(
    memory: LinearRule, pairs: Pairs, gates: Gates, queries: Tensor, start: State[Tensor], read_first: bool
) -> tuple[Tensor, Tensor, Tensor]:
    """A [batch, time, time] of a piece, what was read, and the targets [batch, time, d_value]."""
    batch, time, _ = pairs.keys.shape
    chosen, _ = memory.choose(pairs, gates, carried(start.past_surprise)[1])
    told = None if chosen.known is None else chosen.known[0]
    if told is not None and bool(chosen.target.any()):
        words.refuse("memory", memory, "a rule that asks before it writes, or one that does not", "ask each by itself")
    shown = _Shown(memory.d_key, time + memory.d_value, memory, "target" if told is None else "known")
    units = torch.eye(time).to(pairs.values).expand(batch, -1, -1)
    given = Pairs(pairs.keys, torch.cat([units, pairs.values], -1))
    above = _above(start, time, memory.at_once)
    run = unroll_blocks(shown, given, gates, queries, state=above, read_first=read_first)
    shares, outputs = run.outputs.split([time, memory.d_value], -1)
    if told is None:
        # of several pairs at once the targets are the tokens' own values, each as often as it is written
        told = chosen.target if memory.at_once == 1 else pairs.values
    return shares, outputs, told


def _above(state: State[Tensor], rows: int, at_once: int) -> State[Tensor]:
    """The state with so many rows of nothing above its own."""
    past_surprise, known = carried(state.past_surprise)
    if at_once > 1:
        known = _Followed(known, past_surprise.new_zeros(len(past_surprise), 0, rows))
    memory, past_surprise = (F.pad(one, (0, 0, rows, 0)) for one in (state.memory, past_surprise))
    return State(memory, past_surprise if known is None else Carried(past_surprise, known))


def _listed(
    shares: Tensor, outputs: Tensor, targets: Tensor, first: int, offset: int, width: int | None, top: int | None
) -> tuple[Tensor, ...]:
    """The fields of the rows from `first` on: the last `width` writes of each, or the `top` of them by size."""
    batch, time, _ = shares.shape
    rows = torch.arange(first, time, device=shares.device)
    if width is None:
        columns = torch.arange(time, device=shares.device).expand(time, -1)
    else:
        columns = rows[:, None] - torch.arange(width - 1, -1, -1, device=shares.device)
    listed = shares[:, rows[:, None], columns.clamp_min(0)] * (columns >= 0)
    tokens = torch.where(columns >= 0, columns, -1).expand(batch, -1, -1)
    if top is not None and top < columns.shape[1]:
        best = listed.abs().topk(top, -1).indices.sort(-1).values
        listed, tokens = listed.gather(-1, best), tokens.gather(-1, best)
    streams = torch.arange(batch, device=shares.device)[:, None, None]
    said = (listed[..., None] * targets[streams, tokens.clamp_min(0)]).sum(-2)
    places = torch.where(tokens < 0, -1, tokens + offset)
    # a copy: as a part of the piece it would keep all shares of the piece alive
    read = outputs[:, first:].clone()
    return listed, places, targets[:, first:], read - said, read
