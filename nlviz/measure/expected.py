"""What Titans' equations lead one to expect of a pair among unrelated ones, before any memory is written.

Unit keys: the pair's own, and random ones drawn anew at every other token, in d dimensions. Both are exact in the mean
over such streams, for any gates; none of it is fitted. Derived for this project.
"""

from __future__ import annotations

import numpy as np

__all__ = ["expected_share", "stable_among_unrelated"]

# A limit is sought below this; no memory here is stable beyond it without forgetting nearly all.
_HIGHEST = 64.0


def expected_share(given: np.ndarray, gates: np.ndarray, d: int, *, forget_first: bool = False) -> np.ndarray:
    """The mean share of each value that its key brings back after every token, [time, values].

    S ← η S − θ (c M − given), M ← (1 − α) M + S, in shares of the value: c is 1 where the key itself comes, and 1/d,
    the mean square of a cosine, where an unrelated one does.
    given: [time, values], 1 where the key comes with that value; a row of zeros is an unrelated token.
    gates: [time, 3], θ, η and α of every token. forget_first: whether the error is that of (1 − α) M.
    """
    memory, carried = np.zeros(given.shape[1]), np.zeros(given.shape[1])
    shares = np.empty(given.shape)
    for time, (target, (inner_lr, momentum, forget)) in enumerate(zip(given, gates, strict=True)):
        meets = 1.0 if target.any() else 1 / d
        asked = (1 - forget) * memory if forget_first else memory
        carried = momentum * carried - inner_lr * (meets * asked - target)
        memory = (1 - forget) * memory + carried
        shares[time] = memory
    return shares


def stable_among_unrelated(momentum: float, forget: float, d: int) -> float:
    """The θ below which E‖M‖² of a memory that reads unrelated keys for ever stays bounded, about 2(1 − η) at α = 0.

    With momentum this is far below (2 − α)(1 + η), the limit for one key repeated: what is still on its way was meant
    for other keys. At η = 0 and α = 0 it is 2 exactly. The second moments E‖M‖², E⟨M, S⟩ and E‖S‖² follow a 3 × 3
    linear recurrence; the limit is where its spectral radius is 1.
    """
    low, high = 0.0, _HIGHEST
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if _growth(middle, momentum, forget, d) < 1 else (low, middle)
    return low


def _growth(inner_lr: float, momentum: float, forget: float, d: int) -> float:
    """By how much the second moments grow with every token, in the end."""
    keep = 1 - forget
    # rows: what becomes of E‖S‖², E⟨M, S⟩ and E‖M‖², from (E‖M‖², E⟨M, S⟩, E‖S‖²); E(κ κᵀ) = I/d for a unit key κ
    moved = np.array([-inner_lr / d, momentum, 0.0])
    surprise = np.array([inner_lr**2 / d, -2 * momentum * inner_lr / d, momentum**2])
    both = keep * moved + surprise
    memory = np.array([keep**2, 0.0, 0.0]) + 2 * keep * moved + surprise
    return float(np.abs(np.linalg.eigvals(np.stack([memory, both, surprise]))).max())
