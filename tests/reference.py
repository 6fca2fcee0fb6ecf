"""An independent reading of the papers: the linear memories as plain NumPy loops, one stream and one token at a time.

Nothing here knows nlviz, nor the shape of its code: each rule is the line of the paper, on matrices, written out. No
norm or conjugate enters the recurrences, so the loops also run on complex numbers and give derivatives by a complex
step, exact to rounding.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["RULES", "Run", "cosines", "omega", "run", "self_referential", "titans_in_chunks"]

Array = NDArray[Any]
Rule = Callable[..., tuple[Array, Array]]


def hebbian(M: Array, S: Array, k: Array, v: Array, lr: float, momentum: float, forget: float) -> tuple[Array, Array]:
    """M ← (1−α) M + θ v kᵀ."""
    push = lr * np.outer(v, k)
    return (1 - forget) * M + push, push


def delta(M: Array, S: Array, k: Array, v: Array, lr: float, momentum: float, forget: float) -> tuple[Array, Array]:
    """M ← M − θ (M k − v) kᵀ."""
    push = -lr * np.outer(M @ k - v, k)
    return M + push, push


def gated_delta(
    M: Array, S: Array, k: Array, v: Array, lr: float, momentum: float, forget: float
) -> tuple[Array, Array]:
    """M ← (1−α) M (I − θ k kᵀ) + θ v kᵀ; what is not the decay is the push."""
    after = (1 - forget) * M @ (np.eye(len(k)) - lr * np.outer(k, k)) + lr * np.outer(v, k)
    push = lr * np.outer(v, k) - lr * (1 - forget) * M @ np.outer(k, k)
    return after, push


def titans(M: Array, S: Array, k: Array, v: Array, lr: float, momentum: float, forget: float) -> tuple[Array, Array]:
    """S ← η S − θ (M k − v) kᵀ;  M ← (1−α) M + S."""
    S = momentum * S - lr * np.outer(M @ k - v, k)
    return (1 - forget) * M + S, S


def oja(M: Array, S: Array, k: Array, v: Array, lr: float, momentum: float, forget: float) -> tuple[Array, Array]:
    """M ← (1−α) M + θ v (k − Mᵀ v)ᵀ."""
    push = lr * np.outer(v, k - M.T @ v)
    return (1 - forget) * M + push, push


def momentum_delta(
    M: Array, S: Array, k: Array, v: Array, lr: float, momentum: float, forget: float
) -> tuple[Array, Array]:
    """S ← η S − θ ((1−α) M k − v) kᵀ;  M ← (1−α) M + S."""
    A = (1 - forget) * M
    S = momentum * S - lr * np.outer(A @ k - v, k)
    return A + S, S


def kda(M: Array, S: Array, k: Array, v: Array, lr: float, momentum: float, forget: Any) -> tuple[Array, Array]:
    """M ← M diag(1−α)(I − θ k kᵀ) + θ v kᵀ."""
    A = M @ np.diag((1 - forget) * np.ones(len(k)))
    push = lr * np.outer(v - A @ k, k)
    return A + push, push


def gdn2(M: Array, S: Array, k: Array, v: Array, lr: Any, momentum: float, forget: Any) -> tuple[Array, Array]:
    """M ← M diag(1−α)(I − (β∘k) kᵀ) + (ω∘v) kᵀ, β = θ, ω = its mean."""
    A = M @ np.diag((1 - forget) * np.ones(len(k)))
    push = np.outer(np.mean(lr) * v - A @ (lr * k), k)
    return A + push, push


def comba(M: Array, S: Array, k: Array, v: Array, lr: float, momentum: float, forget: float) -> tuple[Array, Array]:
    """M ← M ((1−α) I − θ k kᵀ) + θ v kᵀ, d = 1."""
    push = lr * np.outer(v, k) - lr * M @ np.outer(k, k)
    return M @ ((1 - forget) * np.eye(len(k)) - lr * np.outer(k, k)) + lr * np.outer(v, k), push


def rwkv7(M: Array, S: Array, k: Array, v: Array, lr: Any, momentum: float, forget: Any) -> tuple[Array, Array]:
    """M ← M (diag(1−α) − κ (θ∘κ)ᵀ) + v (θ∘k)ᵀ, κ = k/‖k‖; its past surprise is what was erased."""
    size = np.sqrt(k @ k)
    key = k / size if size else k
    erased = -np.outer(M @ key, lr * key)
    return M @ np.diag((1 - forget) * np.ones(len(k))) + erased + np.outer(v, lr * k), erased


RULES: dict[str, Rule] = {
    "Hebbian": hebbian,
    "Delta": delta,
    "GatedDelta": gated_delta,
    "Titans": titans,
    "Oja": oja,
    "MomentumDelta": momentum_delta,
    "KDA": kda,
    "GDN2": gdn2,
    "Comba": comba,
    "RWKV7": rwkv7,
}


class Run(NamedTuple):
    """outputs [batch, time, d_value]; memory, past [batch, time + 1, d_value, d_key], the start first; signals
    [time, batch]."""

    outputs: Array
    memory: Array
    past: Array
    signals: dict[str, Array]


def run(
    rule: str,
    keys: Array,
    values: Array,
    gates: tuple[Array, Array, Array],
    queries: Array | None = None,
    start: tuple[Array, Array] | None = None,
    read_first: bool = False,
) -> Run:
    """Every stream of the batch by itself, token by token, every state kept. gates: (θ, η, α), each [batch, time]."""
    batch, time, d_key = keys.shape
    zeros = np.zeros((batch, values.shape[-1], d_key))
    queries = keys if queries is None else queries
    memory0, past0 = (zeros, zeros) if start is None else start
    outputs, memories, pasts = [], [], []
    for b in range(batch):
        M, S = memory0[b], past0[b]
        Ms, Ss, read = [M], [S], []
        for t in range(time):
            before = M
            M, S = RULES[rule](M, S, keys[b, t], values[b, t], *(gate[b, t] for gate in gates))
            read.append((before if read_first else M) @ queries[b, t])
            Ms.append(M)
            Ss.append(S)
        outputs.append(read)
        memories.append(Ms)
        pasts.append(Ss)
    shape = (batch, time, values.shape[-1])
    found = np.reshape(np.array(outputs), shape), np.array(memories), np.array(pasts)
    return Run(*found, _signals(keys, values, found[1], found[2]))


def omega(
    window: int,
    fade: float,
    keys: Array,
    values: Array,
    gates: tuple[Array, Array, Array],
    queries: Array | None = None,
    start: tuple[Array, Array] | None = None,
    read_first: bool = False,
    told: tuple[Array, Array, Array] | None = None,
) -> Run:
    """ATLAS eq. 9–11 with momentum: S ← η S − Σ_i θ_i fade^(t−i) (M k_i − v_i) k_iᵀ;  M ← M diag(1−α) + S.

    told: (k, v, θ) of tokens before the first, [batch, tokens, …], as many of them as there are; the rest as in `run`.
    """
    batch, time, d_key = keys.shape
    lr, momentum, forget = gates
    old = 0 if told is None else told[0].shape[1]
    ks, vs, lrs = keys, values, lr
    if told is not None:
        ks, vs, lrs = (np.concatenate(both, 1) for both in zip(told, (keys, values, lr), strict=True))
    memory, past = np.zeros((2, batch, time + 1, values.shape[-1], d_key), dtype=np.result_type(*gates, keys, values))
    if start is not None:
        memory[:, 0], past[:, 0] = start
    for b in range(batch):
        for t in range(time):
            M, total = memory[b, t], momentum[b, t] * past[b, t]
            for i in range(max(0, t + old - window + 1), t + old + 1):
                gamma = lrs[b, i] * fade ** (t + old - i)
                total = total - gamma * np.outer(M @ ks[b, i] - vs[b, i], ks[b, i])
            past[b, t + 1] = total
            memory[b, t + 1] = M * (1 - forget[b, t]) + total
    read = memory[:, :-1] if read_first else memory[:, 1:]
    outputs = np.einsum("btvk,btk->btv", read, keys if queries is None else queries)
    return Run(outputs, memory, past, _signals(keys, values, memory, past))


def _signals(keys: Array, values: Array, memory: Array, past: Array) -> dict[str, Array]:
    """The definitions of the standard probes, on every state; the surprise as the norm of the whole gradient e kᵀ."""
    error = np.einsum("btvk,btk->btv", memory[:, :-1], keys) - values
    gradient = error[..., :, None] * keys[..., None, :]

    def frobenius(matrices: Array) -> Array:
        return np.sqrt((np.abs(matrices) ** 2).sum((-2, -1))).T

    return {
        "surprise": frobenius(gradient),
        "inner_loss": 0.5 * (np.abs(error) ** 2).sum(-1).T,
        "past_surprise": frobenius(past[:, 1:]),
        "write_norm": frobenius(memory[:, 1:] - memory[:, :-1]),
        "memory_norm": frobenius(memory[:, 1:]),
        "weights": np.moveaxis(memory[:, 1:], 1, 0),
    }


def cosines(memory: Array, keys: Array, values: Array) -> Array:
    """Cosine of M_t k_i with v_i, [time, batch, items], 0 for no answer; memory [batch, time + 1, …] as in Run."""
    answers = np.einsum("btvk,ik->tbiv", memory[:, 1:], keys)
    sizes = np.linalg.norm(answers, axis=-1) * np.linalg.norm(values, axis=-1)
    return (answers * values).sum(-1) / np.where(sizes > 0, sizes, 1)


def titans_in_chunks(
    keys: Array, values: Array, gates: tuple[Array, Array, Array], period: int, start: tuple[Array, Array]
) -> tuple[list[Array], Array]:
    """One stream under Titans eq. 16–18: (M after every token, S at the end); keys [time, d_key], gates [time].

    Inside a chunk with old weights M_0 and S_0, all gradients G_i are those at M_0, and both scans are written out:
        S_t = (η_1…η_t) S_0 − Σ_i (η_{i+1}…η_t) θ_i G_i
        M_t = β_t M_0 + Σ_i (β_t/β_i) S_i,  β_t/β_i = (1−α_{i+1})…(1−α_t)
    """
    (M0, S0), after = start, []
    for first in range(0, len(keys), period):
        k, v = keys[first : first + period], values[first : first + period]
        lr, momentum, forget = (gate[first : first + period] for gate in gates)
        G = [np.outer(M0 @ k[i] - v[i], k[i]) for i in range(len(k))]
        S = [
            np.prod(momentum[: t + 1]) * S0 - sum(np.prod(momentum[i + 1 : t + 1]) * lr[i] * G[i] for i in range(t + 1))
            for t in range(len(k))
        ]
        M = [
            np.prod(1 - forget[: t + 1]) * M0 + sum(np.prod(1 - forget[i + 1 : t + 1]) * S[i] for i in range(t + 1))
            for t in range(len(k))
        ]
        after.extend(M)
        M0, S0 = M[-1], S[-1]
    return after, S0


def self_referential(W: Array, inputs: Array, wide: int, softmax_inputs: bool) -> tuple[Array, Array]:
    """Irie et al. 2022: y, k, q, β = W φ(x);  v̄ = W φ(k), v = W φ(q);  W ← W + σ(β)(v − v̄) φ(k)ᵀ, part by part.

    One stream of inputs [time, d]; W [wide + 2 d + 4, d]. Its answers y [time, wide], and W after every token.
    """
    d, answers, matrices = inputs.shape[1], [], []
    ends = (wide, wide + d, wide + 2 * d, wide + 2 * d + 4)
    for x in inputs:
        made = W @ (_softmax(x) if softmax_inputs else x)
        y, k, q, beta = made[: ends[0]], made[ends[0] : ends[1]], made[ends[1] : ends[2]], made[ends[2] :]
        old, new = W @ _softmax(k), W @ _softmax(q)
        W = W.copy()
        for part, (start, stop) in enumerate(zip((0, *ends[:3]), ends, strict=True)):
            for row in range(start, stop):
                W[row] += (new[row] - old[row]) * _softmax(k) / (1 + np.exp(-beta[part]))
        answers.append(y)
        matrices.append(W)
    return np.array(answers), np.array(matrices)


def _softmax(x: Array) -> Array:
    return np.exp(x) / np.exp(x).sum()
