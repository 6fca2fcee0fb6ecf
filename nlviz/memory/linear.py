"""Linear memories: one matrix per stream, one equation per rule.

Every rule here is the pair of lines

    S_t = η_t S_{t−1} + u_t κ_tᵀ          the past surprise: what is still on its way
    M_t = (1 − α_t) M_{t−1} + S_t         the memory

and differs only in the impulse u κᵀ and in the gates it obeys; a gate it does not obey is taken as zero. A write of
several tokens takes every impulse from the same old M and lets the gates act token by token (Titans eq. 16–18).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor

from nlviz.door import words
from nlviz.memory import look
from nlviz.memory.choices import Carried, Choices, carried, stored
from nlviz.memory.objectives import Objective, squared_error
from nlviz.memory.protocol import Gates, Pairs
from nlviz.memory.scan import accumulate
from nlviz.memory.state import LinearState, State

__all__ = ["Delta", "GatedDelta", "Hebbian", "LinearMemory", "LinearRule", "Oja", "Titans"]


@dataclass(frozen=True)
class LinearMemory:
    """What all linear memories share: a matrix that starts at zero, read as M q and written as its class says.

    Raises ValueError for a width that is none, and for a state, keys, values or gates that do not fit (`look`).
    """

    d_key: int
    d_value: int
    obeys: ClassVar[frozenset[str]]
    """The gates that count; the others are taken as zero."""
    by_channel: ClassVar[frozenset[str]] = frozenset()
    """The gates that may have a number for each key channel, [batch, time, d_key]."""

    def __post_init__(self) -> None:
        for name in ("d_key", "d_value"):
            object.__setattr__(self, name, words.count(name, getattr(self, name)))
        if not hasattr(self, "obeys"):
            words.refuse(
                "memory", type(self), "a rule that names its gates", "use Delta(…), or give yours obeys = frozenset(…)"
            )

    @property
    def form(self) -> tuple[int, int]:
        """Rows and columns of its matrix."""
        return self.d_value, self.d_key

    @property
    def forms(self) -> tuple[tuple[int, int], ...]:
        """The same, as of a net of one layer."""
        return (self.form,)

    @property
    def is_map(self) -> bool:
        """It is one matrix that multiplies the key."""
        return True

    @property
    def objective(self) -> Objective:
        """½‖M k − v‖²: the error every probe and gate measures, whatever the rule itself descends."""
        return squared_error

    def init(self, batch: int, like: Tensor | None = None) -> LinearState:
        zeros = look.blank(like).new_zeros(look.streams(batch), *self.form)
        return State(zeros, zeros)

    def read(self, state: LinearState, queries: Tensor) -> Tensor:
        """M q for every query; [batch, chunk, d_key] -> [batch, chunk, d_value]."""
        if look.reads(self, state, queries):
            return self.answer(state, queries)
        state, asked = look.reading(self, state, queries)
        return look.answered(self.answer(state, asked), queries)

    def answer(self, state: LinearState, queries: Tensor) -> Tensor:
        """`read`, of what was looked at."""
        return queries @ state.memory.mT

    def write(self, state: LinearState, pairs: Pairs, gates: Gates) -> LinearState:
        if not look.writes(self, state, pairs, gates):
            state, pairs, gates = look.writing(self, state, pairs, gates)
        return self.store(state, pairs, gates)

    def store(self, state: LinearState, pairs: Pairs, gates: Gates) -> LinearState:
        """`write`, of what was looked at."""
        impulses, directions = self.impulse(state.memory, pairs, gates)
        momentum, keep = self.obeyed(gates)
        return State(*accumulate(state.memory, state.past_surprise, impulses, directions, momentum, keep))

    def impulse(self, memory: Tensor, pairs: Pairs, gates: Gates) -> tuple[Tensor, Tensor]:
        """What each token adds: u [batch, chunk, d_value] and κ [batch, chunk, d_key], for an update u κᵀ."""
        raise NotImplementedError

    def obeyed(self, gates: Gates) -> tuple[Tensor | None, Tensor | None]:
        """η and 1 − α, None where the rule does not obey them."""
        return (
            gates.momentum if "momentum" in self.obeys else None,
            1 - gates.forget if "forget" in self.obeys else None,
        )

    def stable_below(self, gates: Gates) -> Tensor | None:
        """The θ_t‖k_t‖² [batch, time] from which one key, repeated under these gates, makes the memory grow for ever.

        None where no such limit is known.
        """
        return None


class LinearRule(LinearMemory):
    """A line of the family: it states its `choices`, and loop, blocks, probes, norms and gradients follow from them.

    A rule of your own is `obeys` and `choices`, wherever it is written:

        >>> class Half(memory.LinearRule):
        ...     obeys = frozenset({"inner_lr"})
        ...
        ...     def choices(self, pairs, gates):
        ...         return memory.Choices(pairs.keys, pairs.values, gates.inner_lr / 2, erase=pairs.keys)
        >>> stream = streams.recall_pairs(9, 8, generator=torch.Generator().manual_seed(0))
        >>> gates = memory.Gates.constant(stream.pairs, 0.5)
        >>> both = [run(Half(8, 8), stream.pairs, gates).outputs for run in (inner.unroll, inner.unroll_blocks)]
        >>> torch.allclose(*both, atol=1e-6)
        True
    """

    at_once: ClassVar[int] = 1
    """How many pairs every token writes at once, all asked of the same old memory; Omega writes its window's."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        # who tells last is believed: an impulse below the choices is what is written, choices below that are again
        if "impulse" in vars(cls) and "store" not in vars(cls):
            cls.store = LinearMemory.store
        if "choices" in vars(cls) and "store" not in vars(cls) and cls.store is LinearMemory.store:
            cls.store = LinearRule.store

    def choices(self, pairs: Pairs, gates: Gates) -> Choices:
        """What is done with each token; gates and pairs [batch, time, …]."""
        raise NotImplementedError

    def choose(self, pairs: Pairs, gates: Gates, known: Any) -> tuple[Choices, Any]:
        """The choices, by what the rule `known` of the keys so far; and what it knows after them. Most know nothing."""
        return self.choices(pairs, gates), known

    def each_pair(self, of_tokens: Tensor) -> Tensor:
        """What tokens have, [batch, time, …], at the pairs they write, [batch, time · at_once, …].

        It says whose value is written where: the targets of a rule that writes several pairs at once are
        `each_pair(values)`, and values of tokens before the stretch. They are those of the last `at_once` tokens.
        """
        return of_tokens.repeat_interleave(self.at_once, 1)

    def impulse(self, memory: Tensor, pairs: Pairs, gates: Gates) -> tuple[Tensor, Tensor]:
        chosen = self.choices(pairs, gates)
        return chosen.impulses(memory), chosen.write

    def store(self, state: LinearState, pairs: Pairs, gates: Gates) -> LinearState:
        """`write`, of what was looked at."""
        past_surprise, known = carried(state.past_surprise)
        chosen, after = self.choose(pairs, gates, known)
        memory, past_surprise = stored(chosen, state.memory, past_surprise, self.at_once)
        return State(memory, past_surprise if after is None else Carried(past_surprise, after))


class Hebbian(LinearRule):
    """M ← (1 − α) M + θ v kᵀ: what fires together wires together. Linear attention where α = 0.

    One gradient step on −⟨M k, v⟩, with weight decay. Obeys inner_lr, forget.
    Source: Behrouz et al. 2025 (arXiv 2512.24695) eq. 15–18, 64; Behrouz et al. 2024 (2501.00663) eq. 4–5.

        >>> rule = memory.Hebbian(2, 1)
        >>> pairs = memory.Pairs(torch.tensor([[[1.0, 0.0]]]), torch.tensor([[[3.0]]]))
        >>> rule.write(rule.init(1), pairs, memory.Gates.constant(pairs, forget=0.5)).memory
        tensor([[[3., 0.]]])
    """

    obeys = frozenset({"inner_lr", "forget"})

    def choices(self, pairs: Pairs, gates: Gates) -> Choices:
        return Choices(pairs.keys, pairs.values, gates.inner_lr, keep=1 - gates.forget)


class Delta(LinearRule):
    """M ← M − θ (M k − v) kᵀ: first takes out what is there, then writes. One gradient step on ½‖M k − v‖².

    Stable for one repeated key while θ‖k‖² < 2. Obeys inner_lr.
    Source: Widrow & Hoff 1960; Yang et al. 2024 (arXiv 2412.06464) §2.2.

        >>> rule = memory.Delta(2, 1)
        >>> pairs = memory.Pairs(torch.tensor([[[1.0, 0.0]]]), torch.tensor([[[3.0]]]))
        >>> state = rule.write(rule.init(1), pairs, memory.Gates.constant(pairs))
        >>> rule.write(state, pairs, memory.Gates.constant(pairs)).memory
        tensor([[[3., 0.]]])
    """

    obeys = frozenset({"inner_lr"})

    def choices(self, pairs: Pairs, gates: Gates) -> Choices:
        return Choices(pairs.keys, pairs.values, gates.inner_lr, erase=pairs.keys)

    def stable_below(self, gates: Gates) -> Tensor:
        return torch.full_like(gates.inner_lr, 2.0)


class GatedDelta(LinearRule):
    """M ← (1 − α) M (I − θ k kᵀ) + θ v kᵀ: the delta rule on the *decayed* memory. Obeys inner_lr, forget.

    Stable for one repeated key while θ‖k‖² < 1 + 1/(1 − α).
    Source: Yang et al. 2024 (arXiv 2412.06464) eq. 10, whose α is keep = 1 − forget.

        >>> rule = memory.GatedDelta(1, 1)
        >>> pairs = memory.Pairs(torch.tensor([[[1.0]]]), torch.tensor([[[4.0]]]))
        >>> state = rule.write(rule.init(1), pairs, memory.Gates.constant(pairs))
        >>> rule.write(state, pairs, memory.Gates.constant(pairs, inner_lr=0.0, forget=0.25)).memory
        tensor([[[3.]]])
    """

    obeys = frozenset({"inner_lr", "forget"})

    def choices(self, pairs: Pairs, gates: Gates) -> Choices:
        keep = 1 - gates.forget
        return Choices(pairs.keys, pairs.values, gates.inner_lr, pairs.keys, recalled=keep, keep=keep)

    def stable_below(self, gates: Gates) -> Tensor:
        return 1 + 1 / (1 - gates.forget)


class Titans(LinearRule):
    """S ← η S − θ (M k − v) kᵀ;  M ← (1 − α) M + S: gradient descent with momentum and weight decay.

    Obeys all three gates. At η = 0 it is *not* the gated delta rule: it erases from M, the other from (1 − α) M; they
    differ by αθ M k kᵀ.
    The gradient is that of ½‖M k − v‖²; the paper's loss (eq. 12) has no ½, so its θ is half of ours for one write.
    Stable for one repeated key while θ‖k‖² < (2 − α)(1 + η).
    Source: Behrouz, Zhong & Mirrokni 2024 (arXiv 2501.00663) eq. 12–14, with a linear memory.

        >>> rule = memory.Titans(1, 1)
        >>> pairs = memory.Pairs(torch.ones(1, 2, 1), torch.tensor([[[4.0], [4.0]]]))
        >>> gates = memory.Gates.constant(pairs, inner_lr=0.5, momentum=0.5)
        >>> inner.unroll(rule, pairs, gates).outputs[0, :, 0]
        tensor([2., 4.])
    """

    obeys = frozenset({"inner_lr", "momentum", "forget"})

    def choices(self, pairs: Pairs, gates: Gates) -> Choices:
        momentum, keep = self.obeyed(gates)
        return Choices(pairs.keys, pairs.values, gates.inner_lr, pairs.keys, keep=keep, momentum=momentum)

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
