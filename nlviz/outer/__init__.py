"""The outer loop: slow weights, and the models that fast weights sit in."""

from nlviz.outer.attention import Attention, AttentionState
from nlviz.outer.facts import Facts, Told, answer_probability, asked_at
from nlviz.outer.language import ByteModel, ByteState
from nlviz.outer.layers import MemoryLayer, Streamed, TTTLayer
from nlviz.outer.models import Block, ModelState, TokenModel
from nlviz.outer.reading import Piece, Reading, ReadingState, known, read, reading_pieces
from nlviz.outer.states import detach, load, save
from nlviz.outer.train import Report, Task, train
from nlviz.outer.window import WindowModel

__all__ = [
    "Attention",
    "AttentionState",
    "Block",
    "ByteModel",
    "ByteState",
    "Facts",
    "MemoryLayer",
    "ModelState",
    "Piece",
    "Reading",
    "ReadingState",
    "Report",
    "Streamed",
    "TTTLayer",
    "Task",
    "TokenModel",
    "Told",
    "WindowModel",
    "answer_probability",
    "asked_at",
    "detach",
    "known",
    "load",
    "read",
    "reading_pieces",
    "save",
    "train",
]
