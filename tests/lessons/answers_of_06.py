"""Answers to the exercises of notebook 06 as students write them: right forms, and slips by their catalog key."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from torch import Tensor

__all__ = ["RIGHT", "WRONG"]

Array = np.ndarray


def half_by_loop(ages: Array, recall: Array) -> float:
    for place in range(len(ages)):
        if recall[place] <= 0.5 * recall[0]:
            return ages[place] - ages[0]
    return float("inf")


def fallen(ages: Array, recall: Array, level: float) -> float:
    """The first age at which recall is at or below a level."""
    below = [age for age, value in zip(ages.tolist(), recall.tolist(), strict=True) if value <= level]
    return min(below, default=math.inf)


def half_by_argmax(ages: Array, recall: Array) -> float:
    below = recall / recall[0] <= 0.5
    return float(ages[below.argmax()] - ages[0]) if below.any() else np.inf


def half_between(ages: Array, recall: Array) -> float:
    """Interpolated: between the last age above half and the first that is not."""
    below = np.flatnonzero(recall <= recall[0] / 2)
    if not len(below):
        return math.inf
    one, two = below[0] - 1, below[0]
    return np.interp(recall[0] / 2, [recall[two], recall[one]], [ages[two], ages[one]]) - ages[0]


def four(R: Array, start: Array, **other: float) -> list[float]:
    count = len(R)
    found = {
        "acc": R[-1].sum() / count,
        "bwt": np.mean([R[-1, i] - R[i, i] for i in range(count - 1)]),
        "fwt": np.mean([R[i - 1, i] - start[i] for i in range(1, count)]),
        "lost": np.mean([R[:-1, j].max() - R[-1, j] for j in range(count - 1)]),
    }
    return list({**found, **other}.values())


def by_torch(R: Array, start: Array) -> Tensor:
    M, b = torch.tensor(R), torch.tensor(start)
    last, own = M[-1], M.diag()
    return torch.stack([
        last.mean(),
        (last - own)[:-1].mean(),
        (M.diag(1) - b[1:]).mean(),
        (M[:-1].max(0).values - last)[:-1].mean(),
    ])  # fmt: skip


def by_masks(R: Array, start: Array) -> tuple[float, ...]:
    earlier = np.arange(len(R)) < len(R) - 1
    return (
        np.average(R[-1]),
        np.average(R[-1] - np.diag(R), weights=earlier),
        np.average(R.diagonal(1)) - np.average(start[1:]),
        np.average(np.max(R[:-1], axis=0) - R[-1], weights=earlier),
    )


def shared(origin: Tensor, room: int) -> list[int]:
    rows: list[int] = []
    tasks = sorted(set(origin.tolist()))
    for task in tasks:
        rows += [row for row, of in enumerate(origin.tolist()) if of == task][: room // len(tasks)]
    return rows


def newest_of_each(origin: Tensor, room: int) -> Tensor:
    tasks = origin.unique()
    return torch.cat([torch.where(origin == task)[0][-(room // len(tasks)) :] for task in tasks])


def drawn_of_each(origin: Tensor, room: int) -> Array:
    chance, tasks = np.random.default_rng(0), np.unique(origin.numpy())
    return np.concatenate(
        [chance.permutation(np.flatnonzero(origin.numpy() == task))[: room // len(tasks)] for task in tasks]
    )


def in_turn(origin: Tensor, room: int) -> Tensor:
    """One of each task, another of each, and so on."""
    place = torch.stack([(origin[:row] == origin[row]).sum() for row in range(len(origin))])
    return (place * 10 + origin).argsort()[:room]


def at_random(origin: Tensor, room: int) -> Tensor:
    return torch.randperm(len(origin), generator=torch.Generator().manual_seed(0))[:room]


def steps(curve: Array, criterion: float) -> int:
    return int(np.argmax(np.asarray(curve) >= criterion))


def beyond(curve: Array, criterion: float) -> int:
    return int((curve > criterion).argmax())


RIGHT: dict[str, list[Any]] = {
    "06.1": [
        half_by_loop,
        half_by_argmax,
        half_between,
        lambda ages, recall: fallen(ages, recall, recall[0] / 2) - ages[0],
        lambda ages, recall: np.append(ages[recall <= recall[0] / 2] - ages[0], np.inf)[0],
    ],
    "06.3": [four, by_torch, by_masks, lambda R, start: np.array(four(R, start))],
    "06.4": [shared, newest_of_each, drawn_of_each, in_turn],
    "06.2": [
        lambda horizon, kept: 1 - kept ** (1 / horizon),
        lambda horizon, kept: 1 - math.exp(math.log(kept) / horizon),
        lambda horizon, kept: -np.expm1(np.log(kept) / horizon),
        lambda horizon, kept: 1 - torch.tensor(kept) ** (1 / horizon),
        lambda horizon, kept: (1 - np.float32(kept) ** np.float32(1 / horizon)).item(),
    ],
    "06.5": [
        lambda first, again, c: (steps(first, c) - steps(again, c)) / steps(first, c),
        lambda first, again, c: 1 - (again >= c).argmax() / (first >= c).argmax(),
        lambda first, again, c: 1 - np.where(again >= c)[0][0] / np.where(first >= c)[0].min(),
        lambda first, again, c: 1 - np.divide(*(np.flatnonzero(curve >= c)[0] for curve in (again, first))),
    ],
}  # fmt: skip

WRONG: dict[str, list[tuple[Any, str]]] = {
    "06.1": [
        (lambda ages, recall: ages[-1], "last"),
        (lambda ages, recall: fallen(ages, recall, 0.5) - ages[0], "fixed"),
        (lambda ages, recall: fallen(ages, recall, recall[0] / 2), "from_zero"),
        (lambda ages, recall: fallen(np.arange(len(ages)), recall, recall[0] / 2), "index"),
        (lambda ages, recall: fallen(ages, recall, (recall.max() + recall.min()) / 2) - ages[0], "lowest"),
        (lambda ages, recall: fallen(ages, recall, recall[0] / math.e) - ages[0], "e_fold"),
        (lambda ages, recall: ages[(recall > recall[0] / 2).nonzero()[0].max()] - ages[0], "known"),
        (lambda ages, recall: np.append(ages[recall < recall[0] / 2] - ages[0], np.inf)[0], "strict"),
        (lambda ages, recall: fallen(ages, recall, max(recall) / 2) - ages[0], "highest"),
    ],
    "06.3": [
        (lambda R, start: np.zeros(4), "nothing"),
        (lambda R, start: four(R, start, acc=R[-1][-1]), "newest"),
        (lambda R, start: four(R, start, acc=R.mean()), "all_of_it"),
        (lambda R, start: four(R.T, start), "transposed"),
        (lambda R, start: four(R, start, bwt=(R[-1] - np.diag(R)).mean()), "with_last"),
        (lambda R, start: four(R, start, bwt=-four(R, start)[1]), "sign"),
        (lambda R, start: four(R, start, fwt=np.diag(R, 1).mean()), "no_start"),
        (lambda R, start: four(R, start, fwt=np.diag(R, 1).mean() - start[:-1].mean()), "wrong_start"),
        (lambda R, start: four(R, start, lost=-four(R, start)[1]), "from_diagonal"),
        (lambda R, start: four(R, start, lost=(R.max(0) - R[-1])[:-1].mean()), "best_with_last"),
        (lambda R, start: [four(R, start)[at] for at in (0, 2, 1, 3)], "order"),
        (lambda R, start: four(R, start)[::-1], "order"),
    ],
    "06.4": [
        (lambda origin, room: torch.arange(len(origin))[-room:], "newest"),
        (lambda origin, room: torch.arange(min(room, len(origin))), "oldest"),
        (lambda origin, room: torch.arange(len(origin)), "too_many"),
        (lambda origin, room: torch.arange(room) + len(origin), "outside"),
        (lambda origin, room: [], "nothing"),
        (lambda origin, room: [0] * room, "twice"),
        (lambda origin, room: origin == 0, "mask"),
        (lambda origin, room: origin[:room] + 0.5, "shape"),
        (lambda origin, room: torch.zeros(2, 3), "shape"),
        (at_random, "fades"),
        (lambda origin, room: torch.cat([torch.arange(len(origin))[:50], torch.arange(len(origin))[-50:]]), "other"),
    ],
    "06.2": [
        (lambda horizon, kept: 0 * horizon, "never"),
        (lambda horizon, kept: kept ** (1 / horizon), "keep"),
        (lambda horizon, kept: (1 - kept) / horizon, "straight"),
        (lambda horizon, kept: 1 - (1 - kept) ** (1 / horizon), "lost"),
        (lambda horizon, kept: 1 - kept**horizon, "power"),
        (lambda horizon, kept: math.log(1 / kept) / horizon, "smooth"),
        (lambda horizon, kept: 1 - 2 ** (-1 / horizon), "half"),
    ],
    "06.5": [
        (lambda first, again, c: 0.0, "none"),
        (lambda first, again, c: again[0] - first[0], "start"),
        (lambda first, again, c: again[-1] - first[-1], "end"),
        (lambda first, again, c: steps(first, c) - steps(again, c), "steps"),
        (lambda first, again, c: steps(again, c) / steps(first, c), "share_left"),
        (lambda first, again, c: (steps(first, c) - steps(again, c)) / steps(again, c), "of_again"),
        (lambda first, again, c: 1 - (steps(again, c) + 1) / (steps(first, c) + 1), "from_one"),
        (lambda first, again, c: 1 - beyond(again, c) / beyond(first, c) if (first > c).any() else math.inf, "above"),
    ],
}  # fmt: skip
