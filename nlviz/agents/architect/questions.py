"""Questions about a codebase, made from the code itself by `ast`, so that the truth is computed."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["CLASSES", "KINDS", "Question"]

KINDS = ("argument", "attribute", "defined")
"""Which argument comes next; which attribute follows; in which module is this defined."""
CLASSES = ("never changed", "renamed", "only in Week 1")
"""Of the name that is asked for: never changed and read on; renamed in Week 4; read in Week 1 and never again."""


class Question(NamedTuple):
    """What comes here? `prompt` candidate `after`.

    kind: of KINDS. about: of CLASSES. name: what was asked for, as the code called it in Week 1.
    prompt: {checkpoint: text before the blank}, as the file stands by then. after: what follows, the same for all.
    candidates: {checkpoint: names to choose from}. truth: {checkpoint: place of the right one}, computed from the code.
    file, line: where it stands, counted from 1. step: its byte in the stream, where Week 1 read it.
    """

    kind: str
    about: str
    name: str
    prompts: tuple[str, ...]
    after: str
    candidates: tuple[str, ...]
    truth: tuple[int, ...]
    file: str
    line: int
    step: int
