"""How far back trained keys reach: one layer around every kind of store, trained to recall pairs, asked by age."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Generator, Tensor, nn

from nlviz.door import tensors, words
from nlviz.experiments.budget.contexts import CONTENDERS
from nlviz.experiments.budget.lookup import Lookup
from nlviz.measure import Forgetting
from nlviz.outer import LMM, Recalls, TokenModel, entrance, pairs_asked, train
from nlviz.outer.layers.lmm import Beginning

__all__ = ["STORES", "store_model", "told_recall", "trained_recall"]

WIDTH, VOCABULARY = 64, 1024
BEGINNING = Beginning((0.0, -2.0, -8.0), (1.0, 0.0, 0.0, 0.0), (0.0, 1.0, 0.0, 0.0), alike=True)
"""W_q = W_k, the convolution of k one symbol behind that of q: a value is found by the key before it. α from σ(−8)."""


def _memory(name: str) -> Callable[[int, Generator], nn.Module]:
    made = CONTENDERS[name].make
    return lambda d, chance: LMM(WIDTH, made(d), beginning=BEGINNING, generator=chance)


def _window(tokens: Callable[[int], int | None]) -> Callable[[int, Generator], nn.Module]:
    return lambda d, chance: Lookup(WIDTH, d, window=tokens(d), beginning=BEGINNING, generator=chance)


STORES: dict[str, Callable[[int, Generator], nn.Module]] = {
    "attention": _window(lambda d: None),
    "window of as many bytes": _window(lambda d: max(1, d // 2)),
    "window of as much work": _window(lambda d: 2 * d),
    **{name: _memory(name) for name in CONTENDERS},
}
"""What keeps the past, by name, as (d, generator) -> a layer. Windows are as large, or cost as many products a token,
as the matrix of a gated delta memory: d² numbers, 4 d² products."""


def store_model(name: str, d: int, *, generator: Generator, vocabulary: int = VOCABULARY) -> TokenModel:
    """One block: a store of STORES with keys and values of width d, and an MLP; model width 64.

    vocabulary: symbols, half of them keys. Raises ValueError for a name that is none of them, or counts below one.

        >>> model = experiments.budget.store_model("gated delta", 16, generator=torch.Generator().manual_seed(0))
        >>> model(torch.tensor([[1, 600, 2, 700]]))[0].shape
        torch.Size([1, 4, 64])
    """
    made, d = words.known("name", name, STORES), words.count("d", d)
    generator = tensors.generator("generator", generator)
    return TokenModel([made(d, generator)], WIDTH, vocabulary=vocabulary, expand=2, generator=generator)


@torch.no_grad()
def told_recall(
    model: TokenModel, pairs: int, *, generator: Generator, streams: int = 16, together: int = 1
) -> Forgetting:
    """The share of pairs that a model recalls by age in pairs: all are told, then each is asked for by itself.

    Every question is put to the state at the end of what was told, so that no question stands between another and its
    answer. together: neighbouring ages that are one point. Raises ValueError for what is no model, or counts below one.

        >>> model = experiments.budget.store_model("attention", 4, generator=torch.Generator().manual_seed(0))
        >>> curve = experiments.budget.told_recall(model, 8, generator=torch.Generator().manual_seed(0), together=4)
        >>> curve.ages
        array([1.5, 5.5])
    """
    entrance.reader(model)
    pairs, together = words.count("pairs", pairs), words.count("together", together)
    drawn = pairs_asked(pairs, words.count("streams", streams), generator=generator, vocabulary=model.vocabulary)
    told = drawn.text[:, : 2 * pairs].unflatten(1, (pairs, 2))
    state = model(told.flatten(1))[1]
    right = np.array([_share(model, state, told[:, place]) for place in reversed(range(pairs))])
    points = pairs // together
    ages = np.arange(points) * together + (together - 1) / 2
    return Forgetting(ages, right[: points * together].reshape(points, together).mean(1))


def _share(model: TokenModel, state: Any, pair: Tensor) -> float:
    """Of the streams, those in which the key of this pair gives its value."""
    # a model says what comes after a symbol once it is given one more
    said = model(pair, state)[0][:, 1] @ model.head_weights().mT
    return float((said.argmax(-1) == pair[:, 1]).double().mean())


def trained_recall(
    name: str,
    d: int,
    *,
    pairs: int = 8,
    vocabulary: int = 64,
    steps: int = 150,
    lr: float = 1.6e-2,
    seed: int = 0,
    streams: int = 64,
) -> Forgetting:
    """A store of STORES trained on 1, 2, 4, … `pairs` pairs, and its recall of so many by age, each asked alone.

    AdamW, 16 streams a step, clip 1; lr falls to zero. 150 steps take four seconds; `tests/benchmarks/trained_budget`
    takes a thousand, with 1,024 symbols. Raises ValueError for more pairs than keys, and as `store_model` does.

        >>> experiments.budget.trained_recall("attention", 8, pairs=2, steps=2).recall.shape
        (2,)
    """
    chance = Generator().manual_seed(words.seed("seed", seed))
    model, pairs = store_model(name, d, generator=chance, vocabulary=vocabulary), words.count("pairs", pairs)
    task = Recalls([2**power for power in range(pairs.bit_length())], vocabulary=vocabulary)
    optimizer = torch.optim.AdamW(model.parameters(), lr=words.number("lr", lr, above=0.0), betas=(0.9, 0.95))
    falls = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.0, total_iters=words.count("steps", steps))
    for _ in train(model, task, steps=steps, optimizer=optimizer, batch=16, clip=1.0):
        falls.step()
    return told_recall(model, pairs, generator=chance, streams=streams)
