"""Erase and write: the same stream through Hebb's rule and the delta rule, one gradient step at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple, Unpack

import torch
import torch.nn.functional as F
from torch import Tensor

from nlviz import streams, views
from nlviz.inner import probes, to_numpy, unroll
from nlviz.labs.entrance import lab
from nlviz.labs.own.rules_and_gates import OwnRule
from nlviz.labs.remarks import remarked, remarks
from nlviz.memory import Delta, Gates, Hebbian, LinearMemory, Pairs
from nlviz.trace import Signal, Trace
from nlviz.views.drawing.sheet import some
from nlviz.widgets import Choice, Control, Lab, Number, Shown, Whole

__all__ = ["erase_write"]

WIDTH = 32
# Of a long stream the last writes are shown, or those around the one at which it diverged.
SHOWN = 64
# An answer is nearer to one value than to another only by more than rounding.
NEARER = 1e-3
NONE = -1
PRESETS: dict[str, dict[str, Any]] = {
    "overwrite": {"writes": 2, "repeated": 0.5, "passes": 1, "inner_lr": 1.0, "period": 1},
    "busy": {"writes": 64, "repeated": 0.75, "passes": 1, "inner_lr": 1.0, "period": 1},
    "one pass": {"writes": 32, "repeated": 0.0, "passes": 1, "inner_lr": 1.0, "period": 1},
    "unstable": {"writes": 2, "repeated": 0.0, "passes": 40, "inner_lr": 3.0, "period": 1},
    "mini-batch": {"writes": 64, "repeated": 0.0, "passes": 20, "inner_lr": 1.0, "period": 64},
}


@lab(step="step(M, k, v, inner_lr)")
def erase_write(
    step: Callable[[Tensor, Tensor, Tensor, float], Tensor] | None = None,
    preset: str = "overwrite",
    *,
    seed: int = 0,
    **shown: Unpack[Shown],
) -> Lab:
    """Two 32 × 32 matrices read one stream: Hebb adds, delta takes out what is there and then writes. Part by part.

    step: your own rule in place of delta, step(M, k, v, inner_lr) -> M with M [32, 32], k and v [32].
    preset: "overwrite" (one key, two values), "busy" (16 keys, 64 writes), "one pass" (32 pairs, once: Hebb wins),
    "unstable" (θ‖k‖² ≥ 2), "mini-batch" (64 tokens see the same old weights). seed: of keys and values.
    shown: see `widgets.Shown`.
    Knobs: inner_lr, passes (how often the whole stream is read), repeated (share of the writes that give a key a new
    value), period (the mini-batch; not with a rule of your own, which takes one token), writes (in one pass).

        labs.erase_write(step=lambda M, k, v, inner_lr: M + inner_lr * torch.outer(v - M @ k, k))

        >>> lab = labs.erase_write(step=lambda M, k, v, inner_lr: M + inner_lr * torch.outer(v - M @ k, k))
        >>> lab.error, list(lab.presets)
        ('', ['overwrite', 'busy', 'one pass', 'unstable'])
    """
    rules = ("Hebbian", "delta" if step is None else "yours")

    def run(writes: int, repeated: float, passes: int, inner_lr: float, period: int = 1) -> Trace:
        generator = torch.Generator().manual_seed(seed)
        items = max(1, round(writes * (1 - repeated)))
        stream = _again(streams.overwrites(items, writes, WIDTH, generator=generator), passes)
        tokens = [token.text for token in stream.tokens]
        other = Delta(WIDTH, WIDTH) if step is None else OwnRule(WIDTH, WIDTH, step, tokens)
        return _trace(dict(zip(rules, (Hebbian(WIDTH, WIDTH), other), strict=True)), stream, writes, (inner_lr, period))

    controls, presets = _knobs(own=step is not None)
    return Lab(
        run,
        partial(views.erasing, rules=rules),
        name="erase_write",
        title="Two rules" if step is None else "Two rules, with your own rule",
        summary=partial(_summary, rules),
        presets=presets,
        preset=preset,
        given={"step": step, "seed": seed},
        **shown,  # pyright: ignore[reportArgumentType] (it holds only what Shown lists)
        **controls,  # pyright: ignore[reportArgumentType] (no knob is named like a parameter)
    )


def _knobs(own: bool) -> tuple[dict[str, Control], dict[str, dict[str, float]]]:
    """Knobs and presets; a rule of one's own takes one token at a time."""
    controls: dict[str, Control] = {
        "inner_lr": Number(1.0, 0.0, 3.0, 0.05, label="inner_lr θ"),
        "repeated": Number(0.5, 0.0, 0.95, 0.05, label="keys overwritten"),
        "passes": Whole(1, 1, 40),
        "period": Choice(1, (1, 4, 16, 64), label="mini-batch"),
        "writes": Whole(2, 2, 96),
    }
    if not own:
        return controls, PRESETS
    del controls["period"]
    alone = {name: values for name, values in PRESETS.items() if values["period"] == 1}
    return controls, {name: {knob: values[knob] for knob in controls} for name, values in alone.items()}


def _again(stream: streams.Stream, passes: int) -> streams.Stream:
    """The whole stream `passes` times; what counts as known in the end is the same."""
    pairs = Pairs(*(part.repeat(1, passes, 1) for part in stream.pairs))
    return stream._replace(pairs=pairs, item=stream.item.repeat(passes))


def _trace(memories: Mapping[str, LinearMemory], stream: streams.Stream, writes: int, how: tuple[float, int]) -> Trace:
    (inner_lr, period), time = how, len(stream.item)
    gates = Gates.constant(stream.pairs, inner_lr)
    runs = {
        rule: unroll(memory, stream.pairs, gates, period=period, read_first=period > 1, probes=[probes.weights()])
        for rule, memory in memories.items()
    }
    marks = tuple(mark for run in runs.values() for mark in run.trace.marks)
    at = _shown(time, marks[0].time if marks else time)
    given = _given(stream, writes)
    signals: dict[str, Tensor] = {
        "keys": stream.pairs.keys[0, at],
        "values": stream.pairs.values[0, at],
        "item": stream.item[at],
        "again": given.again[at],
        "landed": (at + 1) % period == 0,
    }
    for rule, memory in memories.items():
        weights = torch.as_tensor(runs[rule].trace["weights"].values)[:, 0]
        # a mini-batch longer than the stream is never written
        states = torch.cat([weights.new_zeros(1, *weights.shape[1:]), weights])
        before, after = states[at // period], states[(at + 1) // period]
        parts = {"before": before, "patch": _patch(memory, before, after, stream, gates, at, period), "after": after}
        parts["asked"] = torch.stack([_asked(before, stream, given, at, 0), _asked(after, stream, given, at, 1)], 1)
        signals |= {f"{rule.lower()}_{name}": part for name, part in parts.items()}
        signals[f"{rule.lower()}_end"] = _asked(states[-1:], stream, given, torch.tensor([time - 1]), 1)
    units = {"item": "key", "again": "times", "landed": "1 if written"}
    every = {
        name: Signal(to_numpy(part[:, None]), to_numpy(at)[-len(part) :], units.get(name, ""))
        for name, part in signals.items()
    }
    few = f"{time} writes are fewer than a mini-batch of {period}: nothing was written" if time < period else ""
    return remarked(Trace(every, stream.tokens, marks), few)


def _shown(time: int, lost: int) -> Tensor:
    """Which tokens are shown: the last ones, or those around the one at which a memory diverged."""
    stop = min(time, lost + SHOWN // 4)
    return torch.arange(max(0, stop - SHOWN), stop)


def _patch(
    memory: LinearMemory, before: Tensor, after: Tensor, stream: streams.Stream, gates: Gates, at: Tensor, period: int
) -> Tensor:
    """What each token adds to the matrix it met; it lands at once, or with the others of its mini-batch."""
    if period == 1:
        return after - before
    one = Pairs(*(part[0, at][:, None] for part in stream.pairs))
    how = Gates(*(gate[0, at][:, None] for gate in gates))
    impulses, directions = memory.impulse(before, one, how)
    return impulses.mT @ directions


class _Given(NamedTuple):
    """What was given to which key by when; a value is told by its place in the first pass.

    value: [time], which value a token gives. old: [time], the last other value its key had, NONE if none.
    again: [time], how often its key came before. newest: [time + 1, items], each key's value before that token, NONE if
    none.
    """

    value: Tensor
    old: Tensor
    again: Tensor
    newest: Tensor


def _given(stream: streams.Stream, writes: int) -> _Given:
    items = stream.keys.shape[1]
    now, before, count = [NONE] * items, [NONE] * items, [0] * items
    rows, newest = [], [list(now)]
    for time, item in enumerate(stream.item.tolist()):
        value = time % writes
        if now[item] != value:
            before[item], now[item] = now[item], value
        rows.append((value, before[item], count[item]))
        count[item] += 1
        newest.append(list(now))
    value, old, again = torch.tensor(rows).unbind(1)
    return _Given(value, old, again, torch.tensor(newest))


def _asked(matrices: Tensor, stream: streams.Stream, given: _Given, at: Tensor, done: int) -> Tensor:
    """For each token of `at`: cosine of the answer to its key with new and old value, share of keys right; [at, 3].

    done: whether (1) or not (0) what the token gives counts as given already.
    """
    keys, pool = stream.keys[0], stream.pairs.values[0]
    answers = F.normalize(keys @ matrices.mT, dim=-1)
    cosines = (answers @ pool[: int(given.value.max()) + 1].T).nan_to_num(0, 0, 0)
    row, newest = torch.arange(len(at)), given.newest[at + done]
    own = cosines[row, stream.item[at]]
    new, old = given.value[at], given.old[at]
    was = torch.where(old == NONE, torch.nan, own[row, old.clamp_min(0)])
    # only values seen so far compete with a key's own
    unseen = torch.arange(cosines.shape[-1]) >= (at + done)[:, None]
    rivals = cosines.masked_fill(unseen[:, None], 0.0).scatter(-1, newest.clamp_min(0)[..., None], 0.0).amax(-1)
    nearest = cosines.gather(-1, newest.clamp_min(0)[..., None])[..., 0] > rivals + NEARER
    known = newest != NONE
    right = (nearest & known).sum(-1) / known.sum(-1).clamp_min(1)
    return torch.stack([own[row, new], was, right], -1)


def _summary(rules: tuple[str, str], trace: Trace) -> str:
    """How many writes; then what diverged, or how each rule answers in the end."""
    time = int(trace["keys"].times[-1]) + 1
    if remarks(trace):  # nothing was written, so no rule has anything to show
        return " · ".join(remarks(trace))
    lost = trace.marked("diverged")
    if lost:
        return f"{rules[1]} {lost[0].label}"
    new, old, right = zip(*(trace[f"{rule.lower()}_end"].values[0, 0].tolist() for rule in rules), strict=True)
    said = [some(time, "write"), f"keys right: {rules[0]} {right[0]:.0%}, {rules[1]} {right[1]:.0%}"]
    said.append(f"last key: cosine with its new value {new[0]:.2f}, {new[1]:.2f}")
    if old[0] == old[0]:
        said.append(f"with its old {old[0]:.2f}, {old[1]:.2f}")
    return " · ".join(said)
