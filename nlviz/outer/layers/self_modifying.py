"""SelfModifying: five memories that make their own keys, values, rates and forgetting, and rewrite themselves.

k = M_keys(x)/‖·‖,  v = M_values(x),  η = rate·σ(M_rates(x)),  α = σ(M_forgets(x)),  q = W_q x (slow)
every M of the five, with its own target v̂ = M(v):    M ← M((1 − α) I − η k kᵀ) − η ∇ℓ(M; k, v̂)
y = W_o M_memory(q)
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any, Literal

import torch
import torch.nn.functional as F
from torch import Generator, Tensor, nn

from nlviz.door.words import choice, count, flag, number, several
from nlviz.inner import Unrolled
from nlviz.inner.entrance import look_at_numbers
from nlviz.memory import MLP, Gradient, silu
from nlviz.outer import entrance
from nlviz.outer.layers.convolution import Convolution
from nlviz.outer.layers.initial import linear, source
from nlviz.outer.layers.self_states import Done, Seen, SelfModifyingState, apart, stacked, told
from nlviz.outer.layers.self_writes import ORDERS, Held, Stack, Writes, by_token, has_blocks, in_blocks, sizes
from nlviz.outer.precision import in_full, wide
from nlviz.trace import Trace

__all__ = ["FIVE", "SelfModifying", "SelfModifyingState"]

FIVE = ("keys", "values", "rates", "forgets", "memory")
"""The memories, by what they make; the last is the one that is read. "momenta" and "queries" may stand before it."""
START = {"rates": 0.0, "forgets": -4.0, "momenta": -2.0}
"""Biases under the σ of η, α and μ: writing begins at half of `rate`, forgetting at .018, momentum at .12."""
BLOCK = 8
"""From so many tokens on a chunk is faster in one block than token by token (measured here)."""


class SelfModifying(nn.Module):
    """Memories that modify themselves, as a layer: x [batch, time, width] -> y, the same.

    loss: what a write descends. "dot product", −⟨M(k), v̂⟩: then the erasing term makes it a delta rule with forgetting,
    and one key written again and again comes back as v̂. "literal", ½‖M(k) − v̂‖², as printed: it erases 2η and writes
    η, and the same key comes back as **v̂/2**.
    hidden: 0 for one matrix each, else a net k + W_2 silu(W_1 k) with so many hidden units. The erasing term is of W_2
    alone, so there the same key comes back as k + v̂, "literal" as (k + v̂)/2.
    period: tokens that see the same old memories; inside such a chunk the erasing goes on token by token, as printed.
    A chunk of eight and more is computed in one exact block: the same numbers, faster.
    rate: the largest η. frozen: of the memories those that stay as they begin. own_targets: False gives all of them v.
    unit_values: v/‖v‖ in place of v. A memory that makes its own target multiplies what it knows by the length of v at
    every write: of values 7 long (a width of 48, RMS-normed) nothing finite was left after 256 tokens (measured here).
    convolution: kernel before each of q, k and v, as in `LMM`; 0 for none.
    order: whether the erasing sees M ("error first", as printed and as in Titans) or (1 − α)M ("forget first", the
    gated delta rule); they differ by αη M k kᵀ. "no erasing" leaves it out: with the dot product a Hebbian write.
    momentum: S ← μ S + all that a write takes from M and adds, M ← (1 − α) M + S, with μ = σ(M_momenta(x)) of a sixth
    memory. The paper's ablation has momentum, its eq. 83–97 have none; so it is that of Titans (2501.00663 eq. 13–14):
    with frozen generators and given targets the layer is `memory.Titans`, by "forget first" `memory.MomentumDelta`.
    own_queries: q = M_queries(x) of a memory that rewrites itself like those of k and v, the ablation's "inner q".
    Slow are W_q, W_o, the starts and the gates' biases; outer gradients reach them through every write. The state goes
    in and comes out, so a text may be split anywhere. A net's last matrix begins at zero: it begins as the identity.
    Raises ValueError for what is not asked for, naming it.
    Source: Behrouz et al. 2025 (arXiv 2512.24695) eq. 83–97; their chunk index is printed ⌈t/C⌉, which would see the
    future, and "their α" is what is kept. That gates are means of their memory's answer under a σ is ours.

        >>> layer = outer.SelfModifying(4, generator=torch.Generator().manual_seed(0))
        >>> answers, state = layer(torch.randn(1, 6, 4))
        >>> answers.shape, state.clock
        (torch.Size([1, 6, 4]), 6)
    """

    queries: nn.Linear
    """W_q; with own_queries there is none."""

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
        momentum: bool = False,
        own_queries: bool = False,
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
        self.momentum: bool = flag("momentum", momentum)
        self.own_queries: bool = flag("own_queries", own_queries)
        self.names: tuple[str, ...] = (*FIVE[:-1], *self._more(), FIVE[-1])
        held = several("frozen", frozen, what="names of memories")
        self.frozen: frozenset[str] = frozenset(choice("frozen", one, self.names) for one in held)
        hidden = count("hidden", hidden, least=0, of="units")
        self.net: MLP = MLP((hidden,) if hidden else (), silu, residual=bool(hidden))
        if not self.own_queries:
            self.queries = linear(self.width, self.width, generator)
        self.out: nn.Linear = linear(self.width, self.width, generator)
        # the five first: what is drawn for them does not depend on whether there are more
        drawn = {name: self._begun(generator) for name in (*FIVE, *self._more())}
        self.starts: nn.ModuleList = nn.ModuleList([drawn[name] for name in self.names])
        self.biases: nn.ParameterDict = nn.ParameterDict(
            {name: nn.Parameter(torch.tensor(bias)) for name, bias in START.items() if name in self.gates}
        )
        self.convolutions: nn.ModuleList = nn.ModuleList(
            Convolution(self.width, self.kernel, generator=generator) for _ in range(3 if self.kernel else 0)
        )

    @property
    def gates(self) -> tuple[str, ...]:
        """The memories that make η, α and, with momentum, μ."""
        return tuple(name for name in self.names if name in START)

    def begin(self, batch: int) -> SelfModifyingState:
        """The state before any token, for so many texts."""
        batch = count("batch", batch, least=0, of="texts")
        dtype = wide(self.out.weight.dtype)
        held: Any = self.starts
        begun = tuple(tuple(one.to(dtype).expand(batch, -1, -1) for one in own) for own in held)
        blank = self.out.weight.new_zeros(batch, max(self.kernel - 1, 0), self.width)
        surprise = tuple(tuple(map(torch.zeros_like, own)) for own in begun) if self.momentum else ()
        return SelfModifyingState(begun, begun, 0, (blank,) * len(self.convolutions), surprise)

    def forward(self, x: Tensor, state: SelfModifyingState | None = None) -> tuple[Tensor, SelfModifyingState]:
        """(y [batch, time, width], the state to go on from)."""
        run = self._run(x, state, watch=False)
        return run.outputs, run.state

    def watched(self, x: Tensor, state: SelfModifyingState | None = None) -> Unrolled:
        """The same, with what happened inside: "inner_lr", "forget" and, where there is one, "momentum" [time, batch],
        and "write_norm" ‖ΔM‖ of each of the memories, [time, batch, 5 or more], by their `names`.
        """
        return self._run(x, state, watch=True)

    def _run(self, x: Any, state: Any, watch: bool) -> Unrolled:
        x = entrance.vectors(x, self.width, self.out.weight)
        look_at_numbers({"x": x})
        begun = self.begin(len(x))
        state = begun if state is None else entrance.same_state(state, begun, "layer")
        with in_full(x):
            seen, tails = self._seen(x, state.tails)
            now, start = Held(stacked(state.now), stacked(state.surprise)), stacked(state.start)
            clock, done = state.clock, []
            for first, last in self._chunks(clock, x.shape[1]):
                now, one = self._chunk(now, start, Seen(*(part[:, first:last] for part in seen)), watch)
                clock = state.clock + last
                start = start if clock % self.period else now.memory
                done.append(one)
            reads = torch.cat([one.answers for one in done], 1) if done else seen.x
            outputs = (reads @ self.out.weight.mT.to(reads.dtype)).to(x.dtype)
        after = SelfModifyingState(apart(now.memory), apart(start), clock, tails, apart(now.surprise))
        return Unrolled(after, outputs, told(done, self.names) if watch else Trace({}))

    def _seen(self, x: Tensor, tails: Sequence[Tensor]) -> tuple[Seen, tuple[Tensor, ...]]:
        """What q, k and v are made of, and the convolutions' new tails."""
        dtype = wide(x.dtype)
        made, after = [x] * 3, []
        if self.convolutions:
            both = [look(x, tail) for look, tail in zip(self.convolutions, tails, strict=True)]
            made, after = [one for one, _ in both], [tail for _, tail in both]
        q, k, v = (one.to(dtype) for one in made)
        q = q if self.own_queries else q @ self.queries.weight.mT.to(dtype)
        return Seen(q, k, v, x.to(dtype)), tuple(after)

    def _chunks(self, clock: int, time: int) -> Iterator[tuple[int, int]]:
        """The pieces between two multiples of the period."""
        first = 0
        while first < time:
            last = min(time, first + self.period - (clock + first) % self.period)
            yield first, last
            first = last

    def _chunk(self, now: Held, start: Stack, seen: Seen, watch: bool) -> tuple[Held, Done]:
        """Tokens that see the same old memories: all they make at once, then the writes."""
        made = self._made(start, seen)
        gates = {name: (made[name].mean(-1) + self.biases[name]).sigmoid() for name in self.gates}
        inner_lr, forget, momentum = self.rate * gates["rates"], gates["forgets"], gates.get("momenta")
        values = F.normalize(made["values"], dim=-1) if self.unit_values else made["values"]
        queries = made.get("queries", seen.queries)
        moves = inner_lr.new_tensor([name not in self.frozen for name in self.names])[:, None, None]
        gradients = self._gradients(start, F.normalize(made["keys"], dim=-1), values)
        writes = Writes(gradients, moves * inner_lr, moves * forget, self.order, momentum)
        finite = all(bool(one.isfinite().all()) for one in gradients[-1])
        if finite and not watch and queries.shape[1] >= BLOCK and has_blocks(writes):
            now, answers = in_blocks(self.net, now, writes, queries)
            return now, Done(answers, inner_lr, forget, momentum, None)
        states, answers = by_token(self.net, now, writes, queries)
        pairs = zip((now, *states[:-1]), states, strict=True) if watch else ()
        changed = torch.stack([sizes(one.memory, new.memory) for one, new in pairs]).detach() if watch else None
        return states[-1], Done(answers, inner_lr, forget, momentum, changed)

    def _made(self, start: Stack, seen: Seen) -> dict[str, Tensor]:
        """What every memory but the last makes of the tokens, by its name."""
        of = {"keys": seen.keys, "values": seen.values, "queries": seen.queries}
        made = self.names[:-1]
        # nothing is stacked that is the same for all: of equal inputs one is enough
        given = torch.stack([of.get(name, seen.x) for name in made]) if self.convolutions else seen.x
        return dict(zip(made, self.net.answer([one[:-1] for one in start], given), strict=True))

    def _gradients(self, start: Stack, keys: Tensor, values: Tensor) -> tuple[Gradient, ...]:
        """∇ℓ of every token and matrix, at the memories as they were at the chunk's start, and their own targets."""
        target = self.net.answer(start, values) if self.own_targets else values.expand(len(self.names), *values.shape)
        literal = self.loss == "literal"
        return self.net.gradients(start, keys, lambda said: said - target if literal else -target)

    def _more(self) -> tuple[str, ...]:
        """The memories beside the five."""
        return tuple(name for name, there in (("momenta", self.momentum), ("queries", self.own_queries)) if there)

    def _begun(self, generator: Generator | None) -> nn.ParameterList:
        drawn = list(self.net.draw(self.width, self.width, source(generator)))
        if self.net.hidden:
            drawn[-1] = torch.zeros_like(drawn[-1])
        here = torch.get_default_device()
        return nn.ParameterList([nn.Parameter(one.to(here)) for one in drawn])
