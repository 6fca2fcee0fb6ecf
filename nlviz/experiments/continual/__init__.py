"""Continual learning: one task after the other, and what is left of the first. Each arm is one small thing.

course      the loop: tasks in turn, R filling row by row; learning curves of what comes back
nets        slow weights that keep learning: fine-tuning, replay, elastic weight consolidation
heads       frozen random features with a memory as head: the fast weights of this library
gates       how strongly a head writes and forgets: set by hand, pulsed at a switch, or learned in an outer loop
"""

from nlviz.experiments.continual.arms import FORGETTING, LEARNED, STRONG, arms
from nlviz.experiments.continual.course import Learner, Moment, accuracies, course, relearning
from nlviz.experiments.continual.gates import LearnedGates, SetGates, learn_gates
from nlviz.experiments.continual.heads import FastHead
from nlviz.experiments.continual.nets import EWC, FineTuning, Replay, balanced

__all__ = [
    "EWC",
    "FORGETTING",
    "LEARNED",
    "STRONG",
    "FastHead",
    "FineTuning",
    "LearnedGates",
    "Learner",
    "Moment",
    "Replay",
    "SetGates",
    "accuracies",
    "arms",
    "balanced",
    "course",
    "learn_gates",
    "relearning",
]
