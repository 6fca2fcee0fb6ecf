"""Right and wrong answers to the exercises of notebook 11."""

from __future__ import annotations

import math
import statistics
from typing import Any

import numpy as np
import torch
from torch import Tensor

from nlviz import inner, memory
from nlviz.memory import Gates, Pairs

__all__ = ["RIGHT", "WRONG"]

# ---- 11.1


def by_where(surprise: Tensor, told: Tensor, consent: Tensor, theta: float, gate: float) -> Tensor:
    return torch.where((surprise >= gate) & told & consent, theta, 0.0)


def by_product(surprise: Tensor, told: Tensor, consent: Tensor, theta: float, gate: float) -> Any:
    return theta * told.numpy() * consent.numpy() * (surprise.double().numpy() >= gate)


def in_a_loop(surprise: Tensor, told: Tensor, consent: Tensor, theta: float, gate: float) -> list[float]:
    found = []
    for i in range(len(surprise)):
        found.append(theta if told[i] and consent[i] and not surprise[i] < gate else 0)
    return found


# ---- 11.2


def by_logs(theta: float, alpha: float, width: int) -> float:
    return math.log(2) / -(math.log(1 - alpha) + math.log(1 - theta / width))


def by_base(theta: float, alpha: float, width: int) -> Any:
    return np.log(0.5) / np.log((1 - alpha) * (1 - theta / width))


def by_steps(theta: float, alpha: float, width: int) -> float:
    each = (1 - alpha) * (1 - theta / width)
    left, steps = 1.0, 0
    while left * each > 0.5:
        left, steps = left * each, steps + 1
    return steps + math.log(left / 0.5) / -math.log(each)


# ---- 11.3


def by_influence(share: Tensor, said: Tensor, known: Tensor) -> Any:
    """Two runs of a memory, with and without the write, seen from queries whose share is given."""
    key, size = torch.ones(1, 1, 1, dtype=said.dtype), len(said)
    rule = memory.Delta(1, size)
    pairs = Pairs(key, said[None, None])
    start = rule.init(1, key)._replace(memory=known[None, :, None])
    states = [inner.unroll(rule, pairs, Gates.constant(pairs, theta), state=start).state.memory for theta in (1.0, 0.0)]
    return share[:, None] * (states[0] - states[1])[0, :, 0]


def by_rows(share: Tensor, said: Tensor, known: Tensor) -> Any:
    return np.array([[float(s) * float(a - b) for a, b in zip(said, known, strict=True)] for s in share])


# ---- 11.4


def by_numpy(surprise: Tensor, topic: Tensor, factor: float) -> Any:
    sizes, topics = surprise.double().numpy(), topic.numpy()
    flags = np.zeros(len(sizes), bool)
    for i in range(1, len(sizes)):
        earlier = sizes[:i][topics[:i] == topics[i]]
        flags[i] = len(earlier) > 0 and sizes[i] > factor * np.median(earlier)
    return flags


def by_quantile(surprise: Tensor, topic: Tensor, factor: float) -> list[float]:
    seen: dict[int, list[float]] = {}
    flags = []
    for one, about in zip(surprise.tolist(), topic.tolist(), strict=True):
        earlier = seen.setdefault(about, [])
        flags.append(float(bool(earlier) and one > factor * statistics.median(earlier)))
        earlier.append(one)
    return flags


def by_torch(surprise: Tensor, topic: Tensor, factor: float) -> Tensor:
    rows = []
    for i in range(len(surprise)):
        mask = (topic == topic[i]) & (torch.arange(len(topic)) < i)
        rows.append(surprise[i] > factor * surprise[mask].median() if mask.any() else torch.tensor(False))
    return torch.stack(rows)


def flagged(usual: Any, *, first: bool = False, topics: bool = True) -> Any:
    """A loop whose idea of what is usual may be wrong."""

    def found(surprise: Tensor, topic: Tensor, factor: float) -> list[bool]:
        flags = []
        for i in range(len(surprise)):
            earlier = [surprise[j].item() for j in range(i) if not topics or topic[j] == topic[i]]
            flags.append(surprise[i].item() > factor * usual(earlier, surprise[i].item()) if earlier else first)
        return flags

    return found


RIGHT: dict[str, list[Any]] = {
    "11.1": [by_where, by_product, in_a_loop],
    "11.2": [by_logs, by_base, by_steps],
    "11.3": [by_influence, by_rows, lambda share, said, known: share[:, None] * said - share[:, None] * known],
    "11.4": [by_numpy, by_quantile, by_torch],
}

WRONG: dict[str, list[tuple[Any, str]]] = {
    "11.1": [
        (lambda surprise, told, consent, theta, gate: torch.full_like(surprise, theta), "all"),
        (lambda surprise, told, consent, theta, gate: theta * (told * consent), "no_gate"),
        (lambda surprise, told, consent, theta, gate: theta * (consent & (surprise >= gate)), "own_words"),
        (lambda surprise, told, consent, theta, gate: torch.where(told & (surprise >= gate), theta, 0.0), "no_consent"),
        (lambda surprise, told, consent, theta, gate: theta * (surprise >= gate), "gate_alone"),
        (lambda surprise, told, consent, theta, gate: theta * (told & consent & (surprise < gate)), "ceiling"),
        (lambda surprise, told, consent, theta, gate: theta * ((told | consent) & (surprise >= gate)), "either"),
        (lambda surprise, told, consent, theta, gate: theta * (told & consent & (surprise > gate)), "strict"),
        (lambda surprise, told, consent, theta, gate: surprise * by_where(surprise, told, consent, theta, gate),
         "scaled"),
        (lambda surprise, told, consent, theta, gate: told & consent & (surprise >= gate), "no_theta"),
    ],
    "11.2": [
        (lambda theta, alpha, width: float(width), "width"),
        (lambda theta, alpha, width: by_logs(theta, 0.0, width), "no_forget"),
        (lambda theta, alpha, width: by_logs(0.0, alpha, width), "gate_alone"),
        (lambda theta, alpha, width: by_logs(theta, alpha, 1), "same_topic"),
        (lambda theta, alpha, width: by_logs(theta, alpha, width) / math.log(2), "time_constant"),
        (lambda theta, alpha, width: math.log(2) / (theta / width + alpha), "nearly"),
        (lambda theta, alpha, width: by_logs(0.0, alpha + theta / width, width), "added"),
        (lambda theta, alpha, width: by_logs(theta, 0.0, width) + by_logs(0.0, alpha, width), "two"),
        (lambda theta, alpha, width: math.log(2) / math.log((1 - alpha) * (1 - theta / width)), "sign"),
        (lambda theta, alpha, width: (1 - alpha) * (1 - theta / width), "kept"),
        (lambda theta, alpha, width: 1 / (2 * (1 - (1 - alpha) * (1 - theta / width))), "linear"),
    ],
    "11.3": [
        (lambda share, said, known: share[:, None] * said, "whole"),
        (lambda share, said, known: share[:, None] * known, "known"),
        (lambda share, said, known: share[:, None] * (known - said), "sign"),
        (lambda share, said, known: share[:, None] * (known + said), "sum"),
        (lambda share, said, known: torch.stack([said - known] * len(share)), "no_share"),
        (lambda share, said, known: (1 - share)[:, None] * (said - known), "rest"),
        (lambda share, said, known: share.abs()[:, None] * (said - known), "size"),
        (lambda share, said, known: (said - known)[:, None] * share, "turned"),
        (lambda share, said, known: share[:, None] * said - known, "half"),
    ],
    "11.4": [
        (lambda surprise, topic, factor: (surprise > factor).numpy(), "line"),
        (flagged(lambda earlier, one: statistics.median(earlier), first=True), "first"),
        (flagged(lambda earlier, one: statistics.median(earlier), topics=False), "all_topics"),
        (lambda surprise, topic, factor: [
            bool(surprise[i] > factor * surprise[topic == topic[i]].median()) for i in range(len(topic))], "ahead"),
        (flagged(lambda earlier, one: statistics.median([*earlier, one])), "itself"),
        (flagged(lambda earlier, one: statistics.fmean(earlier)), "mean"),
        (flagged(lambda earlier, one: earlier[-1]), "newest"),
        (flagged(lambda earlier, one: max(earlier)), "largest"),
        (lambda surprise, topic, factor: by_numpy(surprise, topic, 1.0), "no_factor"),
        (lambda surprise, topic, factor: ~np.array(
            flagged(lambda earlier, one: statistics.median(earlier), first=True)(surprise, topic, factor)), "below"),
    ],
}  # fmt: skip
