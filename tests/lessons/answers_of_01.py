"""Answers to the exercises of notebook 01 as students write them: right forms, and slips by their catalog key."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from nlviz.outer import ModelState

__all__ = ["RIGHT", "WRONG"]


def digits(model: Any, asked: Tensor) -> Tensor:
    return (-model.loss(asked)[0][:, -4:]).exp()


def by_keys(model: Any, told: Tensor, asked: Tensor) -> Tensor:
    keys, _ = model(asked)
    chance = (keys @ model.head_weights().T).softmax(-1)
    return chance.gather(-1, asked.long()[..., None])[:, -4:, 0].prod(-1)


def in_two_calls(model: Any, told: Tensor, asked: Tensor) -> Tensor:
    _, state = model.loss(asked[:, :4])
    return torch.exp(-model.loss(asked[:, 4:], state)[0].sum(1))


def kept(model: Any, told: Tensor, asked: Tensor) -> Tensor:
    _, state = model.loss(told)
    nats, _ = model.loss(asked, state)
    return (-nats[:, -4:].sum(-1)).exp()


def woken(model: Any, text: Tensor, fast: Any) -> tuple[Tensor, Any]:
    nats, state = model.loss(text, model.wake(fast))
    return nats, state.blocks[1]


def by_hand(model: Any, text: Tensor, fast: Any) -> tuple[Tensor, Any]:
    state = None if fast is None else ModelState(torch.full((len(text),), 10, dtype=torch.uint8), (None, fast))
    nats, state = model.loss(text, state)
    return nats, state.blocks[-1]


def by_entropy(model: Any, text: Tensor, fast: Any) -> tuple[Tensor, Any]:
    keys, (_, blocks) = model(text, model.wake(fast))
    logits = keys @ model.head_weights().T
    return F.cross_entropy(logits.flatten(0, 1), text.flatten().long(), reduction="none").view(text.shape), blocks[1]


def byte_by_byte(model: Any, text: Tensor, fast: Any) -> tuple[Tensor, Any]:
    state, nats = model.wake(fast), []
    for at in range(text.shape[1]):
        lost, state = model.loss(text[:, at : at + 1], state)
        nats.append(lost)
    return torch.cat(nats, 1), state.blocks[1]


def whole(model: Any, text: Tensor, fast: Any) -> tuple[Tensor, Any]:
    return model.loss(text, fast)


def twice(model: Any, text: Tensor, fast: Any) -> tuple[Tensor, Any]:
    nats, state = model.loss(text, model.wake(fast))
    return nats, model.loss(text, state)[1].blocks[1]


def unread(model: Any, text: Tensor, fast: Any) -> tuple[Tensor, Any]:
    nats, state = model.loss(text)
    return nats, state.blocks[1]


def trained(model: Any, text: Tensor, fast: Any) -> tuple[Tensor, Any]:
    model.head.weight.mul_(1.001)
    return woken(model, text, fast)


RIGHT: dict[str, list[Any]] = {
    "01.1": [
        lambda before, after: torch.dist(before, after),
        lambda before, after: (before - after).square().sum().sqrt(),
        lambda before, after: np.linalg.norm(after.numpy() - before.numpy()),
        lambda before, after: torch.linalg.vector_norm(after - before).item(),
        lambda before, after: math.sqrt(sum((b - a) ** 2 for a, b in zip(before, after, strict=True))),
        lambda before, after: ((after - before) @ (after - before)) ** 0.5,
    ],
    "01.2": [
        lambda windows, chance, enough: next(w for w, p in zip(windows, chance, strict=True) if p >= enough),
        lambda windows, chance, enough: sorted(windows[chance >= enough].tolist())[0],
        lambda windows, chance, enough: windows.numpy()[np.flatnonzero(chance.numpy() >= enough)[0]],
        lambda windows, chance, enough: torch.where(chance >= enough, windows, 10_000).min(),
        lambda windows, chance, enough: windows[~(chance < enough)].min(),
    ],
    "01.3": [
        by_keys,
        in_two_calls,
        lambda model, told, asked: digits(model, asked).prod(-1),
        lambda model, told, asked: [math.exp(-row.sum()) for row in model.loss(asked)[0][:, 4:]],
        lambda model, told, asked: (-model.loss(asked, None)[0][:, -4:].sum(-1)).exp(),
    ],
    "01.4": [
        woken,
        by_hand,
        by_entropy,
        byte_by_byte,
        lambda model, text, fast: [woken(model, text, fast)[0].numpy(), woken(model, text, fast)[1]],
    ],
}

WRONG: dict[str, list[tuple[Any, str]]] = {
    "01.1": [
        (lambda before, after: after.norm() - before.norm(), "lengths"),
        (lambda before, after: abs(before.norm() - after.norm()), "lengths"),
        (lambda before, after: after - before, "vector"),
        (lambda before, after: (after - before).sum(), "sum"),
        (lambda before, after: (after - before).norm(1), "absolute"),
        (lambda before, after: ((after - before) ** 2).sum(), "squared"),
        (lambda before, after: F.mse_loss(after, before).sqrt(), "mean"),
        (lambda before, after: (after - before).norm(torch.inf), "largest"),
        (lambda before, after: torch.dist(after, before) / before.norm(), "relative"),
    ],
    "01.2": [
        (lambda windows, chance, enough: windows[chance.argmax()], "best"),
        (lambda windows, chance, enough: next(i for i, p in enumerate(chance) if p >= enough), "index"),
        (lambda windows, chance, enough: max(windows[chance >= enough]), "largest"),
        (lambda windows, chance, enough: windows[chance < enough].max(), "failing"),
        (lambda windows, chance, enough: windows[chance > enough].min(), "strict"),
        (lambda windows, chance, enough: chance >= enough, "mask"),
        (lambda windows, chance, enough: windows[chance >= 0.5].min(), "half"),
        (lambda windows, chance, enough: chance[chance >= enough].min(), "chance"),
        (lambda windows, chance, enough: windows[torch.searchsorted(chance, enough)], "rising"),
        (lambda windows, chance, enough: windows[torch.where(chance < enough)[0].max() + 1], "rising"),
    ],
    "01.3": [
        (kept, "kept"),
        (lambda model, told, asked: (-model.loss(asked)[0].sum(-1)).exp(), "all"),
        (lambda model, told, asked: digits(model, asked)[:, 0], "first"),
        (lambda model, told, asked: digits(model, asked), "each"),
        (lambda model, told, asked: (-model.loss(asked)[0][:, -4:].mean(-1)).exp(), "mean"),
        (lambda model, told, asked: digits(model, asked).sum(-1), "added"),
        (lambda model, told, asked: -digits(model, asked).prod(-1).log(), "nats"),
        (lambda model, told, asked: digits(model, asked).prod(-1).mean(), "streams"),
    ],
    "01.4": [
        (lambda model, text, fast: (model.loss(text)[0], fast), "frozen"),
        (lambda model, text, fast: (model.loss(text, model.wake(fast))[0], fast), "frozen"),
        (unread, "unread"),
        (whole, "whole"),
        (twice, "twice"),
        (lambda model, text, fast: model.loss(text, model.wake(fast))[0], "pair"),
        (lambda model, text, fast: woken(model, text, fast)[::-1], "pair"),
        (lambda model, text, fast: (model.loss(text)[0].sum(1), None), "pair"),
        (lambda model, text, fast: (woken(model, text, fast)[0], woken(model, text, fast)[1].memory), "part"),
        (lambda model, text, fast: (model.loss(text)[0], model.loss(text)[1].blocks), "part"),
        (trained, "slow"),
    ],
}
