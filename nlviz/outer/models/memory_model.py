"""MemoryModel: WindowModel's twin, with fast weights where that has its window. What it reads, it writes into them.

Two blocks, as there. The first looks a few bytes back; the second, instead of looking up the bytes still in its window,
asks a delta memory that every byte has written. The slow weights are as frozen as WindowModel's: y = f(x; θ_s, θ_f(c)).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import torch
from torch import Generator, Tensor

from nlviz.door.words import count, instance, refuse
from nlviz.memory import Delta, State
from nlviz.outer.layers.attention import Attention
from nlviz.outer.layers.memory_layers import MemoryLayer
from nlviz.outer.models.shipped import kept_model, kept_note, save_weights
from nlviz.outer.models.token_model import ModelState, TokenModel
from nlviz.outer.models.window_model import LOCAL

__all__ = ["SHIPPED", "MemoryModel"]

FROM_BEFORE = "give that of the last call, state.blocks[1] being its fast weights"

SHIPPED = Path(__file__).parents[2] / "data" / "memory.safetensors"


class MemoryModel(TokenModel):
    """A causal byte model that sees the last LOCAL bytes; of all before it knows what its fast weights hold.

    Fast weights: `memories` matrices of width/memories numbers squared, starting at zero, written by the delta rule at
    every byte; the slow weights have learned what to write and how strongly. They are in the state, and nowhere else:

        model = MemoryModel.load()
        nats, state = model.loss(text)                     # read; state.blocks[1] are the fast weights by now
        nats, state = model.loss(more, model.wake(state.blocks[1]))      # after a restart that kept them
    """

    def __init__(
        self, width: int = 96, heads: int = 4, memories: int = 1, *, generator: Generator | None = None
    ) -> None:
        width, memories = count("width", width), count("memories", memories)
        if width % memories:
            raise ValueError(f"width {width} does not split into {memories} memories; use a multiple of {memories}")
        rule = Delta(width // memories, width // memories)
        mixers = [
            Attention(width, heads, generator=generator),
            MemoryLayer(width, rule, heads=memories, generator=generator),
        ]
        super().__init__(mixers, width, generator=generator)
        self.heads: int = count("heads", heads)
        self.memories: int = memories

    def forward(self, text: Tensor, state: ModelState | None = None) -> tuple[Tensor, ModelState]:
        """The keys [batch, time, d_key] of `text` [batch, time], and the state to go on from: any split gives the same.

        Raises ValueError for a `text` that is not [batch, time] of whole numbers.
        """
        return self.run(text, state, [{"window": LOCAL}, {}])

    def wake(self, fast: Any = None) -> ModelState | None:
        """The state of a model that was just switched on: these fast weights, and no byte in view.

        fast: `state.blocks[1]` of the last call; None is a model that was never used.
        """
        if fast is None:
            return None
        self._own(fast)
        fresh = self(torch.zeros(len(fast.memory) // self.memories, 0, dtype=torch.uint8, device=fast.memory.device))[1]
        return fresh._replace(blocks=(None, fast))

    def fast_weights(self, state: ModelState) -> Tensor:
        """θ_f, the matrices in a state: [batch, memories, d_value, d_key]."""
        fast = instance("state", state, ModelState, FROM_BEFORE).blocks[1]
        return self._own(fast).memory.unflatten(0, (-1, self.memories))

    def _own(self, fast: Any) -> Any:
        """Fast weights of a model of this shape. Raises ValueError for anything else."""
        held = getattr(instance("fast weights", fast, State, FROM_BEFORE), "memory", None)
        d = self.d_key // self.memories
        if not isinstance(held, Tensor) or held.shape[1:] != (d, d) or len(held) % self.memories:
            refuse("fast weights", held, f"shape [batch · {self.memories}, {d}, {d}]", FROM_BEFORE)
        return fast

    def save(self, path: str | Path, note: dict[str, str]) -> None:
        """Write the weights as float16 .safetensors, with a note of how they were made."""
        save_weights(self, path, note | {"heads": str(self.heads), "memories": str(self.memories)})

    @classmethod
    def load(cls, path: str | Path = SHIPPED, device: str = "cpu") -> Self:
        """The model saved at `path`, the shipped one by default, in float32, its slow weights frozen.

        Raises FileNotFoundError if there is none, which names the command that makes one, and ValueError for a damaged
        file or another model's.
        """

        def made(weights: Mapping[str, Tensor], note: Mapping[str, str]) -> Self:
            return cls(weights["embed.weight"].shape[1], int(note["heads"]), int(note["memories"]))

        return kept_model(made, path, "train-memory", device)

    @staticmethod
    def note(path: str | Path = SHIPPED) -> dict[str, str]:
        """How the weights at `path` were made: command, seed, packages, held-out figures, and the sizes of the model.

        Raises FileNotFoundError if there are none.
        """
        return kept_note(path, "train-memory")
