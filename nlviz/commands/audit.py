"""Look whether a reader scores every byte before it knows it: five leaks, by changing one byte at a time.

The readers of nlviz, frozen and with fast weights, or your own: a function of a Python file (which is run, as `python
FILE.py` would) that takes bytes [batch, time], a uint8 tensor, and gives −log₂ p of each. The exit status is 1 where a
leak is found.

Example: nlviz audit email --reader mine.py:bits
"""

from __future__ import annotations

import argparse
import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nlviz.commands._arguments import one_line, whole
from nlviz.door import words

if TYPE_CHECKING:
    from nlviz.streams import Source

__all__ = ["arguments", "run"]


def arguments(parser: argparse.ArgumentParser) -> None:
    """On what text, and who reads."""
    parser.add_argument("what", metavar="PACKAGE|PATH", nargs="?", default="email", help="to read (default: email)")
    parser.add_argument("--reader", metavar="FILE.py:NAME", help="your own reader (default: those of nlviz)")
    size, says = whole("--bytes", least=8, most=100_000), "of it, from the beginning (default: %(default)s)"
    parser.add_argument("--bytes", type=size, default=96, help=says)


def run(chosen: argparse.Namespace) -> int:
    """Print what was tried on each reader and what came of it."""
    own = None if chosen.reader is None else _own(chosen.reader)
    import torch

    from nlviz.measure import audit

    torch.set_num_threads(1)
    source = _source(chosen.what, chosen.bytes)
    print(f"{len(source)} bytes of {chosen.what}, one changed at a time", flush=True)
    leaks = 0
    for name, reader in (_ours() if own is None else {chosen.reader: own}).items():
        found = audit(reader, source)
        print(f"\n{name}\n{found}", flush=True)
        leaks += len(found.leaks)
    print(f"\n{leaks or 'no'} leak{'s' * (leaks != 1)} found in what was tried")
    return int(leaks > 0)


def _source(what: str, limit: int) -> Source:
    from nlviz.streams import code

    # what stands there as a path is one: a package is a bare name
    if Path(what).exists() and not what.isidentifier():
        return code(path=what, limit=limit)
    return code(what, limit=limit)


def _ours() -> dict[str, Callable[..., Any]]:
    """The readers of nlviz by what they do."""
    from nlviz import experiments, memory, outer

    model = outer.ByteModel.load()

    def levels(head: memory.DeepMemory) -> memory.Continuum:
        return memory.Continuum([memory.Level(head, period=period, mean=False) for period in (16, 64)], "nested")

    return {
        "frozen": experiments.reader_of(model, inner_lr=0.0),
        "writes every 16 bytes": experiments.reader_of(model),
        "writes what surprises by 3 bits": experiments.reader_of(model, threshold=3.0),
        "writes with momentum": experiments.reader_of(model, inner_lr=0.1, momentum=0.9, forget=0.01),
        "writes in levels, every 16 and 64 bytes": experiments.reader_of(model, memory=levels),
    }


def _own(typed: str) -> Callable[..., Any]:
    """The function of a file, as FILE.py:NAME. Raises ValueError for what there is not."""
    file, _, name = typed.rpartition(":")
    path = Path(file)
    if path.suffix != ".py" or not name.isidentifier():
        words.refuse("--reader", typed, "FILE.py:NAME, a function of a Python file")
    spec = importlib.util.spec_from_file_location(path.stem, path) if path.is_file() else None
    if spec is None or spec.loader is None:
        words.refuse("--reader", typed, "a Python file that exists", f"there is no {path}")
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as problem:  # a learner's file may raise anything
        raise ValueError(f"{path} cannot be run: {type(problem).__name__}: {one_line(problem)}") from problem
    if not callable(getattr(module, name, None)):
        words.refuse("--reader", typed, f"a function of {path}", f"{path} has no function {name}")
    return getattr(module, name)
