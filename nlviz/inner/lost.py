"""A stretch that overflowed, done again token by token: in a matrix product one infinity hides where it began.

Streams do not touch one another, nor do the rows of a memory: what is lost in one leaves the rest as it was. So a
stretch is done again only when a stream is lost that was not lost before it; after that blocks go on, and what they say
of a lost stream is not finite, as the token loop's.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor

from nlviz.door.tensors import may_look
from nlviz.inner.precision import cast
from nlviz.inner.probes import Probe
from nlviz.inner.step import Step
from nlviz.memory import Gates, Memory, Pairs, State
from nlviz.memory.able import Able
from nlviz.memory.choices import carried

__all__ = ["Done", "by_token", "loses"]


class Done(NamedTuple):
    """What a stretch leaves: the answers [batch, time, d_value], and the state after its last token."""

    reads: Tensor
    end: Any


def loses(entry: Any, done: Done) -> bool:
    """Whether a stream stopped being finite in this stretch, in the precision of its answers."""
    seen = [x.detach() for x in cast((done.reads, *_matrices(done.end)), done.reads.dtype)]
    # a sum is finite whenever all are, bar overflow; only then is the slower look worth it
    if not may_look(*seen) or all(bool(torch.isfinite(x.sum())) for x in seen):
        return False
    before = cast(_matrices(entry), done.reads.dtype)
    return bool((_lost(seen) & ~_lost(before)).any())


def by_token(
    memory: Memory[Any],
    pairs: Pairs,
    gates: Gates,
    queries: Tensor,
    entry: Any,
    *,
    first: int,
    read_first: bool,
    probes: Sequence[Probe],
    blanks: Sequence[Tensor],
) -> tuple[Done, list[Tensor]]:
    """A stretch by the equations of `unroll`; of every probe the rows [due tokens, batch, …], none but its blank."""
    before = cast(entry, pairs.keys.dtype)
    able = Able(memory)
    reads, rows = [], [[blank] for blank in blanks]
    for t in range(pairs.keys.shape[1]):
        now, how = Pairs(*(x[:, t : t + 1] for x in pairs)), Gates(*(x[:, t : t + 1] for x in gates))
        after = able.store(before, now, how)
        reads.append(able.answer(before if read_first else after, queries[:, t : t + 1]))
        due = [i for i, probe in enumerate(probes) if (first + t + 1) % probe.every == 0]
        if due:
            with torch.no_grad():
                error = able.error(before, now)
                step = Step(first + t, now, how, error, before, after, memory)
                for i in due:
                    row = probes[i].measure(step)
                    rows[i].append(row.transpose(0, 1) if probes[i].per == "token" else row[None])
        before = after
    return Done(torch.cat(reads, 1), before), [torch.cat(each) for each in rows]


def _matrices(state: State[Tensor]) -> tuple[Tensor, Tensor]:
    """M and S of a state, without what the rule knows of the keys."""
    return state.memory, carried(state.past_surprise)[0]


def _lost(parts: Sequence[Tensor]) -> Tensor:
    return torch.stack([~torch.isfinite(x).flatten(1).all(1) for x in parts]).any(0)
