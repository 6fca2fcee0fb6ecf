"""A disk that is full: files can grow to so many bytes and no further, as the system itself refuses it."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["room_for"]


@contextmanager
def room_for(count: int) -> Iterator[None]:
    """What is written meanwhile by this process fails beyond `count` bytes of a file, with an OSError, half written."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (count, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
