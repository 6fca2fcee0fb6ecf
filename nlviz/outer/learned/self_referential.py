"""SelfReferential: a matrix that makes its own key, query, target and write strengths, and rewrites all of itself."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Generator, Tensor, nn

from nlviz.door import tensors, words
from nlviz.inner import Unrolled, unroll
from nlviz.inner.probes import Probe
from nlviz.memory import Gates, Pairs, State, look

__all__ = ["SelfReferential"]

PARTS = 4
"""Of W, each with a write strength of its own: what makes y, k, q and β."""


class SelfReferential(nn.Module):
    """A self-referential weight matrix (SRWM): one fast matrix, and nothing slow beside its start W_0.

        y, k, q, β = W φ(x)                                        φ = softmax
        W ← W + σ(β) (W φ(q) − W φ(k)) φ(k)ᵀ                       a delta rule: key φ(k), target W φ(q)

    W is [d_value + 2 d_key + 4, d_key]: its rows are the parts that make y, k, q and β. All are rewritten, each part
    with its own of the four strengths σ(β); so W also decides how W is rewritten. y is read before the write.
    A `Memory`, whose keys are the inputs x: every loop runs it and every probe measures it. What is to be stored must
    stand in x, for it makes a target of its own: the values of its pairs are what the loop holds its answers against,
    and nothing else. θ of the gates multiplies the strengths; as in the paper it is 1. It obeys no other gate.
    softmax_inputs: whether x goes through φ, as the paper prints it, or stands there itself, as their code has it
    unless told otherwise; k and q always go through. strength: what is added to the rows of β at first; with
    softmax_inputs β begins there for any x, σ(−1) = .27. generator: draws W_0, from N(0, 1/d_key).
    Raises ValueError for widths below 1, and, called, for x or a state that does not fit.
    Source: Irie, Schlag, Csordás & Schmidhuber 2022 (arXiv 2202.05780), §3, and their code; heads are left out.

        >>> model = outer.SelfReferential(4, 3, generator=torch.Generator().manual_seed(0))
        >>> run = model(torch.ones(2, 5, 4))
        >>> run.outputs.shape, run.state.memory.shape
        (torch.Size([2, 5, 3]), torch.Size([2, 15, 4]))
        >>> more = model(torch.ones(2, 1, 4), run.state)
    """

    def __init__(
        self, d_key: int, d_value: int, *, softmax_inputs: bool = True, strength: float = -1.0, generator: Generator
    ) -> None:
        super().__init__()
        self.d_key: int = words.count("d_key", d_key)
        self.d_value: int = words.count("d_value", d_value)
        self.softmax_inputs: bool = words.flag("softmax_inputs", softmax_inputs)
        strength, generator = words.number("strength", strength), tensors.generator("generator", generator)
        drawn = torch.randn(self.form, generator=generator) / self.d_key**0.5
        # φ(x) sums to 1, so a row of one number is that number for any x
        drawn[-PARTS:] += strength
        self.start: nn.Parameter = nn.Parameter(drawn)

    @property
    def form(self) -> tuple[int, int]:
        """Rows and columns of W."""
        return sum(self.rows), self.d_key

    @property
    def forms(self) -> tuple[tuple[int, int], ...]:
        """The same, as of any memory: it has one matrix."""
        return (self.form,)

    @property
    def rows(self) -> tuple[int, int, int, int]:
        """How many rows make y, k, q and β."""
        return self.d_value, self.d_key, self.d_key, PARTS

    @property
    def obeys(self) -> frozenset[str]:
        """The gates that count."""
        return frozenset({"inner_lr"})

    def init(self, batch: int, like: Tensor | None = None) -> State[Tensor]:
        """W_0 for so many streams, which from there on have each a matrix of their own."""
        example = look.blank(self.start if like is None else like)
        memory = self.start.to(example).expand(look.streams(batch), *self.form)
        return State(memory, torch.zeros_like(memory))

    def read(self, state: State[Tensor], queries: Tensor) -> Tensor:
        """y for inputs [batch, chunk, d_key]."""
        if look.reads(self, state, queries):
            return self.answer(state, queries)
        state, asked = look.reading(self, state, queries)
        return look.answered(self.answer(state, asked), queries)

    def answer(self, state: State[Tensor], queries: Tensor) -> Tensor:
        """`read`, of what was looked at."""
        return self._seen(queries) @ state.memory[:, : self.d_value].mT

    def write(self, state: State[Tensor], pairs: Pairs, gates: Gates) -> State[Tensor]:
        """The next W, from the inputs in `pairs.keys`; all tokens of the chunk see the same old one."""
        if not look.writes(self, state, pairs, gates):
            state, pairs, gates = look.writing(self, state, pairs, gates)
        return self.store(state, pairs, gates)

    def store(self, state: State[Tensor], pairs: Pairs, gates: Gates) -> State[Tensor]:
        """`write`, of what was looked at."""
        old = state.memory
        _, k, q, beta = (self._seen(pairs.keys) @ old.mT).split(self.rows, -1)
        key, query = torch.softmax(k, -1), torch.softmax(q, -1)
        change = (query - key) @ old.mT
        strengths = torch.sigmoid(beta).repeat_interleave(torch.tensor(self.rows, device=beta.device), -1)
        return state._replace(memory=old + (gates.inner_lr[..., None] * strengths * change).mT @ key)

    def forward(
        self, x: Tensor, state: State[Tensor] | None = None, *, theta: float = 1.0, probes: Sequence[Probe] = ()
    ) -> Unrolled:
        """Read inputs [batch, time, d_key], writing at each: outputs y [batch, time, d_value], the state, a trace.

        Any split of x gives the numbers of the whole. theta: as θ of the gates; 0 writes nothing. probes: `write_norm`
        and all that need no target.
        """
        x = tensors.floating("x", tensors.tensor("x", x, "batch time d_key", like=self.start))
        tensors.fits("x", x, "d_key", self.d_key, "build the SelfReferential with that width")
        pairs = Pairs(x, x.new_zeros(*x.shape[:2], self.d_value))
        return unroll(self, pairs, Gates.constant(pairs, theta), state=state, read_first=True, probes=probes)

    def _seen(self, x: Tensor) -> Tensor:
        return torch.softmax(x, -1) if self.softmax_inputs else x
