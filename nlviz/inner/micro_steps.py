"""Several small writes for each token, each with a key of its own: what DeltaProduct does with the delta rule."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from nlviz.door import tensors, words
from nlviz.inner.fastest import fastest
from nlviz.inner.probes import Probe
from nlviz.inner.unroll import Unrolled
from nlviz.memory import Gates, Memory, Pairs

__all__ = ["unroll_micro_steps"]


def unroll_micro_steps(
    memory: Memory[Any],
    keys: Tensor,
    values: Tensor,
    inner_lr: Tensor | float = 1.0,
    forget: Tensor | float = 0.0,
    queries: Tensor | None = None,
    *,
    state: Any = None,
    read_first: bool = False,
    probes: Sequence[Probe] = (),
) -> Unrolled:
    """Each token writes several times, one step after the other, and is read once, after the last:

        M ← (1 − α_t) M (I − θ_t1 k_t1 k_t1ᵀ) + θ_t1 v_t1 k_t1ᵀ,   then   M ← M (I − θ_tj k_tj k_tjᵀ) + θ_tj v_tj k_tjᵀ

    with a GatedDelta: the product of so many steps can turn the memory, where one can only shorten it or turn it over.
    keys [batch, time, steps, d_key], values [batch, time, steps, d_value], inner_lr θ: a number or [batch, time,
    steps]. forget α: a number or [batch, time], of the first step alone. queries [batch, time, d_key]; the last key of
    each token if None. read_first: before the token's first step.
    Outputs are [batch, time, d_value]; times of signals are those of steps, time · steps of them.
    Parity needs θ‖k‖² = 2, a step that turns over.
    Raises ValueError as `unroll` does.
    Source: DeltaProduct (arXiv 2502.10297).

        >>> keys, values = torch.eye(2).reshape(1, 1, 2, 2), torch.tensor([[[[3.0], [4.0]]]])
        >>> run = inner.unroll_micro_steps(memory.GatedDelta(2, 1), keys, values, queries=torch.ones(1, 1, 2))
        >>> run.outputs
        tensor([[[7.]]])
    """
    keys = tensors.tensor("keys", keys, "batch time steps d_key")
    values = tensors.tensor("values", values, "batch time steps d_value", like=keys)
    batch, time, steps, _ = keys.shape
    words.count("steps of keys", steps, of="writes")
    if values.shape[:3] != keys.shape[:3]:
        words.refuse("values", values, f"batch, time and steps {list(keys.shape[:3])}, as the keys", "give one per key")
    pairs = Pairs(keys.flatten(1, 2), values.flatten(1, 2))
    first = torch.arange(time * steps, device=keys.device) % steps == 0
    faded = Gates.constant(pairs, forget=_each("forget", forget, (batch, time), steps)).forget
    how = Gates.constant(pairs, _each("inner_lr", inner_lr, (batch, time, steps), 1), forget=faded * first)
    asked = keys[:, :, -1] if queries is None else tensors.tensor("queries", queries, "batch time d_key", like=keys)
    run = fastest(
        memory, pairs, how, asked.repeat_interleave(steps, 1), state=state, read_first=read_first, probes=probes
    )
    read = run.outputs.unflatten(1, (time, steps))[:, :, 0 if read_first else -1]
    return Unrolled(run.state, read, run.trace)


def _each(name: str, gate: Any, shape: tuple[int, ...], repeated: int) -> Any:
    """A gate for every step, [batch, time · steps], from a number or from one for each token or step."""
    if not isinstance(gate, Tensor) or not gate.dim():
        return gate
    if gate.shape != shape:
        words.refuse(name, gate, f"one number, or {list(shape)}")
    return gate.flatten(1).repeat_interleave(repeated, 1)
