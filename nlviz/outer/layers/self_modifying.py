"""SelfModifying: five memories that make their own keys, values, rates and forgetting, and rewrite themselves.

k = M_keys(x)/‖·‖,  v = M_values(x),  η = rate·σ(M_rates(x)),  α = σ(M_forgets(x)),  q = W_q x (slow)
every M of the five, with its own target v̂ = M(v):    M ← M((1 − α) I − η k kᵀ) − η ∇ℓ(M; k, v̂)
y = W_o M_memory(q)
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any, Literal, NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Generator, Tensor, nn

from nlviz.door.words import choice, count, flag, number, several
from nlviz.inner import Unrolled, to_numpy
from nlviz.inner.entrance import look_at_numbers
from nlviz.memory import MLP, Gradient, silu
from nlviz.outer import entrance
from nlviz.outer.layers.convolution import Convolution
from nlviz.outer.layers.initial import linear, source
from nlviz.outer.layers.self_writes import ORDERS, Stack, Writes, by_token, in_blocks, sizes
from nlviz.outer.precision import in_full, wide
from nlviz.trace import Signal, Trace

__all__ = ["FIVE", "SelfModifying", "SelfModifyingState"]

FIVE = ("keys", "values", "rates", "forgets", "memory")
"""The memories, by what they make; the last is the one that is read."""
START = {"rates": 0.0, "forgets": -4.0}
"""Biases under the σ of η and α: writing begins at half of `rate`, forgetting at .018."""
BLOCK = 8
"""From so many tokens on a chunk is faster in one block than token by token (measured here)."""

Weights = tuple[tuple[Tensor, ...], ...]
"""For each of the five its matrices, each [batch, rows, columns]."""


class SelfModifyingState(NamedTuple):
    """now: the five memories' weights after the last token. start: those at the last multiple of the period, which
    keys, values, gates, targets and gradients are made at. clock: tokens read so far, a plain number.
    tails: what the convolutions of q, k and v still see, each [batch, kernel − 1, width]; none without them.
    """

    now: Weights
    start: Weights
    clock: int = 0
    tails: tuple[Tensor, ...] = ()


class _Seen(NamedTuple):
    """A piece of text as the memories meet it, each [batch, time, width]: what q, k and v are made of, and x itself."""

    queries: Tensor
    keys: Tensor
    values: Tensor
    x: Tensor


class _Done(NamedTuple):
    """What a chunk did: its answers [batch, time, width], η and α [batch, time], and if watched the size of every
    memory's write [time, batch, 5]."""

    answers: Tensor
    inner_lr: Tensor
    forget: Tensor
    writes: Tensor | None


class SelfModifying(nn.Module):
    """Memories that modify themselves, as a layer: x [batch, time, width] -> y, the same.

    loss: what a write descends. "dot product", −⟨M(k), v̂⟩: then the erasing term makes it a delta rule with forgetting,
    and one key written again and again comes back as v̂. "literal", ½‖M(k) − v̂‖², as printed: it erases 2η and writes
    η, and the same key comes back as **v̂/2**.
    hidden: 0 for one matrix each, else a net k + W_2 silu(W_1 k) with so many hidden units. The erasing term is of W_2
    alone, so there the same key comes back as k + v̂, "literal" as (k + v̂)/2.
    period: tokens that see the same old memories; inside such a chunk the erasing goes on token by token, as printed.
    A chunk of eight and more is computed in one exact block: the same numbers, faster.
    rate: the largest η. frozen: of FIVE those that stay at their start. own_targets: False gives all of them v itself.
    unit_values: v/‖v‖ in place of v. A memory that makes its own target multiplies what it knows by the length of v at
    every write: of values 7 long (a width of 48, RMS-normed) nothing finite was left after 256 tokens (measured here).
    convolution: kernel before each of q, k and v, as in `LMM`; 0 for none.
    order: whether the erasing sees M ("error first", as printed and as in Titans) or (1 − α)M ("forget first", the
    gated delta rule); they differ by αη M k kᵀ. "no erasing" leaves it out: with the dot product a Hebbian write.
    Slow are W_q, W_o, the five starts and two biases; outer gradients reach them through every write. The state goes in
    and comes out, so a text may be split anywhere. A net's last matrix begins at zero: it begins as the identity.
    Raises ValueError for what is not asked for, naming it.
    Source: Behrouz et al. 2025 (arXiv 2512.24695) eq. 83–97; their chunk index is printed ⌈t/C⌉, which would see the
    future, and "their α" is what is kept. That gates are means of their memory's answer under a σ is ours.

        >>> layer = outer.SelfModifying(4, generator=torch.Generator().manual_seed(0))
        >>> answers, state = layer(torch.randn(1, 6, 4))
        >>> answers.shape, state.clock
        (torch.Size([1, 6, 4]), 6)
    """

    def __init__(
        self,
        width: int,
        *,
        loss: Literal["dot product", "literal"] = "dot product",
        hidden: int = 0,
        period: int = 1,
        rate: float = 1.0,
        frozen: Collection[str] = (),
        own_targets: bool = True,
        unit_values: bool = False,
        convolution: int = 0,
        order: Literal["error first", "forget first", "no erasing"] = "error first",
        generator: Generator | None = None,
    ) -> None:
        super().__init__()
        self.width: int = count("width", width)
        self.loss: str = choice("loss", loss, ("dot product", "literal"))
        self.period: int = count("period", period, of="tokens")
        self.rate: float = number("rate", rate)
        self.own_targets: bool = flag("own_targets", own_targets)
        self.unit_values: bool = flag("unit_values", unit_values)
        self.kernel: int = count("convolution", convolution, least=0)
        self.order: str = choice("order", order, ORDERS)
        held = several("frozen", frozen, what="names of memories")
        self.frozen: frozenset[str] = frozenset(choice("frozen", one, FIVE) for one in held)
        hidden = count("hidden", hidden, least=0, of="units")
        self.net: MLP = MLP((hidden,) if hidden else (), silu, residual=bool(hidden))
        self.queries: nn.Linear = linear(self.width, self.width, generator)
        self.out: nn.Linear = linear(self.width, self.width, generator)
        self.starts: nn.ModuleList = nn.ModuleList([self._begun(generator) for _ in FIVE])
        self.biases: nn.ParameterDict = nn.ParameterDict(
            {name: nn.Parameter(torch.tensor(bias)) for name, bias in START.items()}
        )
        self.convolutions: nn.ModuleList = nn.ModuleList(
            Convolution(self.width, self.kernel, generator=generator) for _ in range(3 if self.kernel else 0)
        )

    def begin(self, batch: int) -> SelfModifyingState:
        """The state before any token, for so many texts."""
        batch = count("batch", batch, least=0, of="texts")
        dtype = wide(self.queries.weight.dtype)
        held: Any = self.starts
        begun = tuple(tuple(one.to(dtype).expand(batch, -1, -1) for one in own) for own in held)
        blank = self.queries.weight.new_zeros(batch, max(self.kernel - 1, 0), self.width)
        return SelfModifyingState(begun, begun, 0, (blank,) * len(self.convolutions))

    def forward(self, x: Tensor, state: SelfModifyingState | None = None) -> tuple[Tensor, SelfModifyingState]:
        """(y [batch, time, width], the state to go on from)."""
        run = self._run(x, state, watch=False)
        return run.outputs, run.state

    def watched(self, x: Tensor, state: SelfModifyingState | None = None) -> Unrolled:
        """The same, with what happened inside: "inner_lr" and "forget" [time, batch], and "write_norm" ‖ΔM‖ of each of
        FIVE, [time, batch, 5].
        """
        return self._run(x, state, watch=True)

    def _run(self, x: Any, state: Any, watch: bool) -> Unrolled:
        x = entrance.vectors(x, self.width, self.queries.weight)
        look_at_numbers({"x": x})
        begun = self.begin(len(x))
        state = begun if state is None else entrance.same_state(state, begun, "layer")
        with in_full(x):
            seen, tails = self._seen(x, state.tails)
            now, start, clock, done = _stacked(state.now), _stacked(state.start), state.clock, []
            for first, last in self._chunks(clock, x.shape[1]):
                now, one = self._chunk(now, start, _Seen(*(part[:, first:last] for part in seen)), watch)
                clock = state.clock + last
                start = start if clock % self.period else now
                done.append(one)
            reads = torch.cat([one.answers for one in done], 1) if done else seen.x
            outputs = (reads @ self.out.weight.mT.to(reads.dtype)).to(x.dtype)
        after = SelfModifyingState(_apart(now), _apart(start), clock, tails)
        return Unrolled(after, outputs, _told(done) if watch else Trace({}))

    def _seen(self, x: Tensor, tails: Sequence[Tensor]) -> tuple[_Seen, tuple[Tensor, ...]]:
        """What q, k and v are made of, and the convolutions' new tails."""
        dtype = wide(x.dtype)
        made, after = [x] * 3, []
        if self.convolutions:
            both = [look(x, tail) for look, tail in zip(self.convolutions, tails, strict=True)]
            made, after = [one for one, _ in both], [tail for _, tail in both]
        q, k, v = (one.to(dtype) for one in made)
        return _Seen(q @ self.queries.weight.mT.to(dtype), k, v, x.to(dtype)), tuple(after)

    def _chunks(self, clock: int, time: int) -> Iterator[tuple[int, int]]:
        """The pieces between two multiples of the period."""
        first = 0
        while first < time:
            last = min(time, first + self.period - (clock + first) % self.period)
            yield first, last
            first = last

    def _chunk(self, now: Stack, start: Stack, seen: _Seen, watch: bool) -> tuple[Stack, _Done]:
        """Tokens that see the same old memories: all they make at once, then the writes."""
        # nothing is stacked that is the same for all: of four equal inputs one is enough
        given = torch.stack([seen.keys, seen.values, seen.x, seen.x]) if self.convolutions else seen.x
        keys, values, rates, forgets = self.net.answer([one[:-1] for one in start], given)
        inner_lr = self.rate * (rates.mean(-1) + self.biases["rates"]).sigmoid()
        forget = (forgets.mean(-1) + self.biases["forgets"]).sigmoid()
        values = F.normalize(values, dim=-1) if self.unit_values else values
        moves = inner_lr.new_tensor([name not in self.frozen for name in FIVE])[:, None, None]
        writes = Writes(
            self._gradients(start, F.normalize(keys, dim=-1), values),
            moves * inner_lr,
            moves * forget,
            self.order,
        )
        if watch or keys.shape[1] < BLOCK or not all(bool(one.isfinite().all()) for one in writes.gradients[-1]):
            states, answers = by_token(self.net, now, writes, seen.queries)
            pairs = zip((now, *states[:-1]), states, strict=True) if watch else ()
            told = torch.stack([sizes(*both) for both in pairs]).detach() if watch else None
            return states[-1], _Done(answers, inner_lr, forget, told)
        now, answers = in_blocks(self.net, now, writes, seen.queries)
        return now, _Done(answers, inner_lr, forget, None)

    def _gradients(self, start: Stack, keys: Tensor, values: Tensor) -> tuple[Gradient, ...]:
        """∇ℓ of every token and matrix, at the memories as they were at the chunk's start, and their own targets."""
        target = self.net.answer(start, values) if self.own_targets else values.expand(len(FIVE), *values.shape)
        literal = self.loss == "literal"
        return self.net.gradients(start, keys, lambda said: said - target if literal else -target)

    def _begun(self, generator: Generator | None) -> nn.ParameterList:
        drawn = list(self.net.draw(self.width, self.width, source(generator)))
        if self.net.hidden:
            drawn[-1] = torch.zeros_like(drawn[-1])
        here = torch.get_default_device()
        return nn.ParameterList([nn.Parameter(one.to(here)) for one in drawn])


def _stacked(weights: Weights) -> Stack:
    """The five memories side by side: one tensor for each matrix of their net."""
    return tuple(torch.stack(each) for each in zip(*weights, strict=True))


def _apart(stack: Stack) -> Weights:
    return tuple(zip(*(one.unbind() for one in stack), strict=True))


def _told(done: Sequence[_Done]) -> Trace:
    """What happened, token by token."""
    if not done:
        return Trace({})
    gates = {name: torch.cat([getattr(one, name) for one in done], 1).mT.detach() for name in ("inner_lr", "forget")}
    writes = torch.cat([one.writes for one in done if one.writes is not None])
    times = np.arange(len(writes))
    signals = {name: Signal(to_numpy(values), times) for name, values in gates.items()}
    return Trace({**signals, "write_norm": Signal(to_numpy(writes), times, "‖ΔM‖", FIVE)})
