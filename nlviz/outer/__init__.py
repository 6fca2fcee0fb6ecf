"""The outer loop: slow weights, and the models that fast weights sit in."""

from nlviz.outer.language import ByteModel, ByteState
from nlviz.outer.reading import Reading, ReadingState, known, read

__all__ = ["ByteModel", "ByteState", "Reading", "ReadingState", "known", "read"]
