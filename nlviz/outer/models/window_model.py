"""WindowModel: a small byte transformer whose whole past is a window. Frozen: what slides out of view never was.

Two blocks. The first looks a few bytes back and turns each byte into "this byte, after those"; the second looks that up
in the window (an induction head). What both together reach is exactly `window` bytes, so the edge is sharp.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Self

from torch import Generator, Tensor

from nlviz.door.words import count
from nlviz.outer.layers.attention import Attention
from nlviz.outer.models.shipped import kept_model, kept_note, save_weights
from nlviz.outer.models.token_model import ModelState, TokenModel

__all__ = ["LOCAL", "SHIPPED", "WindowModel"]

SHIPPED = Path(__file__).parents[2] / "data" / "window.safetensors"

LOCAL = 5
"""Bytes the first block sees: enough for a byte and the four before it, as in KEY=4."""


class WindowModel(TokenModel):
    """A causal byte model that sees the last `window` bytes and no other, through a KV cache.

    The byte at t is predicted from the bytes t − window … t − 1: the first block reaches LOCAL of them, the second the
    rest, window − LOCAL + 1. Positions are relative, so any window up to the one trained with (64) may be asked for.

        model = WindowModel.load()
        keys, state = model(text, window=32)               # as ByteModel: keys [batch, time, d_key], unit vectors
        keys, state = model(more, state, window=32)        # the same numbers as the whole text at once
    """

    def __init__(
        self, width: int = 96, heads: int = 4, *, window: int = 64, generator: Generator | None = None
    ) -> None:
        super().__init__([Attention(width, heads, generator=generator) for _ in range(2)], width, generator=generator)
        self.heads: int = count("heads", heads)
        self.window: int = count("window", window, of="bytes")

    def forward(
        self, text: Tensor, state: ModelState | None = None, *, window: int | None = None
    ) -> tuple[Tensor, ModelState]:
        """The keys [batch, time, d_key] of `text` [batch, time], and the state to go on from.

        window: in place of the model's own, for this call; bytes the cache has dropped before do not come back.
        Raises ValueError for a window below 1, or a `text` that is not [batch, time] of whole numbers.
        """
        # more than it was trained with may be asked for: what then comes of it is the question
        window = self.window if window is None else count("window", window, of="bytes")
        near = min(LOCAL, window)
        return self.run(text, state, [{"window": near}, {"window": window - near + 1}])

    def save(self, path: str | Path, note: dict[str, str]) -> None:
        """Write the weights as float16 .safetensors, with a note of how they were made."""
        save_weights(self, path, note | {"heads": str(self.heads), "window": str(self.window)})

    @classmethod
    def load(cls, path: str | Path = SHIPPED, device: str = "cpu") -> Self:
        """The model saved at `path`, the shipped one by default, in float32, frozen and ready to read.

        Raises FileNotFoundError if there is none, which names the command that makes one, and ValueError for a damaged
        file or another model's.
        """

        def made(weights: Mapping[str, Tensor], note: Mapping[str, str]) -> Self:
            return cls(weights["embed.weight"].shape[1], int(note["heads"]), window=int(note["window"]))

        return kept_model(made, path, "train-window", device)

    @staticmethod
    def note(path: str | Path = SHIPPED) -> dict[str, str]:
        """How the weights at `path` were made: command, seed, packages, held-out figures, and the sizes of the model.

        Raises FileNotFoundError if there are none.
        """
        return kept_note(path, "train-window")
