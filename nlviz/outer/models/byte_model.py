"""ByteModel: slow weights that read source code, made so that fast weights can take over where they stop.

Its last layer is one matrix W_0 on unit vectors: logits = W_0 k with ‖k‖ = 1 and no bias. A memory that starts at W_0
therefore *is* the frozen model until it is first written: y = f(x; slow) against y = f(x; slow, fast) is inner_lr = 0
against inner_lr > 0. The shipped weights come from `nlviz train-reader`; what it may and may not read stands in
`outer.tasks.source_code`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple, Self

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from nlviz.door import tensors as door
from nlviz.door.words import count, instance, refuse
from nlviz.memory import DeepMemory, cross_entropy
from nlviz.outer import entrance
from nlviz.outer.homes import Head
from nlviz.outer.models.shipped import kept_model, kept_note, save_weights

__all__ = ["SHIPPED", "ByteModel", "ByteState"]

BYTES = 256
START = ord("\n")

SHIPPED = Path(__file__).parents[2] / "data" / "reader.safetensors"


class ByteState(NamedTuple):
    """Where the model stands in the text: hidden [1, batch, d_key] and the last byte it saw [batch]."""

    hidden: Tensor
    last: Tensor


class ByteModel(nn.Module):
    """A causal byte model: embedding, one GRU, and a head W_0 on the direction of the GRU's state.

        h_t = GRU(h_{t−1}, embed(byte_{t−1}));  k_t = h_t/‖h_t‖;  logits_t = W_0 k_t predict byte t

    The key of byte t depends on the bytes before t alone; the first one follows a line end. `d_key` is the width of k.
    generator: draws the initial weights; torch's global one if None.

        model = ByteModel.load()
        keys = model.keys(text)                        # [batch, time] uint8 -> [batch, time, d_key], unit vectors
        logits = keys @ model.head_weights().mT        # the frozen prediction of text[:, t]
    """

    # what nn.Module cannot say of its parts
    d_key: int
    embed: nn.Embedding
    gru: nn.GRU
    head: Head

    def __init__(self, d_key: int = 224, d_embed: int = 48, *, generator: torch.Generator | None = None) -> None:
        super().__init__()
        self.d_key, d_embed = count("d_key", d_key), count("d_embed", d_embed)
        generator = door.generator("generator", generator, optional=True)
        self.embed = nn.Embedding(BYTES, d_embed)
        self.gru = nn.GRU(d_embed, self.d_key, batch_first=True)
        self.head = Head(self.d_key, BYTES, bias=False)
        if generator is not None:
            self._draw(generator)

    def _draw(self, generator: torch.Generator) -> None:
        bound = 1 / math.sqrt(self.d_key)
        nn.init.normal_(self.embed.weight, generator=generator)
        for weights in (*self.gru.parameters(), self.head.weight):
            nn.init.uniform_(weights, -bound, bound, generator=generator)

    def forward(self, text: Tensor, state: ByteState | None = None) -> tuple[Tensor, ByteState]:
        """The keys [batch, time, d_key] of `text` [batch, time], and the state to go on from: any split gives the same.

        A list or a NumPy array of bytes will do. Raises ValueError if `text` is not [batch, time] of whole numbers from
        0 to 255, or `state` not one of this model for as many texts.
        """
        text = entrance.symbols(text, BYTES, self.head.weight)
        state = self._start(text) if state is None else self._carried_on(state, len(text))
        if text.numel() == 0:
            # nothing, but of the model: a loss over it may be gone back from
            return self.head()[:1, 0] * text.new_zeros(*text.shape, self.d_key, dtype=self.head.weight.dtype), state
        before = torch.cat([state.last[:, None], text[:, :-1]], 1)
        h, hidden = self.gru(self.embed(before.long()), state.hidden)
        return F.normalize(h, dim=-1), ByteState(hidden, text[:, -1])

    def _start(self, text: Tensor) -> ByteState:
        batch = text.shape[0]
        return ByteState(self.head.weight.new_zeros(1, batch, self.d_key), text.new_full((batch,), START))

    def _carried_on(self, state: ByteState, batch: int) -> ByteState:
        remedy = "give the state that an earlier call of this model returned, or None"
        held, last = instance("state", state, ByteState, remedy)
        if not isinstance(held, Tensor) or held.shape != (1, batch, self.d_key):
            refuse("hidden of the state", held, f"shape {[1, batch, self.d_key]}", remedy)
        entrance.lasts(last, batch, BYTES, self.head.weight)
        return state if held.dtype == self.head.weight.dtype else state._replace(hidden=held.to(self.head.weight))

    def keys(self, text: Tensor) -> Tensor:
        """The keys of a text read from its beginning: unit vectors [batch, time, d_key]."""
        return self(text)[0]

    def head_weights(self) -> Tensor:
        """W_0 [256, d_key], scale included: √d_key puts unit keys on the scale of a layer with RMS-normalised input."""
        return self.head() * math.sqrt(self.d_key)

    def memory(self) -> DeepMemory:
        """The head as fast weights: a linear map under cross-entropy that starts at W_0. Values are one-hot bytes."""
        return DeepMemory(self.d_key, BYTES, cross_entropy, initial=self.head_weights().detach())

    def save(self, path: str | Path, note: dict[str, str]) -> None:
        """Write the weights as float16 .safetensors, with a note of how they were made."""
        save_weights(self, path, note)

    @classmethod
    def load(cls, path: str | Path = SHIPPED, device: str = "cpu") -> Self:
        """The model saved at `path`, the shipped one by default, in float32 and ready to read.

        Raises FileNotFoundError if there is none, which names the command that makes one, and ValueError for a damaged
        file or another model's.
        """

        def made(weights: Mapping[str, Tensor], note: Mapping[str, str]) -> Self:
            return cls(weights["head.weight"].shape[1], weights["embed.weight"].shape[1])

        return kept_model(made, path, "train-reader", device)

    @staticmethod
    def note(path: str | Path = SHIPPED) -> dict[str, str]:
        """How the weights at `path` were made: command, seed, Python, packages, held-out bits per byte."""
        return kept_note(path, "train-reader")
