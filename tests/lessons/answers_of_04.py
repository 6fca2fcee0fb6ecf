"""Answers to the exercises of notebook 04 as students write them: right forms, and slips by their catalog key."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

__all__ = ["RIGHT", "TRUTH", "WRONG"]

TRUTH = ["novel", "noisy", "rare", "novel", "rare", "noisy"]


def by_autograd(M: Tensor, k: Tensor, v: Tensor) -> Tensor:
    M.requires_grad_()
    loss = 0.5 * F.mse_loss(M @ k, v, reduction="sum")
    (gradient,) = torch.autograd.grad(loss, M)
    return torch.linalg.matrix_norm(gradient)


RIGHT: dict[str, list[Any]] = {
    "04.1": [
        by_autograd,
        lambda M, k, v: torch.outer(M @ k - v, k).norm(),
        lambda M, k, v: ((M @ k - v).square().sum() * k.square().sum()).sqrt(),
        lambda M, k, v: (k.norm() * (v - M @ k).norm()).item(),
    ],
    "04.2": [
        lambda logits, byte: -logits.softmax(-1)[byte].log2(),
        lambda logits, byte: -math.log2(logits.softmax(0)[byte].item()),
        lambda logits, byte: F.cross_entropy(logits[None], torch.tensor([byte])) / math.log(2),
        lambda logits, byte: (logits.logsumexp(-1) - logits[byte]) / np.log(2),
        lambda logits, byte: -np.log2(np.exp(logits.numpy()) / np.exp(logits.numpy()).sum())[byte],
    ],
    "04.3": [
        lambda logits: torch.distributions.Categorical(logits=logits).entropy() / math.log(2),
        lambda logits: -logits.softmax(-1) @ logits.log_softmax(-1) / np.log(2),
        lambda logits: (logits.softmax(-1) * -logits.softmax(-1).log2()).sum(),
        lambda logits: (logits.logsumexp(-1) - logits.softmax(-1) @ logits) / math.log(2),
    ],
    "04.4": [TRUTH, tuple(TRUTH), [" Novel", "NOISY", "rare ", *TRUTH[3:]], np.array(TRUTH)],
    "04.5": [
        lambda bits, budget: np.percentile(bits, 100 * (1 - budget)),
        lambda bits, budget: np.sort(bits)[::-1][int(budget * len(bits))],
        lambda bits, budget: sorted(bits)[int((1 - budget) * len(bits))],
        lambda bits, budget: torch.tensor(bits).quantile(1 - budget),
        lambda bits, budget: torch.tensor(bits).topk(int(budget * len(bits))).values[-1:],
        lambda bits, budget: np.partition(bits, -int(budget * len(bits)))[-int(budget * len(bits))],
    ],
    "04.6": [
        lambda surprise: torch.where(surprise > 0.95, 0.1, 1.0),
        lambda surprise: 1 - 0.8 * (surprise > 0.95).float(),
        lambda surprise: (1.2 - surprise).clamp(0, 1),
        lambda surprise: np.where(surprise.numpy() > 0.9, 0.2, 1.0),
        lambda surprise: 0.2 if surprise > 0.95 else 1.0,
    ],
}  # fmt: skip

WRONG: dict[str, list[tuple[Any, str]]] = {
    "04.1": [
        (lambda M, k, v: (v - M @ k).norm(), "error"),
        (lambda M, k, v: (2 * torch.outer(M @ k - v, k)).norm(), "twice"),
        (lambda M, k, v: (M @ k - v).norm() ** 2 * k.norm(), "squared"),
        (lambda M, k, v: (M @ k - v).square().sum() / 2, "loss"),
        (lambda M, k, v: (M @ k - v)[:, None] * k, "matrix"),
        (lambda M, k, v: k.square().sum().sqrt(), "key"),
        (lambda M, k, v: torch.outer(M @ k, k).norm(), "sign"),
    ],
    "04.2": [
        (lambda logits, byte: -logits.log_softmax(-1)[byte], "nats"),
        (lambda logits, byte: logits.softmax(-1)[byte].log2(), "sign"),
        (lambda logits, byte: -logits[byte].abs().log2(), "logits"),
        (lambda logits, byte: -logits.log_softmax(-1) / math.log(2), "all_bytes"),
        (lambda logits, byte: logits.softmax(-1)[byte], "probability"),
        (lambda logits, byte: -logits.log_softmax(-1)[byte] * math.log(2), "multiplied"),
    ],
    "04.3": [
        (lambda logits: -(logits.softmax(-1) * logits.softmax(-1).log2()).mean(), "mean"),
        (lambda logits: -logits.softmax(-1).log2().sum(), "unweighted"),
        (lambda logits: -(logits.softmax(-1) * logits.log_softmax(-1)).sum(), "nats"),
        (lambda logits: (logits.softmax(-1) * logits.softmax(-1).log2()).sum(), "sign"),
        (lambda logits: -(logits * logits.abs().log2()).sum(), "logits"),
        (lambda logits: logits.softmax(-1) * -logits.softmax(-1).log2(), "unsummed"),
    ],
    "04.4": [
        ([None] * 6, "unlabelled"),
        (["novel"] * 5, "count"),
        (["novel", "noise", *TRUTH[2:]], "word"),
        ("novel", "word"),
        (["novel", "novel", *TRUTH[2:5], "novel"], "noisy_novel"),
        (["novel", "rare", *TRUTH[2:]], "noisy_rare"),
        (["novel", "noisy", "novel", *TRUTH[3:]], "rare_novel"),
        (["novel", "noisy", "noisy", *TRUTH[3:]], "rare_noisy"),
        (["noisy", *TRUTH[1:]], "novel_noisy"),
        (["rare", *TRUTH[1:]], "novel_rare"),
    ],
    "04.5": [
        (lambda bits, budget: bits.mean(), "mean"),
        (lambda bits, budget: np.quantile(bits, budget), "below"),
        (lambda bits, budget: budget, "itself"),
        (lambda bits, budget: (1 - budget) * bits.max(), "of_most"),
        (lambda bits, budget: np.quantile(bits, 0.8), "constant"),
        (lambda bits, budget: np.quantile(bits, 1 - 2 * budget), "other"),
        (lambda bits, budget: math.inf, "not_finite"),
    ],
    "04.6": [
        (lambda surprise: 2 * surprise, "outside"),
        (torch.zeros_like, "nothing"),
        (lambda surprise: (surprise < 0.95).float(), "nothing"),
        (torch.ones_like, "open"),
        (lambda surprise: (surprise > 0.2).float(), "fooled"),
        (lambda surprise: surprise > 0.95, "fooled"),
        (lambda surprise: torch.full_like(surprise, 0.2), "slow"),
        (lambda surprise: 0.2, "slow"),
        (lambda surprise: torch.where(surprise > 0.95, 0.01, 1.0), "timid"),
        (lambda surprise: torch.where(surprise > 0.95, 0.45, 0.5), "other"),
    ],
}  # fmt: skip
