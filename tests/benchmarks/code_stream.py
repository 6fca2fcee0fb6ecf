"""Source code to train small models on, and the bits per byte they need for code they never saw."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from torch import Generator, Tensor

from nlviz.outer import TokenModel
from nlviz.outer.tasks.source_code import HELD_OUT, NOT_TRAINED_ON
from nlviz.streams.code import code, standard_library

__all__ = ["Code", "bits_by_place", "bits_per_byte", "texts"]


class Code:
    """A task for `train`: stretches of source code of `time` bytes, drawn at random."""

    def __init__(self, text: np.ndarray, time: int) -> None:
        self.text, self.time = torch.tensor(text), time

    def draw(self, batch: int, generator: Generator) -> Tensor:
        starts = torch.randint(len(self.text) - self.time + 1, (batch, 1), generator=generator)
        return self.text[starts + torch.arange(self.time)]

    def loss(self, model: TokenModel, given: Tensor, state: Any) -> tuple[Tensor, Any]:
        nats, state = model.loss(given, state)
        return nats.mean(), state


def texts(limit: int) -> tuple[np.ndarray, np.ndarray]:
    """What is trained on, and what is held out: 16,384 bytes of each of three packages."""
    known = [name for name in standard_library() if name not in NOT_TRAINED_ON]
    return code(known, limit=limit).bytes, np.concatenate([code(name, limit=16_384).bytes for name in HELD_OUT])


@torch.no_grad()
def bits_by_place(model: TokenModel, text: np.ndarray, time: int, places: int = 4) -> list[float]:
    """Bits per byte of each of `places` equal parts of a stretch, mean over `text` in stretches of `time`."""
    whole = torch.tensor(text[: len(text) // time * time]).unflatten(0, (-1, time))
    nats = torch.cat([model.loss(part)[0] for part in whole.split(16)])
    return [float(part.double().mean()) / math.log(2) for part in nats.tensor_split(places, 1)]


def bits_per_byte(model: TokenModel, text: np.ndarray, time: int) -> float:
    """−log₂ p of a byte, mean over `text` in stretches of `time`, each read from its beginning."""
    return bits_by_place(model, text, time, 1)[0]
