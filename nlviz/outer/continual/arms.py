"""The arms of the experiment with digits, with the numbers they were run with.

Chosen on seeds 100 and 101, told on seeds 0 to 4: lr and λ of the nets as what ends best, one inner_lr for all rules
that correct errors (momentum .5 writes twice in the end, so half of it there). `FORGET` and `PULSE` are not chosen to
be good: they are to show what forgetting does.
"""

from __future__ import annotations

from typing import Any

from nlviz.door.words import number
from nlviz.memory import Delta, GatedDelta, Hebbian, Titans
from nlviz.outer.continual.course import Learner
from nlviz.outer.continual.gates import LearnedGates, SetGates
from nlviz.outer.continual.heads import FastHead
from nlviz.outer.continual.nets import EWC, FineTuning, Replay

__all__ = ["LEARNED", "arms"]

INNER_LR, MOMENTUM = 0.1, 0.5
FORGET = 0.001  # half is left after 693 images: two to three tasks of two digits
PULSE = 0.5
LEARNED = "Titans, learned"


def arms(scale: float = 2.0) -> dict[str, Learner[Any]]:
    """All arms by name. Those with fast weights share frozen features of this scale, see `FastHead`.

    `LEARNED` starts from gates nobody learned yet: `learn_gates` makes them, then give the head those.
    """
    scale = number("scale", scale, above=0.0)
    write = INNER_LR * (1 - MOMENTUM)
    heads = {
        "Hebbian": (Hebbian, SetGates(1.0)),
        "delta": (Delta, SetGates(INNER_LR)),
        "gated delta": (GatedDelta, SetGates(INNER_LR, forget=FORGET)),
        "Titans, constant": (Titans, SetGates(write, MOMENTUM, forget=FORGET)),
        LEARNED: (Titans, LearnedGates()),
        "Titans, pulsed": (Titans, SetGates(write, MOMENTUM, pulse=PULSE)),
    }
    return {
        "fine-tuning": FineTuning(),
        "EWC": EWC(strength=10.0),
        "replay": Replay(),
        **{name: FastHead(rule, gates, scale=scale) for name, (rule, gates) in heads.items()},
    }
