"""Linear memories: one matrix per stream, one equation per rule.

Every rule here is the pair of lines

    S_t = η_t S_{t−1} + u_t κ_tᵀ          the past surprise: what is still on its way
    M_t = (1 − α_t) M_{t−1} + S_t         the memory

and differs only in the impulse u κᵀ and in the gates it obeys; a gate it does not obey is taken as zero. A write of
several tokens takes every impulse from the same old M and lets the gates act token by token (Titans eq. 16–18).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from nlviz.memory.objectives import Objective, squared_error
from nlviz.memory.protocol import Gates, Pairs
from nlviz.memory.scan import accumulate
from nlviz.memory.state import LinearState, State

__all__ = ["Delta", "GatedDelta", "Hebbian", "LinearMemory", "Oja", "Titans"]


@dataclass(frozen=True)
class LinearMemory:
    """What all linear memories share: a matrix that starts at zero, read as M q and written as its class says.

    Raises ValueError if a last axis does not match d_key or d_value.
    """

    d_key: int
    d_value: int
    obeys: ClassVar[frozenset[str]]

    def __post_init__(self) -> None:
        for name, width in (("d_key", self.d_key), ("d_value", self.d_value)):
            if width < 1:
                raise ValueError(f"{name} is {width}; a memory needs at least 1")

    @property
    def objective(self) -> Objective:
        """½‖M k − v‖²: the error every probe and gate measures, whatever the rule itself descends."""
        return squared_error

    def init(self, batch: int, like: Tensor | None = None) -> LinearState:
        like = torch.empty(0) if like is None else like
        zeros = like.new_zeros(batch, self.d_value, self.d_key)
        return State(zeros, zeros)

    def read(self, state: LinearState, queries: Tensor) -> Tensor:
        """M q for every query; [batch, chunk, d_key] -> [batch, chunk, d_value]."""
        self._expect("queries", queries, self.d_key)
        return queries @ state.memory.mT

    def write(self, state: LinearState, pairs: Pairs, gates: Gates) -> LinearState:
        self._expect("keys", pairs.keys, self.d_key)
        self._expect("values", pairs.values, self.d_value)
        impulses, directions = self.impulse(state.memory, pairs, gates)
        memory, past_surprise = accumulate(
            state.memory,
            state.past_surprise,
            impulses,
            directions,
            gates.momentum if "momentum" in self.obeys else None,
            gates.forget if "forget" in self.obeys else None,
        )
        return State(memory, past_surprise)

    def impulse(self, memory: Tensor, pairs: Pairs, gates: Gates) -> tuple[Tensor, Tensor]:
        """What each token adds: u [batch, chunk, d_value] and κ [batch, chunk, d_key], for an update u κᵀ."""
        raise NotImplementedError

    def recalled_share(self, gates: Gates) -> Tensor:
        """c_t [batch, time] of the impulse −θ_t (c_t M_{t−1} k_t − v_t) k_tᵀ: all the block form needs to know."""
        raise NotImplementedError

    def stable_below(self, gates: Gates) -> Tensor | None:
        """The θ_t‖k_t‖² [batch, time] from which one key, repeated under these gates, makes the memory grow for ever.

        None where no such limit is known.
        """
        return None

    def _expect(self, name: str, given: Tensor, width: int) -> None:
        if given.shape[-1] != width:
            raise ValueError(
                f"{name} have last axis {given.shape[-1]}, this {type(self).__name__} expects {width}; "
                f"build the memory with that width or project the {name}"
            )


class Hebbian(LinearMemory):
    """M ← (1 − α) M + θ v kᵀ: what fires together wires together. Linear attention where α = 0.

    One gradient step on −⟨M k, v⟩, with weight decay. Obeys inner_lr, forget.
    Source: Behrouz et al. 2025 (arXiv 2512.24695) eq. 15–18, 64; Behrouz et al. 2024 (2501.00663) eq. 4–5.
    """

    obeys = frozenset({"inner_lr", "forget"})

    def impulse(self, memory: Tensor, pairs: Pairs, gates: Gates) -> tuple[Tensor, Tensor]:
        return gates.inner_lr[..., None] * pairs.values, pairs.keys

    def recalled_share(self, gates: Gates) -> Tensor:
        return torch.zeros_like(gates.inner_lr)


class Delta(LinearMemory):
    """M ← M − θ (M k − v) kᵀ: first takes out what is there, then writes. One gradient step on ½‖M k − v‖².

    Stable for one repeated key while θ‖k‖² < 2. Obeys inner_lr.
    Source: Widrow & Hoff 1960; Yang et al. 2024 (arXiv 2412.06464) §2.2.
    """

    obeys = frozenset({"inner_lr"})

    def impulse(self, memory: Tensor, pairs: Pairs, gates: Gates) -> tuple[Tensor, Tensor]:
        error = pairs.keys @ memory.mT - pairs.values
        return -gates.inner_lr[..., None] * error, pairs.keys

    def recalled_share(self, gates: Gates) -> Tensor:
        return torch.ones_like(gates.inner_lr)

    def stable_below(self, gates: Gates) -> Tensor:
        return torch.full_like(gates.inner_lr, 2.0)


class GatedDelta(LinearMemory):
    """M ← (1 − α) M (I − θ k kᵀ) + θ v kᵀ: the delta rule on the *decayed* memory. Obeys inner_lr, forget.

    Stable for one repeated key while θ‖k‖² < 1 + 1/(1 − α).
    Source: Yang et al. 2024 (arXiv 2412.06464) eq. 10, whose α is keep = 1 − forget.
    """

    obeys = frozenset({"inner_lr", "forget"})

    def impulse(self, memory: Tensor, pairs: Pairs, gates: Gates) -> tuple[Tensor, Tensor]:
        kept = (1 - gates.forget)[..., None] * (pairs.keys @ memory.mT)
        return -gates.inner_lr[..., None] * (kept - pairs.values), pairs.keys

    def recalled_share(self, gates: Gates) -> Tensor:
        return 1 - gates.forget

    def stable_below(self, gates: Gates) -> Tensor:
        return 1 + 1 / (1 - gates.forget)


class Titans(LinearMemory):
    """S ← η S − θ (M k − v) kᵀ;  M ← (1 − α) M + S: gradient descent with momentum and weight decay.

    Obeys all three gates. At η = 0 it is *not* the gated delta rule: it erases from M, the other from (1 − α) M; they
    differ by αθ M k kᵀ.
    Stable for one repeated key while θ‖k‖² < (2 − α)(1 + η).
    Source: Behrouz, Zhong & Mirrokni 2024 (arXiv 2501.00663) eq. 13–14, with a linear memory.
    """

    obeys = frozenset({"inner_lr", "momentum", "forget"})

    def impulse(self, memory: Tensor, pairs: Pairs, gates: Gates) -> tuple[Tensor, Tensor]:
        error = pairs.keys @ memory.mT - pairs.values
        return -gates.inner_lr[..., None] * error, pairs.keys

    def recalled_share(self, gates: Gates) -> Tensor:
        return torch.ones_like(gates.inner_lr)

    def stable_below(self, gates: Gates) -> Tensor:
        return (2 - gates.forget) * (1 + gates.momentum)


class Oja(LinearMemory):
    """M ← (1 − α) M + θ v (k − Mᵀ v)ᵀ: a Hebbian write less what the value already stands for. Obeys inner_lr, forget.

    One gradient step on −⟨M k, v⟩ + ½‖Mᵀ v‖². It subtracts from the value side, so it has no block form here.
    Source: Oja 1982; Behrouz et al. 2025 (arXiv 2512.24695) eq. 66–67, printed there with a transpose slip,
    and with twice this objective.
    """

    obeys = frozenset({"inner_lr", "forget"})

    def impulse(self, memory: Tensor, pairs: Pairs, gates: Gates) -> tuple[Tensor, Tensor]:
        return gates.inner_lr[..., None] * pairs.values, pairs.keys - pairs.values @ memory
