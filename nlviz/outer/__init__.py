"""The outer loop: slow weights, and the models that fast weights sit in."""

from nlviz.outer.architectures import ARCHITECTURES, architecture, carried, deep_memory, linear_memory, parameters
from nlviz.outer.attention import Attention, AttentionState
from nlviz.outer.convolution import Convolution
from nlviz.outer.facts import Facts, ManyFacts, Told, answer_probability, asked_at
from nlviz.outer.language import ByteModel, ByteState
from nlviz.outer.layers import MemoryLayer, Streamed, TTTLayer
from nlviz.outer.lmm import LMM, LMMState
from nlviz.outer.masks import Mask
from nlviz.outer.memory_model import MemoryModel
from nlviz.outer.models import Block, ModelState, TokenModel
from nlviz.outer.needles import Hidden, Needles, asked_after, share_found
from nlviz.outer.persistent import PersistentMemory
from nlviz.outer.reading import Piece, Reading, ReadingState, known, read, reading_pieces
from nlviz.outer.recalls import Asked, Recalls, pairs_asked, share_recalled
from nlviz.outer.states import detach, load, save
from nlviz.outer.titans import MAC, MAG, MAL, Gating, MACState, MAGState
from nlviz.outer.train import Report, Task, train
from nlviz.outer.window import WindowModel

__all__ = [
    "ARCHITECTURES",
    "LMM",
    "MAC",
    "MAG",
    "MAL",
    "Asked",
    "Attention",
    "AttentionState",
    "Block",
    "ByteModel",
    "ByteState",
    "Convolution",
    "Facts",
    "Gating",
    "Hidden",
    "LMMState",
    "MACState",
    "MAGState",
    "ManyFacts",
    "Mask",
    "MemoryLayer",
    "MemoryModel",
    "ModelState",
    "Needles",
    "PersistentMemory",
    "Piece",
    "Reading",
    "ReadingState",
    "Recalls",
    "Report",
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
    "known",
    "linear_memory",
    "load",
    "pairs_asked",
    "parameters",
    "read",
    "reading_pieces",
    "save",
    "share_found",
    "share_recalled",
    "train",
]
