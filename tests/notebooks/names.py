"""Which names a cell takes from other cells and which it gives them, read off its bytecode in order of execution."""

from __future__ import annotations

import ast
import builtins
import dis
from collections.abc import Iterator
from types import CodeType
from typing import NamedTuple

_PROVIDED = {*vars(builtins), "__name__", "__doc__", "get_ipython", "display", "In", "Out", "_"}
_READ = {"LOAD_NAME", "LOAD_GLOBAL", "LOAD_FROM_DICT_OR_GLOBALS"}


class Names(NamedTuple):
    """taken: read before the cell itself gives them a value. given: bound by the cell.

    carried: for each function of the cell, what it will look up among `given` whenever another cell calls it.
    """

    taken: frozenset[str]
    given: frozenset[str]
    carried: dict[str, set[str]]


def names(source: str) -> Names:
    """The names of one cell; what its functions read counts as taken, unless the cell gives it."""
    code = compile(source, "cell", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    given: set[str] = set()
    taken: set[str] = set()
    for step in dis.get_instructions(code):
        if step.opname in ("STORE_NAME", "STORE_GLOBAL"):
            given.add(step.argval)
        elif step.opname in _READ and step.argval not in given:
            taken.add(step.argval)
    read = {inner: set(_globals(inner)) for inner in _inside(code)}
    taken |= {name for found in read.values() for name in found - given}
    carried = {inner.co_name: found & given for inner, found in read.items() if inner.co_name in given}
    return Names(frozenset(taken - _PROVIDED), frozenset(given), carried)


def _globals(code: CodeType) -> Iterator[str]:
    stored = {step.argval for step in dis.get_instructions(code) if step.opname == "STORE_NAME"}
    for step in dis.get_instructions(code):
        if step.opname in _READ and step.argval not in stored:
            yield step.argval


def _inside(code: CodeType) -> Iterator[CodeType]:
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield constant
            yield from _inside(constant)
