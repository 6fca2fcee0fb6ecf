"""Learners whose streams are read at once: the writes of `outer.Learner` and its three outer gradients, up to rounding.

Token by token, as the library reads, a stream costs several times as much, forwards and backwards.
"""

from __future__ import annotations

from typing import Any

import torch

from nlviz.inner import Unrolled, unroll_blocks
from nlviz.memory import Gates, Pairs, State, Titans
from nlviz.memory.scan import accumulate
from nlviz.outer import Learner

__all__ = ["AtOnce", "at_once"]


class AtOnce(Learner):
    """A learner that writes by gradients, in blocks: less its start W_0 it is `Titans`, which writes v − W_0 k."""

    def forward(
        self,
        pairs: Pairs,
        cues: torch.Tensor,
        context: torch.Tensor,
        *,
        algorithm: str = "second order",
        cut: int = 8,
        probes: Any = (),
    ) -> Unrolled:
        assert not probes
        gates, at = self.gated(cues), self.begin(context)
        if algorithm == "first order":
            return self._by_constants(pairs, gates, at)
        run = None
        for tokens in range(0, pairs.keys.shape[1], cut) if algorithm == "truncated" else (None,):
            part = slice(None) if tokens is None else slice(tokens, tokens + cut)
            if run is not None:
                at = State(*(one.detach() for one in run.state))
            run = self._run(Pairs(*(x[:, part] for x in pairs)), Gates(*(x[:, part] for x in gates)), at)
        assert run is not None
        return run

    def _run(self, pairs: Pairs, gates: Gates, at: State[Any], *, read_first: bool = False) -> Unrolled:
        """State and, of these pairs, answers."""
        known = pairs.keys @ self.start.mT
        rest = Pairs(pairs.keys, pairs.values - known)
        begun, rule = State(at.memory - self.start, at.past_surprise), Titans(self.d_key, self.d_value)
        run = unroll_blocks(rule, rest, gates, state=begun, read_first=read_first)
        after = State(run.state.memory + self.start, run.state.past_surprise)
        return run._replace(state=after, outputs=run.outputs + known)

    def _by_constants(self, pairs: Pairs, gates: Gates, at: State[Any]) -> Unrolled:
        """Every inner gradient a constant: its error is that of the answer before the write."""
        with torch.no_grad():
            run = self._run(pairs, gates, at, read_first=True)
        impulses = -gates.inner_lr[..., None] * (run.outputs - pairs.values)
        begun = at.memory - self.start, at.past_surprise
        drift, past = accumulate(*begun, impulses, pairs.keys, gates.momentum, 1 - gates.forget)
        return run._replace(state=State(drift + self.start, past))


def at_once(made: Learner) -> Learner:
    """The learner itself, which from now on reads at once if it can."""
    if made.rule == "gradient":
        made.__class__ = AtOnce
    return made
