"""A needle told once in a stream of hay, and asked for later: what a model still knows, by distance.

    hay hay NEEDLE hay hay hay ASK hay hay ASK …       at every ASK: which needle was it?

The needle is one of sixteen symbols that hay is never made of; the answer is not written into the stream, so it is told
once and no more. Distance is counted from the needle to the question: attention with a window of 16 sees up to 15.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from nlviz.door.words import count, instance, refuse
from nlviz.outer import entrance
from nlviz.outer.layers.initial import given

__all__ = ["VOCABULARY", "Hidden", "Needles", "asked_after", "share_found"]

ASK, HAY, VOCABULARY = 0, 48, 64
"""Symbol 0 asks, 1 to 47 are hay (the symbol that models begin with among them), 48 to 63 are needles."""


class Hidden(NamedTuple):
    """text [batch, time]; asked [batch, time], True where an answer is due; needle [batch, time], what it should be.

    An answer is due one symbol after its ASK, where a model that has read the ASK predicts.
    """

    text: Tensor
    asked: Tensor
    needle: Tensor


class Needles:
    """A task for `train`: streams of `time` symbols, a needle in their first quarter, `questions` of them after it.

    The loss is −ln p of the needle at the questions, in nats. Raises ValueError for a stream too short for them.
    """

    def __init__(self, time: int = 64, questions: int = 4) -> None:
        time, questions = count("time", time, of="symbols"), count("questions", questions)
        room = time - 1 - max(1, time // 4)
        if questions > room:
            raise ValueError(
                f"{questions} questions in a stream of {time}; after a needle in its first quarter there is room for "
                f"1 to {max(room, 0)}: ask less, or make it longer"
            )
        self.time: int = time
        self.questions: int = questions

    def draw(self, batch: int, generator: Generator) -> Hidden:
        """Hay, a needle in each stream, and its questions."""
        batch, generator = count("batch", batch, least=0), given(generator)
        place = torch.randint(max(1, self.time // 4), (batch, 1), generator=generator)
        order = torch.rand(batch, self.time, generator=generator)
        # after the needle, and before the last symbol: an answer follows
        order[torch.arange(self.time) <= place] = 2.0
        order[:, -1] = 2.0
        return _hidden(place, order.argsort(1)[:, : self.questions], self.time, generator)

    def loss(self, model: Any, given: Hidden, state: Any) -> tuple[Tensor, Any]:
        """Mean −ln p of the needle where it is asked for."""
        keys, state = model(given.text, state)
        logits = keys[given.asked] @ model.head_weights().mT
        return F.cross_entropy(logits, given.needle[given.asked]), state


def asked_after(distance: int, streams: int, *, generator: Generator, before: int = 8) -> Hidden:
    """A needle in each stream, after up to `before` symbols of hay, and one question `distance` later.

    Raises ValueError for a distance below one.
    """
    distance, streams = count("distance", distance, of="symbols"), count("streams", streams, least=0)
    before, generator = count("before", before, least=0, of="symbols"), given(generator)
    place = torch.randint(before + 1, (streams, 1), generator=generator)
    return _hidden(place, place + distance, before + distance + 2, generator)


@torch.no_grad()
def share_found(model: Any, hidden: Hidden) -> float:
    """Of the questions, the share whose likeliest answer is the needle. Guessing among the needles is 1/16."""
    entrance.reader(model)
    instance("hidden", hidden, Hidden, "make it by outer.asked_after(…)")
    if not hidden.asked.any():
        refuse("the number of questions", 0, "at least one")
    logits = model(hidden.text)[0][hidden.asked] @ model.head_weights().mT
    return float((logits.argmax(-1) == hidden.needle[hidden.asked]).double().mean())


def _hidden(place: Tensor, questions: Tensor, time: int, generator: Generator) -> Hidden:
    """place [batch, 1] of the needle, questions [batch, count]: where each ASK stands."""
    batch = len(place)
    text = torch.randint(1, HAY, (batch, time), generator=generator)
    needle = torch.randint(HAY, VOCABULARY, (batch, 1), generator=generator)
    text = text.scatter(1, place, needle).scatter(1, questions, ASK)
    asked = torch.zeros(batch, time, dtype=torch.bool).scatter(1, questions + 1, True)
    return Hidden(text, asked, needle.expand(-1, time))
