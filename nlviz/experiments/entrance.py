"""What a reading is given: a text, a model of bytes, a rate for each byte, a gate. Looked at once, in words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from torch import Tensor

from nlviz.door.arrays import array
from nlviz.door.words import able, call, instance, number, refuse
from nlviz.memory import DeepMemory, SurpriseGate, bits
from nlviz.outer.models.byte_model import BYTES
from nlviz.streams.raw import bytes_of

__all__ = ["a_model_of_bytes", "bytes_of", "gated", "rates_of"]


def a_model_of_bytes(model: Any) -> Any:
    """A model that reads bytes and whose head a memory may start from: such as any TokenModel of 256 symbols."""
    able("model", model, ("keys", "head_weights", "memory"), "a model of bytes, such as ByteModel.load()")
    vocabulary = getattr(model, "vocabulary", BYTES)
    if vocabulary != BYTES:
        refuse("the model's vocabulary", vocabulary, f"{BYTES}, one symbol for each byte")
    return model


def gated(
    head: DeepMemory, threshold: float | None, gate: Callable[[DeepMemory], SurpriseGate] | None
) -> DeepMemory | SurpriseGate:
    """The head behind its gate: one made of a threshold in bits, another, or none."""
    if gate is not None and threshold is not None:
        raise ValueError(f"both a threshold ({threshold}) and a gate were given; put the threshold into the gate")
    if gate is not None:
        wanted = "a function of the head, as lambda head: SurpriseGate(head, 3.0)"
        if isinstance(gate, type):
            refuse("gate", gate, wanted)
        made = call("gate", gate, wanted)(head)
        return instance("what the gate gave", made, SurpriseGate)
    return head if threshold is None else SurpriseGate(head, number("threshold", threshold), metric=bits)


def rates_of(inner_lr: float | np.ndarray, length: int) -> np.ndarray:
    """θ of every byte, [time]."""
    if not isinstance(inner_lr, np.ndarray | list | tuple | Tensor) or getattr(inner_lr, "ndim", 1) == 0:
        return np.full(length, number("inner_lr", inner_lr, least=0.0, remedy="give one, or one for each byte"))
    rates = array("inner_lr", inner_lr, "bytes", finite=True, dtype=np.float64)
    if len(rates) != length or (rates < 0).any():
        raise ValueError(
            f"inner_lr has {len(rates)} values for {length} bytes, the least {rates.min(initial=0):g}; "
            "give a number, or one of at least 0 for each byte"
        )
    return rates
