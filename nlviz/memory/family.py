"""Published lines of the family of linear rules: each states what it does with a token, and nothing else.

A gate by channel is a gate like others: `Gates.constant(pairs, forget=tensor)` with a tensor that broadcasts to
[batch, time, d_key].
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from nlviz.door import words
from nlviz.memory.choices import Carried, Choices
from nlviz.memory.linear import GatedDelta, LinearRule, Titans
from nlviz.memory.protocol import Gates, Pairs
from nlviz.memory.state import LinearState, State

__all__ = ["GDN2", "KDA", "RWKV7", "Comba", "MomentumDelta", "RecursiveLeastSquares"]


@dataclass(frozen=True)
class MomentumDelta(Titans):
    """S ← η S − θ ((1 − α) M k − v) kᵀ;  M ← (1 − α) M + b S: gated delta with momentum, MDN. Obeys all three gates.

    The third place to put forgetting: before the error, as gated delta has it, with momentum, as Titans has it. At
    η = 0 and b = 1 it is the gated delta rule. output: b, how much of the past surprise the memory takes; the same for
    all tokens it is a smaller θ, bθ in place of θ: only one that depends on the token (`Choices.output`) is more.
    Stable for one repeated key, with b = 1, while θ‖k‖² < (2 − α)(1 + η)/(1 − α): it is Titans at θ (1 − α), but for
    the value, which is written with all of θ.
    Source: MDN (arXiv 2605.05838). Its chunked form divides by products of gates; ours does not, so η = 0 and α = 1 are
    values like others.

        >>> rule = memory.MomentumDelta(1, 1)
        >>> pairs = memory.Pairs(torch.ones(1, 2, 1), torch.tensor([[[4.0], [4.0]]]))
        >>> gates = memory.Gates.constant(pairs, inner_lr=0.5, momentum=0.5, forget=0.5)
        >>> inner.unroll(rule, pairs, gates).outputs[0, :, 0]
        tensor([2.0000, 3.5000])
    """

    output: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "output", words.number("output", self.output))

    def choices(self, pairs: Pairs, gates: Gates) -> Choices:
        chosen = super().choices(pairs, gates)._replace(recalled=1 - gates.forget)
        return chosen if self.output == 1 else chosen._replace(output=torch.full_like(gates.inner_lr, self.output))

    def stable_below(self, gates: Gates) -> Tensor | None:  # pyright: ignore[reportIncompatibleMethodOverride]
        return super().stable_below(gates) / (1 - gates.forget) if self.output == 1 else None


class KDA(GatedDelta):
    """M ← M diag(a)(I − θ k kᵀ) + θ v kᵀ, a = 1 − α: gated delta that forgets by channel. Obeys inner_lr, forget.

    forget is one number a token, then it is the gated delta rule, or one for each key channel, [batch, time, d_key].
    Source: Kimi delta attention (arXiv 2510.26692).

        >>> rule = memory.KDA(2, 1)
        >>> pairs = memory.Pairs(torch.tensor([[[1.0, 1.0]]]), torch.tensor([[[4.0]]]))
        >>> state = rule.write(rule.init(1), pairs, memory.Gates.constant(pairs))
        >>> fades = memory.Gates.constant(pairs, inner_lr=0.0, forget=torch.tensor([[[0.0, 0.5]]]))
        >>> rule.write(state, pairs, fades).memory
        tensor([[[4., 2.]]])
    """

    by_channel = frozenset({"forget"})

    def choices(self, pairs: Pairs, gates: Gates) -> Choices:
        if gates.forget.dim() < pairs.keys.dim():
            return super().choices(pairs, gates)
        keep = 1 - gates.forget
        return Choices(pairs.keys, pairs.values, gates.inner_lr, keep * pairs.keys, keep=keep)

    def stable_below(self, gates: Gates) -> Tensor | None:  # pyright: ignore[reportIncompatibleMethodOverride]
        return super().stable_below(gates) if gates.forget.dim() < 3 else None


@dataclass(frozen=True)
class GDN2(LinearRule):
    """M ← M diag(a)(I − (β ∘ k) kᵀ) + (ω ∘ v) kᵀ, a = 1 − α: erasing and writing are two knobs. Obeys inner_lr, forget.

    β = erase · θ, by key channel where inner_lr is [batch, time, d_key]; ω = write · θ, of θ by channel the mean. With
    both 1 and one θ a token it is KDA. A write gate for every token and value channel is in the values: give ω ∘ v/θ.
    forget is one number a token, or one for each key channel.
    Source: GDN-2 (arXiv 2605.22791).

        >>> rule = memory.GDN2(1, 1, erase=0.0)
        >>> pairs = memory.Pairs(torch.ones(1, 2, 1), torch.tensor([[[4.0], [4.0]]]))
        >>> inner.unroll(rule, pairs, memory.Gates.constant(pairs)).outputs[0, :, 0]
        tensor([4., 8.])
    """

    obeys = frozenset({"inner_lr", "forget"})
    by_channel = frozenset({"inner_lr", "forget"})
    erase: float = 1.0
    write_share: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("erase", "write_share"):
            object.__setattr__(self, name, words.number(name, getattr(self, name)))

    def choices(self, pairs: Pairs, gates: Gates) -> Choices:
        keep = 1 - gates.forget
        beta = gates.inner_lr if gates.inner_lr.dim() > 2 else gates.inner_lr[..., None]
        keeps = keep if keep.dim() > 2 else keep[..., None]
        return Choices(
            pairs.keys,
            self.write_share * beta.mean(-1, keepdim=True) * pairs.values,
            beta.new_ones(beta.shape[:2]),
            self.erase * beta * keeps * pairs.keys,
            keep=keep,
        )


@dataclass(frozen=True)
class Comba(LinearRule):
    """M ← M ((1 − α) I − d θ k kᵀ) + θ v kᵀ: takes out a share d of what stood there before. Obeys inner_lr, forget.

    softer: d. It asks the memory before it forgets, where gated delta asks after.
    The paper reads with q − D k: give these as queries.
    Stable for one repeated key while dθ‖k‖² < 2 − α.
    Source: Comba (arXiv 2506.02475).

        >>> rule = memory.Comba(1, 1, softer=0.5)
        >>> pairs = memory.Pairs(torch.ones(1, 2, 1), torch.tensor([[[4.0], [4.0]]]))
        >>> inner.unroll(rule, pairs, memory.Gates.constant(pairs)).outputs[0, :, 0]
        tensor([4., 6.])
    """

    obeys = frozenset({"inner_lr", "forget"})
    softer: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "softer", words.number("softer", self.softer))

    def choices(self, pairs: Pairs, gates: Gates) -> Choices:
        recalled = torch.full_like(gates.inner_lr, self.softer)
        return Choices(pairs.keys, pairs.values, gates.inner_lr, pairs.keys, recalled, keep=1 - gates.forget)

    def stable_below(self, gates: Gates) -> Tensor | None:
        return (2 - gates.forget) / self.softer if self.softer > 0 else None


@dataclass(frozen=True)
class RWKV7(LinearRule):
    """M ← M (diag(a) − κ (θ ∘ κ)ᵀ) + v rᵀ,  κ = k/‖k‖,  r = k ∘ (1 + mix (θ − 1)). Obeys inner_lr, forget.

    It erases at one key and writes at another.
    a = 1 − α. θ, the rate in context, and α are one number a token or one for each key channel. mix: how far the
    written key is scaled with the rate, 1: it is θ ∘ k. With mix = 1, one θ, α = 0 and keys of length 1 it is the
    delta rule. With θ = 0 and mix < 1 it still writes. A key of length 0 erases nothing.
    Source: RWKV-7 (arXiv 2503.14456), with one key for both; its learned scales of keys belong to the views of a token.

        >>> rule = memory.RWKV7(2, 1, mix=0.0)
        >>> pairs = memory.Pairs(torch.tensor([[[2.0, 0.0]]]), torch.tensor([[[3.0]]]))
        >>> rule.write(rule.init(1), pairs, memory.Gates.constant(pairs, 0.5)).memory
        tensor([[[6., 0.]]])
    """

    obeys = frozenset({"inner_lr", "forget"})
    by_channel = frozenset({"inner_lr", "forget"})
    mix: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "mix", words.number("mix", self.mix))

    def choices(self, pairs: Pairs, gates: Gates) -> Choices:
        theta = gates.inner_lr if gates.inner_lr.dim() > 2 else gates.inner_lr[..., None]
        squared = pairs.keys.square().sum(-1, keepdim=True)
        length = torch.where(squared > 0, squared, 1.0).sqrt()
        key = pairs.keys / length
        return Choices(
            theta * key,
            torch.zeros_like(pairs.values),
            theta.new_ones(theta.shape[:2]),
            key,
            keep=1 - gates.forget,
            known=(pairs.values, pairs.keys * (1 + self.mix * (theta - 1))),
        )


@dataclass(frozen=True)
class RecursiveLeastSquares(LinearRule):
    """P ← P − θ P k kᵀP/(1 + θ kᵀP k);  M ← M − θ (M k − v)(P k)ᵀ: after every token the best map. Obeys inner_lr.

    From zero it is ridge regression, M = (Σ θ v kᵀ)(Σ θ k kᵀ + ridge I)⁻¹: θ is how much a pair counts, and one with
    θ = 0 is not read. P starts at I/ridge and knows the keys alone; it is carried in the state beside the past
    surprise, so a stream may be split anywhere. In blocks P is still followed token by token.
    Written several tokens at a time, from the same old M, it is no longer the best.
    Source: mesa layer without forgetting (von Oswald et al. 2025, arXiv 2506.05233), its recursive form.
    Raises ValueError for a ridge that is not above zero.

        >>> pairs = streams.recall_pairs(8, 8, generator=torch.Generator().manual_seed(0)).pairs
        >>> rule = memory.RecursiveLeastSquares(8, 8, ridge=1e-4)
        >>> run = inner.unroll(rule, pairs, memory.Gates.constant(pairs))
        >>> torch.allclose(rule.read(run.state, pairs.keys), pairs.values, atol=0.01)
        True
    """

    obeys = frozenset({"inner_lr"})
    ridge: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        words.number("ridge", self.ridge, above=0.0, remedy="it is what keeps the first writes finite")
        object.__setattr__(self, "ridge", float(self.ridge))

    def init(self, batch: int, like: Tensor | None = None) -> LinearState:
        start = super().init(batch, like)
        return State(start.memory, Carried(start.past_surprise, self._unknown(len(start.memory), start.memory)))

    def choices(self, pairs: Pairs, gates: Gates) -> Choices:
        """Those of a stretch that begins with no key known."""
        return self.choose(pairs, gates, None)[0]

    def choose(self, pairs: Pairs, gates: Gates, known: Tensor | None) -> tuple[Choices, Tensor]:
        known = self._unknown(pairs.keys.shape[0], pairs.keys) if known is None else known
        directions = []
        for key, theta in zip(pairs.keys.unbind(1), gates.inner_lr.unbind(1), strict=True):
            found = (known @ key[..., None])[..., 0]
            # P k after the update is P k/(1 + θ kᵀP k) before it
            direction = found / (1 + theta * (found * key).sum(-1))[:, None]
            known = known - theta[:, None, None] * direction[..., :, None] * found[..., None, :]
            directions.append(direction)
        after = torch.stack(directions, 1) if directions else pairs.keys
        return Choices(after, pairs.values, gates.inner_lr, pairs.keys), known

    def _unknown(self, batch: int, like: Tensor) -> Tensor:
        """P before any key."""
        return torch.eye(self.d_key).to(like).expand(batch, -1, -1) / self.ridge
