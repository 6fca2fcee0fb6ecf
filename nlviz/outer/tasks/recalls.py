"""MQAR, multi-query associative recall: pairs are told, then every key is asked for. How many does a state hold?

    k₁ v₁ k₂ v₂ … k_N v_N   k₇ k₂ …        after every key that is asked: which value was its last?

Keys are the lower half of the vocabulary, values the upper. The answers are not written into the stream. In the variant
with rewrites some keys are told again, with another value, and only the newest counts.
Source: Arora et al. 2023 (Zoology, arXiv 2312.04927) §3. Theirs has no rewrites, and its questions lie scattered among
symbols drawn at random; an answer follows its question only by chance, at most once in five hundred.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from nlviz.door import words as door
from nlviz.outer import entrance
from nlviz.outer.layers.initial import given

__all__ = ["Asked", "Recalls", "pairs_asked", "share_recalled"]


class Asked(NamedTuple):
    """text [batch, time]; asked [batch, time], True where an answer is due; value [batch, time], what it should be.

    An answer is due one symbol after its key, where a model that has read the key predicts.
    """

    text: Tensor
    asked: Tensor
    value: Tensor


class Recalls:
    """A task for `train`: streams with as many pairs as `counts` says, one count for each batch, in turn by chance.

    rewrites: the share of the pairs that give a known key another value. The loss is −ln p of the value where a key is
    asked, in nats. Raises ValueError as `pairs_asked` does.
    """

    def __init__(self, counts: Sequence[int] = (4, 8, 16), *, vocabulary: int = 1024, rewrites: float = 0.0) -> None:
        every = door.several("counts", counts, least=1, what="numbers of pairs")
        checked = [_checked(count, vocabulary, rewrites) for count in every]
        self.counts: tuple[int, ...] = tuple(count for count, _, _ in checked)
        self.vocabulary: int = checked[0][1]
        self.rewrites: float = checked[0][2]

    def draw(self, batch: int, generator: Generator) -> Asked:
        """Streams of one count of pairs, drawn from `counts`."""
        batch, generator = door.count("batch", batch, least=0), given(generator)
        count = self.counts[int(torch.randint(len(self.counts), (), generator=generator))]
        return pairs_asked(count, batch, generator=generator, vocabulary=self.vocabulary, rewrites=self.rewrites)

    def loss(self, model: Any, given: Asked, state: Any) -> tuple[Tensor, Any]:
        """Mean −ln p of the newest value where its key is asked for."""
        keys, state = model(given.text, state)
        logits = keys[given.asked] @ model.head_weights().mT
        return F.cross_entropy(logits, given.value[given.asked]), state


def pairs_asked(
    count: int, streams: int, *, generator: Generator, vocabulary: int = 1024, rewrites: float = 0.0
) -> Asked:
    """`count` pairs in each stream, keys drawn without repetition, then every key once, in another order.

    rewrites: of the `count` pairs this share tells a key again that came before, with a new value.
    The stream has 2 · count symbols of pairs, then the keys and one symbol that closes it.
    Raises ValueError for a count below one, more keys than the lower half of the vocabulary has, or a share outside
    0 to below 1.
    """
    count, vocabulary, rewrites = _checked(count, vocabulary, rewrites)
    streams, generator = door.count("streams", streams, least=0), given(generator)
    half, again = vocabulary // 2, int(count * rewrites)
    different = count - again
    keys = torch.rand(streams, half, generator=generator).argsort(1)[:, :different]
    told = torch.cat([torch.arange(different), torch.randint(different, (again,), generator=generator)])
    told = told.expand(streams, count)
    # a key is told first before it is told again, wherever that falls
    order = torch.rand(streams, count, generator=generator).argsort(1)
    told = told.gather(1, order)
    values = half + torch.rand(streams, half, generator=generator).argsort(1)[:, :count]
    newest = torch.zeros(streams, different, dtype=torch.long)
    for place in range(count):
        newest = newest.scatter(1, told[:, place : place + 1], values[:, place : place + 1])
    questions = torch.rand(streams, different, generator=generator).argsort(1)
    pairs = torch.stack([keys.gather(1, told), values], -1).flatten(1)
    text = torch.cat([pairs, keys.gather(1, questions), pairs[:, :1]], 1)
    asked = torch.zeros_like(text, dtype=torch.bool)
    asked[:, 2 * count + 1 :] = True
    value = torch.zeros_like(text)
    value[:, 2 * count + 1 :] = newest.gather(1, questions)
    return Asked(text, asked, value)


@torch.no_grad()
def share_recalled(model: Any, asked: Asked) -> float:
    """Of the keys asked for, the share whose likeliest answer is the newest value."""
    entrance.reader(model)
    door.instance("asked", asked, Asked, "make it by outer.pairs_asked(…)")
    if not asked.asked.any():
        door.refuse("the number of keys asked for", 0, "at least one")
    logits = model(asked.text)[0][asked.asked] @ model.head_weights().mT
    return float((logits.argmax(-1) == asked.value[asked.asked]).double().mean())


def _checked(count: Any, vocabulary: Any, rewrites: Any) -> tuple[int, int, float]:
    count, vocabulary = door.count("count", count, of="pairs"), door.count("vocabulary", vocabulary, of="symbols")
    rewrites = door.number("rewrites", rewrites, least=0.0, below=1.0, remedy="it is a share of the pairs")
    if count > vocabulary // 2:
        raise ValueError(
            f"{count} pairs from a vocabulary of {vocabulary}; keys are its lower half, use 1 to {vocabulary // 2}"
        )
    return count, vocabulary, rewrites
