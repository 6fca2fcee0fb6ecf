"""Omega: a memory that corrects itself on a window of the last tokens, not on the newest alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from nlviz.door import words
from nlviz.memory.choices import Carried, Choices
from nlviz.memory.linear import LinearRule
from nlviz.memory.protocol import Gates, Pairs
from nlviz.memory.state import LinearState, State

__all__ = ["Omega", "Window"]


class Window(NamedTuple):
    """The last c − 1 pairs, the newest last: keys [batch, c − 1, d_key], values [batch, c − 1, d_value], their θ."""

    keys: Tensor
    values: Tensor
    inner_lr: Tensor


@dataclass(frozen=True)
class Omega(LinearRule):
    """S ← η S − Σ_i γ_i (M k_i − v_i) k_iᵀ over the last c tokens i;  M ← (1 − α) M + S. Obeys all three gates.

    One gradient step on Σ_i γ_i ½‖M k_i − v_i‖², all c errors at the same old M, with γ_i = θ_i · fade^(t − i).
    window: c. fade: how much less a token counts with every step of its age; 1: all alike, 0: the newest alone.
    A pair is written with its own θ, at each of the c steps it is in the window: one with θ = 0 never is, and a window
    whose newest tokens have θ = 0 still writes the older ones. With window = 1 it is Titans, and delta where η = α = 0.
    forget is one number a token, or one for each key channel, [batch, time, d_key]. The last c − 1 pairs are carried
    in the state beside the past surprise, so a stream may be split anywhere.
    Stable for one repeated key while θ‖k‖² Σ_{j<c} fade^j < (2 − α)(1 + η). With η = α = 0 no step makes the window's
    own weighted loss larger while λ_max(Σ_i γ_i k_i k_iᵀ) < 2; of keys of length 1 it may be as much as Σ_i γ_i.
    Source: ATLAS (Behrouz et al. 2025, arXiv 2505.23735) eq. 9–11, whose loss has no ½; momentum as in its eq. 32–33,
    without their Newton–Schulz step, with which it would not be linear. Also Behrouz et al. 2025 (2512.24695) eq. 68.
    Raises ValueError for a window below one token and a fade that is no share.

        >>> rule = memory.Omega(1, 1, window=2)
        >>> pairs = memory.Pairs(torch.ones(1, 3, 1), torch.tensor([[[4.0], [4.0], [8.0]]]))
        >>> inner.unroll(rule, pairs, memory.Gates.constant(pairs, 0.5)).outputs[0, :, 0]
        tensor([2., 4., 6.])
    """

    obeys = frozenset({"inner_lr", "momentum", "forget"})
    by_channel = frozenset({"forget"})
    window: int = 4
    fade: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "window", words.count("window", self.window, of="tokens"))
        object.__setattr__(self, "fade", words.share("fade", self.fade))

    @property
    def at_once(self) -> int:  # pyright: ignore[reportIncompatibleVariableOverride]
        """Every token writes the pairs of its window."""
        return self.window

    def init(self, batch: int, like: Tensor | None = None) -> LinearState:
        start = super().init(batch, like)
        if self.window == 1:
            return start
        return State(start.memory, Carried(start.past_surprise, self._empty(start.memory)))

    def choices(self, pairs: Pairs, gates: Gates) -> Choices:
        """Those of a stretch with nothing before it."""
        return self.choose(pairs, gates, None)[0]

    def choose(self, pairs: Pairs, gates: Gates, known: Window | None) -> tuple[Choices, Window | None]:
        keep = 1 - gates.forget
        if self.window == 1:
            chosen = Choices(pairs.keys, pairs.values, gates.inner_lr, pairs.keys, keep=keep, momentum=gates.momentum)
            return chosen, None
        before = self._empty(pairs.keys) if known is None else known
        told = Window(*(torch.cat(both, 1) for both in zip(before, (*pairs, gates.inner_lr), strict=True)))
        keys, values, rates = (self._windows(one) for one in told)
        weights = self.fade ** torch.arange(self.window - 1, -1, -1).to(rates)
        chosen = Choices(
            write=keys,
            target=values,
            inner_lr=rates * weights.repeat(pairs.keys.shape[1]),
            erase=keys,
            keep=keep,
            momentum=gates.momentum,
        )
        return chosen, Window(*(one[:, one.shape[1] - self.window + 1 :] for one in told))

    def each_pair(self, of_tokens: Tensor) -> Tensor:
        """What tokens have at the pairs of every window, the oldest first; 0 for those from before the stretch."""
        (batch, _), widths = of_tokens.shape[:2], of_tokens.shape[2:]
        return self._windows(torch.cat([of_tokens.new_zeros(batch, self.window - 1, *widths), of_tokens], 1))

    def stable_below(self, gates: Gates) -> Tensor | None:
        if gates.forget.dim() > 2:
            return None
        return (2 - gates.forget) * (1 + gates.momentum) / sum(self.fade**age for age in range(self.window))

    def _windows(self, told: Tensor) -> Tensor:
        """Of c − 1 tokens before a stretch and its own: the window of each of its own, [batch, time · c, …]."""
        time = told.shape[1] - self.window + 1
        return torch.stack([told[:, age : age + time] for age in range(self.window)], 2).flatten(1, 2)

    def _empty(self, like: Tensor) -> Window:
        """The window before any token: pairs of nothing, with θ = 0."""
        batch, before = len(like), self.window - 1
        return Window(
            like.new_zeros(batch, before, self.d_key),
            like.new_zeros(batch, before, self.d_value),
            like.new_zeros(batch, before),
        )
