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
    return trace.merge({name: signal._replace(values=values)}, marks=(mark,))


def layout(figure: Any) -> Any:
    """A figure's layout; Plotly's own types do not know its properties."""
    return figure.layout


def event_trace(time: int = 40, values: int = 1) -> Trace:
    """An event that a memory with momentum writes too strongly, among tokens that know nothing of it."""
    recall, memory, carried = np.zeros((time, values)), np.zeros(values), np.zeros(values)
    for token in range(time):
        carried = 0.9 * carried - 0.3 * (memory / 32 - (token == 0))
        memory = memory + carried
        recall[token] = memory
    times, eta = np.arange(time), np.linspace(0, 0.98, 9)
    lines = np.stack([1 - eta, 2 * (1 - eta), 2 * (1 + eta)], -1)
    one = recall + np.random.default_rng(0).normal(0, 0.05, recall.shape)
    signals = {
        name: Signal(part[:, None], times, "share")
        for name, part in zip(("recall", "one", "expected"), (recall, one, recall), strict=True)
    }
    sizes = {"surprise": 1 + times / time, "past_surprise": 3 * 0.9**times, "memory_norm": np.sqrt(times)}
    signals |= {name: Signal(size[:, None], times, "norm") for name, size in sizes.items()}
    signals |= {
        "event": Signal((times == 0)[:, None].astype(float), times),
        "map": Signal(lines[:, None], np.arange(9), names=("balanced", "unrelated keys", "one key")),
        "map_momentum": Signal(eta[:, None], np.arange(9), "momentum"),
        "knobs": Signal(np.array([[[0.3, 0.9, 0.0]]]), np.array([0]), names=("θ", "η", "α")),
        "level": Signal(np.array([[3.0]]), np.array([0]), names=("total write",)),
    }
    areas = ("under-writing", "overshoot", "noise grows", "diverges")
    peak = int(recall[:, -1].argmax())
    marks = (Mark(peak, "regime", f"peak {recall.max():.2f}: overshoot"),)
    return Trace(signals, marks=marks, notes={"areas": areas, "event": "event"})


def wired_trace(tokens: int = 10, segment: int = 5) -> Trace:
    """Attention of a MAC in segments, over one persistent vector, the memory's answers and the tokens."""
    at = np.arange(tokens)
    own = ((at[:, None] // segment == at // segment) & (at[:, None] >= at)).astype(float)
    names = ["p1", *(f"h{i + 1}" for i in at), *(f"x{i + 1}" for i in at)]
    kept = np.stack([64 * (1 + at % segment), np.full(tokens, 656)], 1).astype(float)
    return Trace(
        {
            "mask": Signal(np.concatenate([np.ones((tokens, 1)), own, own], 1)[:, None], at, names=tuple(names)),
            "kept": Signal(kept[:, None], at, "numbers"),
            "sizes": Signal(np.array([[[16.0, segment, 1]]]), np.array([0]), names=("width", "window", "persistent")),
        }
    )


def read_twice(line: str = "Grüße, x < y.", times: int = 2, seed: int = 0) -> Trace:
    """A line that is read again by a reader whose writes pay from the second time on; line's ends are not written."""
    raw, rng = np.frombuffer(f"{line}\n".encode(), np.uint8), np.random.default_rng(seed)
    size = len(raw)
    frozen = np.tile(rng.gamma(2.0, 2.0, size), times)
    at = np.arange(size * times)
    written = np.tile(np.arange(size) < size - 1, times)
    signals = {"frozen_bits": frozen, "bits": frozen * 0.6 ** (at // size), "written": written.astype(float)}
    signals |= {"drift_norm": np.sqrt(np.cumsum(written)), "bytes": np.tile(raw, times)}
    ends = np.cumsum([len(letter.encode()) for letter in f"{line}\n" * times]).tolist()
    kinds = [f"reading {1 + place // (len(line) + 1)}" for place in range(len(ends))]
    tokens = map(Token, f"{line}\n" * times, [0, *ends[:-1]], ends, kinds)
    notes = {"trained": "90 times round, over 400 bytes"}
    return Trace({name: Signal(row[:, None], at) for name, row in signals.items()}, tuple(tokens), notes=notes)


def told_trace(time: int = 90, window: int = 20, seed: int = 0) -> Trace:
    """A fact told in a text and asked for at its end, with a restart between: what the amnesia lab gives, by chance."""
    rng = np.random.default_rng(seed)
    text = ["x"] * time
    kinds = ["code"] * 10 + ["fact"] * 8 + ["code"] * (time - 22) + ["answer"] * 4
    every, some = np.arange(time), np.arange(0, time - 8, 3)
    since = np.where(every < 40, every, every - 40)
    signals = {
        "bits": Signal(rng.gamma(1.0, 2.0, (time, 1)), every, "bits"),
        "seen": Signal(np.minimum(since, window)[:, None], every, "bytes"),
        "answer": Signal(rng.random((len(some), 1)), some, "probability"),
        "slow_change": Signal(np.zeros((len(some), 1)), some, "norm"),
        "fast_norm": Signal(rng.random((len(some), 1)).cumsum(0), some, "norm"),
        "answered": Signal(np.full((1, 1), 0.25), every[-4:-3], "probability"),
    }
    tokens = tuple(Token(one, at, at + 1, kind) for at, (one, kind) in enumerate(zip(text, kinds, strict=True)))
    return Trace(signals, tokens, (Mark(40, "restart", "switched off and on"),))


def _standing(names: tuple[str, ...], chosen: int, seed: int = 0) -> tuple[Signal, tuple[Token, ...]]:
    """Dots of so many learners, with spread."""
    numbers = np.random.default_rng(seed).uniform(0.1, 0.9, (len(names), 1, 3, 2)) * [1.0, 0.1]
    tokens = tuple(Token(name, n, n + 1, "chosen" if n == chosen else "arm") for n, name in enumerate(names))
    return Signal(numbers, np.arange(len(names)), "share"), tokens


def fading_trace(items: int = 24) -> Trace:
    """Items that fade with age, their curve beside a law and a ghost, two rules with the path of one."""
    ages = np.arange(items)
    age = ages[:, None] - ages
    recall = np.where(age >= 0, np.exp(-age / 8), np.nan)[:, None]
    standing, rules = _standing(("Hebbian", "Delta"), 0)
    curves = {"by_age": np.exp(-ages / 8), "law": np.exp(-ages / 9), "ghost": np.full(items, 0.6)}
    signals = {name: Signal(curve[:, None], ages, "cosine") for name, curve in curves.items()}
    path = Signal(np.linspace([[0.9, 0.6]], [[0.2, 1.0]], 5), np.arange(5), "share")
    signals |= {"recall": Signal(recall, ages, "cosine"), "standing": standing, "path": path}
    return Trace(signals, rules, (Mark(items // 2, "switch", "a new context"),))


def tasks_trace(tasks: int = 4, looks: int = 3) -> Trace:
    """R of a learner that forgets, filling row by row with a few looks at each task."""
    age = np.arange(tasks)[:, None] - np.arange(tasks)
    whole = np.where(age >= 0, 0.9 * 0.5**age, 0.05)
    filled = []
    for task in range(tasks):
        for look in range(1, looks + 1):
            now = np.where(np.arange(tasks)[:, None] <= task, whole, np.nan)
            now[task] *= look / looks
            filled.append(now)
    standing, arms = _standing(("fine-tuning", "EWC", "replay"), 1)
    steps = 10 * np.arange(len(filled))
    named = tuple(Token(f"task {n}", 10 * looks * n, 10 * looks * (n + 1), "task") for n in range(tasks))
    signals = {"R": Signal(np.stack(filled)[:, None], steps, "share right"), "standing": standing}
    return Trace(signals, (*named, *arms))


def rolled_trace(steps: int = 12, beta: float = 0.5) -> Trace:
    """A ball that goes straight from (−2, 1) to (0, 0), its momentum β, in a round valley; beside it two other ways."""
    times = np.arange(steps)
    share = (times + 1)[:, None] / steps
    start = np.array([[-2.0, 1.0]])
    path = (1 - share) * start
    ages = np.where(times[None] <= times[:, None], beta ** times[None].astype(float), 0.0)
    across, along = np.linspace(-3, 3, 7), np.linspace(-2, 2, 5)
    floor = np.square(across)[None] + np.square(along)[:, None]
    signals = {
        "way": Signal(path[:, None], times),
        "start": Signal(start[None], np.arange(1)),
        "height": Signal(np.square(path).sum(-1, keepdims=True), times, "ψ"),
        "age_spectrum": Signal(ages[:, None], times, "share of the gradient"),
        "beside": Signal(np.stack([path, 2 * path], 1), times),
        "beta": Signal(np.array([[0.0, 0.9]]), np.arange(1)),
        "floor": Signal(floor[None, None], np.arange(1), "ψ"),
        "across": Signal(across[None, None], np.arange(1), "r"),
        "along": Signal(along[None, None], np.arange(1), "φ"),
    }
    return Trace(signals)


def clocked_trace(tokens: int = 24, period: int = 8, *, streams: int = 1) -> Trace:
    """Two levels: the fast one knows half of A, the slow one a tenth more at each of its updates; a burst of six."""
    times = np.arange(tokens)
    ticks = (times + 1) % period == 0
    slow = 0.1 * np.cumsum(ticks)
    fast = np.where((times >= 12) & (times < 18), -0.2, 0.5)
    lines = np.stack([fast + slow, fast, slow, np.linspace(0, 0.9, tokens)], -1)
    writes = np.stack([np.full(tokens, 0.5), np.where(ticks, 2.0, 0.0)], -1)
    waiting = np.stack([np.zeros(tokens), 0.25 * ((times + 1) % period)], -1)
    names = ("both", "fast", "slow", "one level")

    def signal(values: np.ndarray, unit: str, names: tuple[str, ...]) -> Signal:
        return Signal(np.repeat(values[:, None], streams, 1), times, unit, names)

    signals = {
        "recall of A": signal(lines, "share of the value", names),
        "recall of B": signal(0.4 - lines / 2, "share of the value", names),
        "level_writes": signal(writes, "‖ΔM‖", names[1:3]),
        "level_waiting": signal(waiting, "‖ΔM‖", names[1:3]),
        "period": Signal(np.array([[[1, period]]]), np.arange(1), "tokens", names[1:3]),
    }
    spans = (("A", 0, 12, "A"), ("burst of B", 12, 18, "burst"), ("A again", 18, tokens, "A again"))
    return Trace(signals, tuple(Token(*span) for span in spans))


def hoped_trace(tokens: int = 12, periods: tuple[int, ...] = (1, 4), *, frozen: int | None = None) -> Trace:
    """Memories whose writes shrink by a fifth from token to token, the last one's twice as large, and blocks that write
    1 at their ticks."""
    times = np.arange(tokens)
    memories = 0.8 ** times[:, None] * np.array([1.0, 1.0, 1.0, 1.0, 2.0])
    if frozen is not None:
        memories[:, frozen] = 0.0
    blocks = np.stack([(times + 1) % period == 0 for period in periods], -1).astype(float)

    def signal(values: np.ndarray, unit: str = "") -> Signal:
        return Signal(values[:, None], times, unit)

    signals = {
        "write_norm": signal(memories, "‖ΔM‖"),
        "level_writes": signal(blocks, "‖ΔM‖"),
        "inner_lr": signal(np.linspace(0.6, 0.4, tokens)),
        "forget": signal(np.full(tokens, 0.02)),
        "period": Signal(np.array([[periods]], dtype=float), np.arange(1), "tokens"),
    }
    return Trace(signals)


def nested_trace(streams: int = 2, period: int = 6) -> Trace:
    """Two sequences of 12 tokens, segments of 6, chunks of 3, two levels; the last stream's slow level stands still."""
    times = np.arange(24)
    ends = times[2::3]
    fast = np.full(len(ends), 0.5)
    slow = np.where((ends + 1) % period == 0, 0.25, 0.0)
    writes = np.stack([np.stack([fast, slow if n + 1 < streams else 0 * slow], -1) for n in range(streams)], 1)
    names = ("fast", "slow")
    of = {"sequence": times // 12, "segment": times % 12 // 6, "chunk": times % 12 // 3}
    signals = {name: Signal(np.repeat(1 + one[:, None], streams, 1), times) for name, one in of.items()}
    signals["level_writes"] = Signal(writes, ends, "‖ΔM‖", names)
    signals["period"] = Signal(np.array([[[3, period]]]), np.arange(1), "tokens", names)
    return Trace(signals)


def learned_trace(asked: str = "", *, groups: tuple[str, ...] = ("start", "gates")) -> Trace:
    """Three looks at a training, four reads at each: the error falls from look to look, and along each."""
    steps, first = np.array([0, 2, 10]), np.array([0.9, 0.7, 0.6, 0.5])
    errors = np.stack([first, 0.9 * first, 0.6 * first]) if groups else np.stack([first] * 3)
    credit = np.array([[0.0, 0.0], [0.04, 0.01], [0.05, 0.15]])[:, : len(groups)]
    signals = {
        "recall_error": Signal(errors[:, None], steps, "error of recall"),
        "read": Signal(np.array([[[3.0, 6.0, 9.0, 12.0]]]), steps[:1], "tokens"),
        "outer_loss": Signal(errors[:, -1:], steps, "outer loss"),
        "by_hand": Signal(np.array([[0.4]]), steps[:1], "outer loss"),
        "credit": Signal(credit[:, None], steps, "fall of the outer loss", groups),
        "theta": Signal(np.array([[[0.2, 0.2]], [[0.3, 0.1]], [[0.5, 0.05]]]), steps, "θ", ("at an item", "elsewhere")),
    }
    return Trace(signals, notes={"asked": asked} if asked else {})
