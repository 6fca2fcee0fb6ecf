"""What is measured while a text is read: what is known of another, how far the weights have moved, what was written."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from nlviz.door.arrays import array
from nlviz.door.words import count, refuse
from nlviz.experiments.entrance import a_model_of_bytes, bytes_of
from nlviz.inner import Probe, Step
from nlviz.inner.probes import surprise, write_norm
from nlviz.memory.able import Able
from nlviz.outer.models.byte_model import ByteModel
from nlviz.streams.code import Source

__all__ = ["ALWAYS", "drift_norm", "known"]


def known(
    model: ByteModel, source: Source | bytes | np.ndarray, every: int = 64, *, counted: np.ndarray | None = None
) -> Probe:
    """What is still known of `source` while something else is read: its bits per byte, re-read without being written.

    A probe for `read`, measured at every `every`-th write: signal "known", [time, 1]. To compare: the frozen model's
    value is the mean of "frozen_bits" on the same source, and it never changes. counted: [time], True for the bytes to
    count, all if None.
    """
    model, every = a_model_of_bytes(model), count("every", every)
    given = torch.tensor(bytes_of(source), device=model.head.weight.device)[None]
    if counted is not None:
        counted = array("counted", counted, "time")
        if not np.isin(counted, (0, 1)).all():
            refuse("counted", counted, "True or False for each byte")
        counted = counted.astype(bool)
        if len(counted) != given.shape[1]:
            refuse("the length of counted", len(counted), f"{given.shape[1]}, one for each byte of the source")
    if not (given.numel() if counted is None else counted.sum()):
        refuse("the number of bytes to ask about", 0, "at least one")
    with torch.no_grad():
        keys = model.keys(given)
    if counted is not None:
        keys, given = keys[:, counted], given[:, counted]

    def measure(step: Step[Any]) -> Tensor:
        answers = step.memory.read(step.after, keys)
        return F.cross_entropy(answers[0], given[0].long())[None] / math.log(2)

    return Probe("known", measure, "bits per byte", every)


def _drift(step: Step[Any]) -> Tensor:
    start = step.memory.init(1, like=step.pairs.keys)
    return (step.after.memory - start.memory).flatten(1).norm(dim=1)


drift_norm: Probe = Probe("drift_norm", _drift, "‖W − W₀‖")
"""‖W_t − W_0‖_F after the write: how far the fast weights have moved from the slow ones they started at."""


def _opened(step: Step[Any]) -> Tensor:
    """1 where a byte was written, else 0, [batch, chunk]."""
    given = (step.gates.inner_lr != 0).to(step.error.dtype)
    return given * Able(step.memory).opening(step.before, step.pairs)


ALWAYS = (surprise, write_norm, drift_norm, Probe("written", _opened, "1 if written", per="token"))
"""What every reading measures."""
