"""Hypothesis strategies: streams with everything that can go wrong in them, small enough to read when one fails."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import torch
from hypothesis import strategies as st
from torch import Tensor

from nlviz.memory import Gates, LinearState, Pairs

__all__ = ["Case", "cases", "make"]

KEYS = ("unit", "raw", "sparse", "one key", "two keys", "orthogonal", "tiny", "opposed", "zero")
GATES = ("random", "edges", "zero", "one", "constant")


class Case(NamedTuple):
    """One stream in float64, and how it is to be run."""

    pairs: Pairs
    gates: Gates
    queries: Tensor | None
    state: LinearState | None
    block: int
    read_first: bool

    def arrays(self) -> dict[str, Any]:
        """The stream as the arguments of `reference.run`."""
        return {
            "keys": self.pairs.keys.numpy(),
            "values": self.pairs.values.numpy(),
            "gates": tuple(gate.numpy() for gate in self.gates),
            "queries": None if self.queries is None else self.queries.numpy(),
            "start": None if self.state is None else tuple(part.numpy() for part in self.state),
            "read_first": self.read_first,
        }


def _keys(style: str, shape: tuple[int, int, int], rng: np.random.Generator) -> np.ndarray:
    batch, time, width = shape
    keys = rng.normal(size=shape)
    keys /= np.linalg.norm(keys, axis=-1, keepdims=True)
    if style == "raw":
        return keys * rng.uniform(0, 1.6, (batch, time, 1))
    if style == "sparse":
        return keys * (rng.random((batch, time, 1)) < 0.6)
    if style == "one key":
        return np.broadcast_to(keys[:, :1], shape).copy()
    if style == "two keys":
        return np.take_along_axis(keys, rng.integers(0, min(2, time), (batch, time, 1)), 1)
    if style == "orthogonal":
        return np.broadcast_to(np.eye(width)[np.arange(time) % width], shape).copy()
    if style == "tiny":
        return keys * 10.0 ** rng.integers(-7, 1, (batch, time, 1))
    if style == "opposed":
        return keys[:, :1] * (-1.0) ** np.arange(time)[None, :, None]
    return keys * 0 if style == "zero" else keys


def _gate(style: str, shape: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    gate = rng.random(shape)
    if style == "edges":
        return np.where(gate < 0.5, np.round(rng.random(shape)), gate)
    return {"zero": np.zeros(shape), "one": np.ones(shape), "constant": np.full(shape, gate.flat[0])}.get(style, gate)


def make(
    seed: int,
    shape: tuple[int, int, int, int] = (2, 12, 3, 4),
    keys: str = "unit",
    gates: tuple[str, str, str] = ("random", "random", "random"),
    *,
    repeat_values: bool = False,
    queries: bool = True,
    state: bool = True,
    block: int = 5,
    read_first: bool = False,
) -> Case:
    """The case these words describe; shape is (batch, time, d_key, d_value), gates the styles of (θ, η, α)."""
    rng = np.random.default_rng(seed)
    batch, time, d_key, d_value = shape
    values = rng.normal(size=(batch, 1 if repeat_values else time, d_value)).repeat(time if repeat_values else 1, 1)

    def tensor(array: np.ndarray) -> Tensor:
        return torch.tensor(array, dtype=torch.float64)

    return Case(
        Pairs(tensor(_keys(keys, (batch, time, d_key), rng)), tensor(values)),
        Gates(*(tensor(_gate(style, (batch, time), rng)) for style in gates)),
        tensor(rng.normal(size=(batch, time, d_key))) if queries else None,
        LinearState(*tensor(rng.normal(size=(2, batch, d_value, d_key)))) if state else None,
        block,
        read_first,
    )


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Any stream of up to three texts and twenty tokens; the numbers come from one seed, the dangers are drawn."""
    time = draw(st.integers(1, 20))
    widths = st.integers(1, 5)
    return make(
        draw(st.integers(0, 2**20)),
        (draw(st.integers(1, 3)), time, draw(widths), draw(widths)),
        draw(st.sampled_from(KEYS)),
        (draw(st.sampled_from(GATES)), draw(st.sampled_from(GATES)), draw(st.sampled_from(GATES))),
        repeat_values=draw(st.booleans()),
        queries=draw(st.booleans()),
        state=draw(st.booleans()),
        block=draw(st.integers(1, time + 3)),
        read_first=draw(st.booleans()),
    )
