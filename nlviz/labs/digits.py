"""Digits, task after task: R filling row by row for one learner, and where all stand between keeping and learning."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, NamedTuple, Unpack

import numpy as np
import torch
from torch import Tensor

from nlviz import measure, streams, views
from nlviz.door import words
from nlviz.experiments.continual import LEARNED, STRONG, Learner, Replay, accuracies, arms, course, learn_gates
from nlviz.labs.entrance import lab
from nlviz.labs.remarks import remarked, remarks
from nlviz.labs.returned import called, rows
from nlviz.streams.digits import DigitTask, Scenario
from nlviz.trace import Signal, Token, Trace
from nlviz.widgets import Choice, Lab, Progress, Shown, Whole

__all__ = ["digits"]

SCENARIOS: tuple[Scenario, ...] = ("class-incremental", "domain-incremental")
YOURS = "your replay"
# Steps between two looks at a learner on its way: a hundred images.
LOOK = 10
OUTER_STEPS = 40
SCALE = 2.0
OWN = "learns its own features"
PRESETS: dict[str, dict[str, Any]] = {
    "forgets": {"arm": "fine-tuning", "scenario": SCENARIOS[0], "scale": 2.0},
    "rehearses": {"arm": "replay", "scenario": SCENARIOS[0], "scale": 2.0},
    "adds": {"arm": "Hebbian", "scenario": SCENARIOS[0], "scale": 2.0},
    "corrects": {"arm": STRONG, "scenario": SCENARIOS[0], "scale": 2.0},
    "sharper": {"arm": STRONG, "scenario": SCENARIOS[0], "scale": 1.0},
}


@lab(keep="keep(origin, room)")
def digits(
    preset: str = "forgets",
    *,
    keep: Callable[[Tensor, int], Tensor] | None = None,
    beside: Sequence[str] = ("fine-tuning", "replay", "Hebbian", "delta"),
    seed: int = 0,
    **shown: Unpack[Shown],
) -> Lab:
    """Five tasks of real digits, none seen twice; after each the learner is asked about all five.

    preset: "forgets" (fine-tuning), "rehearses" (replay), "adds" and "corrects" (Hebbian, and a delta that writes
    strongly, as heads on frozen random features), "sharper" (features in which images are less alike).
    keep: your own rule for what a replay keeps, keep(origin, room) -> rows, see `experiments.continual.Replay`; it is a
    further learner, and the one to start with.
    beside: learners that are run at once, for their dots; every further one you choose stays. seed: the first of the
    seeds. shown: see `widgets.Shown`.
    Knobs: arm (which learner), scenario, scale (of the frozen features: the broader, the more alike two images are to a
    head), seeds (means and spread are over these; the R that fills is the first's).
    """
    every = (*arms(), *([YOURS] if keep else []))
    beside = [words.choice("beside", arm, every) for arm in words.several("beside", beside, what="learners")]
    if keep:
        shown["knobs"] = {"arm": YOURS, **shown.get("knobs", {})}
    courses = Courses(keep, beside)

    def run(arm: str, scenario: Scenario, scale: float, seeds: int) -> Generator[Progress, None, Trace]:
        world = World(scenario, scale)
        trace = yield from _run(courses, courses.with_arm(arm, world), arm, world, range(seed, seed + seeds))
        return remarked(trace, "" if scale == SCALE else _elsewhere(courses, arm, world))

    return Lab(
        run,
        views.tasks,
        name="digits",
        title="Digits, task after task" if keep is None else "Digits, with your own replay",
        summary=_summary,
        presets=PRESETS,
        preset=preset,
        dead=partial(_dead, courses),
        given={"keep": keep, "seed": seed},
        **shown,  # pyright: ignore[reportArgumentType] (it holds only what Shown lists)
        arm=Choice("fine-tuning", every, label="learner"),
        scenario=Choice(SCENARIOS[0], SCENARIOS),
        scale=Choice(SCALE, (1.0, 2.0, 4.0), label="features' scale"),
        seeds=Whole(2, 1, 5),
    )


def _dead(courses: Courses, arm: str, scenario: Scenario, scale: float, **_: int) -> dict[str, str]:
    """Why a knob changes nothing as the others stand, by its name."""
    world = World(scenario, scale)
    return {"scale": "" if courses.heads(world) or courses.sees(arm, world) else f"{arm} {OWN}"}


def _elsewhere(courses: Courses, arm: str, world: World) -> str:
    """That the scale of the features does nothing to this learner: what moves are the dots of the others."""
    moved = courses.heads(world)
    if not moved or courses.sees(arm, world):
        return ""
    return f"features' scale moves only the dots of {', '.join(moved)}: {arm} {OWN}"


class World(NamedTuple):
    """What all arms of one picture share: the scenario, and the scale of the features that heads see it through."""

    scenario: Scenario
    scale: float


class Past(NamedTuple):
    """One course: R as it filled [looks, tasks, tasks], the step of each look, and the tasks with their steps."""

    matrices: np.ndarray
    steps: np.ndarray
    tasks: tuple[Token, ...]


@dataclass
class Courses:
    """The courses of one lab, each run once: whoever turns a knob back does not wait again.

    beside: arms that are seen in every world. met: in each world all that were seen there.
    """

    keep: Callable[[Tensor, int], Tensor] | None
    beside: Sequence[str] = ()
    met: dict[World, list[str]] = field(default_factory=dict)
    done: dict[tuple[str, World, int], Past] = field(default_factory=dict)

    def learner(self, arm: str, world: World) -> Learner[Any]:
        """Who learns, as tuned for this world."""
        if arm == YOURS and self.keep:
            return Replay(keep=_looked(self.keep))
        return arms(world.scale, world.scenario)[arm]

    def with_arm(self, arm: str, world: World) -> list[str]:
        """All that are seen in this world from now on: this one too."""
        so_far = self.met.get(world, self.beside)
        self.met[world] = [*so_far, *({arm} - {*so_far})]
        return self.met[world]

    def heads(self, world: World) -> list[str]:
        """Those that are seen in this world and see the images through frozen features."""
        return [arm for arm in self.met.get(world, self.beside) if self.sees(arm, world)]

    def sees(self, arm: str, world: World) -> bool:
        """Whether a learner sees the images through frozen features: a net that learns its own has none."""
        return hasattr(self.learner(arm, world), "scale")

    def taught(self, arm: str, world: World, seed: int) -> Generator[int, None, Past]:
        """The course of one arm; a yield after every piece of it."""
        if (arm, world, seed) not in self.done:
            source = torch.Generator().manual_seed(seed)
            tasks = streams.digits(world.scenario, generator=source)
            learner: Any = self.learner(arm, world)
            if arm == LEARNED:
                for report in learn_gates(learner, tasks, world.scenario, generator=source, steps=OUTER_STEPS):
                    yield report.step
                    learner = replace(learner, gates=report.gates)
            self.done[arm, world, seed] = yield from _past(learner, tasks, source)
        return self.done[arm, world, seed]


def _looked(keep: Callable[[Tensor, int], Tensor]) -> Callable[[Tensor, int], Tensor]:
    """The student's rule; what it gives is looked at."""
    call = "keep(origin, room)"

    def looked(origin: Tensor, room: int) -> Tensor:
        where = f"the end of task {int(origin.max()) + 1}"
        return rows(where, called(call, where, keep, origin.clone(), room), len(origin), room, call)

    return looked


def _past(learner: Learner[Any], tasks: Sequence[DigitTask], source: torch.Generator) -> Generator[int, None, Past]:
    matrices, steps, named, begun = [], [], [], 0
    for step, moment in enumerate(course(learner, tasks, generator=source)):
        over = bool(np.isfinite(moment.matrix[moment.task]).all())
        if not over and step % LOOK:
            continue
        live = moment.matrix.copy()
        live[moment.task] = accuracies(learner, moment.state, tasks)
        matrices.append(live)
        steps.append(step)
        if over:
            named.append(Token(tasks[moment.task].name, begun, step + 1, "task"))
            begun = step + 1
        yield step
    return Past(np.stack(matrices), np.array(steps), tuple(named))


def _run(
    courses: Courses, so_far: Sequence[str], arm: str, world: World, seeds: Sequence[int]
) -> Generator[Progress, None, Trace]:
    """The chosen arm first: it is what one waits for, and what can be shown when it is stopped."""
    found: dict[str, list[Past]] = {}
    # a net of its own is trained, as slow weights are; behind frozen features a memory is written
    loop = "inner" if courses.sees(arm, world) else "outer"
    total, done = len(so_far) * len(seeds), 0
    for name in sorted(so_far, key=lambda name: name != arm):
        pasts: list[Past] = []
        for seed in seeds:
            pieces = courses.taught(name, world, seed)
            partly = partial(_trace, dict(found), arm, loop) if found else None
            while True:
                try:
                    next(pieces)
                except StopIteration as end:
                    pasts.append(end.value)
                    break
                yield Progress(done, total, "courses", partly)
            done += 1
        found[name] = pasts
    return _trace({name: found[name] for name in so_far}, arm, loop)


def _trace(found: dict[str, list[Past]], arm: str, loop: str) -> Trace:
    shown = found[arm][0]
    standing = np.array([_standing(pasts) for pasts in found.values()])
    named = tuple(
        Token(name, number, number + 1, "chosen" if name == arm else "arm") for number, name in enumerate(found)
    )
    signals = {
        "R": Signal(shown.matrices[:, None], shown.steps, "share right"),
        "standing": Signal(standing[:, None], np.arange(len(found)), "share"),
        "measures": Signal(_measures(found[arm])[None, None], shown.steps[-1:], "share"),
    }
    return Trace(signals, (*shown.tasks, *named), notes={"loop": loop})


def _standing(pasts: Sequence[Past]) -> np.ndarray:
    """Stability, plasticity, ACC: mean and spread over seeds, [3, 2]."""
    ends = [past.matrices[-1] for past in pasts]
    rows = np.array([(*measure.balance(matrix), measure.average_accuracy(matrix)) for matrix in ends])
    return np.stack([rows.mean(0), rows.std(0)], -1)


def _measures(pasts: Sequence[Past]) -> np.ndarray:
    """ACC, BWT, forgetting, means over seeds, and how many seeds: [4]."""
    ends = [past.matrices[-1] for past in pasts]
    taken = (measure.average_accuracy, measure.backward_transfer, measure.forgetting)
    return np.array([*(np.mean([one(matrix) for matrix in ends]) for one in taken), len(ends)])


def _summary(trace: Trace) -> str:
    acc, bwt, lost, seeds = trace["measures"].values[0, 0].tolist()
    chosen = next(dot for dot in views.standings(trace) if dot.chosen)
    said = [f"{chosen.name}, mean of {seeds:.0f} seed{'s' if seeds > 1 else ''}"]
    said.append(f"ACC {acc:.2f} ± {chosen.accuracy[1]:.2f} · BWT {bwt:.2f} · forgetting {lost:.2f}")
    said.append(f"stability {chosen.stability[0]:.2f}, plasticity {chosen.plasticity[0]:.2f}")
    return " · ".join([*said, *remarks(trace)]).replace(" -", " −")
