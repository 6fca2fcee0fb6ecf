"""Fast weights: what a memory is, and the rules that write it."""

from nlviz.memory.cached import Cached, CachedState
from nlviz.memory.choices import Choices
from nlviz.memory.continuum.continuum import Continuum, ContinuumState
from nlviz.memory.continuum.level import Level
from nlviz.memory.deep import DeepMemory
from nlviz.memory.family import GDN2, KDA, RWKV7, Comba, MomentumDelta, RecursiveLeastSquares
from nlviz.memory.gating import GateState, ProgressGate, SurpriseGate
from nlviz.memory.learned import Learned
from nlviz.memory.linear import Delta, GatedDelta, Hebbian, LinearMemory, LinearRule, Oja, Titans
from nlviz.memory.metrics import bits, entropy, gradient_norm, past_surprise, prediction_error, total_surprise
from nlviz.memory.nets import MLP, Activation, Function, Gradient, LayerNorm, Net, gelu, gelu_tanh, silu
from nlviz.memory.objectives import Objective, cross_entropy, dot_product, huber, l_p, squared_error
from nlviz.memory.omega import Omega
from nlviz.memory.plastic import Plastic
from nlviz.memory.protocol import Gates, Memory, Pairs
from nlviz.memory.rules import Adam, GradientDescent, MemoryRule, Momentum, UpdateRule
from nlviz.memory.state import LinearState, State
from nlviz.memory.ttt import inner_rate, position_factors, ttt_linear, ttt_mlp

__all__ = [
    "GDN2",
    "KDA",
    "MLP",
    "RWKV7",
    "Activation",
    "Adam",
    "Cached",
    "CachedState",
    "Choices",
    "Comba",
    "Continuum",
    "ContinuumState",
    "DeepMemory",
    "Delta",
    "Function",
    "GateState",
    "GatedDelta",
    "Gates",
    "Gradient",
    "GradientDescent",
    "Hebbian",
    "LayerNorm",
    "Learned",
    "Level",
    "LinearMemory",
    "LinearRule",
    "LinearState",
    "Memory",
    "MemoryRule",
    "Momentum",
    "MomentumDelta",
    "Net",
    "Objective",
    "Oja",
    "Omega",
    "Pairs",
    "Plastic",
    "ProgressGate",
    "RecursiveLeastSquares",
    "State",
    "SurpriseGate",
    "Titans",
    "UpdateRule",
    "bits",
    "cross_entropy",
    "dot_product",
    "entropy",
    "gelu",
    "gelu_tanh",
    "gradient_norm",
    "huber",
    "inner_rate",
    "l_p",
    "past_surprise",
    "position_factors",
    "prediction_error",
    "silu",
    "squared_error",
    "total_surprise",
    "ttt_linear",
    "ttt_mlp",
]
