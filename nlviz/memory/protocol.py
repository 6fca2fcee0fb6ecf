"""What a memory is: three pure methods on a state. Fast weights are the state, slow weights the memory's parameters.

Axis words used everywhere: batch, time, chunk (the tokens of one write), d_key, d_value.
"""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol, TypeVar

import numpy as np
import torch
from torch import Tensor

from nlviz.door import tensors, words

__all__ = ["BY_CHANNEL", "HAIR", "REMEDIES", "Gates", "Memory", "Pairs", "gates_of", "pairs_of"]

State = TypeVar("State")

HAIR = 1e-5
"""How far beyond 0 and 1 a share may lie: what rounding, or the step of a numeric derivative, makes of 0 and 1."""

REMEDIES = {
    "inner_lr": "use one number, or one for each token",
    "momentum": "it is the share of the past surprise that is carried on",
    "forget": "it is the share forgotten; where a paper prints what is kept, use 1 − that",
}
"""What to do about a gate that was refused; its keys are the names of the gates."""


BY_CHANNEL = ("inner_lr", "forget")
"""The gates that may have a number for each key channel; whether they may is the memory's to say (`able`)."""


class Pairs(NamedTuple):
    """What is to be stored: keys [batch, time, d_key], values [batch, time, d_value]."""

    keys: Tensor
    values: Tensor


class Gates(NamedTuple):
    """How strongly each token is written; each [batch, time], and for rules that say so [batch, time, d_key].

    inner_lr: θ_t, the write strength (β in DeltaNet). momentum: η_t, how much of the past surprise is carried on.
    forget: α_t, the share forgotten; keep = 1 − forget. Papers that print *keep* are converted by the caller.
    θ is any finite number (a negative one unlearns), η and α are shares, 0…1: the loops look before they compute.
    By channel: θ and α, where the rule takes them so (KDA, GDN2, RWKV7, Omega).
    """

    inner_lr: Tensor
    momentum: Tensor
    forget: Tensor

    @classmethod
    def constant(
        cls,
        pairs: Pairs,
        inner_lr: float | Tensor = 1.0,
        momentum: float | Tensor = 0.0,
        forget: float | Tensor = 0.0,
    ) -> Gates:
        """The same gates for every token of `pairs`: numbers, or tensors that broadcast to [batch, time].

        inner_lr and forget may have three axes, and then broadcast to [batch, time, d_key]: one for each channel.

        On the device of the keys and in their dtype, in float32 at least: whole-number or bfloat16 keys hold no .001.
        Raises ValueError for a number that is no gate, and for a shape that does not broadcast.

            >>> pairs = memory.Pairs(torch.ones(1, 3, 2), torch.ones(1, 3, 4))
            >>> memory.Gates.constant(pairs, inner_lr=0.5).inner_lr
            tensor([[0.5000, 0.5000, 0.5000]])
        """
        keys = tensors.floating("keys", tensors.tensor("keys", pairs_of(pairs).keys, "batch time d_key"))
        named = {"inner_lr": inner_lr, "momentum": momentum, "forget": forget}
        return cls(*(_spread(name, gate, keys) for name, gate in named.items()))


class Memory(Protocol[State]):
    """Fast weights under a rule: `init` makes a state, `read` asks it, `write` returns the next one; all are pure.

    init: a state for `batch` streams, on the dtype and device of `like`.
    read: queries [batch, chunk, d_key] -> [batch, chunk, d_value], all against the same state.
    write: all pairs of the chunk see the same old weights (the chunk is one update); gates [batch, chunk].
    A state is best a `State(memory, past_surprise)`, every tensor in it with one row for each stream.
    These five are what it must have. What it may have, and what holds without it, is told in `able`: an `objective`
    (squared error), its `gradients` (autograd), a stability limit (not known), a block form (none), …
    """

    @property
    def d_key(self) -> int: ...

    @property
    def d_value(self) -> int: ...

    def init(self, batch: int, like: Tensor | None = None) -> State: ...

    def read(self, state: State, queries: Tensor) -> Tensor: ...

    def write(self, state: State, pairs: Pairs, gates: Gates) -> State: ...


def pairs_of(pairs: Any) -> Pairs:
    """Pairs from themselves, from (keys, values), from a dict of both, or from a stream that carries them."""
    if type(pairs) is Pairs:
        return pairs
    if isinstance(getattr(pairs, "pairs", None), Pairs) and not hasattr(pairs, "state"):
        return pairs.pairs
    return Pairs(*_in_order("pairs", pairs, Pairs._fields))


def gates_of(gates: Any, keys: Tensor) -> Gates:
    """All three gates [batch, time] for these keys, from themselves, three in a row or a dict; numbers hold throughout.

    Raises ValueError for a gate of other tokens: one for each token, or one number.
    """
    given = gates if type(gates) is Gates else Gates(*_in_order("gates", gates, Gates._fields))
    return Gates(*(_each(name, gate, keys) for name, gate in given._asdict().items()))


def _in_order(name: str, given: Any, names: tuple[str, ...]) -> list[Any]:
    """So many things, by place in a list or tuple or by name in a dict."""
    listed = ", ".join(names)
    if isinstance(given, dict) and set(given) == set(names):
        return [given[one] for one in names]
    # a tuple with names of its own means something else, even if it is as long
    if not isinstance(given, tuple | list) or hasattr(given, "_fields") or len(given) != len(names):
        constant = ", or Gates.constant(pairs, …) for numbers" if name == "gates" else ""
        words.refuse(name, given, f"{name.capitalize()}({listed}){constant}")
    return list(given)


def _spread(name: str, gate: Any, keys: Tensor) -> Tensor:
    """A gate [batch, time] from a number or from what broadcasts to that shape, on the keys' device and dtype."""
    blank = keys.new_empty(0, dtype=torch.promote_types(keys.dtype, torch.float32))
    given = _tensor(name, gate, blank).to(blank)
    by_channel = given.dim() > 2 and name in BY_CHANNEL
    shape = keys.shape if by_channel else keys.shape[:2]
    sizes = zip(reversed(given.shape), reversed(shape), strict=False)
    if given.dim() > len(shape) or any(one not in (1, size) for one, size in sizes):
        axes = "[batch, time, d_key]" if by_channel else "[batch, time]"
        words.refuse(name, gate, f"one number, or what broadcasts to {axes} = {list(shape)}")
    return given.expand(shape)


def _each(name: str, gate: Any, keys: Tensor) -> Tensor:
    """A gate that is [batch, time] already, in its own precision; a single number is spread."""
    given = _tensor(name, gate, keys)
    if not given.dim():
        return _spread(name, given, keys)
    if given.shape != keys.shape[:2] and not (name in BY_CHANNEL and given.shape == keys.shape):
        each = f"one number, or one for each key: [batch, time] = {list(keys.shape[:2])}"
        words.refuse(name, given, each, "Gates.constant spreads what broadcasts")
    return given if given.is_floating_point() else _spread(name, given, keys)


def _tensor(name: str, gate: Any, like: Tensor) -> Tensor:
    """The gate as a tensor; a plain number is looked at, tensors are left to the door of the loop."""
    if isinstance(gate, Tensor):
        return gate if not gate.is_complex() else tensors.floating(name, gate)
    if isinstance(gate, list | tuple | np.ndarray):
        return tensors.tensor(name, gate, like=like)
    return torch.full((), _number(name, gate), dtype=torch.promote_types(like.dtype, torch.float32), device=like.device)


def _number(name: str, gate: Any) -> float:
    """A number that is a gate: finite, and a share where the gate is one, but for a hair."""
    x = words.number(name, gate, remedy=REMEDIES[name])
    if name != "inner_lr" and not -HAIR <= x <= 1 + HAIR:
        words.share(name, gate, remedy=REMEDIES[name])
    return x
