"""The first bytes of the training text in place of all: the standard library takes half a minute to cut into tokens."""

from __future__ import annotations

from types import ModuleType

import numpy as np
import pytest

from nlviz.outer.tasks.source_code import training_text

__all__ = ["its_beginning"]

BYTES = 200_000


def its_beginning(monkeypatch: pytest.MonkeyPatch, training: ModuleType) -> list[int | None]:
    """What a command trains on becomes the text's beginning; the limits that it asked for are in the list."""
    asked: list[int | None] = []

    def beginning(limit: int | None = None) -> np.ndarray:
        asked.append(limit)
        return training_text(BYTES)

    monkeypatch.setattr(training, "training_text", beginning)
    return asked
