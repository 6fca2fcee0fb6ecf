"""What a memory looks at when it is asked directly: kinds and shapes, never every number (the loop's door does that).

A call that fits passes by a few comparisons (`reads`, `writes`). The rest comes to `reading` or `writing`, which take
what is unambiguous and refuse the others in words.
"""

from __future__ import annotations

from typing import Any, NoReturn

import torch
from torch import Tensor

from nlviz.door import tensors, words
from nlviz.memory.protocol import Gates, Memory, Pairs, gates_of, pairs_of
from nlviz.memory.state import State, parts, ungated

__all__ = [
    "a_memory",
    "a_state",
    "answered",
    "blank",
    "gates_fit",
    "no_state",
    "passed",
    "reading",
    "reads",
    "streams",
    "writes",
    "writing",
]


REQUIRED = ("d_key", "d_value", "init", "read", "write")
"""What a memory must have; what it may have is told in `able`."""

UNASKED = object()
"""Stands for gates where none are asked for."""


def a_memory(name: str, value: Any) -> Memory[Any]:
    """A memory, known by what it can do; a class says to make one first."""
    return words.able(name, value, REQUIRED, "a memory, such as Delta(8, 8)")


def streams(batch: Any) -> int:
    """How many streams a state is for; none is legal."""
    return words.count("batch", batch, least=0, of="streams")


def blank(like: Any) -> Tensor:
    """An empty tensor of the device of `like` and of the dtype weights are kept in: never below float32.

    Fast weights add up thousands of small writes, and eight bits of bfloat16 would lose most of them.
    """
    if like is None:
        return torch.empty(0)
    if not isinstance(like, Tensor):
        like = tensors.tensor("like", like)
    whole = not like.is_floating_point()
    dtype = torch.get_default_dtype() if whole else torch.promote_types(like.dtype, torch.float32)
    return like.new_empty(0, dtype=dtype)


def reads(memory: Any, state: Any, queries: Any) -> bool:
    """Whether queries [batch, chunk, d_key] fit a `State` as they are."""
    if type(state) is not State or type(queries) is not Tensor:
        return False
    held, shape = _first(state), queries.shape
    return (
        type(held) is Tensor
        and _counted(state) == len(getattr(memory, "forms", parts(state.memory)))
        and len(shape) == 3
        and shape[2] == memory.d_key
        and held.shape == (shape[0], *getattr(memory, "form", ()))  # a memory of one's own names none
        and queries.dtype is held.dtype
    )


def writes(memory: Any, state: Any, pairs: Any, gates: Any = UNASKED) -> bool:
    """Whether pairs [batch, chunk, …] and gates [batch, chunk] fit a `State` as they are."""
    if type(pairs) is not Pairs or not reads(memory, state, pairs.keys):
        return False
    keys, values = pairs
    shape, dtype = keys.shape, keys.dtype
    if type(values) is not Tensor or values.dtype is not dtype or values.shape != (*shape[:2], memory.d_value):
        return False
    if type(gates) is not Gates:
        return gates is UNASKED
    one, two, three = gates
    return (
        type(one) is type(two) is type(three) is Tensor
        and one.dtype is two.dtype is three.dtype is dtype
        and one.shape == two.shape == three.shape == (shape[0], shape[1])
    )


def reading(memory: Any, state: Any, queries: Any) -> tuple[State[Any], Tensor]:
    """State and queries that `reads`, from whatever says them without doubt."""
    state = a_state(memory, state)
    return state, _given("queries", queries, _first(state), "d_key", memory)


def answered(answer: Tensor, queries: Any) -> Tensor:
    """The answer in the precision of the question, if that had one."""
    floating = isinstance(queries, Tensor) and queries.is_floating_point()
    return answer.to(queries.dtype) if floating else answer


def gates_fit(memory: Any, gates: Gates) -> Gates:
    """Gates whose channels this memory takes. Raises ValueError for one that has channels where it takes a number."""
    for name, gate in gates._asdict().items():
        if gate.dim() > 2 and name not in getattr(memory, "by_channel", ()):
            kinds = {
                "inner_lr": "GDN2 and RWKV7 write by channel",
                "forget": "KDA, GDN2, RWKV7 and Omega forget by channel",
            }
            words.refuse(name, gate, f"one number a token, [batch, time], for {type(memory).__name__}", kinds[name])
    return gates


def writing(memory: Any, state: Any, pairs: Any, gates: Any = UNASKED) -> tuple[State[Any], Pairs, Any]:
    """State, pairs and gates that `writes`, from whatever says them without doubt; no gates if none are given."""
    state = a_state(memory, state)
    held, pairs = _first(state), pairs_of(pairs)
    keys = _given("keys", pairs.keys, held, "d_key", memory)
    values = _given("values", pairs.values, held, "d_value", memory)
    if values.shape[:2] != keys.shape[:2]:
        words.refuse("values", values, f"one for each key, {list(keys.shape[:2])} of batch and chunk")
    how = gates if gates is UNASKED else gates_fit(memory, Gates(*(gate.to(held) for gate in gates_of(gates, keys))))
    return state, Pairs(keys, values), how


def passed(memory: Any, state: Any, pairs: Any, gates: Any = UNASKED) -> tuple[Pairs, Any]:
    """Pairs and gates as the memory behind all gates takes them; a memory of another kind than ours looks itself."""
    if isinstance(memory, type) or not hasattr(memory, "write"):
        a_memory("memory", memory)
    memory, state = ungated(memory, state)
    # a state of another form says which part of it is a State
    state = getattr(state, "shown_state", state)
    if writes(memory, state, pairs, gates):
        return pairs, gates
    a_memory("memory", memory)
    if hasattr(memory, "forms"):
        return writing(memory, state, pairs, gates)[1:]
    return pairs_of(pairs), gates


def a_state(memory: Any, state: Any) -> State[Any]:
    """A state whose weights are those of this memory. Raises ValueError for another's, and for what is none."""
    plain = isinstance(state, tuple | list) and not hasattr(state, "_fields") and len(state) == 2
    state = State(*state) if plain else state
    if not isinstance(state, State):
        no_state(memory, state)
    found, shapes = parts(state.memory), memory.forms
    whose = f"as this {type(memory).__name__} makes by init"
    if len(found) != len(shapes):
        words.refuse("state", f"{len(found)} matrices", f"{len(shapes)}, {whose}")
    for weights, shape in zip(found, shapes, strict=True):
        if not isinstance(weights, Tensor) or weights.dim() != 3 or weights.shape[1:] != shape:
            words.refuse("state.memory", weights, f"[batch, {shape[0]}, {shape[1]}], {whose}")
    return state


def no_state(memory: Any, state: Any) -> NoReturn:
    """Refuse what is not a state, with what it should have been."""
    remedy = f"{type(memory).__name__}.init(batch) makes one"
    if hasattr(state, "state") and hasattr(state, "outputs"):
        remedy = "that is a whole run; give its state: run.state"
    elif hasattr(state, "state") and hasattr(state, "pairs"):
        remedy = (
            "tokens in it wait for their chunk: finish it with unroll at the same period, or use its `.state`, "
            "the weights without them"
        )
    words.refuse("state", state, f"a state of {type(memory).__name__}", remedy)


def _counted(state: State[Any]) -> int:
    held = state.memory
    return len(held) if type(held) is tuple else 1


def _first(state: State[Any]) -> Any:
    held = state.memory
    return held[0] if type(held) is tuple else held


def _given(name: str, given: Any, held: Tensor, axis: str, memory: Any) -> Tensor:
    """Queries, keys or values on the dtype and device of the weights; a number's device is where it lies."""
    found = tensors.tensor(name, given, f"batch chunk {axis}", like=held)
    found = tensors.floating(name, found)
    remedy = f"build the {type(memory).__name__} with that width or project the {name}"
    tensors.fits(name, found, axis, getattr(memory, axis), remedy)
    if found.shape[0] != held.shape[0]:
        streams = f"one for each of the state's {held.shape[0]} streams"
        words.refuse(name, found, streams, "use expand(batch, …) to ask all the same")
    if found.device != held.device:
        words.refuse(f"device of {name}", str(found.device), f"{held.device}, as the state")
    return found.to(held.dtype)
