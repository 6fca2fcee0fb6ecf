"""Theory: the lines drawn beside a memory. Unit random keys in dimension d; each docstring says what is assumed.

Derived for this project; each is held against a real memory in tests/test_measure.py.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from nlviz.door.arrays import array
from nlviz.door.words import count, number, refuse, share

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
    """(N − 1)/d: relative squared error of a Hebbian memory (inner_lr 1) after N pairs, from the other N − 1.

    Raises ValueError, as all laws here, outside its domain: fewer than one pair or dimension.

        >>> measure.hebbian_crosstalk(np.array([1, 17, 33]), 32)
        array([0. , 0.5, 1. ])
    """
    return (_pairs(pairs) - 1) / count("d", d)


def hebbian_recall(ages: np.ndarray, d: int, forget: float = 0.0) -> np.ndarray:
    """s/√(s² + c): expected cosine by age in a Hebbian memory that wrote one random pair at each of these ages.

    s = (1 − α)^L is what the gate left of the pair itself, c = Σ s²/d over the other pairs their crosstalk. Without a
    gate c is (N − 1)/d, and every age is recalled alike.

        >>> measure.hebbian_recall(np.arange(33), 32).round(2)[:2]
        array([0.71, 0.71])
    """
    kept = decay(ages, forget)
    crosstalk = (np.sum(kept**2) - kept**2) / count("d", d)
    # what is wholly forgotten is recalled by nothing
    return np.divide(kept, np.sqrt(kept**2 + crosstalk), out=np.zeros_like(kept), where=kept > 0)


def delta_recall(ages: np.ndarray, inner_lr: float, d: int, forget: float = 0.0) -> np.ndarray:
    """Expected cosine by age in a delta memory, gated or not, that wrote one random pair at each of these ages.

    s/√a with κ = 1 − α, s = θ κᴸ (1 − θ/d)ᴸ what is left of the pair itself, and a the mean square of its answer, which
    each later write changes to κ² (1 − 2θ/d) a + θ² (κ² m + 1)/d. m is that of a key never written, from 0 on
    κ² (1 − (2θ − θ²)/d) m + θ²/d. In a long stream without a gate it is √(θ(2 − θ)) (1 − θ/d)ᴸ.
    Raises ValueError unless ages are 0, 1, 2, … in any order.

        >>> measure.delta_recall(np.arange(100), 1.0, 32)[[0, 10, 50]].round(2)
        array([1.  , 0.73, 0.21])
    """
    given = array("ages", ages, "pairs", finite=True)
    pairs, kept = len(given), 1 - share("forget", forget)
    inner_lr, d = number("inner_lr", inner_lr, least=0.0), count("d", d)
    if sorted(given.tolist()) != list(range(pairs)):
        raise ValueError(f"ages are {given[:3]}…; give each of 0 to {pairs - 1} once, a pair a token")
    known, unknown = np.zeros(pairs), 0.0
    for written in range(pairs):
        older = slice(pairs - written, None)  # by age at the end
        met = kept**2 * unknown
        known[older] = kept**2 * (1 - 2 * inner_lr / d) * known[older] + inner_lr**2 * (met + 1) / d
        known[pairs - written - 1] = (1 - inner_lr) ** 2 * met + inner_lr**2
        unknown = (1 - (2 * inner_lr - inner_lr**2) / d) * met + inner_lr**2 / d
    by_age = np.arange(pairs)
    itself = inner_lr * (kept * (1 - inner_lr / d)) ** by_age
    return np.divide(itself, np.sqrt(known), out=np.zeros(pairs), where=known > 0)[given.astype(int)]


def best_linear_error(pairs: np.ndarray | int, d: int) -> np.ndarray:
    """max(0, 1 − d/N): relative squared error that no linear memory can beat; a cliff at N = d.

    Raises ValueError for fewer than one pair.

        >>> measure.best_linear_error(np.array([16, 32, 64]), 32)
        array([0. , 0. , 0.5])
    """
    return np.maximum(0.0, 1 - count("d", d) / _pairs(pairs))


def delta_interference(age: np.ndarray | int, inner_lr: float, d: int) -> np.ndarray:
    """(1 − θ/d)^L: share of a write that L later delta writes leave, with no forget gate; half-life ≈ 0.69 d/θ.

    A write puts the share θ of a new value there, so θ times this comes back of it. A cosine follows it at θ = 1 only;
    see `delta_recall`.

        >>> measure.delta_interference(np.array([0, 22]), 1.0, 32).round(2)
        array([1. , 0.5])
    """
    return (1 - number("inner_lr", inner_lr, least=0.0) / count("d", d)) ** _ages(age)


def decay(age: np.ndarray | int, forget: float) -> np.ndarray:
    """(1 − α)^L: what a forget gate alone leaves after L tokens.

    >>> measure.decay(np.arange(4), 0.5)
    array([1.   , 0.5  , 0.25 , 0.125])
    """
    return (1 - share("forget", forget)) ** _ages(age)


def titans_steady_recall(inner_lr: float, momentum: float, forget: float) -> float:
    """θ/(θ + α(1 − η)): where recall of one pair settles when it is written for ever (unit key).

    Raises ValueError if inner_lr is not above 0: nothing would be written.

        >>> measure.titans_steady_recall(0.5, 0.0, 0.0), round(measure.titans_steady_recall(0.1, 0.9, 0.1), 2)
        (1.0, 0.91)
    """
    inner_lr = number("inner_lr", inner_lr, above=0.0, remedy="a pair that is written for ever needs one above 0")
    return inner_lr / (inner_lr + share("forget", forget) * (1 - share("momentum", momentum)))


def momentum_total_write(inner_lr: float, momentum: float) -> float:
    """θ/(1 − η): all that one surprise writes in the end, if nothing corrects it; 10 for θ = 1, η = 0.9.

    Raises ValueError if the momentum is not below 1: such a surprise never ends.

        >>> round(measure.momentum_total_write(1.0, 0.9), 6)
        10.0
    """
    remedy = "a surprise fades only below 1, use a number from 0 up to but not including 1"
    return number("inner_lr", inner_lr) / (1 - number("momentum", momentum, least=0.0, below=1.0, remedy=remedy))


def stable_inner_lr(momentum: float = 0.0, forget: float = 0.0, key_norm: float = 1.0) -> float:
    """(2 − α)(1 + η)/‖k‖²: the inner_lr below which writing one key for ever settles; 2/‖k‖² for the delta rule.

    Raises ValueError if key_norm is not above 0.

        >>> measure.stable_inner_lr(), measure.stable_inner_lr(momentum=0.5, forget=0.5)
        (2.0, 2.25)
    """
    length = number("key_norm", key_norm, above=0.0, remedy="give the length of the key")
    return (2 - share("forget", forget)) * (1 + share("momentum", momentum)) / length**2


def forget_for(horizon: float, kept: float = 0.5) -> float:
    """1 − kept^(1/horizon): the α that leaves this share of a pair after so many tokens; `decay`, solved for α.

    Raises ValueError for a horizon of no tokens, or a share outside (0, 1].

        >>> round(measure.forget_for(10), 3)
        0.067
    """
    horizon = number("horizon", horizon, above=0.0, remedy="it counts tokens, use a horizon above 0")
    kept = number(
        "kept", kept, above=0.0, most=1.0, remedy="it is the share that is left; nothing is left only of α = 1"
    )
    return 1 - kept ** (1 / horizon)


def ebbinghaus(minutes: np.ndarray | float, k: float = 1.84, c: float = 1.25) -> np.ndarray:
    """k/((log₁₀ t)^c + k): the share of work saved in relearning, as Ebbinghaus fitted it to himself; no exponential.

    minutes: t ≥ 1, counted from one minute before the end of the learning. His formula is in per cent.
    Raises ValueError for a time before 1, where the logarithm is below zero.
    Source: Ebbinghaus 1885, ch. VII.

        >>> measure.ebbinghaus(np.array([1, 20, 1440])).round(2)
        array([1.  , 0.57, 0.3 ])
    """
    given = _numbers("minutes", minutes)
    if given.size and given.min() < 1:
        raise ValueError(f"minutes begin at {given.min():g}; expected times of 1 or more, the formula begins at 1")
    k, c = number("k", k, above=0.0), number("c", c, above=0.0)
    return k / (np.log10(given) ** c + k)


def _numbers(name: str, value: Any) -> np.ndarray:
    """A number or an array of them, finite; True is none."""
    found = array(name, value, finite=True)
    if found.dtype.kind == "b":
        refuse(name, value, "a number, or an array of numbers")
    return found.astype(float)


def _pairs(pairs: Any) -> np.ndarray:
    """How many pairs, at least one: a number or an array of them."""
    many = _numbers("pairs", pairs)
    if (many < 1).any() or (many % 1).any():
        raise ValueError(f"pairs are {pairs}; expected whole numbers of at least 1, as laws speak of what was stored")
    return many


def _ages(age: Any) -> np.ndarray:
    """Tokens since the write, a number or an array of them."""
    ages = _numbers("age", age)
    if (ages < 0).any():
        raise ValueError(f"age begins at {ages.min():g}; expected 0 or more tokens since the write")
    return ages
