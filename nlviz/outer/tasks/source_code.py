"""The source code that shipped models are trained on, and what none of them may have seen."""

from __future__ import annotations

import hashlib

import numpy as np

from nlviz.streams.code import code, standard_library

__all__ = ["HELD_OUT", "NOT_TRAINED_ON", "READ", "held_out_digest", "held_out_texts", "training_text"]

READ = ("email",)
"""Packages for the fast weights to read: never trained on."""
HELD_OUT = ("http", "json", "logging")
"""Packages the held-out bits per byte are measured on: never trained on either."""
# Code pages and help texts: hardly any code in two megabytes.
NOT_TRAINED_ON = (*READ, *HELD_OUT, "encodings", "pydoc_data")


def training_text(limit: int | None = None) -> np.ndarray:
    """The first bytes of the running interpreter's standard library, without tests and what is NOT_TRAINED_ON."""
    return code([name for name in standard_library() if name not in NOT_TRAINED_ON], limit=limit).bytes


def held_out_texts(limit: int = 40_000) -> list[np.ndarray]:
    """The first bytes of every package in HELD_OUT."""
    return [code(package, limit=limit).bytes for package in HELD_OUT]


def held_out_digest() -> str:
    """SHA-256 of the held-out text: whether this interpreter's version of it is the one a figure was measured on."""
    return hashlib.sha256(b"".join(text.tobytes() for text in held_out_texts())).hexdigest()
