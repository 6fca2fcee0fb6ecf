"""Pages: how slow weights meet the text. Each is read from its own few bytes before, many side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from nlviz.outer.models.byte_model import ByteModel
from nlviz.streams.code import File

__all__ = ["PAGE", "WARM", "Strips", "pages_of", "strips_of"]

PAGE = 512
"""Bytes of a page: as far as the slow weights' own context goes back, beside WARM."""
WARM = 64
"""Bytes before a page that are read once more, not counted; none where a file begins."""
_AT_ONCE = 64


class Strips(NamedTuple):
    """Pieces of text, read side by side. Each row begins with an empty context.

    text: [rows, length] uint8, filled up with zeros. counted: [rows, length], True for the bytes that are scored.
    keys: [rows, length, d_key], k_t of every byte by the slow weights; it depends on the bytes of its row before it.
    """

    text: Tensor
    counted: Tensor
    keys: Tensor

    @property
    def given(self) -> Tensor:
        """[time]: the bytes that are counted, row after row."""
        return self.text[self.counted].long()

    @property
    def asked(self) -> Tensor:
        """[time, d_key]: their keys."""
        return self.keys[self.counted]


def pages_of(files: Sequence[File], span: slice) -> list[tuple[int, int, int]]:
    """The pages of a span of the stream: (where its warm-up begins, where the page begins, where it ends)."""
    found = []
    for file in files:
        start, stop = max(file.start, span.start), min(file.stop, span.stop)
        found.extend((max(file.start, at - WARM), at, min(at + PAGE, stop)) for at in range(start, stop, PAGE))
    return found


def strips_of(model: ByteModel, rows: Sequence[tuple[bytes | np.ndarray, int]]) -> Strips:
    """Texts as strips: for each its bytes, and how many of the first are not counted."""
    length = max((len(text) for text, _ in rows), default=0)
    text = np.zeros((len(rows), length), np.uint8)
    counted = np.zeros((len(rows), length), bool)
    for row, (said, skipped) in enumerate(rows):
        text[row, : len(said)] = np.frombuffer(bytes(said), np.uint8) if isinstance(said, bytes) else said
        counted[row, skipped : len(said)] = True
    held = torch.from_numpy(text)
    return Strips(held, torch.from_numpy(counted), keys_of(model, held))


@torch.no_grad()
def keys_of(model: ByteModel, text: Tensor) -> Tensor:
    """k of every byte of every row, a few rows at once."""
    if not text.numel():
        return model.head.weight.new_zeros(*text.shape, model.d_key)
    return torch.cat([model.keys(part) for part in text.split(_AT_ONCE)])
