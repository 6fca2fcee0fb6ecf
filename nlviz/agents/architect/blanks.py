"""What stands in a blank: every candidate of every question in its place, each prompt read once for all of them."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from nlviz.agents.architect.pages import Strips, keys_of
from nlviz.agents.architect.questions import Question
from nlviz.outer.models.byte_model import ByteModel, ByteState

__all__ = ["Candidates"]

Row = tuple[bytes, int, Tensor]
"""A text, how many of its first bytes are the prompt, and the keys of the others."""


class Candidates:
    """The candidates of all questions as strips: counted are the candidate and what follows.

    The keys of prompts are not kept, for nothing of them is scored. What is asked again unchanged is not read again.
    """

    def __init__(self, model: ByteModel, questions: Sequence[Question]) -> None:
        self.model, self.questions = model, questions
        self._read = dict[tuple[bytes, tuple[str, ...], bytes], list[Row]]()

    def at(self, checkpoint: int) -> Strips:
        """As they stand at a checkpoint (0, 1 or 2): [candidates of all questions, length]."""
        rows = [row for one in self.questions for row in self._rows(one, checkpoint)]
        length = max((len(text) for text, _, _ in rows), default=0)
        text = torch.zeros(len(rows), length, dtype=torch.uint8)
        counted = torch.zeros(len(rows), length, dtype=torch.bool)
        keys = torch.zeros(len(rows), length, self.model.d_key)
        for row, (said, start, found) in enumerate(rows):
            text[row, : len(said)] = torch.tensor(list(said), dtype=torch.uint8)
            counted[row, start : len(said)] = True
            keys[row, start : len(said)] = found
        return Strips(text, counted, keys)

    def _rows(self, one: Question, checkpoint: int) -> list[Row]:
        name = one.prompts[checkpoint], one.candidates, one.follows
        if name not in self._read:
            self._read[name] = self._new(*name)
        return self._read[name]

    @torch.no_grad()
    def _new(self, prompt: bytes, candidates: Sequence[str], follows: bytes) -> list[Row]:
        said = [name.encode() + follows for name in candidates]
        state = self.model(torch.tensor([list(prompt)], dtype=torch.uint8))[1] if prompt else None
        padded = torch.zeros(len(said), max(map(len, said)), dtype=torch.uint8)
        for row, text in enumerate(said):
            padded[row, : len(text)] = torch.tensor(list(text), dtype=torch.uint8)
        if state is None:
            keys = keys_of(self.model, padded)
        else:
            many = len(said)
            spread = ByteState(state.hidden.repeat(1, many, 1), state.last.repeat(many))
            keys = self.model(padded, spread)[0]
        return [(prompt + text, len(prompt), keys[row, : len(text)]) for row, text in enumerate(said)]
