"""Reading as a function of bytes: several texts at once, a score for every byte and nothing else."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from nlviz.door import words
from nlviz.door.tensors import tensor
from nlviz.experiments.entrance import a_model_of_bytes, gated
from nlviz.inner import unroll
from nlviz.memory import DeepMemory, Gates, Memory, Pairs, SurpriseGate
from nlviz.memory.look import a_memory
from nlviz.outer.models.byte_model import BYTES, ByteModel

__all__ = ["reader_of"]


def reader_of(
    model: ByteModel,
    *,
    memory: Callable[[DeepMemory], Memory[Any]] | None = None,
    inner_lr: float = 1.0,
    period: int = 16,
    threshold: float | None = None,
    gate: Callable[[DeepMemory], SurpriseGate] | None = None,
    momentum: float = 0.0,
    forget: float = 0.0,
) -> Callable[[Tensor], Tensor]:
    """What `read` does, as a function that `measure.audit` takes: bytes [batch, time] -> bits [batch, time].

        bits_t = −log₂ softmax(W k_t)[byte_t],  W as it stood before byte t was written

    Every row is read with fast weights of its own, which start at the slow head; nothing is kept between calls.
    memory: another memory made of the head, as `lambda head: memory.Continuum([…])`. The others are those of `read`.
    Raises ValueError for what is no model, gates and periods out of range, and for a text that is none.

        >>> model = outer.ByteModel.load()
        >>> bits = experiments.reader_of(model)(torch.tensor([[105, 109, 112]]))
        >>> bool(torch.isclose(bits[0, 2], torch.tensor(experiments.read(model, b"imp").trace["bits"].values[2, 0])))
        True
    """
    model, period = a_model_of_bytes(model), words.count("period", period, of="bytes")
    rate = words.number("inner_lr", inner_lr, least=0.0)
    carried = words.number("momentum", momentum, least=0.0, below=1.0), words.share("forget", forget)
    head = model.memory()
    if memory is None:
        fast = gated(head, threshold, gate)
    elif threshold is not None or gate is not None:
        raise ValueError("both a memory and a gate were given; put the gate into the memory")
    else:
        fast = words.call("memory", memory, "a function of the head, as lambda head: SurpriseGate(head, 3.0)")(head)
        a_memory("what memory gave", fast)

    @torch.no_grad()
    def bits(text: Tensor) -> Tensor:
        rows = _bytes(text)
        keys = model.keys(rows)
        pairs = Pairs(keys, F.one_hot(rows, BYTES).to(keys.dtype))
        run = unroll(fast, pairs, Gates.constant(pairs, rate, *carried), period=period, read_first=True)
        lost = F.cross_entropy(run.outputs.flatten(0, 1), rows.flatten(), reduction="none")
        return lost.view(rows.shape) / math.log(2)

    return bits


def _bytes(text: Tensor) -> Tensor:
    held = tensor("text", text, "batch time")
    rows = held.long()
    # as long: 256 is no number of 8 bits
    if bool((rows != held).any()) or bool((rows < 0).any()) or bool((rows >= BYTES).any()):
        words.refuse("text", text, "bytes: whole numbers from 0 to 255")
    return rows
