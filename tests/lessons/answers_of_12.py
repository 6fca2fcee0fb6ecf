"""Answers to the exercises of notebook 12 as students write them: right forms, and slips by their catalog key."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

import numpy as np
import torch
from torch import Tensor

__all__ = ["RIGHT", "WRONG"]


def gate_by_loop(bits: Any) -> list[bool]:
    return [t == 0 or float(bits[t]) > float(bits[:t].mean()) for t in range(len(bits))]


def gate_by_sum(bits: Tensor) -> Tensor:
    seen, opened = [], []
    for one in bits.tolist():
        opened.append(not seen or one * len(seen) > sum(seen))
        seen.append(one)
    return torch.tensor(opened)


def gate_by_numpy(bits: Tensor) -> Any:
    values = bits.double().numpy()
    mean = np.concatenate([[-1.0], np.cumsum(values)[:-1] / np.arange(1, len(values))])
    return (values > mean).astype(float)


def clocks_by_divmod(days: int, periods: Tensor) -> Any:
    return [[divmod(days, int(p))[row] for p in periods] for row in (0, 1)]


def clocks_by_floor(days: int, periods: Tensor) -> Tensor:
    updates = torch.floor(days / periods)
    return torch.stack([updates, days - updates * periods])


def clocks_by_days(days: int, periods: Tensor) -> Any:
    ticks = [sum(day % int(p) == 0 for day in range(1, days + 1)) for p in periods]
    return ticks, [days - int(p) * count for p, count in zip(periods, ticks, strict=True)]


def transfer_by_loop(known: Tensor) -> Any:
    last = len(known) - 1
    return sum(known[i, i] - known[last, i] for i in range(last)) / last


def transfer_by_numpy(known: Tensor) -> Any:
    values = known.double().numpy()
    return np.mean((np.diag(values) - values[-1])[:-1])


def stale_by_loop(bits: Tensor, old: Tensor, new: Tensor) -> Any:
    return [bool(row.argmin() == then) for row, then in zip(bits, old, strict=True)]


def stale_by_cost(bits: Tensor, old: Tensor, new: Tensor) -> Tensor:
    return bits.gather(1, old[:, None])[:, 0] == bits.min(1).values


def by_counter(text: Tensor) -> Any:
    found = []
    for row in text.tolist():
        seen, bits = Counter[int](), []
        for byte in row:
            bits.append(-math.log2((seen[byte] + 1) / (sum(seen.values()) + 256)))
            seen[byte] += 1
        found.append(bits)
    return found


def by_numpy(text: Tensor) -> Any:
    rows = text.numpy()
    seen = np.array([[np.sum(row[:t] == row[t]) for t in range(len(row))] for row in rows])
    return -np.log2((seen + 1) / (np.arange(rows.shape[1]) + 256))


def by_tables(text: Tensor) -> Tensor:
    counts = torch.ones(len(text), 256, dtype=torch.float64)
    bits = []
    for byte in text.long().T:
        p = counts / counts.sum(1, keepdim=True)
        bits.append(-torch.log2(p.gather(1, byte[:, None]))[:, 0])
        counts.scatter_add_(1, byte[:, None], torch.ones(len(text), 1, dtype=torch.float64))
    return torch.stack(bits, 1)


def write_first(text: Tensor) -> Any:
    counts, bits = torch.zeros(len(text), 256), torch.zeros(text.shape)
    own = torch.arange(len(text))
    for t, byte in enumerate(text.long().T):
        counts[own, byte] += 1
        bits[:, t] = -((counts[own, byte] + 1) / (counts.sum(1) + 256)).log2()
    return bits


def whole_text(text: Tensor) -> Any:
    found = []
    for row in text.tolist():
        seen = Counter(row)
        found.append([-math.log2((seen[byte] + 1) / (len(row) + 256)) for byte in row])
    return found


def one_table(text: Tensor) -> Any:
    seen, found = Counter[int](), []
    for row in text.tolist():
        bits = []
        for byte in row:
            bits.append(-math.log2((seen[byte] + 1) / (sum(seen.values()) + 256)))
            seen[byte] += 1
        found.append(bits)
    return found


def two_leaks(text: Tensor) -> Any:
    seen, found = Counter[int](), []
    for row in text.tolist():
        bits = []
        for byte in row:
            seen[byte] += 1
            bits.append(-math.log2((seen[byte] + 1) / (sum(seen.values()) + 256)))
        found.append(bits)
    return found


def together(text: Tensor) -> Any:
    seen, columns = Counter[int](), []
    for column in text.T.tolist():
        columns.append([-math.log2((seen[byte] + 1) / (sum(seen.values()) + 256)) for byte in column])
        seen.update(column)
    return torch.tensor(columns).T


def no_floor(text: Tensor) -> Any:
    rows = text.numpy()
    seen = np.array([[np.sum(row[:t] == row[t]) for t in range(len(row))] for row in rows])
    return -np.log2((seen + 1) / (np.arange(rows.shape[1]) + 1))


def clocks_with(updates: Any, waiting: Any) -> Any:
    return lambda days, periods: [[updates(days, int(p)) for p in periods], [waiting(days, int(p)) for p in periods]]


def along(periods: Tensor) -> list[int]:
    return np.cumprod([int(p) for p in periods]).tolist()


RIGHT: dict[str, list[Any]] = {
    "12.1": [gate_by_loop, gate_by_sum, gate_by_numpy],
    "12.2": [clocks_by_divmod, clocks_by_floor, clocks_by_days],
    "12.3": [transfer_by_loop, transfer_by_numpy, lambda known: torch.mean(known.diag()[:2] - known[2, :2])],
    "12.4": [stale_by_loop, stale_by_cost, lambda bits, old, new: torch.eq((-bits).argmax(dim=1), old).int()],
    "12.5": [by_counter, by_numpy, by_tables],
}
_BY_SLIP: dict[str, dict[str, Any]] = {
    "12.1": {
        "all": lambda bits: [True] * len(bits),
        "peeks": lambda bits: [float(b) > float(bits.mean()) for b in bits],
        "closed": lambda bits: [t > 0 and float(bits[t]) > float(bits[:t].mean()) for t in range(len(bits))],
        "inverted": lambda bits: [t == 0 or float(bits[t]) < float(bits[:t].mean()) for t in range(len(bits))],
        "last": lambda bits: [t == 0 or float(bits[t]) > float(bits[t - 1]) for t in range(len(bits))],
        "median": lambda bits: [t == 0 or float(b) > float(bits.median()) for t, b in enumerate(bits)],
        "bits": lambda bits: torch.where(torch.tensor(gate_by_loop(bits)), bits, torch.zeros_like(bits)),
    },
    "12.2": {
        "never": clocks_with(lambda days, p: 0, lambda days, p: 0),
        "rounded": clocks_with(lambda days, p: math.ceil(days / p), lambda days, p: days % p),
        "to_go": clocks_with(lambda days, p: days // p, lambda days, p: p - days % p),
        "from_0": clocks_with(lambda days, p: (days - 1) // p, lambda days, p: (days - 1) % p),
        "multiplied": lambda days, periods: clocks_by_divmod(days, torch.tensor(along(periods))),
        "swapped": clocks_with(lambda days, p: days % p, lambda days, p: days // p),
        "days": clocks_with(lambda days, p: days // p, lambda days, p: days),
    },
    "12.3": {
        "nothing": lambda known: 0.0,
        "sign": lambda known: -transfer_by_numpy(known),
        "all": lambda known: torch.mean(known.diag() - known[2]),
        "first": lambda known: torch.mean(known[0, :2] - known[2, :2]),
        "summed": lambda known: 2 * transfer_by_numpy(known),
        "week_1": lambda known: known[0][0] - known[2][0],
        "turned": lambda known: transfer_by_loop(known.T),
        "before": lambda known: torch.mean(known[1, :2] - known[2, :2]),
    },
    "12.4": {
        "wrong": lambda bits, old, new: [bool(row.argmin() != now) for row, now in zip(bits, new, strict=True)],
        "two": lambda bits, old, new: [bool(row[o] < row[n]) for row, o, n in zip(bits, old, new, strict=True)],
        "by_now": lambda bits, old, new: [bool(row.argmin() == now) for row, now in zip(bits, new, strict=True)],
        "dearest": lambda bits, old, new: [bool(row.argmax() == then) for row, then in zip(bits, old, strict=True)],
        "never": lambda bits, old, new: [False] * len(bits),
        "not_old": lambda bits, old, new: [not one for one in stale_by_loop(bits, old, new)],
        "share": lambda bits, old, new: sum(stale_by_loop(bits, old, new)) / len(bits),
    },
    "12.5": {
        "both": two_leaks,
        "first": write_first,
        "all_first": whole_text,
        "carried": one_table,
        "mixed": together,
        "later": lambda text: torch.tensor(by_counter(text.flip(1))).flip(1),
        "unsmoothed": no_floor,
        "nats": lambda text: torch.tensor(by_counter(text)) * math.log(2),
        "sign": lambda text: -torch.tensor(by_counter(text)),
        "uniform": lambda text: torch.full(text.shape, 8.0),
        "shares": lambda text: 0.5 ** torch.tensor(by_counter(text)),
    },
}

WRONG: dict[str, list[tuple[Any, str]]] = {
    id: [(answer, slip) for slip, answer in slips.items()] for id, slips in _BY_SLIP.items()
}
