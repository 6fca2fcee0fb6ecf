"""The door of layers and models: what they are built from, and what they are called with."""

from __future__ import annotations

from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from nlviz.door.tensors import fits, same_kind, tensor
from nlviz.door.words import count, instance, refuse
from nlviz.memory import Memory
from nlviz.outer.precision import mixed

__all__ = ["carried_on", "lasts", "memory", "module", "reader", "same_state", "symbols", "vectors"]

State = TypeVar("State")

STATE = "give the state that an earlier call of this model returned, or None"


def memory(value: Any) -> Memory[Any]:
    """A memory: something with widths that can be begun, read and written. A class in its place is refused."""
    if isinstance(value, type):
        refuse("memory", value, "a memory", f"make one first: {value.__name__}(d_key, d_value)")
    lacking = [part for part in ("d_key", "d_value", "init", "read", "write") if not hasattr(value, part)]
    if lacking:
        refuse("memory", value, "a memory", f"it lacks {', '.join(lacking)}; use one as memory.Titans(d_key, d_value)")
    return value


def module(name: str, value: Any) -> nn.Module:
    """A model or layer, not its class."""
    return instance(name, value, nn.Module)


def reader(value: Any) -> Any:
    """A model of symbols: called with a text it gives keys, and it has the head that makes logits of them."""
    if isinstance(value, type):
        refuse("model", value, "a model", f"make one first: {value.__name__}(…)")
    if not callable(value) or not hasattr(value, "head_weights"):
        refuse("model", value, "a model of symbols, with head_weights", "use one as outer.TokenModel")
    return value


def vectors(value: Any, width: int, like: Tensor, name: str = "x") -> Tensor:
    """[batch, time, width] on the dtype and device of `like`, a weight of the layer; lists and NumPy are put there.

    Under autocast any dtype with fractions will do. Whole numbers are refused: symbols are for models.
    """
    x = tensor(name, value, "batch time width", like=like)
    if x.dtype == like.dtype and x.device == like.device and x.shape[2] == width:
        return x
    fits(name, x, "width", width, "project it first, or build the layer with that width")
    if not x.is_floating_point():
        refuse(name, x, "vectors of fractions", f"embed symbols first, or use {name}.to({like.dtype})")
    return x if mixed(like) and x.device == like.device else same_kind(name, x, like, "the layer's weights")


def symbols(value: Any, vocabulary: int, like: Tensor) -> Tensor:
    """[batch, time] of whole numbers from 0 to below `vocabulary`, as a tensor on the device of `like`."""
    remedy = "as in torch.tensor(source.bytes)[None]"
    text = value if isinstance(value, Tensor) else torch.as_tensor(_whole(value, remedy)).to(like.device)
    if text.dim() != 2 or text.is_floating_point() or text.is_complex() or text.dtype == torch.bool:
        refuse("text", text, "whole numbers [batch, time]", remedy)
    if text.device != like.device:
        same_kind("text", text, like.to(text.dtype), "the model's weights")
    bytes_only = text.dtype == torch.uint8 and vocabulary >= 256
    if not bytes_only and text.numel() and not text.is_meta:
        least, most = (int(one) for one in text.aminmax())
        if least < 0 or most >= vocabulary:
            refuse("a symbol of the text", least if least < 0 else most, f"0 to {vocabulary - 1}", "map it first")
    return text


def lasts(last: Any, batch: int, vocabulary: int, like: Tensor) -> None:
    """Refuse what cannot be the last symbols [batch] that a model of so many symbols has seen."""
    if not isinstance(last, Tensor) or last.shape != (batch,):
        refuse("last of the state", last, f"the last symbol of each of {batch} texts", STATE)
    symbols(last[None], vocabulary, like)


def _whole(value: Any, remedy: str) -> Any:
    """A list or NumPy array of whole numbers as an array, of any depth."""
    import numpy as np

    try:
        held = np.asarray(value)
    except ValueError:
        refuse("text", value, "whole numbers [batch, time]", f"rows of one length, {remedy}")
    if held.dtype.kind not in "iu" and held.size:
        refuse("text", value, "whole numbers [batch, time]", remedy)
    # signed of 64 bits is what every torch operation takes
    return held if held.dtype == np.uint8 else held.astype(np.int64)


def carried_on(state: Any, kind: type[State], batch: int, of: str, begun: State | None = None) -> State:
    """A state of this kind and for so many streams, as an earlier call gave it.

    begun: the state before any token, whose tensors have the axes of all later ones; one of length 0 is free to grow.
    """
    remedy = f"give the state that an earlier call of this {of} returned, or None"
    found: Any = instance("state", state, kind, remedy)
    sizes = {len(part) for part in found if isinstance(part, Tensor) and part.dim()} - {batch}
    if sizes:
        refuse("the state's number of streams", sizes.pop(), f"{batch}, as x has", remedy)
    for name, part, first in zip(found._fields, found, found if begun is None else begun, strict=True):  # pyright: ignore
        if part is None or (isinstance(first, Tensor) and not _grown(part, first)):
            shape = f"shape {[size or '…' for size in first.shape]}" if isinstance(first, Tensor) else "a state"
            refuse(f"{name} of the state", part, shape, remedy)
    return found


def same_state(state: Any, begun: State, of: str) -> State:
    """A state whose every tensor has the shape of the beginning's, however deep it stands, and a clock that counts."""
    remedy = f"give the state that an earlier call of this {of} returned, or None"
    found: Any = instance("state", state, type(begun), remedy)
    for name, part, first in zip(found._fields, found, begun, strict=True):  # pyright: ignore
        if name == "clock":
            count("clock of the state", part, least=0, of="tokens")
        elif _shapes(part) != _shapes(first):
            refuse(f"shape of {name} in the state", _shapes(part), str(_shapes(first)), remedy)
    return found


def _shapes(part: Any) -> Any:
    """The shapes in a nest of tensors, in the nest's form; None for what is neither."""
    if isinstance(part, Tensor):
        return list(part.shape)
    return [_shapes(one) for one in part] if isinstance(part, tuple) else None


def _grown(part: Any, first: Tensor) -> bool:
    """Whether a part of a state may have come of this beginning."""
    return (
        isinstance(part, Tensor)
        and part.is_floating_point() == first.is_floating_point()
        and part.dim() == first.dim()
        and all(size in (0, now) for now, size in zip(part.shape[1:], first.shape[1:], strict=True))
    )
