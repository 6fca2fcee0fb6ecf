"""Which earlier line taught it this: the exact share of every line read so far in what the memory answers.

The memory is no linear rule, its errors go through a softmax; but what it is by now is still a sum of its writes,

    W_t = W_0 − θ Σ_{i<t} g_i k_iᵀ      so      a·W_t k = a·W_0 k + Σ_i −θ (a·g_i) (k_i·k)

for any key k and any weights a on the 256 logits. The g_i are those of the run, so the sum is exact: what each write
adds, given all the others. It is not what the answer would be without that write: the later g_i would be others then.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from nlviz.agents.architect.legacy import Legacy
from nlviz.agents.architect.pages import Strips, strips_of
from nlviz.agents.architect.questions import Question
from nlviz.door import words
from nlviz.outer.models.byte_model import BYTES, ByteModel

__all__ = ["Asked", "Lines", "Taught", "Teacher", "asked_of", "lines_of", "shares"]


class Teacher(NamedTuple):
    """One line read earlier, and what its writes add to an answer.

    step: its first byte in the stream. file, line: where it stands, counted from 1. text: the line.
    logits: what it adds to the right byte's logit, less what it adds to the mean of the others'; below 0 it spoke
    against it.
    """

    step: int
    file: str
    line: int
    text: str
    logits: float


class Taught(NamedTuple):
    """Why the memory of one rate answers a question as it does: logits = base + the sum of all lines, exactly.

    logits: the right candidate's byte less the mean of the other candidates', where they first differ, in the evening
    of the checkpoint. base: the same of the slow weights alone. rest: what all lines add that are no `teachers`.
    teachers: the lines that add most, for or against, the largest first.
    """

    logits: float
    base: float
    rest: float
    teachers: tuple[Teacher, ...]


class Asked(NamedTuple):
    """What is traced: a key k [asked, d_key], and the weights a [asked, 256] of the logits, one each for a question.

    a is 1 at the right byte and −1/n at each of the n other candidates', at the first byte where not all are alike.
    """

    keys: Tensor
    towards: Tensor


class Lines(NamedTuple):
    """Lines of the stream: where each begins [lines], and which one every byte is of [time]."""

    starts: np.ndarray
    of: np.ndarray


def lines_of(project: Legacy) -> Lines:
    """A line ends with its line end, or where its file does."""
    ends = np.flatnonzero(project.bytes == ord("\n")) + 1
    starts = np.unique(np.concatenate([[0], ends, [file.start for file in project.files]]))
    starts = starts[starts < len(project.bytes)]
    return Lines(starts, np.searchsorted(starts, np.arange(len(project.bytes)), side="right") - 1)


def asked_of(model: ByteModel, questions: Sequence[Question], checkpoint: int) -> Asked:
    """What is traced of every question at a checkpoint (0, 1 or 2)."""
    rows, towards = list[tuple[bytes, int]](), torch.zeros(len(questions), BYTES)
    for at, one in enumerate(questions):
        said = [name.encode() + one.follows for name in one.candidates]
        fork = next(place for place, bytes_there in enumerate(zip(*said, strict=False)) if len(set(bytes_there)) > 1)
        right = one.truth[checkpoint]
        rows.append((one.prompts[checkpoint] + said[right][: fork + 1], len(one.prompts[checkpoint]) + fork))
        for place, name in enumerate(said):
            towards[at, name[fork]] += 1.0 if place == right else -1.0 / (len(said) - 1)
    return Asked(strips_of(model, rows).asked, towards)


def shares(asked: Asked, keys: Tensor, errors: Tensor, rate: float) -> Tensor:
    """−θ (a·g_i)(k_i·k) of every write, [time, asked]. keys [time, d_key], errors g [time, 256].

    >>> chance = torch.Generator().manual_seed(0)
    >>> k, g = torch.randn(5, 3, generator=chance), torch.randn(5, 256, generator=chance)
    >>> from nlviz.agents.architect import taught
    >>> asked = taught.Asked(k[:2], torch.eye(256)[:2])
    >>> told = asked.keys @ (-0.5 * g.mT @ k).mT        # logits of W = −θ Σ g kᵀ
    >>> torch.allclose(taught.shares(asked, k, g, 0.5).sum(0), told.diagonal(), atol=1e-5)
    True
    """
    words.instance("asked", asked, Asked, "use asked_of(model, questions, 0)")
    return -rate * (errors @ asked.towards.mT) * (keys @ asked.keys.mT)


class Tracing:
    """What every line has added so far to every question's answer at every checkpoint: [lines, checkpoints · asked]."""

    def __init__(self, project: Legacy, model: ByteModel, questions: Sequence[Question], checkpoints: int) -> None:
        self.lines, self.count = lines_of(project), len(questions)
        every = list[Asked]()
        for at in range(checkpoints):
            # once the rename is in force, the same is asked for good
            same = at > 0 and all(one.prompts[at] == one.prompts[at - 1] for one in questions)
            same = same and all(one.truth[at] == one.truth[at - 1] for one in questions)
            every.append(every[-1] if same else asked_of(model, questions, at))
        self.asked = Asked(*(torch.cat(part) for part in zip(*every, strict=True)))
        self.table = np.zeros((len(self.lines.starts), checkpoints * self.count), np.float32)
        head = model.head_weights().detach()
        self.base = ((self.asked.keys @ head.mT) * self.asked.towards).sum(-1).numpy()

    def see(self, span: slice, pages: Strips, errors: Tensor, rate: float, passed: int) -> None:
        """A day's writes; so many checkpoints have passed, and nothing is added to what was answered there."""
        coming = slice(passed * self.count, None)
        asked = Asked(*(part[coming] for part in self.asked))
        found = shares(asked, pages.asked, errors, rate).numpy()
        lines = self.lines.of[span]
        edges = np.flatnonzero(np.diff(lines, prepend=lines[0] - 1))
        self.table[lines[edges], coming] += np.add.reduceat(found, edges, axis=0)

    def taught(self, project: Legacy, checkpoint: int, top: int = 8) -> tuple[Taught, ...]:
        """Of every question, by now."""
        columns = range(checkpoint * self.count, (checkpoint + 1) * self.count)
        return tuple(self._of(project, column, top) for column in columns)

    def _of(self, project: Legacy, column: int, top: int) -> Taught:
        added, base = self.table[:, column].astype(np.float64), float(self.base[column])
        best = np.argsort(-np.abs(added), kind="stable")[:top]
        named = tuple(_teacher(project, int(self.lines.starts[at]), float(added[at])) for at in best if added[at])
        return Taught(base + float(added.sum()), base, float(added.sum() - added[best].sum()), named)


def _teacher(project: Legacy, step: int, logits: float) -> Teacher:
    place = project.place(step)
    return Teacher(step, place.file, place.line, project.line(step), logits)
