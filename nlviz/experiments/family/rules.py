"""Switches that make a linear rule, the rule they make, the name it was published under, and its line."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from nlviz.door import words
from nlviz.memory import Choices, Gates, LinearRule, Pairs

__all__ = ["ERASES", "FORGETS", "MOMENTA", "ORDERS", "OUTPUTS", "PUBLISHED", "Chosen", "Switches", "equation", "which"]

FORGETS = KEEPS_ALL, AS_A_WHOLE, BY_CHANNEL = "nothing", "as a whole", "by channel"
ORDERS = BEFORE, AFTER = "before the error", "after the error"
ERASES = NOTHING, ALL, HALF, UNEVEN = "nothing", "what is there", "half of it", "unevenly"
MOMENTA = (0.0, 0.5, 0.9)
OUTPUTS = OPEN, BY_TOKEN = "open", "by token"


_OPTIONS: dict[str, tuple[Any, ...]] = {
    "forgets": FORGETS,
    "order": ORDERS,
    "momentum": MOMENTA,
    "erases": ERASES,
    "output": OUTPUTS,
}


@dataclass(frozen=True)
class Switches:
    """The choices that make a rule.

    forgets: "nothing", "as a whole" (one share of the memory), or "by channel" (another share for each key channel).
    order: whether it forgets "before the error" is taken, or "after the error". momentum: η, 0, 0.5 or 0.9.
    erases: "nothing", "what is there" under the key, "half of it", or "unevenly": β ∘ k, another strength for each
    key channel, as strong on the whole as the write. output: how much of the past surprise the memory takes: all, its
    gate "open", or b, "by token". One b for all tokens would only be a smaller θ, and so is b without momentum, where
    it is not used.
    Raises ValueError for anything else.

        >>> experiments.family.Switches(forgets="by channel").momentum
        0.0
    """

    forgets: str = KEEPS_ALL
    order: str = BEFORE
    momentum: float = 0.0
    erases: str = ALL
    output: str = OPEN

    def __post_init__(self) -> None:
        for name, options in _OPTIONS.items():
            object.__setattr__(self, name, words.choice(name, getattr(self, name), options))

    @property
    def order_matters(self) -> bool:
        """Whether there is an error to be taken before or after something is forgotten."""
        return self.forgets != KEEPS_ALL and self.erases != NOTHING

    @property
    def output_matters(self) -> bool:
        """Whether an output gate by token is more than another θ."""
        return self.momentum > 0

    @property
    def _looked_up(self) -> tuple[str, str, str, str]:
        """The switches that matter, in the words of the table."""
        moves = "no" if not self.momentum else "yes" if self.output == OPEN else "gated"
        return self.forgets, self.order if self.order_matters else BEFORE, self.erases, moves


@dataclass(frozen=True)
class Chosen(LinearRule):
    """The rule that switches make, as its five choices: M ← M diag(a) + b S, S ← η S − θ (X p − v) kᵀ.

    X is M diag(a) where it forgets first, else M; p is nothing, k, ½ k or β ∘ k. Obeys all three gates, as far as the
    switches let them; forget may be [batch, time, d_key].

        >>> pairs = memory.Pairs(torch.ones(1, 2, 1), torch.tensor([[[4.0], [4.0]]]))
        >>> rule = experiments.family.Chosen(1, 1, experiments.family.Switches(erases="half of it"))
        >>> inner.unroll(rule, pairs, memory.Gates.constant(pairs)).outputs[0, :, 0]
        tensor([4., 6.])
    """

    obeys = frozenset({"inner_lr", "momentum", "forget"})
    by_channel = frozenset({"forget"})
    switches: Switches = field(default_factory=Switches)

    def __post_init__(self) -> None:
        super().__post_init__()
        words.instance("switches", self.switches, Switches)

    def choices(self, pairs: Pairs, gates: Gates) -> Choices:
        on = self.switches
        keep = None if on.forgets == KEEPS_ALL else 1 - gates.forget
        return Choices(
            write=pairs.keys,
            target=pairs.values,
            inner_lr=gates.inner_lr,
            erase=self._erased(pairs.keys, keep),
            keep=keep,
            momentum=gates.momentum if on.momentum else None,
            output=opened(pairs.keys) if on.output_matters and on.output == BY_TOKEN else None,
        )

    def _erased(self, keys: Tensor, keep: Tensor | None) -> Tensor | None:
        """p, and before it a where the rule forgets first: M diag(a) p is M (a ∘ p)."""
        on = self.switches
        if on.erases == NOTHING:
            return None
        asked = {ALL: keys, HALF: 0.5 * keys, UNEVEN: uneven(keys) * keys}[on.erases]
        if keep is None or on.order == AFTER:
            return asked
        return (keep if keep.dim() == keys.dim() else keep[..., None]) * asked


def uneven(keys: Tensor) -> Tensor:
    """β/θ by channel, from a half to one and a half, 1 on average."""
    return torch.linspace(0.5, 1.5, keys.shape[-1], dtype=keys.dtype, device=keys.device)


def opened(keys: Tensor) -> Tensor:
    """b of every token, [batch, time], from its key, between 0 and 1: a gate that knows the token, as in papers."""
    return torch.sigmoid(2 * keys.sum(-1))


_TABLE: dict[tuple[str, str, str, str], str] = {
    # forgets, before or after the error, erases, momentum
    (KEEPS_ALL, BEFORE, NOTHING, "no"): "Hebbian",
    (AS_A_WHOLE, BEFORE, NOTHING, "no"): "Hebbian",
    (BY_CHANNEL, BEFORE, NOTHING, "no"): "GLA",
    (KEEPS_ALL, BEFORE, ALL, "no"): "Delta",
    (AS_A_WHOLE, BEFORE, ALL, "no"): "Gated delta",
    (BY_CHANNEL, BEFORE, ALL, "no"): "KDA",
    (AS_A_WHOLE, AFTER, ALL, "no"): "Titans",
    (BY_CHANNEL, AFTER, ALL, "no"): "RWKV-7",
    (KEEPS_ALL, BEFORE, HALF, "no"): "Comba",
    (AS_A_WHOLE, AFTER, HALF, "no"): "Comba",
    (BY_CHANNEL, AFTER, HALF, "no"): "RWKV-7",
    (AS_A_WHOLE, BEFORE, HALF, "no"): "GDN-2",
    (BY_CHANNEL, BEFORE, HALF, "no"): "GDN-2",
    (KEEPS_ALL, BEFORE, UNEVEN, "no"): "GDN-2",
    (AS_A_WHOLE, BEFORE, UNEVEN, "no"): "GDN-2",
    (BY_CHANNEL, BEFORE, UNEVEN, "no"): "GDN-2",
    (KEEPS_ALL, BEFORE, ALL, "yes"): "Titans",
    (AS_A_WHOLE, AFTER, ALL, "yes"): "Titans",
    (AS_A_WHOLE, BEFORE, ALL, "yes"): "MDN",
    (KEEPS_ALL, BEFORE, ALL, "gated"): "MDN",
    (AS_A_WHOLE, BEFORE, ALL, "gated"): "MDN",
}

PUBLISHED = tuple(dict.fromkeys(_TABLE.values()))
"""The names that switches can make. Where two rules meet, it is the elder: Titans without momentum is Comba with d = 1,
too. GLA is gated linear attention (arXiv 2312.06635), GDN-2 with nothing erased. The others: `memory.family`.

No switch makes a rule that writes several pairs a token: Omega, those of a window at once, and DeltaProduct, one after
the other (`memory.Omega`, `inner.unroll_micro_steps`)."""


def which(switches: Switches) -> str:
    """The published rule that switches make, one of `PUBLISHED`; "" where it is none of these.

    RWKV-7 with one θ and keys of length 1. That a name is not here says nothing about papers that are not.

        >>> experiments.family.which(experiments.family.Switches(forgets="by channel"))
        'KDA'
        >>> experiments.family.which(experiments.family.Switches(forgets="by channel", momentum=0.5))
        ''
    """
    return _TABLE.get(words.instance("switches", switches, Switches)._looked_up, "")


def equation(switches: Switches) -> str:
    """The line of the rule, with the chosen parts, in plain signs.

    >>> experiments.family.equation(experiments.family.Switches(forgets="by channel"))
    'M ← M diag(a) − θ (M diag(a) k − v) kᵀ'
    """
    on = words.instance("switches", switches, Switches)
    kept = {KEEPS_ALL: "M", AS_A_WHOLE: "a M", BY_CHANNEL: "M diag(a)"}[on.forgets]
    asked = kept if on.order == BEFORE else "M"
    found = {ALL: f"{asked} k", HALF: f"½ {asked} k", UNEVEN: f"{asked} (β ∘ k)"}
    push = "+ θ v kᵀ" if on.erases == NOTHING else f"− θ ({found[on.erases]} − v) kᵀ"
    if not on.momentum:
        return f"M ← {kept} {push}"
    return f"S ← {on.momentum:g} S {push}; M ← {kept} + {'' if on.output == OPEN else 'b '}S"
