"""The bytes of a text, however it is given."""

from __future__ import annotations

import numpy as np

from nlviz.door.arrays import array
from nlviz.door.words import refuse
from nlviz.streams.code import Source

__all__ = ["bytes_of"]


def bytes_of(source: Source | bytes | np.ndarray) -> np.ndarray:
    """The bytes of a text, [time] uint8. Raises ValueError for what is none, a string among it.

    >>> from nlviz.streams.raw import bytes_of
    >>> bytes_of(b"ab").tolist()
    [97, 98]
    """
    text, what = source.bytes if isinstance(source, Source) else source, "bytes: a Source, bytes, or numbers 0 to 255"
    if isinstance(text, bytes | bytearray):
        return np.frombuffer(bytes(text), np.uint8)
    if isinstance(text, str):
        refuse("the text", text, what, "use text.encode()")
    found = array("the text", text, "time")
    if found.size and (found.dtype.kind not in "iu" or found.min() < 0 or found.max() > 255):
        refuse("the text", found, what)
    return found.astype(np.uint8, copy=False)
