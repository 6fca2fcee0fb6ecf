"""Solutions of notebook 05."""

from __future__ import annotations

from torch import Tensor

__all__ = ["my_gates", "stable_below", "tell", "titans_step"]


def titans_step(
    M: Tensor, S: Tensor, gradient: Tensor, inner_lr: float, momentum: float, forget: float
) -> tuple[Tensor, Tensor]:
    """05.1"""
    S = momentum * S - inner_lr * gradient
    return (1 - forget) * M + S, S


def my_gates() -> tuple[float, float, float]:
    """05.2"""
    return 0.06, 0.9, 0.0


def stable_below(momentum: float, forget: float, length: float) -> float:
    """05.3"""
    return (2 - forget) * (1 + momentum) / length**2


def tell(seen: Tensor) -> str:
    """05.4"""
    tokens, columns = seen.shape
    if not columns:
        return "LMM"
    if columns > 2 * tokens:
        return "MAC"
    return "MAG" if seen[-1, 0] else "MAL"
