"""Small traces with known numbers: seeded NumPy, no torch."""

from __future__ import annotations

import io
import tokenize
from typing import Any

import numpy as np

from nlviz.trace import Mark, Signal, Token, Trace

CODE = '''"""Read a message, line by line.

Grüße: two of these bytes are one letter.
"""

import os


class Reader:
\t"""Tabs, for once, and x < 3 && y > "2"."""

    def __init__(self, path: str = "naïve — or not", limit: int = 80) -> None:
        self.path = os.fspath(path)
        self.limit = limit if limit > 0 else None

    def lines(self):
        with open(self.path, encoding="utf-8") as file:
            for number, line in enumerate(file):
                if self.limit is not None and number >= self.limit:  # enough is enough, whatever the reader says
                    return
                yield line.rstrip("\\n")
'''


def tokens_of(code: str) -> tuple[Token, ...]:
    """Spans in bytes by a plain search: what stands between tokens belongs to none, as with `streams.code`."""
    raw, end, found = code.encode(), 0, []
    readline = io.StringIO(code.replace("\t", "    ")).readline
    for token in tokenize.generate_tokens(readline):
        text = token.string.encode()
        if not text.strip():
            continue
        start = raw.index(text, end)
        end = start + len(text)
        found.append(Token(token.string, start, end, tokenize.tok_name[token.type]))
    return tuple(found)


def code_trace(size: int = 4000, seed: int = 0) -> Trace:
    """A reader of `size` bytes that gets better: bits, frozen bits, what was written, what is still known of page 1."""
    rng = np.random.default_rng(seed)
    code = CODE * (1 + size // len(CODE.encode()))
    code = code.encode()[:size].decode(errors="ignore")
    code = code[: code.rindex("\n\n\n") + 1] if "\n\n\n" in code else code
    raw = np.frombuffer(code.encode(), np.uint8)
    times = np.arange(len(raw))
    frozen = rng.gamma(0.6, 3.5, len(raw))
    bits = frozen * (0.7 + 0.3 * np.exp(-times / 600))
    asked = np.linspace(0, len(raw) - 1, 12).astype(int)
    known = 1.9 - 0.7 * np.exp(-np.linspace(0, 2, 12)) * (np.arange(12) > 0)
    signals = {
        "bytes": Signal(raw[:, None], times),
        "bits": Signal(bits[:, None], times, "bits"),
        "frozen_bits": Signal(frozen[:, None], times, "bits"),
        "written": Signal((bits > 2)[:, None].astype(float), times),
        "surprise": Signal(rng.gamma(2, 0.5, (len(raw), 1)), times, "‖∇ℓ‖"),
        "write": Signal((bits > 2)[:, None] * rng.gamma(2, 0.3, (len(raw), 1)), times, "‖θ ∇ℓ‖"),
        "write_norm": Signal(rng.gamma(2, 0.1, (len(raw), 1)), times, "‖ΔM‖"),
        "known": Signal(known[:, None], asked, "bits"),
        "frozen_known": Signal(np.array([[2.1]]), np.array([0]), "bits"),
    }
    return Trace(signals, tokens_of(code))


def pair_trace(writes: int = 24, size: int = 16, inner_lr: float = 1.0, seed: int = 0) -> Trace:
    """A real delta memory storing random pairs one by one; too large an inner_lr makes it diverge."""
    rng = np.random.default_rng(seed)
    keys = rng.normal(size=(writes, size))
    keys /= np.linalg.norm(keys, axis=1, keepdims=True)
    values = rng.normal(size=(writes, size)) / np.sqrt(size)
    memory, weights, answers, recall = np.zeros((size, size)), [], [], []
    with np.errstate(over="ignore", invalid="ignore"):
        for key, value in zip(keys, values, strict=True):
            memory = memory - inner_lr * np.outer(memory @ key - value, key)
            weights.append(memory)
            answers.append(memory @ key)
            reads = keys @ memory.T
            recall.append(
                (reads * values).sum(1) / (np.linalg.norm(reads, axis=1) * np.linalg.norm(values, axis=1) + 1e-12)
            )
    times = np.arange(writes)
    named = {"weights": weights, "keys": keys, "values": values, "read_out": answers, "recall": recall}
    signals = {
        name: Signal(np.array(rows)[:, None], times, "cosine" if name == "recall" else "")
        for name, rows in named.items()
    }
    return Trace(signals)


def overwriting_trace(writes: int = 12, size: int = 8, seed: int = 0) -> Trace:
    """Hebb's rule and the delta rule on a stream in which every key comes twice, with another value."""
    rng = np.random.default_rng(seed)
    item = np.arange(writes) % (writes // 2)
    keys, values = (x / np.linalg.norm(x, axis=1, keepdims=True) for x in rng.normal(size=(2, writes, size)))
    keys, again = keys[item], np.arange(writes) // (writes // 2)
    signals = {"keys": keys, "values": values, "item": item, "again": again}
    for rule, erases in (("hebbian", 0), ("delta", 1)):
        memory, rows = np.zeros((size, size)), []
        for time, (key, value) in enumerate(zip(keys, values, strict=True)):
            patch = np.outer(value - erases * memory @ key, key)
            old = values[time - writes // 2] if again[time] else np.full(size, np.nan)
            asked = []
            for matrix in (memory, memory + patch):
                answer = matrix @ key / max(1e-12, float(np.linalg.norm(matrix @ key)))
                asked.append([answer @ value, answer @ old, 0.5])
            rows.append((memory, patch, memory + patch, np.array(asked)))
            memory = memory + patch
        named = zip(("before", "patch", "after", "asked"), map(np.array, zip(*rows, strict=True)), strict=True)
        signals |= {f"{rule}_{name}": part for name, part in named}
    return Trace({name: Signal(part[:, None], np.arange(writes)) for name, part in signals.items()})


def batches_trace(periods: int = 4, rates: int = 5, seeds: int = 3) -> Trace:
    """Gradient descent on one number per mini-batch: the error shrinks by 1 − inner_lr · λ for each, or grows."""
    period, rate = 2.0 ** np.arange(periods), 2.0 ** np.arange(-rates + 2.0, 2.0)
    sharpness = (1 + period / 8) * np.linspace(0.9, 1.1, seeds)[:, None]
    factor = 1 - rate * sharpness[..., None]
    read = np.array([8, 16, 32])
    with np.errstate(over="ignore"):
        error = factor ** (2 * (read[:, None, None, None] // period[:, None]))
    fixed = {"period": period, "inner_lr": rate, "at": rate[-2:-1]}
    signals = {name: Signal(values[None, None], read[-1:]) for name, values in fixed.items()}
    signals |= {"limit": Signal(2 / sharpness[None], read[-1:]), "yours": Signal(1 / sharpness[None], read[-1:])}
    return Trace(signals | {"error": Signal(error, read, "of the map")})


def diverged(trace: Trace, name: str, at: int) -> Trace:
    """The same trace as a run that left the finite numbers at write `at` would have recorded it."""
    signal = trace[name]
    values = np.array(signal.values, dtype=float)
    values[at - 3 : at] *= 1e6
    values[at:] = np.nan
    values[-1] = np.inf
    mark = Mark(at, "diverged", f"diverged at write {at}: inner_lr·‖k‖² = 2.31 ≥ 2")
    return trace.merge({name: Signal(values, signal.times, signal.unit)}, marks=(mark,))


def layout(figure: Any) -> Any:
    """A figure's layout; Plotly's own types do not know its properties."""
    return figure.layout
