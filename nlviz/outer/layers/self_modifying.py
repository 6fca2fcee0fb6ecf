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

from nlviz.door.words import choice, count, flag, number, refuse, several
from nlviz.inner import Unrolled, to_numpy
from nlviz.inner.entrance import look_at_numbers
from nlviz.memory import MLP, Gradient, silu
from nlviz.outer import entrance
from nlviz.outer.layers.initial import linear, source
from nlviz.outer.precision import in_full, wide
from nlviz.trace import Signal, Trace

__all__ = ["FIVE", "SelfModifying", "SelfModifyingState"]

FIVE = ("keys", "values", "rates", "forgets", "memory")
"""The memories, by what they make; the last is the one that is read."""
START = {"rates": 0.0, "forgets": -4.0}
"""Biases under the σ of η and α: writing begins at half of `rate`, forgetting at .018."""

Weights = tuple[tuple[Tensor, ...], ...]
"""For each of the five its matrices, each [batch, rows, columns]."""


class SelfModifyingState(NamedTuple):
    """now: the five memories' weights after the last token. start: those at the last multiple of the period, which
    keys, values, gates, targets and gradients are made at. clock: tokens read so far, a plain number.
    """

    now: Weights
    start: Weights
    clock: int = 0


class _Token(NamedTuple):
    """What one token did: its answer [batch, width], η and α [batch], the size of every memory's write [batch, 5]."""

    answer: Tensor
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
    rate: the largest η. frozen: of FIVE those that stay at their start. own_targets: False gives all of them v itself.
    order: whether the erasing sees M ("error first", as printed and as in Titans) or (1 − α)M ("forget first", the
    gated delta rule); they differ by αη M k kᵀ.
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
        order: Literal["error first", "forget first"] = "error first",
        generator: Generator | None = None,
    ) -> None:
        super().__init__()
        self.width: int = count("width", width)
        self.loss: str = choice("loss", loss, ("dot product", "literal"))
        self.period: int = count("period", period, of="tokens")
        self.rate: float = number("rate", rate)
        self.own_targets: bool = flag("own_targets", own_targets)
        self.order: str = choice("order", order, ("error first", "forget first"))
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

    def begin(self, batch: int) -> SelfModifyingState:
        """The state before any token, for so many texts."""
        batch = count("batch", batch, least=0, of="texts")
        dtype = wide(self.queries.weight.dtype)
        held: Any = self.starts
        begun = tuple(tuple(one.to(dtype).expand(batch, -1, -1) for one in own) for own in held)
        return SelfModifyingState(begun, begun)

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
        state = begun if state is None else _carried_on(state, begun)
        with in_full(x):
            found = x.to(begun.now[0][0].dtype)
            asked, tokens = found @ self.queries.weight.mT.to(found.dtype), []
            for first, last in self._chunks(state.clock, x.shape[1]):
                state, done = self._chunk(state, found[:, first:last], asked[:, first:last], watch)
                tokens += done
            reads = torch.stack([one.answer for one in tokens], 1) if tokens else found
            outputs = (reads @ self.out.weight.mT.to(found.dtype)).to(x.dtype)
        return Unrolled(state, outputs, _told(tokens) if watch else Trace({}))

    def _chunks(self, clock: int, time: int) -> Iterator[tuple[int, int]]:
        """The pieces between two multiples of the period."""
        first = 0
        while first < time:
            last = min(time, first + self.period - (clock + first) % self.period)
            yield first, last
            first = last

    def _chunk(
        self, state: SelfModifyingState, x: Tensor, asked: Tensor, watch: bool
    ) -> tuple[SelfModifyingState, list[_Token]]:
        """Tokens that see the same old memories: all they make at once, then the writes one by one."""
        keys, values, rates, forgets, _ = (self.net.answer(own, x) for own in state.start)
        keys = F.normalize(keys, dim=-1)
        inner_lr = self.rate * (rates.mean(-1) + self.biases["rates"]).sigmoid()
        forget = (forgets.mean(-1) + self.biases["forgets"]).sigmoid()
        moves = [name not in self.frozen for name in FIVE]
        gradients = [
            self._gradients(own, keys, values) if free else () for own, free in zip(state.start, moves, strict=True)
        ]
        now, done = state.now, []
        for t in range(x.shape[1]):
            after = tuple(
                self._written(own, found, t, inner_lr[:, t], forget[:, t]) if free else own
                for own, found, free in zip(now, gradients, moves, strict=True)
            )
            answer = self.net.answer(after[-1], asked[:, t : t + 1])[:, 0]
            done.append(_Token(answer, inner_lr[:, t], forget[:, t], _writes(now, after) if watch else None))
            now = after
        clock = state.clock + x.shape[1]
        return SelfModifyingState(now, state.start if clock % self.period else now, clock), done

    def _gradients(self, own: Sequence[Tensor], keys: Tensor, values: Tensor) -> tuple[Gradient, ...]:
        """∇ℓ of every token and matrix, at the memory as it was at the chunk's start, and its own target there."""
        target = self.net.answer(own, values) if self.own_targets else values
        literal = self.loss == "literal"
        return self.net.gradients(own, keys, lambda said: said - target if literal else -target)

    def _written(
        self, own: Sequence[Tensor], found: Sequence[Gradient], t: int, inner_lr: Tensor, forget: Tensor
    ) -> tuple[Tensor, ...]:
        """M ← M((1 − α) I − η κκᵀ) − η u κᵀ, for every matrix with what it was given (κ) and the error there (u)."""
        written = []
        for matrix, (errors, inputs) in zip(own, found, strict=True):
            kappa = inputs[:, t, :, None]
            kept = (1 - forget)[:, None, None] * matrix
            seen = kept if self.order == "forget first" else matrix
            push = seen @ kappa + errors[:, t, :, None]
            written.append(kept - inner_lr[:, None, None] * push @ kappa.mT)
        return tuple(written)

    def _begun(self, generator: Generator | None) -> nn.ParameterList:
        drawn = list(self.net.draw(self.width, self.width, source(generator)))
        if self.net.hidden:
            drawn[-1] = torch.zeros_like(drawn[-1])
        here = torch.get_default_device()
        return nn.ParameterList([nn.Parameter(one.to(here)) for one in drawn])


def _carried_on(state: Any, begun: SelfModifyingState) -> SelfModifyingState:
    """A state of this layer and of as many texts, as an earlier call gave it."""
    batch = len(begun.now[0][0])
    found = entrance.carried_on(state, SelfModifyingState, batch, "layer", begun)
    for name in ("now", "start"):
        forms = [[getattr(one, "shape", None) for one in own] for own in getattr(found, name)]
        expected = [[one.shape for one in own] for own in getattr(begun, name)]
        if forms != expected:
            remedy = "give the state that an earlier call of this layer returned, or None"
            refuse(
                f"{name} of the state", getattr(found, name), f"the weights of five memories for {batch} texts", remedy
            )
    count("clock of the state", found.clock, least=0, of="tokens")
    return found


def _writes(before: Weights, after: Weights) -> Tensor:
    norms = [
        torch.stack([(new - old).flatten(1).norm(dim=1) for old, new in zip(one, other, strict=True)]).norm(dim=0)
        for one, other in zip(before, after, strict=True)
    ]
    return torch.stack(norms, -1).detach()


def _told(tokens: Sequence[_Token]) -> Trace:
    """What happened, token by token."""
    if not tokens:
        return Trace({})
    times = np.arange(len(tokens))
    gates = {name: torch.stack([getattr(one, name) for one in tokens]).detach() for name in ("inner_lr", "forget")}
    writes = torch.stack([one.writes for one in tokens if one.writes is not None])
    signals = {name: Signal(to_numpy(values), times) for name, values in gates.items()}
    return Trace({**signals, "write_norm": Signal(to_numpy(writes), times, "‖ΔM‖", FIVE)})
