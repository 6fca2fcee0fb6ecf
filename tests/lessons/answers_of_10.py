"""Answers to the exercises of notebook 10 as students write them: right forms, and slips by their catalog key."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from nlviz import measure
from nlviz.outer import Matryoshka

__all__ = ["RIGHT", "WRONG"]

# ---- 10.1


def by_the_library(tokens: int, layers: int, heads: int, width: int, number: int) -> Any:
    whole = heads * width
    return (
        measure.cache_bytes(tokens, whole, layers=layers, number=number),
        measure.state_bytes(whole, heads=heads, layers=layers, number=number),
    )


def by_shapes(tokens: int, layers: int, heads: int, width: int, number: int) -> Any:
    cache, state = np.empty((2, layers, heads, tokens, width)), np.empty((layers, heads, width, width))
    return np.array([cache.size * number, state.size * number])


# ---- 10.2


def by_measure(ages: Any, recall: Any, threshold: float) -> float:
    return measure.effective_context(measure.Forgetting(np.asarray(ages), np.asarray(recall)), threshold)


def in_a_loop(ages: Any, recall: Any, threshold: float) -> float:
    if recall[0] < threshold:
        return 0
    for (a0, r0), (a1, r1) in pairwise(zip(ages, recall, strict=True)):
        if r1 < threshold:
            return a0 + (a1 - a0) * (r0 - threshold) / (r0 - r1)
    return float("inf")


def in_torch(ages: Any, recall: Any, threshold: float) -> Any:
    ages, recall = torch.as_tensor(ages).double(), torch.as_tensor(recall).double()
    below = (recall < threshold).nonzero()[:, 0]
    if not len(below):
        return torch.tensor(math.inf)
    here = int(below[0])
    if here == 0:
        return torch.zeros(())
    return torch.lerp(ages[here - 1], ages[here], (recall[here - 1] - threshold) / (recall[here - 1] - recall[here]))


def _crossing(ages: Any, recall: Any, threshold: float) -> tuple[int, float]:
    here = int(np.argmax(recall < threshold))
    return here, (recall[here - 1] - threshold) / (recall[here - 1] - recall[here])


def _if_crossed(found: Any) -> Any:
    """As it should be where nothing is crossed."""

    def reach(ages: Any, recall: Any, threshold: float) -> Any:
        if recall[0] < threshold:
            return 0.0
        if recall.min() >= threshold:
            return math.inf
        return found(ages, recall, threshold)

    return reach


def to_the_end(ages: Any, recall: Any, threshold: float) -> Any:
    return ages[-1] if recall.min() >= threshold else in_a_loop(ages, recall, threshold)


def from_the_back(ages: Any, recall: Any, threshold: float) -> Any:
    for here in range(len(ages) - 1, -1, -1):
        if recall[here] >= threshold:
            if here == len(ages) - 1:
                return math.inf
            share = (recall[here] - threshold) / (recall[here] - recall[here + 1])
            return ages[here] + share * (ages[here + 1] - ages[here])
    return 0.0


def turned(ages: Any, recall: Any, threshold: float) -> Any:
    here, share = _crossing(ages, recall, threshold)
    return share * ages[here - 1] + (1 - share) * ages[here]


# ---- 10.3


def by_the_heads(z: Tensor, W_short: Tensor, W_long: Tensor, labels: Tensor) -> Tensor:
    heads = Matryoshka((W_short.shape[1], z.shape[1]), len(W_long)).to(z.dtype)
    with torch.no_grad():
        for head, W in zip(heads.heads, (W_short, W_long), strict=True):
            head.weight.copy_(W)  # pyright: ignore[reportCallIssue]
    return heads.loss(z, labels).detach()


def by_log_softmax(z: Tensor, W_short: Tensor, W_long: Tensor, labels: Tensor) -> float:
    total = 0.0
    for W in (W_short, W_long):
        logs = (z[:, : len(W[0])] @ W.T).log_softmax(1)
        total -= logs[range(len(z)), labels].mean().item()
    return total


# ---- 10.4


def at_once(chances: Tensor, sizes: Any, sure: float) -> Tensor:
    enough = chances.amax(-1) >= sure
    enough[-1] = True
    first = enough.int().argmax(0)
    items = torch.arange(chances.shape[1])
    return torch.stack([chances.argmax(-1)[first, items], torch.tensor(sizes)[first]])


def from_behind(chances: Any, sizes: Any, sure: float) -> Any:
    answers, read = chances[-1].argmax(-1), torch.full((chances.shape[1],), sizes[-1])
    for place in reversed(range(len(sizes) - 1)):
        here = chances[place].max(-1).values >= sure
        answers = torch.where(here, chances[place].argmax(-1), answers)
        read = torch.where(here, sizes[place], read)
    return [answers.tolist(), read.tolist()]


def _stopping(where: Any, cost: Any = lambda sizes, at: sizes[at]) -> Any:
    """item by item: `where(best of each prefix, sure)` gives the place."""

    def cascade(chances: Any, sizes: Any, sure: float) -> Any:
        places = [where(chances[:, item].amax(-1).tolist(), sure) for item in range(chances.shape[1])]
        answers = [int(chances[place, item].argmax()) for item, place in enumerate(places)]
        return [answers, [cost(sizes, place) for place in places]]

    return cascade


def _first(best: list[float], sure: float) -> int:
    return next((place for place, one in enumerate(best) if one >= sure), len(best) - 1)


RIGHT: dict[str, list[Any]] = {
    "10.1": [by_the_library, by_shapes, lambda tokens, layers, heads, width, number: [
        number * layers * heads * part for part in (2 * tokens * width, width**2)
    ]],
    "10.2": [by_measure, in_a_loop, in_torch],
    "10.3": [by_the_heads, by_log_softmax, lambda z, W_short, W_long, labels: sum(
        F.nll_loss(F.log_softmax(F.linear(z[..., : W.shape[-1]], W), -1), labels) for W in (W_short, W_long)
    )],
    "10.4": [at_once, from_behind, _stopping(_first)],
}  # fmt: skip

WRONG: dict[str, list[tuple[Any, str]]] = {
    "10.1": [
        (lambda T, L, H, d, b: (2 * T * L * H * d * b, 0), "no_state"),
        (lambda T, L, H, d, b: (T * L * H * d * b, L * H * d * d * b), "keys"),
        (lambda T, L, H, d, b: (2 * T * L * H * d, L * H * d * d), "numbers"),
        (lambda T, L, H, d, b: (2 * T * H * d * b, H * d * d * b), "one_layer"),
        (lambda T, L, H, d, b: (2 * T * L * d * b, L * d * d * b), "one_head"),
        (lambda T, L, H, d, b: (2 * T * L * H * d * b, L * (H * d) * (H * d) * b), "joined"),
        (lambda T, L, H, d, b: (2 * T * L * H * d * b, T * L * H * d * d * b), "grows"),
        (lambda T, L, H, d, b: (2 * T * L * H * d * b, 2 * L * H * d * d * b), "doubled"),
        (lambda T, L, H, d, b: (2 * T * L * H * d * b, L * H * d * b), "vector"),
        (lambda T, L, H, d, b: (T**2 * L * H * b, L * H * d * d * b), "scores"),
        (lambda T, L, H, d, b: by_the_library(T, L, H, d, b)[::-1], "swapped"),
    ],
    "10.2": [
        (lambda ages, recall, threshold: max(ages), "length"),
        (_if_crossed(lambda ages, recall, threshold: ages[np.argmax(recall < threshold) - 1]), "known"),
        (_if_crossed(lambda ages, recall, threshold: ages[np.argmax(recall < threshold)]), "below"),
        (_if_crossed(lambda ages, recall, threshold: ages[_crossing(ages, recall, threshold)[0] - 1 :][:2].mean()),
         "middle"),
        (from_the_back, "last"),
        (to_the_end, "ends"),
        (lambda ages, recall, threshold: 0.0 if recall.min() >= threshold else in_a_loop(ages, recall, threshold),
         "ends"),
        (lambda ages, recall, threshold: ages[0] if recall[0] < threshold else in_a_loop(ages, recall, threshold),
         "unlearned"),
        (_if_crossed(turned), "turned"),
        (_if_crossed(lambda ages, recall, threshold: int(np.argmax(recall < threshold))), "index"),
        (lambda ages, recall, threshold: np.mean(recall >= threshold), "share"),
        (lambda ages, recall, threshold: int(np.sum(recall >= threshold)), "count"),
        (lambda ages, recall, threshold: recall.mean(), "mean"),
    ],
    "10.3": [
        (lambda z, W, V, labels: F.cross_entropy(z @ V.T, labels), "long"),
        (lambda z, W, V, labels: F.cross_entropy(z[:, : W.shape[1]] @ W.T, labels), "short"),
        (lambda z, W, V, labels: F.cross_entropy(z[:, -W.shape[1] :] @ W.T, labels) + F.cross_entropy(z @ V.T, labels),
         "end"),
        (lambda z, W, V, labels: by_log_softmax(z, W, V, labels) / 2, "mean"),
        (lambda z, W, V, labels: by_log_softmax(z, W, V, labels) * len(labels), "summed"),
        (lambda z, W, V, labels: math.prod(
            F.cross_entropy(z[:, : w.shape[1]] @ w.T, labels).item() for w in (W, V)), "product"),
        (lambda z, W, V, labels: min(F.cross_entropy(z[:, : w.shape[1]] @ w.T, labels) for w in (W, V)), "best"),
        (lambda z, W, V, labels: by_the_heads(z, V[:, : W.shape[1]], V, labels), "one_head"),
        (lambda z, W, V, labels: F.cross_entropy(z[:, : W.shape[1]] @ W.T + z @ V.T, labels), "added_logits"),
        (lambda z, W, V, labels: F.cross_entropy(z[:, : W.shape[1]] @ W.T, labels)
         + F.cross_entropy(z[:, W.shape[1] :] @ V[:, W.shape[1] :].T, labels), "rest"),
        (lambda z, W, V, labels: [F.cross_entropy(z[:, : w.shape[1]] @ w.T, labels) for w in (W, V)], "each"),
    ],
    "10.4": [
        (_stopping(lambda best, sure: len(best) - 1), "longest"),
        (_stopping(lambda best, sure: 0), "shortest"),
        (_stopping(lambda best, sure: best.index(max(best))), "surest"),
        (_stopping(lambda best, sure: next((place for place, one in enumerate(best) if one >= sure), 0)), "falls_back"),
        (_stopping(lambda best, sure: max((place for place, one in enumerate(best) if one >= sure),
                                          default=len(best) - 1)), "last"),
        (_stopping(lambda best, sure: next((place for place, one in enumerate(best) if one < sure), 0)), "unsure"),
        (_stopping(_first, lambda sizes, at: sum(sizes[: at + 1])), "added"),
        (_stopping(_first, lambda sizes, at: at), "place"),
        (_stopping(_first, lambda sizes, at: sizes[-1]), "all"),
        (lambda chances, sizes, sure: at_once(chances, sizes, sure).flip(0), "swapped"),
    ],
}  # fmt: skip
