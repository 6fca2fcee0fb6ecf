"""The write head: pairs go into one matrix, one at a time, and every write disturbs the others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Unpack

import numpy as np
import torch
from torch import Tensor

from nlviz import measure, streams, views
from nlviz.door.words import choice
from nlviz.inner import probes, to_numpy, unroll
from nlviz.labs.entrance import lab
from nlviz.labs.own.rules_and_gates import OwnRule
from nlviz.labs.remarks import disobeyed
from nlviz.memory import Delta, GatedDelta, Gates, Hebbian, LinearMemory, Pairs
from nlviz.trace import Signal, Trace
from nlviz.views.drawing.sheet import some
from nlviz.widgets import Choice, Control, Lab, Number, Shown, Whole

__all__ = ["write_head"]

WIDTH = 32
# Lesson 02 knows one rule; the others are offered to who asks for one. Titans without momentum is none of its own.
RULES = {rule.__name__: rule for rule in (Hebbian, Delta, GatedDelta)}
USUAL = Hebbian.__name__
PRESETS: dict[str, dict[str, Any]] = {
    "clean": {"items": 16, "overlap": 0.0, "inner_lr": 1.0},
    "full": {"items": 64, "overlap": 0.0, "inner_lr": 1.0},
    "overlapping": {"items": 16, "overlap": 0.6, "inner_lr": 1.0},
    "alike": {"items": 48, "overlap": 0.9, "inner_lr": 1.0},
}
CONTROLS: dict[str, Control] = {
    "rule": Choice(USUAL, tuple(RULES)),
    "items": Whole(16, 1, 96, label="items N"),
    "overlap": Number(0.0, 0.0, 0.95, 0.05, label="key overlap"),
    "inner_lr": Number(1.0, 0.0, 2.5, 0.05, label="inner_lr θ"),
    "forget": Number(0.0, 0.0, 0.5, 0.01, label="forget α"),
}


@lab(step="step(M, k, v, inner_lr)")
def write_head(
    step: Callable[[Tensor, Tensor, Tensor, float], Tensor] | None = None,
    preset: str = "clean",
    *,
    rule: str = USUAL,
    seed: int = 0,
    **shown: Unpack[Shown],
) -> Lab:
    """A 32 × 32 matrix memory, written pair by pair: the matrix, the pair, and the recall of everything stored so far.

    step: your own rule, step(M, k, v, inner_lr) -> M with M [32, 32], k and v [32]; the lab then writes with it.
    preset: "clean", "full", "overlapping", or "alike", whose keys are so alike that a rule which feeds on itself
    diverges. rule: the one to start with if no step is given; with another than "Hebbian" there is a knob for it.
    seed: of the random pairs. shown: see `widgets.Shown`.
    Knobs: rule, items, overlap (mean cosine between keys), inner_lr, forget (for rules that obey it).

        >>> lab = labs.write_head(step=lambda M, k, v, inner_lr: M + inner_lr * torch.outer(v, k), knobs={"items": 8})
        >>> lab.state()
        'write_head?preset=clean&items=8&step=own&seed=0'
    """

    def run(items: int, overlap: float, inner_lr: float, rule: str = rule, forget: float = 0.0) -> Trace:
        generator = torch.Generator().manual_seed(seed)
        stream = streams.recall_pairs(items, WIDTH, generator=generator, overlap=overlap)
        named = [token.text for token in stream.tokens]
        memory = RULES[rule](WIDTH, WIDTH) if step is None else OwnRule(WIDTH, WIDTH, step, named)
        return _trace(memory, stream, inner_lr, forget)

    knobs = shown.get("knobs", {})
    # a rule that is asked for can be exchanged for another
    ruled = step is None and (choice("rule", rule, RULES) != USUAL or "rule" in knobs)
    if ruled:
        shown["knobs"] = {"rule": rule, **knobs}
    hidden = {"rule": not ruled, "forget": step is not None}
    controls = {name: control for name, control in CONTROLS.items() if not hidden.get(name)}
    return Lab(
        run,
        views.writing,
        name="write_head",
        title="Write head" if step is None else "Write head, with your own rule",
        summary=_summary,
        presets=PRESETS,
        preset=preset,
        dead=_dead if step is None else None,
        given={"step": step, "seed": seed},
        **shown,  # pyright: ignore[reportArgumentType] (it holds only what Shown lists)
        **controls,  # pyright: ignore[reportArgumentType] (no knob is named like a parameter)
    )


def _dead(items: int, inner_lr: float, rule: str = "", **_: float) -> dict[str, str]:
    """Why a knob changes nothing as the others stand, by its name; rule: "" where there is no knob for it."""
    if not rule:
        return {}
    alike = "all rules write a first pair alike" if items == 1 else "inner_lr is 0, so nothing is written"
    return {"rule": alike if items == 1 or not inner_lr else "", **disobeyed(RULES[rule](WIDTH, WIDTH), "forget")}


def _trace(memory: LinearMemory, stream: streams.Stream, inner_lr: float, forget: float) -> Trace:
    gates = Gates.constant(stream.pairs, inner_lr, forget=forget)
    asked = [probes.weights(), probes.recall(stream.keys, stream.values), probes.surprise, probes.write_norm]
    run = unroll(memory, stream.pairs, gates, probes=asked)
    times = run.trace["surprise"].times
    answers = measure.recalled(memory, run.state, stream)
    found = measure.accuracy(answers, stream.values), measure.cosine(answers, stream.values).mean(-1)
    return run.trace.merge(
        {
            **{name: Signal(_rows(tensor), times, name) for name, tensor in _pair_by_pair(stream.pairs, run.outputs)},
            "forget": Signal(np.full((len(times), 1), forget if "forget" in memory.obeys else 0.0), times, "share"),
            "item": Signal(to_numpy(stream.item)[:, None], times, "item"),
            **{name: Signal(to_numpy(x)[None], times[-1:], "share") for name, x in zip(FINAL, found, strict=True)},
        },
        tokens=stream.tokens,
    )


FINAL = "accuracy", "final_cosine"


def _pair_by_pair(pairs: Pairs, outputs: Tensor) -> list[tuple[str, Tensor]]:
    return [("keys", pairs.keys), ("values", pairs.values), ("read_out", outputs)]


def _rows(tensor: Tensor) -> np.ndarray:
    return to_numpy(tensor.transpose(0, 1))


def _summary(trace: Trace) -> str:
    writes = len(trace["surprise"].times)
    lost = trace.marked("diverged")
    if lost:
        return f"{some(writes, 'pair')} written · {lost[0].label}"
    nearest, mean = (trace[name].values.item() for name in FINAL)
    said = [f"{some(writes, 'pair')} written", f"{nearest:.0%} answered nearest to their own value"]
    return " · ".join([*said, f"mean cosine {mean:.2f}"])
