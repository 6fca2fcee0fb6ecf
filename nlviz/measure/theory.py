"""Theory: the lines drawn beside a memory. Unit random keys in dimension d; each docstring says what is assumed.

Derived for this project; each is held against a real memory in tests/test_measure.py.
"""

from __future__ import annotations

import numpy as np

__all__ = [
    "best_linear_error",
    "decay",
    "delta_interference",
    "delta_recall",
    "ebbinghaus",
    "forget_for",
    "hebbian_crosstalk",
    "hebbian_recall",
    "momentum_total_write",
    "stable_inner_lr",
    "titans_steady_recall",
]


def hebbian_crosstalk(pairs: np.ndarray | int, d: int) -> np.ndarray:
    """(N − 1)/d: relative squared error of a Hebbian memory (inner_lr 1) after N pairs, from the other N − 1."""
    return (np.asarray(pairs) - 1) / d


def hebbian_recall(ages: np.ndarray, d: int, forget: float = 0.0) -> np.ndarray:
    """s/√(s² + c): expected cosine by age in a Hebbian memory that wrote one random pair at each of these ages.

    s = (1 − α)^L is what the gate left of the pair itself, c = Σ s²/d over the other pairs their crosstalk. Without a
    gate c is (N − 1)/d, and every age is recalled alike.
    """
    kept = decay(ages, forget)
    crosstalk = (np.sum(kept**2) - kept**2) / d
    return kept / np.sqrt(kept**2 + crosstalk)


def delta_recall(ages: np.ndarray, inner_lr: float, d: int, forget: float = 0.0) -> np.ndarray:
    """Expected cosine by age in a delta memory, gated or not, that wrote one random pair at each of these ages.

    s/√a with κ = 1 − α, s = θ κᴸ (1 − θ/d)ᴸ what is left of the pair itself, and a the mean square of its answer, which
    each later write changes to κ² (1 − 2θ/d) a + θ² (κ² m + 1)/d. m is that of a key never written, from 0 on
    κ² (1 − (2θ − θ²)/d) m + θ²/d. In a long stream without a gate it is √(θ(2 − θ)) (1 − θ/d)ᴸ.
    Raises ValueError unless ages are 0, 1, 2, … in any order.
    """
    count, kept = len(ages), 1 - forget
    if sorted(np.asarray(ages).tolist()) != list(range(count)):
        raise ValueError(f"ages are {np.asarray(ages)[:3]}…; give each of 0 to {count - 1} once, a pair a token")
    known, unknown = np.zeros(count), 0.0
    for written in range(count):
        older = slice(count - written, None)  # by age at the end
        met = kept**2 * unknown
        known[older] = kept**2 * (1 - 2 * inner_lr / d) * known[older] + inner_lr**2 * (met + 1) / d
        known[count - written - 1] = (1 - inner_lr) ** 2 * met + inner_lr**2
        unknown = (1 - (2 * inner_lr - inner_lr**2) / d) * met + inner_lr**2 / d
    by_age = np.arange(count)
    itself = inner_lr * (kept * (1 - inner_lr / d)) ** by_age
    return np.divide(itself, np.sqrt(known), out=np.zeros(count), where=known > 0)[np.asarray(ages)]


def best_linear_error(pairs: np.ndarray | int, d: int) -> np.ndarray:
    """max(0, 1 − d/N): relative squared error that no linear memory can beat; a cliff at N = d.

    Raises ValueError for fewer than one pair.
    """
    if np.min(pairs) < 1:
        raise ValueError(f"{np.min(pairs)} pairs; the error is relative to what was stored, give at least 1")
    return np.maximum(0.0, 1 - d / np.asarray(pairs))


def delta_interference(age: np.ndarray | int, inner_lr: float, d: int) -> np.ndarray:
    """(1 − θ/d)^L: share of a pair that L later delta writes leave, with no forget gate; half-life ≈ 0.69 d/θ."""
    return (1 - inner_lr / d) ** np.asarray(age)


def decay(age: np.ndarray | int, forget: float) -> np.ndarray:
    """(1 − α)^L: what a forget gate alone leaves after L tokens."""
    return (1 - forget) ** np.asarray(age)


def titans_steady_recall(inner_lr: float, momentum: float, forget: float) -> float:
    """θ/(θ + α(1 − η)): where recall of one pair settles when it is written for ever (unit key).

    Raises ValueError if inner_lr is not above 0: nothing would be written.
    """
    if not inner_lr > 0:
        raise ValueError(f"inner_lr is {inner_lr:g}; a pair that is written for ever needs one above 0")
    return inner_lr / (inner_lr + forget * (1 - momentum))


def momentum_total_write(inner_lr: float, momentum: float) -> float:
    """θ/(1 − η): all that one surprise writes in the end, if nothing corrects it; 10 for θ = 1, η = 0.9.

    Raises ValueError if the momentum is not below 1: such a surprise never ends.
    """
    if not 0 <= momentum < 1:
        raise ValueError(
            f"momentum is {momentum}; a surprise fades only below 1, use a number from 0 up to but not including 1"
        )
    return inner_lr / (1 - momentum)


def stable_inner_lr(momentum: float = 0.0, forget: float = 0.0, key_norm: float = 1.0) -> float:
    """(2 − α)(1 + η)/‖k‖²: the inner_lr below which writing one key for ever settles; 2/‖k‖² for the delta rule.

    Raises ValueError if key_norm is not above 0.
    """
    if not key_norm > 0:
        raise ValueError(f"key_norm is {key_norm:g}; give the length of the key, above 0")
    return (2 - forget) * (1 + momentum) / key_norm**2


def forget_for(horizon: float, kept: float = 0.5) -> float:
    """1 − kept^(1/horizon): the α that leaves this share of a pair after so many tokens; `decay`, solved for α.

    Raises ValueError for a horizon of no tokens, or a share outside (0, 1].
    """
    if not horizon > 0 or not 0 < kept <= 1:
        raise ValueError(f"horizon is {horizon:g}, kept {kept:g}; use a horizon above 0 and a share in (0, 1]")
    return 1 - kept ** (1 / horizon)


def ebbinghaus(minutes: np.ndarray | float, k: float = 1.84, c: float = 1.25) -> np.ndarray:
    """k/((log₁₀ t)^c + k): the share of work saved in relearning, as Ebbinghaus fitted it to himself; no exponential.

    minutes: t ≥ 1, counted from one minute before the end of the learning. His formula is in per cent.
    Raises ValueError for a time before 1, where the logarithm is below zero.
    Source: Ebbinghaus 1885, ch. VII.
    """
    if np.min(minutes) < 1:
        raise ValueError(f"t is {np.min(minutes):g} minutes; the formula begins at 1")
    return k / (np.log10(minutes) ** c + k)
