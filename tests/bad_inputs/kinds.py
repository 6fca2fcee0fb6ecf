"""Kinds of argument: for each, values that must be refused, and other forms of a good value that must be taken."""

from __future__ import annotations

import re
import tempfile
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from nlviz import memory
from nlviz.inner import unroll
from nlviz.memory import Gates, Pairs
from nlviz.trace import Trace

__all__ = ["KINDS", "Kind", "of", "small"]

NAN, INF = float("nan"), float("inf")


class Kind(NamedTuple):
    """bad: values to refuse, by name. forms: other forms of the good value, by name, which mean the same."""

    bad: Callable[[Any], dict[str, Any]]
    forms: Callable[[Any], dict[str, Any]] = lambda good: {}


def _nothing(good: Any) -> dict[str, Any]:
    return {}


def _whole(least: int) -> Kind:
    bad = {
        "a text": "8",
        "a fraction": 2.5,
        "None": None,
        "True": True,
        "nan": NAN,
        "inf": INF,
        "a list": [1, 2],
        "a class": int,
        "too small": least - 1,
        "far too small": -(10**6),
        "huge": 10**15,
        "a tensor of two": torch.ones(2),
    }
    return Kind(
        lambda good: bad,
        lambda good: {"np.int64": np.int64(good), "8.0": float(good), "tensor": torch.tensor(good)},
    )


_WORDS_FOR_NUMBERS = {"a text": "0.5", "None": None, "True": True, "a class": float, "a list": [0.5, 0.5], "nan": NAN}


def _number(**more: Any) -> Kind:
    def forms(good: float) -> dict[str, Any]:
        return {"np.float64": np.float64(good), "np.float32": np.float32(good), "tensor": torch.tensor(float(good))}

    return Kind(lambda good: _WORDS_FOR_NUMBERS | {"inf": INF} | more, forms)


def _damaged(x: Tensor) -> dict[str, Any]:
    """A tensor spoilt in ways that change neither its kind nor its shape."""
    spoilt = {}
    if x.is_floating_point() and x.numel():
        for name, value in (("nan inside", NAN), ("inf inside", INF)):
            new = x.clone()
            new.view(-1)[-1] = value
            spoilt[name] = new
    return spoilt


_NO_TENSOR = {
    "a text": "x",
    "None": None,
    "a class": torch.Tensor,
    "a dict": {},
    "a function": abs,
    "ragged": [[1.0], [1.0, 2.0]],
    "complex": np.array([1j]),
    "sparse": torch.eye(2).to_sparse(),
    "masked": np.ma.masked_array([1.0, 2.0], [False, True]),
}


def _tensor(good: Tensor) -> dict[str, Any]:
    return _NO_TENSOR | _damaged(good) | {"an axis less": good[0], "an axis more": good[None], "a number": 3.0}


def _tensor_forms(good: Tensor) -> dict[str, Any]:
    locked = good.numpy().copy()
    locked.flags.writeable = False
    foreign = good.numpy().astype(good.numpy().dtype.newbyteorder(">"))
    arrays = {"NumPy": good.numpy(), "read-only": locked, "big-endian": foreign}
    return {"list": good.tolist(), **arrays, "requires grad": good.clone().requires_grad_()}


def _pairs(good: Pairs) -> dict[str, Any]:
    k, v = good
    return {
        "a text": "x",
        "None": None,
        "a number": 3,
        "the keys alone": k,
        "a class": Pairs,
        "a dict": {"k": k},
        "one part": (k,),
        "three parts": (k, v, v),
        **{f"keys: {name}": Pairs(bad, v) for name, bad in _tensor(k).items()},
        **{f"values: {name}": Pairs(k, bad) for name, bad in _tensor(v).items()},
        "keys too wide": Pairs(torch.cat([k, k], -1), v),
        "values too wide": Pairs(k, torch.cat([v, v], -1)),
        "a token less": Pairs(k[:, 1:], v),
        "another batch": Pairs(torch.cat([k, k]), v),
    }


def _pairs_forms(good: Pairs) -> dict[str, Any]:
    k, v = good
    return {
        "tuple": (k, v),
        "list": [k, v],
        "lists": (k.tolist(), v.tolist()),
        "NumPy": (k.numpy(), v.numpy()),
        # floating kinds are promoted together: autocast mixes them
        "mixed dtypes": Pairs(k, v.double()),
    }


def _gates(good: Gates) -> dict[str, Any]:
    bad: dict[str, Any] = {"a text": "x", "a class": Gates, "two parts": good[:2], "one more part": (*good, good[0])}
    for name, gate in good._asdict().items():
        for why, spoilt in (_tensor(gate) | {"a token less": gate[:, 1:]}).items():
            if why != "a number":
                bad[f"{name}: {why}"] = good._replace(**{name: spoilt})
    bad["forget 1.5"] = good._replace(forget=torch.full_like(good.forget, 1.5))
    bad["forget -.1"] = good._replace(forget=torch.full_like(good.forget, -0.1))
    return bad


def _gates_forms(good: Gates) -> dict[str, Any]:
    return {
        "tuple": tuple(good),
        "lists": tuple(x.tolist() for x in good),
        "NumPy": tuple(x.numpy() for x in good),
    }


def _memory(good: Any) -> dict[str, Any]:
    others = {"its name": "Delta", "None": None, "a number": 3, "a function": abs, "a tensor": torch.ones(2)}
    return {"a class": type(good)} | others


def _state(good: Any) -> dict[str, Any]:
    M, S = good
    run = unroll(memory.Delta(4, 3), *small())
    return {
        "a text": "x",
        "a number": 3,
        "a run": run,
        "a tensor": M,
        "another batch": type(good)(torch.cat([M, M]), torch.cat([S, S])),
        "another width": type(good)(M[:, 1:], S[:, 1:]),
    }


def small(batch: int = 2, time: int = 5, d_key: int = 4, d_value: int = 3) -> tuple[Pairs, Gates]:
    """A few pairs and gates."""
    chance = torch.Generator().manual_seed(0)
    keys = torch.nn.functional.normalize(torch.randn(batch, time, d_key, generator=chance), dim=-1)
    pairs = Pairs(keys, torch.randn(batch, time, d_value, generator=chance))
    return pairs, Gates.constant(pairs, 0.5, 0.25, 0.125)


def _probes(good: Any) -> dict[str, Any]:
    return {"a name": "surprise", "a number": 3, "numbers": [3], "functions": [print], "names": ["surprise"]}


def _trace(good: Trace) -> dict[str, Any]:
    run = unroll(memory.Delta(4, 3), *small())
    return {"None": None, "a dict": dict(good), "a run": run, "a text": "x", "a class": Trace}


def _matrix(good: Any) -> dict[str, Any]:
    return {
        "a text": "x",
        "None": None,
        "ragged": [[0.5], [0.5, 0.5]],
        "one axis": [0.5, 0.5],
        "not square": [[0.5, 0.5]],
        "empty": [],
        "nan": np.full((2, 2), NAN),
        "a number": 0.5,
        "inf": np.full((2, 2), INF),
    }


def _array_forms(good: Any) -> dict[str, Any]:
    held = np.asarray(good, dtype=float)
    return {"list": held.tolist(), "NumPy": held, "float32": held.astype(np.float32), "tensor": torch.tensor(held)}


def _paths(good: Any) -> dict[str, Any]:
    folder = Path(good).parent
    damaged = folder / f"damaged{Path(good).suffix}"
    damaged.write_bytes(Path(good).read_bytes()[:40] if Path(good).exists() else b"\x00" * 40)
    foreign = folder / f"foreign{Path(good).suffix}"
    foreign.write_text("no such file", "utf-8")
    empty = folder / f"empty{Path(good).suffix}"
    empty.write_bytes(b"")
    return {
        "a number": 3,
        "None": None,
        "a folder": folder,
        "not there": folder / "no" / "such",
        "damaged": damaged,
        "foreign": foreign,
        "empty": empty,
    } | _no_names()


def _no_names() -> dict[str, Any]:
    """Paths that no file can have."""
    return {"too long": "a" * 300, "a zero byte": "a\0b"}


KINDS: dict[str, Kind] = {
    "count": _whole(1),
    "count from 0": _whole(0),
    "seed": Kind(
        lambda good: {"a text": "8", "a fraction": 2.5, "None": None, "nan": NAN, "a list": [1]},
        lambda good: {"np.int64": np.int64(good)},
    ),
    "number": _number(),
    "positive": _number(zero=0.0, negative=-1.0),
    "not negative": _number(negative=-1.0),
    "share": _number(negative=-0.5, above=1.5),
    "flag": Kind(lambda good: {"a text": "yes", "None": None, "2": 2}, lambda good: {"np.bool_": np.bool_(good)}),
    "word": Kind(lambda good: {"almost": f"{good}x", "a number": 3, "None": None, "empty": "", "a list": [good]}),
    "generator": Kind(
        lambda good: {"a seed": 0, "None": None, "NumPy's": np.random.default_rng(0), "a class": torch.Generator}
    ),
    "NumPy's generator": Kind(
        lambda good: {"a seed": 0, "None": None, "torch's": torch.Generator(), "a class": np.random.Generator}
    ),
    "tensor": Kind(_tensor, _tensor_forms),
    # what a memory answered may be lost, and may have any axes
    "answers": Kind(lambda good: _NO_TENSOR, _tensor_forms),
    "pairs": Kind(_pairs, _pairs_forms),
    "gates": Kind(_gates, _gates_forms),
    # one write by hand looks at kinds and shapes alone: numbers are looked at once, by the loop
    "pairs in hand": Kind(lambda good: _without_numbers(_pairs(good)), _pairs_forms),
    "gates in hand": Kind(lambda good: _without_numbers(_gates(good)), _gates_forms),
    "tensor in hand": Kind(lambda good: _without_numbers(_tensor(good)), _tensor_forms),
    "count without end": Kind(lambda good: {w: bad for w, bad in _whole(1).bad(good).items() if w != "huge"}),
    "count without end from 0": Kind(lambda good: {w: bad for w, bad in _whole(0).bad(good).items() if w != "huge"}),
    "steps": Kind(lambda good: _WORDS_FOR_NUMBERS | {"negative": -1.0}),
    "package": Kind(lambda good: {"almost": f"{good}x", "a number": 3, "None": None, "empty": "", "a class": str}),
    "folder or file": Kind(lambda good: {"a number": 3, "not there": Path(good) / "no", "foreign bytes": _not_code()}),
    "integer": Kind(lambda good: {"a text": "8", "a fraction": 2.5, "None": None, "nan": NAN, "a list": [1]}),
    "counts": Kind(
        lambda good: {"None": None, "a number": 3, "words": ["a"], "fractions": [2.5], "negative": [-1], "a text": "x"},
        lambda good: {"tuple": tuple(good), "NumPy": np.array(good)},
    ),
    "positives": Kind(
        lambda good: {"None": None, "a number": 3, "words": ["a"], "nan": [NAN], "a text": "x"},
        lambda good: {"tuple": tuple(good), "NumPy": np.array(good)},
    ),
    "several counts": Kind(
        lambda good: {"a text": "8", "a fraction": 2.5, "None": None, "nan": NAN, "a class": int, "negative": -1},
        lambda good: {"np.int64": np.int64(good), "tensor": torch.tensor(good)},
    ),
    "memory": Kind(_memory),
    # a run that has diverged may be carried on: its state is taken, and a mark says so
    "state": Kind(_state, lambda good: {"another dtype": type(good)(*(part.double() for part in good))}),
    "probes": Kind(_probes, lambda good: {"tuple": tuple(good), "one alone": good[0]}),
    "trace": Kind(_trace),
    "matrix": Kind(_matrix, _array_forms),
    "numbers": Kind(
        lambda good: {"a text": "x", "None": None, "ragged": [[1], [1, 2]], "nan": [NAN], "words": ["a"]}, _array_forms
    ),
    "path": Kind(_paths, lambda good: {"str": str(good)}),
    # a folder of code is as good as a file, an empty file is an empty text, and None is the package
    "path of code": Kind(
        lambda good: {what: bad for what, bad in _paths(good).items() if what not in ("None", "a folder", "empty")},
        lambda good: {"str": str(good)},
    ),
    "path to write": Kind(
        lambda good: (
            {
                "a number": 3,
                "None": None,
                "a folder": Path(good).parent,
                "no such folder": Path(good).parent / "no" / "such",
            }
            | _no_names()
        ),
        lambda good: {"str": str(good)},
    ),
    "model": Kind(lambda good: {"a class": type(good), "None": None, "a text": "x", "a number": 3}),
    "function": Kind(lambda good: {"a number": 3, "None": None, "a text": "x"}),
    "optional function": Kind(lambda good: {"a number": 3, "a text": "x"}),
    "thing": Kind(lambda good: {"None": None, "a text": "x", "a number": 3, "a class": type(good)}),
    # any nest of tensors and whole numbers
    "nest": Kind(lambda good: {"None": None, "a text": "x", "a fraction": 2.5, "a class": type(good)}),
    "things": Kind(lambda good: {"None": None, "a number": 3, "wrong things": [3], "a text": "x"}),
    "title": Kind(lambda good: {"None": None, "a number": 3}),
    "as it is": Kind(_nothing),
    "source": Kind(lambda good: {"None": None, "a number": 3, "a class": type(good), "a list of words": ["a"]}),
    "function or class": Kind(lambda good: {"None": None, "a number": 3, "a text": "x", "a module": types}),
}


def _not_code() -> Path:
    path = Path(tempfile.mkdtemp()) / "bytes.py"
    path.write_bytes(b"\x00\xff" * 20)
    return path


def _without_numbers(bad: dict[str, Any]) -> dict[str, Any]:
    return {what: value for what, value in bad.items() if not re.search(r"inside|forget [1-]", what)}


def of(kind: str) -> Kind:
    """The kind of that name; "count?" is a count that may be None."""
    found = KINDS[kind.removesuffix("?")]
    if not kind.endswith("?"):
        return found
    return Kind(lambda good: {what: bad for what, bad in found.bad(good).items() if bad is not None}, found.forms)
