"""How far back what was read is of use: a cache, a window and memories of fixed size on the same unrelated pairs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from nlviz.door import tensors, words
from nlviz.inner import fastest
from nlviz.measure import Forgetting
from nlviz.memory import Continuum, DeepMemory, GatedDelta, Gates, GradientDescent, Hebbian, Level, Memory, Titans
from nlviz.streams import Stream, recall_pairs

__all__ = ["CONTENDERS", "Contender", "Costs", "attended", "costs", "memorised", "recall_by_age"]

SHARPNESS = 50.0
"""β of attention's softmax over unit keys: sharp enough that a key finds its own value among a thousand."""
BLOCK = 4
"""Neighbouring ages that are one point of a curve."""
SLOW = 16
"""The period of a continuum's second level."""


class Costs(NamedTuple):
    """numbers: kept between tokens. operations: multiply-adds for one token, its write and one read."""

    numbers: int
    operations: int


class Contender(NamedTuple):
    """A memory of this width, and what each multiple of width² it costs: numbers kept, multiply-adds for one token.

    gates: names of those it is tuned by.
    """

    make: Callable[[int], Memory[Any]]
    numbers: int
    operations: int
    gates: tuple[str, ...]


def _two_levels(width: int) -> Memory[Any]:
    """Two maps side by side, written by the same error: one at every token, one every SLOW tokens."""
    levels = [Level(DeepMemory(width, width, rule=GradientDescent()), period) for period in (1, SLOW)]
    return Continuum(levels, "independent")


CONTENDERS: dict[str, Contender] = {
    "Hebbian": Contender(lambda width: Hebbian(width, width), 1, 3, ("forget",)),
    "gated delta": Contender(lambda width: GatedDelta(width, width), 1, 4, ("inner_lr", "forget")),
    "Titans": Contender(lambda width: Titans(width, width), 2, 5, ("inner_lr", "momentum", "forget")),
    "two levels": Contender(_two_levels, 4, 8, ("inner_lr", "forget")),
}
"""Memories by name. Operations: one width² each for the error's read, the outer product, a decay, past surprise, and
the answer. Titans keeps S beside M; a continuum what waits beside what it shows."""


def costs(name: str, width: int, tokens: int) -> Costs:
    """What a memory of CONTENDERS costs; or "attention" over so many tokens, of which "tokens" is its window.

    >>> experiments.budget.costs("gated delta", 64, 1000), experiments.budget.costs("attention", 64, 1000)
    (Costs(numbers=4096, operations=16384), Costs(numbers=128000, operations=128000))
    """
    width, tokens = words.count("width", width), words.count("tokens", tokens, least=0)
    words.choice("name", name, (*CONTENDERS, "attention"))
    if name == "attention":
        # keys and values are kept; a score and a share of the answer cost a width each
        return Costs(2 * width * tokens, 2 * width * tokens)
    one = CONTENDERS[name]
    return Costs(one.numbers * width**2, one.operations * width**2)


def attended(stream: Stream, window: int | None = None) -> Tensor:
    """What softmax attention over the last `window` tokens answers every item's key, [batch, items, d_value]."""
    words.instance("stream", stream, Stream, "give streams.recall_pairs(…)")
    keys, values = stream.pairs
    seen = keys.shape[1] if window is None else min(words.count("window", window, of="tokens"), keys.shape[1])
    scores = SHARPNESS * stream.keys @ keys[:, -seen:].mT
    return scores.softmax(-1) @ values[:, -seen:]


def recall_by_age(
    answers: Callable[[Stream], Tensor], width: int, tokens: int, *, generator: Generator, streams: int = 16
) -> Forgetting:
    """The share of items whose answer is nearest to their own value, by age: `tokens` unrelated pairs read once.

    answers: of every item's key once all is read, [batch, items, d_value]; see `memorised` and `attended`. All values
    of a stream compete. Four neighbouring ages are one point. Raises ValueError for counts below one.

        >>> chance = torch.Generator().manual_seed(0)
        >>> curve = experiments.budget.recall_by_age(experiments.budget.attended, 8, 16, generator=chance)
        >>> curve.recall
        array([1., 1., 1., 1.])
    """
    words.call("answers", answers, "a function of a stream")
    tokens, generator = words.count("tokens", tokens, of="tokens"), tensors.generator("generator", generator)
    stream = recall_pairs(tokens, width, generator=generator, batch=words.count("streams", streams))
    near = F.normalize(answers(stream), dim=-1) @ F.normalize(stream.values, dim=-1).mT
    right = (near.argmax(-1) == torch.arange(tokens)).double().mean(0).numpy()
    youngest_first = right[stream.last_shown.argsort(descending=True).numpy()]
    points = tokens // BLOCK
    recall = youngest_first[: points * BLOCK].reshape(points, BLOCK).mean(1)
    return Forgetting(np.arange(points) * BLOCK + (BLOCK - 1) / 2, recall)


def memorised(name: str, width: int, *, inner_lr: float = 1.0, momentum: float = 0.0, forget: float = 0.0) -> Any:
    """What a memory of CONTENDERS at these gates answers, as a function of a stream for `recall_by_age`."""
    made = words.known("name", name, CONTENDERS).make(words.count("width", width))

    def answers(stream: Stream) -> Tensor:
        gates = Gates.constant(stream.pairs, inner_lr, momentum, forget)
        return made.read(fastest(made, stream.pairs, gates).state, stream.keys)

    return answers
