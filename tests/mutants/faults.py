"""The faults that can be planted in a file: what a tired hand writes, one at a time."""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator
from typing import NamedTuple

__all__ = ["Fault", "faults"]


class Fault(NamedTuple):
    """One planted fault: the line it stands on, what it is in words, and the whole file with it."""

    line: int
    what: str
    source: str


Change = Callable[[ast.AST], Iterator[tuple[str, ast.AST]]]

_WORDS = {
    "before": "after", "after": "before", "x": "y", "y": "x", "fast": "slow", "slow": "fast",
    "max": "min", "min": "max", "argmax": "argmin", "argmin": "argmax", "keys": "values", "values": "keys",
    "first": "last", "last": "first", "upper": "lower", "lower": "upper", "nanmax": "nanmin", "nanmin": "nanmax",
    "stability": "plasticity", "plasticity": "stability", 
    "inner_lr": "forget", "momentum": "forget", "forget": "momentum",
    "memory": "past_surprise", "past_surprise": "memory", "errors": "inputs", "inputs": "errors",
}  # fmt: skip
_OPERATORS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult,
    ast.Lt: ast.GtE, ast.GtE: ast.Lt, ast.Gt: ast.LtE, ast.LtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.And: ast.Or, ast.Or: ast.And,
}  # fmt: skip


def faults(source: str) -> Iterator[Fault]:
    """Every fault that can be planted in this source, in the order of its lines."""
    tree = ast.parse(source)
    # annotations are postponed everywhere here, and no run reads them
    unread = {part for node in ast.walk(tree) for words in _annotations(node) for part in ast.walk(words)}
    for node in sorted(ast.walk(tree), key=lambda node: getattr(node, "lineno", 0)):
        if isinstance(node, ast.stmt | ast.expr | ast.keyword) and node not in unread:
            yield from _planted(tree, node)


def _annotations(node: ast.AST) -> list[ast.AST]:
    given = (getattr(node, name, None) for name in ("annotation", "returns"))
    return [words for words in given if words is not None]


def _planted(tree: ast.Module, node: ast.AST) -> Iterator[Fault]:
    if _is_words(node):
        return
    for what, new in _changes(node):
        planted = _Exchange(node, new).visit(copy.copy(tree))
        yield Fault(getattr(node, "lineno", 0), what, ast.unparse(ast.fix_missing_locations(planted)))


class _Exchange(ast.NodeTransformer):
    """One node for another, in a copy of what stands above it."""

    def __init__(self, old: ast.AST, new: ast.AST) -> None:
        self.old, self.new = old, new

    def generic_visit(self, node: ast.AST) -> ast.AST:
        return self.new if node is self.old else super().generic_visit(_shallow(node))


def _shallow(node: ast.AST) -> ast.AST:
    """The node with lists of its own, so that the tree it comes from stays as it is."""
    held = copy.copy(node)
    for name, value in ast.iter_fields(node):
        setattr(held, name, list(value) if isinstance(value, list) else value)
    return held


def _is_words(node: ast.AST) -> bool:
    """A docstring, or anything else that stands alone and says something."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _changes(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    for change in (_operator, _comparison, _boolean, _sign, _number, _word, _swapped, _slice, _branch):
        yield from change(node)


def _operator(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS and not isinstance(node.left, ast.Constant):
        yield f"{_says(node)}: another operator", ast.BinOp(node.left, _OPERATORS[type(node.op)](), node.right)  # pyright: ignore
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
        yield f"{_says(node)}: factors exchanged", ast.BinOp(node.right, node.op, node.left)


def _comparison(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    if isinstance(node, ast.Compare) and type(node.ops[0]) in _OPERATORS:
        new = [_OPERATORS[type(node.ops[0])](), *node.ops[1:]]
        yield f"{_says(node)}: the other way", ast.Compare(node.left, new, node.comparators)  # pyright: ignore


def _boolean(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    if isinstance(node, ast.BoolOp):
        yield f"{_says(node)}: and for or", ast.BoolOp(_OPERATORS[type(node.op)](), node.values)  # pyright: ignore


def _sign(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield f"{_says(node)}: no minus", ast.UnaryOp(ast.UAdd(), node.operand)


def _number(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float) and not isinstance(node.value, bool):
        yield f"{node.value} is {node.value + 1}", ast.Constant(node.value + 1)
    if isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield f"{node.value} is {not node.value}", ast.Constant(not node.value)


def _word(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    if isinstance(node, ast.Attribute) and node.attr in _WORDS:
        new = _WORDS[node.attr]
        yield f"{_says(node)}: .{new}", ast.Attribute(node.value, new, node.ctx)
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in _WORDS:
        yield f"{node.value!r} is {_WORDS[node.value]!r}", ast.Constant(_WORDS[node.value])
    if isinstance(node, ast.keyword) and node.arg in ("x", "y"):
        yield f"{node.arg}= is {_WORDS[node.arg]}=", ast.keyword(_WORDS[node.arg], node.value)


def _swapped(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    if isinstance(node, ast.Call) and len(node.args) >= 2 and not any(isinstance(a, ast.Starred) for a in node.args):
        first, second, *rest = node.args
        yield f"{_says(node)}: arguments exchanged", ast.Call(node.func, [second, first, *rest], node.keywords)
    if isinstance(node, ast.Tuple) and len(node.elts) == 2 and isinstance(node.ctx, ast.Load):
        yield f"{_says(node)}: exchanged", ast.Tuple(node.elts[::-1], node.ctx)
    if isinstance(node, ast.IfExp):
        yield f"{_says(node)}: branches exchanged", ast.IfExp(node.test, node.orelse, node.body)


def _slice(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("transpose", "clip"):
        yield f"{_says(node)}: left out", node.func.value
    if isinstance(node, ast.Attribute) and node.attr in ("mT", "T") and isinstance(node.value, ast.Name):
        yield f"{_says(node)}: not transposed", ast.Attribute(node.value, "real", node.ctx)


def _branch(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    if isinstance(node, ast.If):
        yield f"if {_says(node.test)}: never", ast.If(ast.Constant(False), node.body, node.orelse)


def _says(node: ast.AST) -> str:
    words = ast.unparse(node)
    return words if len(words) < 60 else f"{words[:57]}…"
