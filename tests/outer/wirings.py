"""An independent reading of Titans' section 4: each wiring as plain loops, one stream and one token at a time.

Nothing here knows how nlviz runs a memory or masks attention: no blocks, no dual form, no cache, no mask, no state. It
only takes the slow weights of a layer, by name. What a token sees is what has been put into a list.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from nlviz.memory import DeepMemory
from nlviz.outer import LMM, MAC, MAG, MAL

__all__ = ["lmm", "mac", "mag", "mal"]


class Matrix:
    """Titans eq. 13–14 on one matrix, token by token."""

    def __init__(self, like: Any) -> None:
        self.M = torch.zeros(like.d_value, like.d_key, dtype=torch.float64)
        self.S = self.M

    def read(self, q: Tensor) -> Tensor:
        return self.M @ q

    def write(self, k: Tensor, v: Tensor, lr: Tensor, momentum: Tensor, forget: Tensor) -> None:
        self.S = momentum * self.S - lr * torch.outer(self.M @ k - v, k)
        self.M = (1 - forget) * self.M + self.S

    def whole(self) -> Any:
        """A reader that stays as things stand now."""
        kept = self.M
        return lambda q: kept @ q


class Net:
    """The same on two layers, by autograd, all gradients of `period` tokens at the weights of their start."""

    def __init__(self, like: DeepMemory, period: int) -> None:
        assert like.initial is not None
        self.base = [one.detach().double() for one in like.initial]
        self.now, self.start, self.S = list(self.base), list(self.base), [torch.zeros_like(w) for w in self.base]
        self.activation, self.period, self.count = like.net.activation.value, period, 0  # pyright: ignore

    def answer(self, weights: Sequence[Tensor], q: Tensor) -> Tensor:
        return weights[1] @ self.activation(weights[0] @ q)

    def read(self, q: Tensor) -> Tensor:
        return self.answer(self.now, q)

    def write(self, k: Tensor, v: Tensor, lr: Tensor, momentum: Tensor, forget: Tensor) -> None:
        weights = [w.clone().requires_grad_() for w in self.start]
        with torch.enable_grad():
            loss = 0.5 * (self.answer(weights, k.detach()) - v.detach()).square().sum()
        gradients = torch.autograd.grad(loss, weights)
        self.S = [momentum * S - lr * g for S, g in zip(self.S, gradients, strict=True)]
        self.now = [b + (1 - forget) * (w - b) + S for b, w, S in zip(self.base, self.now, self.S, strict=True)]
        self.count += 1
        if self.count % self.period == 0:
            self.start = list(self.now)

    def whole(self) -> Any:
        kept = list(self.start)
        return lambda q: self.answer(kept, q)


class Memory:
    """One head of an LMM: it remembers all it was given, because its convolutions look back."""

    def __init__(self, layer: LMM) -> None:
        self.layer, self.given = layer, []
        deep = isinstance(layer.memory, DeepMemory)
        self.fast = Net(layer.memory, layer.period) if deep else Matrix(layer.memory)  # pyright: ignore

    def projected(self, which: int, given: Sequence[Tensor]) -> Tensor:
        weight = (self.layer.queries, self.layer.keys, self.layer.values)[which].weight
        rows = [weight @ x for x in given]
        if not self.layer.convolutions:
            return rows[-1]
        kernel: Any = self.layer.convolutions[which].weight
        return sum((w * row for w, row in zip(kernel, reversed(rows), strict=False)), torch.zeros_like(rows[-1]))

    def query(self, given: Sequence[Tensor]) -> Tensor:
        return self.unit(self.projected(0, given))

    @staticmethod
    def unit(x: Tensor) -> Tensor:
        swish = x * torch.sigmoid(x)
        return swish / swish.norm()

    def said(self, read: Tensor, x: Tensor) -> Tensor:
        normed = read / (read.square().mean() + torch.finfo(torch.float64).eps).sqrt() * self.layer.norm.weight
        return self.layer.out.weight @ (normed * torch.sigmoid(self.layer.gate.weight @ x))

    def __call__(self, x: Tensor) -> Tensor:
        """Write x, then read."""
        self.given.append(x)
        value = self.projected(2, self.given)
        lr, momentum, forget = torch.sigmoid(self.layer.gates.weight @ x + self.layer.gates.bias)
        lr = self.layer.rate * lr
        momentum = momentum * ("momentum" not in self.layer.without)
        forget = forget * ("forget" not in self.layer.without)
        key = self.unit(self.projected(1, self.given))
        self.fast.write(key, value * torch.sigmoid(value), lr, momentum, forget)
        return self.said(self.fast.read(self.query(self.given)), x)


def attended(attention: Any, x: Tensor, place: int, seen: Sequence[tuple[Tensor, int | None]]) -> Tensor:
    """Softmax attention of x at `place` on (vector, its place); one that stands nowhere is met without turning."""
    heads, width = attention.heads, len(x)
    d = width // heads
    w_q, w_k, w_v = attention.into.weight.view(3, heads, d, width)

    def turned(vector: Tensor, at: int) -> Tensor:
        half = d // 2
        angles = at * 10_000.0 ** (-torch.arange(half, dtype=torch.float64) / half)
        whole = torch.complex(vector[:half], vector[half:]) * torch.polar(torch.ones_like(angles), angles)
        return torch.cat([whole.real, whole.imag])

    answers = []
    for head in range(heads):
        q, scores = w_q[head] @ x, []
        for vector, at in seen:
            k = w_k[head] @ vector
            scores.append(q @ k if at is None else turned(q, place) @ turned(k, at))
        shares = (torch.stack(scores) / d**0.5).softmax(0)
        answers.append(sum(share * (w_v[head] @ vector) for share, (vector, _) in zip(shares, seen, strict=True)))
    return attention.out.weight @ torch.cat(answers)  # pyright: ignore


def gated(gating: Any, y: Tensor, m: Tensor) -> Tensor:
    def normed(x: Tensor, weight: Tensor) -> Tensor:
        return x / (x.square().mean() + torch.finfo(torch.float64).eps).sqrt() * weight

    return normed(y, gating.heard.weight) * torch.sigmoid(normed(m, gating.gate.weight))


def lmm(layer: LMM, text: Tensor) -> Tensor:
    memory = Memory(layer)
    for p in layer.persistent.vectors:
        memory(p)
    return torch.stack([memory(x) for x in text])


def mac(layer: MAC, text: Tensor) -> Tensor:
    memory, answers, given, segment = Memory(layer.memory), [], [], []
    known = memory.fast.whole()
    for t, x in enumerate(text):
        if t % layer.segment == 0:
            segment, known = [], memory.fast.whole()
        given.append(x)
        h = memory.said(known(memory.query(given)), x)
        segment += [(h, t), (x, t)]
        y = attended(layer.attention, x, t, [(p, None) for p in layer.persistent.vectors] + segment)
        answers.append(gated(layer.gating, y, memory(y)))
    return torch.stack(answers)


def mag(layer: MAG, text: Tensor) -> Tensor:
    memory, answers, window = Memory(layer.memory), [], layer.attention.window or len(text)
    for p in layer.persistent.vectors:
        memory(p)
    for t, x in enumerate(text):
        near = [(text[i], i) for i in range(max(0, t - window + 1), t + 1)]
        y = attended(layer.attention, x, t, [(p, None) for p in layer.persistent.vectors] + near)
        answers.append(gated(layer.gating, y, memory(x)))
    return torch.stack(answers)


def mal(layer: MAL, text: Tensor) -> Tensor:
    memory, window = Memory(layer.memory), layer.attention.window or 10**9
    made = [memory(x) for x in (*layer.persistent.vectors, *text)]
    answers = [
        attended(layer.attention, y, t, [(made[i], i) for i in range(max(0, t - window + 1), t + 1)])
        for t, y in enumerate(made)
    ]
    return torch.stack(answers[len(layer.persistent) :])
