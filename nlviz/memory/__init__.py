"""Fast weights: what a memory is, and the rules that write it."""

from nlviz.memory.deep import DeepMemory, DeepState
from nlviz.memory.gating import GateState, SurpriseGate, bits, entropy, gradient_norm
from nlviz.memory.linear import Delta, GatedDelta, Hebbian, LinearMemory, LinearState, Oja, Titans
from nlviz.memory.objectives import Objective, cross_entropy, squared_error
from nlviz.memory.protocol import Gates, Memory, Pairs

__all__ = [
    "DeepMemory",
    "DeepState",
    "Delta",
    "GateState",
    "GatedDelta",
    "Gates",
    "Hebbian",
    "LinearMemory",
    "LinearState",
    "Memory",
    "Objective",
    "Oja",
    "Pairs",
    "SurpriseGate",
    "Titans",
    "bits",
    "cross_entropy",
    "entropy",
    "gradient_norm",
    "squared_error",
]
