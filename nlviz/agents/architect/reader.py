"""An arm as a reader of bytes: what an audit can hold it to."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from nlviz.agents.architect.lived import ARMS, Made
from nlviz.agents.architect.pages import pages_of, strips_of
from nlviz.door import words
from nlviz.outer import entrance
from nlviz.outer.models.byte_model import BYTES, ByteModel
from nlviz.streams.code import File

__all__ = ["reader"]


def reader(arm: str | Made, *, a_day: int = 1024, model: ByteModel | None = None) -> Callable[[Tensor], Tensor]:
    """A function from text [batch, time], whole numbers from 0 to 255, to the bits of every byte before it is written.

    Each row is one file, read by an arm of its own in days of `a_day` bytes, exactly as `read_months` does. arm: a name
    of ARMS, or a function that makes one from a head. model: the shipped one if None.

        >>> bits = agents.architect.reader("one rate")(torch.tensor([list(b"x = 1; x = 2")]))
        >>> bits.shape, bool((bits > 0).all())
        (torch.Size([1, 12]), True)
    """
    made = ARMS[words.choice("arm", arm, ARMS)] if isinstance(arm, str) else words.call("arm", arm, "an arm's name")
    a_day = words.count("a_day", a_day, of="bytes")
    slow = ByteModel.load() if model is None else words.instance("model", model, ByteModel)
    head = slow.head_weights().detach()

    @torch.no_grad()
    def read(text: Tensor) -> Tensor:
        rows = entrance.symbols(text, BYTES, head)
        if not rows.numel():
            return head.new_zeros(rows.shape)
        return torch.stack([_row(row) for row in rows])

    def _row(text: Tensor) -> Tensor:
        arm, raw, bits = made(head), text.to(torch.uint8).cpu().numpy(), list[Tensor]()
        for start in range(0, len(raw), a_day):
            pages = pages_of([File("text", 0, len(raw))], slice(start, min(start + a_day, len(raw))))
            bits.append(arm.day(strips_of(slow, [(raw[at:stop], first - at) for at, first, stop in pages])).bits)
        return torch.cat(bits)

    return read
