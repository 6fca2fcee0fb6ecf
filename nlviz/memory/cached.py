"""Cached: a memory with a small exact cache beside it, of the tokens that were written most, last, or by lot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal, NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from nlviz.door import words
from nlviz.memory import look
from nlviz.memory.able import Able
from nlviz.memory.objectives import Objective
from nlviz.memory.protocol import Gates, Memory, Pairs

__all__ = ["KEEPS", "Cached", "CachedState", "lot"]

KEEPS = ("largest write", "newest", "random")


class CachedState(NamedTuple):
    """The memory's own state; keys and values that are kept [batch, room, …], worth [batch, room] what each is kept
    for, −inf where a place is free; and the tokens read so far, a plain number.
    """

    inner: Any
    keys: Tensor
    values: Tensor
    worth: Tensor
    clock: int = 0

    @property
    def memory(self) -> Any:
        """The fast weights beside the cache."""
        return self.inner.memory

    @property
    def past_surprise(self) -> Any:
        """The past surprise beside the cache."""
        return self.inner.past_surprise


@dataclass(frozen=True, eq=False)
class Cached:
    """Any memory that writes as ever, and `room` tokens beside it that are kept as they were:

        y = (1 − Σ_j a_j) M(q) + Σ_j a_j v_j,    a = softmax over kept j and "none" of β·(cos(q, k_j), level)

    keep: which are kept. "largest write": those with the largest θ_t ‖∇ℓ_t‖ at the weights they met, after HOLA;
    "newest": a window; "random": each token read so far alike, by numbers that `seed` and its place in the stream
    decide. A token that is not written (θ = 0) is not kept.
    sharpness β; level: the cosine at which a kept token and the memory are listened to alike. With much of β, an asked
    key that is kept gives its own value, any other the memory's answer. An old value of a key stays as long as its
    place does: a cache does not know that it was overwritten.
    Raises ValueError for what is no memory, and for numbers that do not fit.
    Source: HOLA (arXiv 2607.02303) for the cache by ‖write‖; how both are joined in a read is ours.

        >>> built = memory.Cached(memory.Delta(2, 2), room=1)
        >>> pairs = memory.Pairs(torch.eye(2)[None], torch.tensor([[[0.0, 3.0], [1.0, 0.0]]]))
        >>> run = inner.unroll(built, pairs, memory.Gates.constant(pairs, 0.5))
        >>> built.read(run.state, pairs.keys).round(decimals=1)
        tensor([[[0.0000, 3.0000],
                 [0.5000, 0.0000]]])
    """

    beside: Memory[Any]
    room: int
    keep: Literal["largest write", "newest", "random"] = "largest write"
    sharpness: float = 50.0
    level: float = 0.7
    seed: int = 0
    is_map: ClassVar[bool] = False
    """Its answer is not the map's alone."""

    def __post_init__(self) -> None:
        look.a_memory("beside", self.beside)
        words.choice("keep", self.keep, KEEPS)
        looked = {
            "room": words.count("room", self.room, least=0, of="tokens"),
            "sharpness": words.number("sharpness", self.sharpness, least=0.0),
            "level": words.number("level", self.level),
            "seed": words.count("seed", self.seed, least=0),
        }
        for name, value in looked.items():
            object.__setattr__(self, name, value)

    @property
    def gated(self) -> Memory[Any]:
        """The memory that is asked how it writes: what stands around a memory names it so."""
        return self.beside

    @property
    def d_key(self) -> int:
        """As the memory's."""
        return self.beside.d_key

    @property
    def d_value(self) -> int:
        """As the memory's."""
        return self.beside.d_value

    @property
    def objective(self) -> Objective:
        """As the memory's."""
        return Able(self.beside).objective

    def init(self, batch: int, like: Tensor | None = None) -> CachedState:
        blank, batch = look.blank(like), look.streams(batch)
        keys, values = (blank.new_zeros(batch, self.room, width) for width in (self.d_key, self.d_value))
        worth = blank.new_full((batch, self.room), -torch.inf)
        return CachedState(self.beside.init(batch, like), keys, values, worth)

    def read(self, state: CachedState, queries: Tensor) -> Tensor:
        self._expect(state)
        said = self.beside.read(state.inner, queries)
        asked = torch.as_tensor(queries, dtype=state.keys.dtype, device=state.keys.device)
        return self._joined(state, said, asked).to(said)

    def answer(self, state: CachedState, queries: Tensor) -> Tensor:
        """`read`, of what was looked at."""
        return self._joined(state, Able(self.beside).answer(state.inner, queries), queries)

    def write(self, state: CachedState, pairs: Pairs, gates: Gates) -> CachedState:
        self._expect(state)
        pairs, gates = look.passed(self.beside, state.inner, pairs, gates)
        worth = self.worth(state, pairs, gates)
        after = self.beside.write(state.inner, pairs, gates)
        every = (
            torch.cat(both, 1)
            for both in ((state.keys, pairs.keys), (state.values, pairs.values), (state.worth, worth))
        )
        keys, values, worth = every
        # a stable sort: of equals the one kept longer stays
        best = worth.sort(dim=1, descending=True, stable=True).indices[:, : self.room]
        keys, values = (one.gather(1, best[..., None].expand(-1, -1, one.shape[2])) for one in (keys, values))
        return CachedState(after, keys, values, worth.gather(1, best), state.clock + pairs.keys.shape[1])

    def worth(self, state: CachedState, pairs: Pairs, gates: Gates) -> Tensor:
        """What each token would be kept for, [batch, chunk]; −inf for one that is not written."""
        tokens = range(state.clock, state.clock + pairs.keys.shape[1])
        if self.keep == "largest write":
            found = gates.inner_lr * Able(self.beside).surprise(state.inner, pairs)
        else:
            told = tokens if self.keep == "newest" else [lot(self.seed, token) for token in tokens]
            found = pairs.keys.new_tensor(list(told)).expand_as(gates.inner_lr)
        return found.detach().masked_fill(gates.inner_lr == 0, -torch.inf)

    def _joined(self, state: CachedState, said: Tensor, queries: Tensor) -> Tensor:
        near = F.normalize(queries, dim=-1) @ F.normalize(state.keys, dim=-1).mT
        free = (state.worth == -torch.inf)[:, None]
        none = near.new_full((*near.shape[:2], 1), self.level)
        logits = self.sharpness * torch.cat([near, none], -1)
        shares = logits.masked_fill(F.pad(free, (0, 1)), -torch.inf).softmax(-1)
        return shares[..., -1:] * said + shares[..., :-1] @ state.values

    def _expect(self, state: Any) -> None:
        if not isinstance(state, CachedState):
            look.no_state(self, state)


def lot(seed: int, token: int) -> float:
    """A number from 0 to 1 that only the seed and the token's place decide: any split draws the same."""
    return float(np.random.default_rng((seed, token)).random())
