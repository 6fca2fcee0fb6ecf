"""Solutions of notebook 01."""

from __future__ import annotations

from typing import Any

from torch import Tensor

__all__ = ["ask_after_restart", "read", "smallest_window", "weight_change"]


def weight_change(before: Tensor, after: Tensor) -> Tensor:
    """01.1"""
    return (after - before).norm()


def smallest_window(windows: Tensor, chance: Tensor, enough: float) -> Tensor:
    """01.2"""
    return windows[chance >= enough].min()


def ask_after_restart(model: Any, told: Tensor, asked: Tensor) -> Tensor:
    """01.3"""
    nats, _ = model.loss(asked)
    return (-nats[:, -4:].sum(-1)).exp()


def read(model: Any, text: Tensor, fast: Any) -> tuple[Tensor, Any]:
    """01.4"""
    nats, state = model.loss(text, model.wake(fast))
    return nats, state.blocks[1]
