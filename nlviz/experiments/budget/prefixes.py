"""Digits as embeddings whose first numbers are worth having alone, beside plain ones cut off, turned, or made short."""

from __future__ import annotations

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Generator, Tensor, nn

from nlviz.door import tensors, words
from nlviz.measure import retrieve
from nlviz.outer import Matryoshka
from nlviz.outer.layers.initial import linear
from nlviz.streams import DigitTask, Examples
from nlviz.streams.digits import PIXELS

__all__ = ["Embedded", "Encoder", "embedded", "nearest_right", "principal", "train_encoder"]

STEPS, BATCH, LR = 600, 64, 2e-3


class Embedded(NamedTuple):
    """The embeddings of what was learned from, and of what is asked about; each [examples, width]."""

    train: Tensor
    test: Tensor


class Encoder(nn.Module):
    """W₂ relu(W₁ x): an image of 64 pixels as an embedding, and the heads that classify its prefixes."""

    def __init__(self, heads: Matryoshka, hidden: int = 128, *, generator: Generator) -> None:
        super().__init__()
        tensors.generator("generator", generator)
        self.heads: Matryoshka = words.instance("heads", heads, Matryoshka)
        hidden = words.count("hidden", hidden)
        self.first: nn.Linear = linear(PIXELS, hidden, generator, share=2**0.5)
        self.second: nn.Linear = linear(hidden, heads.width, generator, share=2**0.5)

    def forward(self, images: Tensor) -> Tensor:
        """[examples, 64] -> [examples, width]."""
        return self.second(F.relu(self.first(images)))


def train_encoder(
    heads: Matryoshka, examples: Examples, *, generator: Generator, steps: int = STEPS, lr: float = LR
) -> Encoder:
    """An encoder trained by the loss of these heads, AdamW, 64 images a step; the heads are trained with it.

    Plain embeddings are those of one head for the whole width, `Matryoshka((width,), 10)`.
    Raises ValueError for what is no examples, no heads, or no counts.

        >>> tasks = streams.digits("domain-incremental", generator=torch.Generator().manual_seed(0))
        >>> heads = outer.Matryoshka((2, 4), 10, generator=torch.Generator().manual_seed(0))
        >>> chance = torch.Generator().manual_seed(0)
        >>> encoder = experiments.budget.train_encoder(heads, tasks[0].train, generator=chance, steps=2)
        >>> encoder(tasks[0].test.images).shape
        torch.Size([359, 4])
    """
    words.instance("examples", examples, Examples, "give streams.digits(…)[0].train")
    encoder = Encoder(heads, generator=generator)
    optimizer = torch.optim.AdamW(encoder.parameters(), lr=words.number("lr", lr, above=0.0))
    for _ in range(words.count("steps", steps, of="steps")):
        rows = torch.randint(len(examples.labels), (BATCH,), generator=generator)
        loss = heads.loss(encoder(examples.images[rows]), examples.labels[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return encoder


@torch.no_grad()
def embedded(encoder: Encoder, task: DigitTask) -> Embedded:
    """What an encoder makes of the images of a task."""
    words.instance("encoder", encoder, Encoder)
    words.instance("task", task, DigitTask, "give one of streams.digits(…)")
    return Embedded(encoder(task.train.images), encoder(task.test.images))


def principal(of: Embedded) -> Embedded:
    """The same embeddings turned so that the first numbers vary most: the best linear way to shorten them afterwards.

    The mean is that of what was learned from. Source: PCA, as "SVD" of Kusupati et al. 2022 (arXiv 2205.13147) §4.1.
    """
    words.instance("of", of, Embedded)
    mean = of.train.mean(0)
    turn = torch.linalg.svd(of.train - mean, full_matrices=False).Vh
    return Embedded(*((part - mean) @ turn.mT for part in of))


def nearest_right(of: Embedded, task: DigitTask, size: int) -> float:
    """The share of test images whose nearest training image, by `size` numbers, shows the same digit."""
    words.instance("of", of, Embedded)
    words.instance("task", task, DigitTask, "give one of streams.digits(…)")
    found = retrieve(of.test, of.train, [(size, 1)]).nearest[:, 0]
    return float((task.train.labels[found] == task.test.labels).double().mean())
