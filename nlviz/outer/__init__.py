"""The outer loop: slow weights, and the models that fast weights sit in.

layers      what models are built of: memories as layers, attention, convolution, the wirings of Titans, Hope
learned     slow weights around a memory of pairs, and outer gradients by name
models      whole models over tokens or bytes, the shipped ones, and their states between calls
tasks       what slow weights are trained on: source code, facts, needles, pairs to recall
training    steps, updates looked at before they are taken, and how the shipped weights come about
"""

from nlviz.outer.layers.attention import Attention, AttentionState
from nlviz.outer.layers.continuum_blocks import ContinuumBlocks
from nlviz.outer.layers.convolution import Convolution
from nlviz.outer.layers.hope import Hope, HopeAttention, HopeAttentionState, HopeState
from nlviz.outer.layers.lmm import LMM, LMMState
from nlviz.outer.layers.masks import Mask
from nlviz.outer.layers.memory_layers import MemoryLayer, Streamed, TTTLayer
from nlviz.outer.layers.persistent import PersistentMemory
from nlviz.outer.layers.self_modifying import SelfModifying, SelfModifyingState
from nlviz.outer.layers.titans import MAC, MAG, MAL, Gating, MACState, MAGState
from nlviz.outer.learned.gradients import OUTER_GRADIENTS, unroll_by
from nlviz.outer.learned.learner import RULES, SLOW, Learner
from nlviz.outer.learned.matryoshka import Cascade, Matryoshka
from nlviz.outer.learned.self_referential import SelfReferential
from nlviz.outer.models.architectures import (
    ARCHITECTURES,
    architecture,
    carried,
    deep_memory,
    linear_memory,
    parameters,
)
from nlviz.outer.models.byte_model import ByteModel, ByteState
from nlviz.outer.models.memory_model import MemoryModel
from nlviz.outer.models.states import detach, load, save
from nlviz.outer.models.token_model import Block, ModelState, TokenModel
from nlviz.outer.models.window_model import WindowModel
from nlviz.outer.tasks.facts import Facts, ManyFacts, Told, answer_probability, asked_at
from nlviz.outer.tasks.needles import Hidden, Needles, asked_after, share_found
from nlviz.outer.tasks.recalls import Asked, Recalls, pairs_asked, share_recalled
from nlviz.outer.training.periodic import PeriodicUpdates
from nlviz.outer.training.train import Report, Task, train

__all__ = [
    "ARCHITECTURES",
    "LMM",
    "MAC",
    "MAG",
    "MAL",
    "OUTER_GRADIENTS",
    "RULES",
    "SLOW",
    "Asked",
    "Attention",
    "AttentionState",
    "Block",
    "ByteModel",
    "ByteState",
    "Cascade",
    "ContinuumBlocks",
    "Convolution",
    "Facts",
    "Gating",
    "Hidden",
    "Hope",
    "HopeAttention",
    "HopeAttentionState",
    "HopeState",
    "LMMState",
    "Learner",
    "MACState",
    "MAGState",
    "ManyFacts",
    "Mask",
    "Matryoshka",
    "MemoryLayer",
    "MemoryModel",
    "ModelState",
    "Needles",
    "PeriodicUpdates",
    "PersistentMemory",
    "Recalls",
    "Report",
    "SelfModifying",
    "SelfModifyingState",
    "SelfReferential",
    "Streamed",
    "TTTLayer",
    "Task",
    "TokenModel",
    "Told",
    "WindowModel",
    "answer_probability",
    "architecture",
    "asked_after",
    "asked_at",
    "carried",
    "deep_memory",
    "detach",
    "linear_memory",
    "load",
    "pairs_asked",
    "parameters",
    "save",
    "share_found",
    "share_recalled",
    "train",
    "unroll_by",
]
