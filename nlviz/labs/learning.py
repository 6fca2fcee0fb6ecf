"""Learning to write: slow weights are trained live, and every outer step can be read token by token."""

from __future__ import annotations

from collections.abc import Generator as Pieces
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple, Unpack

import numpy as np
import torch
from torch import Generator

from nlviz import views
from nlviz.experiments.learning_to_learn import (
    Drawn,
    Family,
    HandSet,
    Look,
    error_of,
    errors_by_token,
    watch,
)
from nlviz.labs.entrance import lab
from nlviz.outer import Learner
from nlviz.trace import Mark, Signal, Trace
from nlviz.views.drawing.sheet import two
from nlviz.widgets import Choice, Control, Lab, Progress, Shown, Switch, Whole

__all__ = ["learning"]

HAND_SET = HandSet((0.2, 0.3, 0.001), 0.5, float("nan"))
"""What a search by hand finds: θ, η and α, and how steeply θ follows the cue. Its error is measured here, not kept."""
OWN = {"gradient": (), "plastic": ("coefficients",), "net": ("net",)}
"""The rules, and the slow weights that each has of its own, which may always move."""
CALLED = {"coefficients": "rule", "net": "rule"}
ASKED: dict[str, tuple[str, dict[str, float]]] = {
    "as trained": ("", {}),
    "noise × 3": ("with values 3 × as noisy", {"jitter": 0.9}),
    "strangers 6 in 10": ("with 6 strangers in 10 tokens", {"strangers": 0.6}),
    "4 × as long": ("on streams 4 × as long", {"writes": 96}),
}
"""What the same slow weights are asked on: in words, and how these streams differ from those of the training."""
STREAMS, READS = 64, 24
_FROZEN: dict[str, Any] = {"start": False, "rates": False, "gates": False, "rule": "gradient", "asked": "as trained"}
PRESETS: dict[str, dict[str, Any]] = {
    "gates": {**_FROZEN, "gates": True},
    "start": {**_FROZEN, "start": True},
    "everything": {**_FROZEN, "start": True, "rates": True, "gates": True},
    "nothing": _FROZEN,
    "net": {**_FROZEN, "rule": "net"},
    "net, 4 × as long": {**_FROZEN, "rule": "net", "asked": "4 × as long"},
}
CONTROLS: dict[str, Control] = {
    "start": Switch(False, label="start W₀ free"),
    "rates": Switch(False, label="rates free"),
    "gates": Switch(True, label="gates free"),
    "rule": Choice("gradient", tuple(OWN)),
    "asked": Choice("as trained", tuple(ASKED), label="asked on"),
    "steps": Whole(80, 2, 400, hidden=True),
}


@lab()
def learning(preset: str = "gates", *, seed: int = 0, **shown: Unpack[Shown]) -> Lab:
    """The outer loop learns how to write, and you choose what of it may move: the memory's start, its rates, its gates.

    Every outer step reads 16 streams and moves what is free. Along the slider: all tokens at outer step 0, which is
    the rule set by hand, then all tokens at a later one, and so on. Pictured are 64 streams that no step was taken on.
    preset: "gates", "start", "everything" (both, and the rates), "nothing" (all frozen), "net" (a small net is the
    rule), "net, 4 × as long". seed: of the tasks' common maps, of all streams, and of a net.
    shown: see `widgets.Shown`.
    Knobs: start, rates, gates (whether they may move), rule ("gradient": one of momentum; "plastic": Hebb's with a rate
    for each weight; "net"; what a rule has of its own may always move), asked (on which streams the same slow weights
    are asked: turning it trains nothing anew). Out of sight: steps of the outer loop.

        >>> lab = labs.learning("start", knobs={"steps": 2})
        >>> lab.state()
        'learning?preset=start&steps=2&seed=0'
    """
    return Lab(
        partial(_run, School(seed)),
        views.learning,
        name="learning",
        title="Learning to write",
        summary=_summary,
        presets=PRESETS,
        preset=preset,
        given={"seed": seed},
        **shown,  # pyright: ignore[reportArgumentType] (it holds only what Shown lists)
        **CONTROLS,  # pyright: ignore[reportArgumentType] (no knob is named like a parameter)
    )


class Plan(NamedTuple):
    """What training depends on: the rule, which groups may move, and for how many outer steps."""

    rule: str
    free: tuple[str, ...]
    steps: int


@dataclass
class School:
    """The trainings of one lab, each done once: whoever asks on other streams, or turns back, does not wait again."""

    seed: int
    done: dict[Plan, tuple[Look, ...]] = field(default_factory=dict)

    @property
    def family(self) -> Family:
        """The tasks, whose common maps are of this seed."""
        return Family(seed=self.seed)

    def streams(self, asked: str) -> Drawn:
        """Streams that no step is taken on: training counts its chance on from the seed itself."""
        return self.family.but(**ASKED[asked][1]).draw(STREAMS, Generator().manual_seed(10_000 + self.seed))

    def learner(self, plan: Plan) -> Learner:
        """A learner as it is at outer step 0, its switches set."""
        width, chance = self.family.width, Generator().manual_seed(self.seed)
        made = Learner(width, width, contexts=4, rule=plan.rule, rates=HAND_SET.rates, generator=chance)
        made.free(*plan.free)
        return made

    def taught(self, plan: Plan) -> Pieces[tuple[int, tuple[Look, ...]], None, tuple[Look, ...]]:
        """All looks at a training; after every step of it, its number and the looks so far."""
        if plan not in self.done:
            looks = tuple[Look, ...]()
            for step, looks in watch(
                self.learner(plan), self.family, self.streams("as trained"), steps=plan.steps, seed=self.seed
            ):
                yield step, looks
            self.done[plan] = looks
        return self.done[plan]


def _run(
    school: School, start: bool, rates: bool, gates: bool, rule: str, asked: str, steps: int
) -> Pieces[Progress, None, Trace]:
    switches = {"start": start, "rates": rates, "gates": gates}
    plan = Plan(rule, (*(name for name, on in switches.items() if on), *OWN[rule]), steps)
    pieces, marks = school.taught(plan), list[Mark]()
    looks = tuple[Look, ...]()
    while True:
        try:
            step, looks = next(pieces)
        except StopIteration as end:
            looks = end.value
            break
        except FloatingPointError:
            marks.append(Mark(looks[-1].step, "diverged", "the outer loop ran away"))
            break
        yield Progress(step, steps, "outer steps", partial(_trace, school, plan, looks, asked))
    trace = yield from _asked(school, plan, looks, asked)
    return trace.merge(marks=marks)


def _trace(school: School, plan: Plan, looks: Sequence[Look], asked: str) -> Trace:
    """What there is so far, all at once: for a run that was stopped."""
    pieces = _asked(school, plan, looks, asked)
    while True:
        try:
            next(pieces)
        except StopIteration as end:
            return end.value


def _asked(school: School, plan: Plan, looks: Sequence[Look], asked: str) -> Pieces[Progress, None, Trace]:
    """The slow weights of every look, asked on these streams."""
    model, given = school.learner(plan), school.streams(asked)
    every = given.keys.shape[1] // READS
    errors, strengths = [], []
    for look in looks:
        errors.append(errors_by_token(look.onto(model), given, every=every))
        strengths.append(_strengths(model))
        yield Progress(plan.steps, plan.steps, "outer steps")
    steps, names = np.array([look.step for look in looks]), tuple(CALLED.get(name, name) for name in plan.free)
    credit = np.array([[*look.credit.values()] for look in looks]).reshape(len(looks), 1, len(names))
    signals = {
        "recall_error": Signal(np.stack(errors)[:, None], steps, "error of recall"),
        "read": Signal(every * np.arange(1, READS + 1)[None, None], steps[:1], "tokens"),
        "outer_loss": Signal(np.array([[look.loss] for look in looks]), steps, "outer loss"),
        "by_hand": Signal(np.array([[_by_hand(school)]]), steps[:1], "outer loss"),
        "credit": Signal(credit, steps, "fall of the outer loss", names),
        "theta": Signal(np.stack(strengths)[:, None], steps, "θ", ("at an item", "at a stranger")),
    }
    return Trace(signals, notes={"asked": ASKED[asked][0]})


@torch.no_grad()
def _strengths(model: Learner) -> np.ndarray:
    """θ at the mean cue of an item, and at that of a stranger."""
    return model.gated(torch.tensor([[[1.0], [-1.0]]])).inner_lr[0].numpy()


@torch.no_grad()
def _by_hand(school: School) -> float:
    """What the best gate set by hand makes of the streams that are watched."""
    return float(error_of(HAND_SET.learner(school.family), school.streams("as trained")))


def _summary(trace: Trace) -> str:
    losses, credit = trace["outer_loss"].values[:, 0], trace["credit"]
    fall, earned = losses[0] - losses[-1], credit.values[-1, 0]
    if not credit.names:
        return f"nothing is free, so nothing is learned: outer loss {losses[0]:.3f} at every outer step"
    parts = " + ".join(f"{name} {value:.4f}" for name, value in zip(credit.names, earned, strict=True))
    total = f" = {earned.sum():.4f}" if len(earned) > 1 else ""
    said = [f"the outer loss fell by {fall:.4f}", f"credit of {parts}{total}"]
    # where more is free the line would break; each frame says it too
    if "gates" in credit.names and len(credit.names) < 3:
        item, stranger = (two(float(one)) for one in trace["theta"].values[-1, 0])
        said.append(f"θ is {item} at an item, {stranger} at a stranger")
    return " · ".join(said).replace("-", "−")
