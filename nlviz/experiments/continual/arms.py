"""The arms of the experiment with digits, with the numbers they were run with.

`TUNED`: by one small search for every arm and scenario, tests/benchmarks/digits.py: what ends best on seeds 100 and
101, features of scale 2; told on other seeds. Where tasks bring new classes it takes the smallest writes that it was
offered, and in both scenarios the least forgetting. `SHOWN` holds two arms that are not to be good: they show what
strong correction and steady forgetting do.
"""

from __future__ import annotations

from typing import Any, get_args

from nlviz.door.words import choice, number
from nlviz.experiments.continual.course import Learner
from nlviz.experiments.continual.gates import LearnedGates, SetGates
from nlviz.experiments.continual.heads import FastHead
from nlviz.experiments.continual.nets import EWC, FineTuning, Replay
from nlviz.memory import Delta, GatedDelta, Hebbian, LinearMemory, Titans
from nlviz.streams.digits import Scenario

__all__ = ["FORGETTING", "LEARNED", "STRONG", "TUNED", "arms"]

LEARNED = "Titans, learned"
STRONG = "delta, θ = .1"
FORGETTING = "gated delta, α = .001"

TUNED: dict[Scenario, dict[str, dict[str, float]]] = {
    "class-incremental": {
        "fine-tuning": {"lr": 0.3},
        "EWC": {"lr": 0.03, "strength": 100.0},
        "replay": {"lr": 0.1},
        "delta": {"inner_lr": 0.001},
        "gated delta": {"inner_lr": 0.001, "forget": 1e-5},
        "Titans, constant": {"inner_lr": 0.0005, "momentum": 0.5, "forget": 1e-5},
        "Titans, pulsed": {"inner_lr": 0.0005, "momentum": 0.5, "pulse": 0.05},
    },
    "domain-incremental": {
        "fine-tuning": {"lr": 0.01},
        "EWC": {"lr": 0.1, "strength": 10.0},
        "replay": {"lr": 0.3},
        "delta": {"inner_lr": 0.03},
        "gated delta": {"inner_lr": 0.03, "forget": 1e-5},
        "Titans, constant": {"inner_lr": 0.015, "momentum": 0.5, "forget": 1e-5},
        "Titans, pulsed": {"inner_lr": 0.015, "momentum": 0.5, "pulse": 0.05},
    },
}
# at .001 half is left after 693 images: two to three tasks of two digits
SHOWN = {STRONG: {"inner_lr": 0.1}, FORGETTING: {"inner_lr": 0.1, "forget": 0.001}}
RULES: dict[str, type[LinearMemory]] = {
    "delta": Delta,
    STRONG: Delta,
    "gated delta": GatedDelta,
    FORGETTING: GatedDelta,
    "Titans, constant": Titans,
    "Titans, pulsed": Titans,
}


def arms(scale: float = 2.0, scenario: Scenario = "class-incremental") -> dict[str, Learner[Any]]:
    """All arms by name, as tuned for a scenario. Those with fast weights share frozen features of this scale.

    `LEARNED` starts from gates nobody learned yet: `learn_gates` makes them, then give the head those.
    Raises ValueError for a scale that is not above 0, and a scenario that `streams.digits` does not know.
    """
    scale = number("scale", scale, above=0.0)
    tuned = TUNED[choice("scenario", scenario, get_args(Scenario))] | SHOWN
    return {
        "fine-tuning": FineTuning(**tuned["fine-tuning"]),  # pyright: ignore[reportArgumentType]
        "EWC": EWC(**tuned["EWC"]),  # pyright: ignore[reportArgumentType]
        "replay": Replay(**tuned["replay"]),  # pyright: ignore[reportArgumentType]
        # answers are compared with one another, so how strongly Hebb writes changes none
        "Hebbian": FastHead(Hebbian, SetGates(1.0), scale=scale),
        **{name: FastHead(rule, SetGates(**tuned[name]), scale=scale) for name, rule in RULES.items()},
        LEARNED: FastHead(Titans, LearnedGates(), scale=scale),
    }
