"""The outer loop: slow weights, and the models that fast weights sit in."""

from nlviz.outer.language import ByteModel, ByteState
from nlviz.outer.reading import Piece, Reading, ReadingState, known, read, reading_pieces

__all__ = ["ByteModel", "ByteState", "Piece", "Reading", "ReadingState", "known", "read", "reading_pieces"]
