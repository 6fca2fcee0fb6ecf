"""Score first, then write; or write, then score the same bytes: what counts as reading, and what is cheating."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch.nn.functional as F
from torch import Tensor

from nlviz.inner import Probe, Step
from nlviz.trace import Trace

__all__ = ["FIRST", "LATER", "LEAST", "in_order", "rescored", "scored"]

FIRST, LATER = "score first", "write first"
LEAST = math.log2(62)
"""Bits of a letter thrown by `streams.noisy`, which draws from 62: what no reader can save on."""


def _after(step: Step[Any]) -> Tensor:
    """−log₂ p of every byte by the weights that its own chunk has already written, [batch, chunk]."""
    answers = step.memory.read(step.after, step.pairs.keys)
    return F.cross_entropy(answers.mT, step.pairs.values.mT, reduction="none") / math.log(2)


rescored: Probe = Probe("rescored", _after, "bits per byte", per="token")
"""What a byte costs once it has been written: no reader of a text it does not know yet has this number."""


def in_order(trace: Trace, order: str) -> Trace:
    """The trace with "bits" scored in this order; what they were before the write is then "first_bits".

    The bytes of a last, unfinished chunk were never written: they keep what they cost at first.
    """
    if order == FIRST:
        return trace
    first, later = trace["bits"], trace["rescored"]
    values = first.values.copy()
    values[later.times] = later.values
    return trace.merge({"bits": first._replace(values=values), "first_bits": first})


def scored(trace: Trace, code: np.ndarray) -> str:
    """Bits per byte of code in the order that was chosen, and of random letters. code: [time], True for code."""
    names = {"bits": "scored first", "frozen_bits": "frozen"}
    if "first_bits" in trace:
        names = {"bits": "once written", "first_bits": "scored first", "frozen_bits": "frozen"}
    costs = {said: trace[name].values[:, 0] for name, said in names.items()}
    said = []
    if code.any():
        each = (f"{cost[code].mean():.2f} {how}" for how, cost in costs.items())
        said.append(f"bits per byte of code: {', '.join(each)}")
    if not code.all():
        mine = next(iter(costs.values()))[~code].mean()
        said.append(f"per random letter: {mine:.2f}, where nobody who reads first can have less than {LEAST:.2f}")
    return " · ".join(said)
