"""The forgetting-curve lab: pairs are written one after the other, and it shows what becomes of each."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple, Unpack

import numpy as np
import torch

from nlviz import measure, streams, views
from nlviz.inner import fastest, probes
from nlviz.labs.entrance import lab
from nlviz.labs.remarks import disobeyed, remarked, remarks
from nlviz.labs.returned import called, one_number
from nlviz.memory import Delta, GatedDelta, Gates, Hebbian, LinearMemory, Titans
from nlviz.trace import Mark, Signal, Token, Trace
from nlviz.widgets import Choice, Lab, Number, Shown, Whole

__all__ = ["forgetting"]

WIDTH = 32
MOMENTUM = 0.5
# Streams behind a curve and behind a dot: a curve is then the law's and not chance's, and a knob still answers at once.
TEXTS, DOTS = 30, 6
RULES: dict[str, type[LinearMemory]] = {rule.__name__: rule for rule in (Hebbian, Delta, GatedDelta, Titans)}
STEADY, PULSED = "all the time", "in one pulse"
# Where the path through stability and plasticity is measured.
OPENED = (0.0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5)
PRESETS: dict[str, dict[str, Any]] = {
    "no gate": {"rule": "Delta", "inner_lr": 1.0, "forget": 0.0, "timing": STEADY, "items": 64},
    "gentle": {"rule": "Delta", "inner_lr": 0.2, "forget": 0.0, "timing": STEADY, "items": 64},
    "Hebb": {"rule": "Hebbian", "inner_lr": 1.0, "forget": 0.0, "timing": STEADY, "items": 64},
    "decay": {"rule": "Hebbian", "inner_lr": 1.0, "forget": 0.05, "timing": STEADY, "items": 64},
    "pulse": {"rule": "Hebbian", "inner_lr": 1.0, "forget": 0.05, "timing": PULSED, "items": 64},
}


@lab(half_life="half_life(ages, recall)")
def forgetting(
    preset: str = "no gate",
    *,
    half_life: Callable[[np.ndarray, np.ndarray], float] | None = None,
    seed: int = 0,
    **shown: Unpack[Shown],
) -> Lab:
    """A 32 × 32 memory takes one random pair after the other; how long does each last, and what does keeping cost?

    preset: "no gate" (delta, α = 0), "gentle" (delta, θ = .2), "Hebb", "decay" (α = .05 at every write), "pulse" (as
    much in one blow, where the context changes). half_life: your own function of (ages, recall), told in the summary in
    place of `measure.half_life`. seed: of the pairs. shown: see `widgets.Shown`.
    Knobs: rule, inner_lr, forget α (for rules that obey it), when it forgets, items (half of them in each context).
    Titans has momentum .5.
    """
    own = half_life

    def run(rule: str, inner_lr: float, forget: float, timing: str, items: int) -> Trace:
        setting = Setting(inner_lr, forget, timing == PULSED, items, seed)
        return remarked(_trace(rule, setting), _elsewhere(setting, RULES[rule](WIDTH, WIDTH)))

    return Lab(
        run,
        views.forgetting,
        name="forgetting",
        title="Forgetting curve" if own is None else "Forgetting curve, with your own half-life",
        summary=partial(_summary, own),
        presets=PRESETS,
        preset=preset,
        dead=_dead,
        given={"half_life": half_life, "seed": seed},
        **shown,  # pyright: ignore[reportArgumentType] (it holds only what Shown lists)
        rule=Choice("Delta", tuple(RULES)),
        inner_lr=Number(1.0, 0.05, 1.5, 0.05, label="inner_lr θ"),
        forget=Number(0.0, 0.0, 0.5, 0.01, label="forget α", complement="keep"),
        timing=Choice(STEADY, (STEADY, PULSED), label="forgets"),
        items=Whole(64, 8, 128, 4),
    )


class Setting(NamedTuple):
    """How all rules of one picture are run: the gates, whether α comes in one pulse, how many items, which seed."""

    inner_lr: float
    forget: float
    pulsed: bool
    items: int
    seed: int

    @property
    def switch(self) -> int:
        """The write with which the second context begins."""
        return self.items // 2

    def gates(self, stream: streams.Stream) -> Gates:
        """Of every token. A pulse takes at once what the steady gate takes over the second context."""
        if not self.pulsed:
            return Gates.constant(stream.pairs, self.inner_lr, MOMENTUM, self.forget)
        blow = 1 - (1 - self.forget) ** (self.items - self.switch)
        at = torch.arange(self.items) == self.switch
        return Gates.constant(stream.pairs, self.inner_lr, MOMENTUM, torch.where(at, blow, 0.0))


def _dead(rule: str, forget: float, **_: Any) -> dict[str, str]:
    """Why a knob changes nothing as the others stand, by its name. The path of a rule that forgets has all α in it."""
    shut = not forget and bool(disobeyed(RULES[rule](WIDTH, WIDTH), "forget"))
    return {"timing": f"{rule} never forgets, and for the others forget is 0" if shut else ""}


def _elsewhere(setting: Setting, memory: LinearMemory) -> str:
    """That an open gate does nothing to this rule: what moves are the dots of the others."""
    why = disobeyed(memory, "forget").get("forget") if setting.forget else None
    return f"forget α moves only the dots of other rules: {why}" if why else ""


def _recall(rule: str, setting: Setting, texts: int = TEXTS) -> Signal:
    """Recall of every item after every write, [time, texts, items]."""
    source = torch.Generator().manual_seed(setting.seed)
    stream = streams.recall_pairs(setting.items, WIDTH, generator=source, batch=texts)
    asked = probes.recall(stream.keys, stream.values)
    run = fastest(RULES[rule](WIDTH, WIDTH), stream.pairs, setting.gates(stream), probes=[asked])
    return run.trace["recall"]


def _trace(rule: str, setting: Setting) -> Trace:
    written, recall = np.arange(setting.items), _recall(rule, setting)
    first = recall._replace(values=recall.values[:, :1])
    signals = {"recall": measure.since_written(first, written), "by_age": _by_age(recall, written)}
    gated = "forget" in RULES[rule].obeys
    if gated and setting.forget:
        signals["ghost"] = _by_age(_recall(rule, setting._replace(forget=0.0)), written)
    if rule != "Titans":
        signals["law"] = _law(rule, setting)
    if gated:
        path = np.array([_balance(rule, setting._replace(forget=forget)) for forget in OPENED])
        signals["path"] = Signal(path[:, None, :2, 0], np.arange(len(OPENED)), "share")
    standing = np.array([_balance(name, setting) for name in RULES])
    signals["standing"] = Signal(standing[:, None], np.arange(len(standing)), "share")
    arms = tuple(Token(name, n, n + 1, "chosen" if name == rule else "arm") for n, name in enumerate(RULES))
    # only a pulse makes anything of where the second context begins
    pulse = gated and setting.forget and setting.pulsed
    return Trace(signals, arms, (Mark(setting.switch, "switch", "a new context, and the pulse"),) if pulse else ())


def _by_age(recall: Signal, written: np.ndarray) -> Signal:
    """Recall against age at the end of the stream, mean over texts: [ages, 1], timed by age."""
    last = recall._replace(values=recall.values[-1:], times=recall.times[-1:])
    ages, values = measure.forgetting_curve(last, written)
    return Signal(values[:, None], ages, "cosine")


def _balance(rule: str, setting: Setting) -> np.ndarray:
    """Stability, plasticity, recall in the end, each with its spread over the texts, [3, 2]: every item is a task."""
    matrices = _recall(rule, setting, DOTS).values.transpose(1, 0, 2)
    found = np.array([(*measure.balance(matrix), measure.average_accuracy(matrix)) for matrix in matrices])
    return np.stack([found.mean(0), found.std(0)], -1)


def _law(rule: str, setting: Setting) -> Signal:
    """What theory expects with the gate open all the time, [ages, 1]."""
    ages, forget = np.arange(setting.items), setting.forget if "forget" in RULES[rule].obeys else 0.0
    if rule == "Hebbian":
        return Signal(measure.hebbian_recall(ages, WIDTH, forget)[:, None], ages, "cosine")
    return Signal(measure.delta_recall(ages, setting.inner_lr, WIDTH, forget)[:, None], ages, "cosine")


def _by_yours(own: Callable[[np.ndarray, np.ndarray], float], ages: np.ndarray, recall: np.ndarray) -> float:
    said = called("half_life(ages, recall)", "the end", own, ages.copy(), recall.copy())
    return one_number("the end", said, "half_life(ages, recall)", "the age, in writes", endless=True)


def _summary(own: Callable[[np.ndarray, np.ndarray], float] | None, trace: Trace) -> str:
    """How recall falls with age, its half-life, and where the rule stands."""
    ages, recall = trace["by_age"].times, trace["by_age"].values[:, 0]
    curve = measure.Forgetting(ages, recall)
    life = measure.half_life(curve) if own is None else _by_yours(own, ages, recall)
    whose = "half-life" if own is None else "half-life by yours"
    lasting = f"{whose} {life:.0f} writes" if np.isfinite(life) else f"{whose}: longer than this stream"
    dot = next(dot for dot in views.standings(trace) if dot.chosen)
    said = f"recall {recall[0]:.2f} for the newest, {recall[-1]:.2f} for the oldest · {lasting}"
    said = f"{said} · stability {dot.stability[0]:.2f}, plasticity {dot.plasticity[0]:.2f}"
    return " · ".join([said, *remarks(trace)])
