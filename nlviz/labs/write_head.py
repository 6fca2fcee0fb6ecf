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
from nlviz.labs.remarks import disobeyed, idle, remarked, remarks
from nlviz.memory import Delta, GatedDelta, Gates, Hebbian, LinearMemory, Pairs, Titans
from nlviz.trace import Signal, Trace
from nlviz.widgets import Choice, Lab, Number, Shown, Whole

__all__ = ["write_head"]

WIDTH = 32
RULES = {rule.__name__: rule for rule in (Hebbian, Delta, GatedDelta, Titans)}
PRESETS: dict[str, dict[str, Any]] = {
    "clean": {"items": 16, "overlap": 0.0, "inner_lr": 1.0},
    "full": {"items": 64, "overlap": 0.0, "inner_lr": 1.0},
    "overlapping": {"items": 16, "overlap": 0.6, "inner_lr": 1.0},
    "alike": {"items": 48, "overlap": 0.9, "inner_lr": 1.0},
}


@lab(step="step(M, k, v, inner_lr)")
def write_head(
    step: Callable[[Tensor, Tensor, Tensor, float], Tensor] | None = None,
    preset: str = "clean",
    *,
    rule: str = "Hebbian",
    seed: int = 0,
    **shown: Unpack[Shown],
) -> Lab:
    """A 32 × 32 matrix memory, written pair by pair: the matrix, the pair, and the recall of everything stored so far.

    step: your own rule, step(M, k, v, inner_lr) -> M with M [32, 32], k and v [32]; the lab then writes with it.
    preset: "clean", "full", "overlapping", or "alike", whose keys are so alike that a rule which feeds on itself
    diverges. rule: the one to start with if no step is given. seed: of the random pairs. shown: see `widgets.Shown`.
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
        return remarked(_trace(memory, stream, inner_lr, forget), *idle(disobeyed(memory, {"forget": forget})))

    controls = {
        "rule": Choice("Hebbian", tuple(RULES)),
        "items": Whole(16, 1, 96, label="items N"),
        "overlap": Number(0.0, 0.0, 0.95, 0.05, label="key overlap"),
        "inner_lr": Number(1.0, 0.0, 2.5, 0.05, label="inner_lr θ"),
        "forget": Number(0.0, 0.0, 0.5, 0.01, label="forget α"),
    }
    if step is None:
        shown["knobs"] = {"rule": choice("rule", rule, RULES), **shown.get("knobs", {})}
    else:
        del controls["rule"], controls["forget"]
    return Lab(
        run,
        views.writing,
        name="write_head",
        title="Write head" if step is None else "Write head, with your own rule",
        summary=_summary,
        presets=PRESETS,
        preset=preset,
        given={"step": step, "seed": seed},
        **shown,  # pyright: ignore[reportArgumentType] (it holds only what Shown lists)
        **controls,
    )


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
        return " · ".join([f"{writes} pairs written", lost[0].label, *remarks(trace)])
    nearest, mean = (trace[name].values.item() for name in FINAL)
    said = [f"{writes} pairs written", f"{nearest:.0%} answered nearest to their own value"]
    return " · ".join([*said, f"mean cosine {mean:.2f}", *remarks(trace)])
