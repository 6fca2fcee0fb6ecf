"""Tensors and generators at the door, for the rooms that compute."""

from __future__ import annotations

from typing import Any, Literal, overload

import numpy as np
import torch
from torch import Generator, Tensor
from torch.autograd import forward_ad

from nlviz.door.arrays import unmasked
from nlviz.door.words import refuse, shown

__all__ = ["fits", "floating", "generator", "goes_back", "may_leave", "may_look", "same_kind", "tensor"]


def tensor(name: str, value: Any, axes: str = "", *, like: Tensor | None = None) -> Tensor:
    """A tensor as it is; a list, tuple, number or NumPy array turned into one, on the dtype and device of `like`.

    axes: names separated by spaces, as "batch time d_key"; "" takes any. A tensor keeps its own dtype and graph.
    """
    if not isinstance(value, Tensor):
        value = _made(name, value, like)
    _dense(name, value)
    names = axes.split()
    if names and value.dim() != len(names):
        missing = "add the axis missing" if value.dim() < len(names) else "one axis too many"
        refuse(name, value, f"shape [{', '.join(names)}]", missing)
    return value


def _made(name: str, value: Any, like: Tensor | None) -> Tensor:
    remedy = "give a tensor, a NumPy array or a list of numbers"
    if value is None or isinstance(value, str | bytes | dict | set | type) or callable(value):
        refuse(name, value, "a tensor", remedy)
    unmasked(name, value)
    try:
        if isinstance(value, list | tuple) and any(isinstance(one, Tensor) for one in value):
            made = torch.stack([one if isinstance(one, Tensor) else torch.as_tensor(one) for one in value])
        else:
            made = torch.as_tensor(_plain(np.asarray(value)))
    except (ValueError, TypeError, RuntimeError):
        refuse(name, value, "a tensor", f"{remedy}, its rows of one length")
    if made.is_complex():
        refuse(name, value, "real numbers")
    if like is None:
        # Python's own numbers have no precision to keep
        return made.to(torch.get_default_dtype()) if not isinstance(value, np.ndarray) else made
    return made.to(like)


def _dense(name: str, value: Tensor) -> None:
    """Refuse kinds of tensor that torch itself hardly computes with."""
    if value.layout is not torch.strided or value.is_nested or value.is_quantized:
        refuse(name, f"a tensor of layout {value.layout}", "a dense tensor", f"use {name}.to_dense() first")
    if value.is_floating_point() and value.element_size() < 2:
        refuse(f"dtype of {name}", str(value.dtype), "at least 16 bits", "use .to(torch.float32)")


def _plain(held: np.ndarray) -> np.ndarray:
    """The array as torch takes it: stride, byte order, extended precision and a lock are NumPy's own affair."""
    kind = np.dtype(np.float64) if held.dtype == np.longdouble else held.dtype.newbyteorder("=")
    native = np.ascontiguousarray(held, kind).reshape(held.shape)
    return native if native.flags.writeable else native.copy()


def floating(name: str, value: Tensor) -> Tensor:
    """The tensor, if it holds fractions. Whole numbers are turned into torch's default dtype: their θ would be 0."""
    if value.is_complex():
        refuse(name, value, "real numbers")
    return value if value.is_floating_point() else value.to(torch.get_default_dtype())


def same_kind(name: str, value: Tensor, like: Tensor, whose: str) -> Tensor:
    """The tensor, if dtype and device are those of `like`; `whose` says what `like` is."""
    for what in ("dtype", "device"):
        here, there = getattr(value, what), getattr(like, what)
        if here != there:
            remedy = f"use {name}.to({shown(str(there))})" if what == "device" else f"use .to({there})"
            refuse(f"{what} of {name}", str(here), f"{there}, as {whose}", remedy)
    return value


def fits(name: str, value: Tensor, axis: str, width: int, remedy: str = "") -> Tensor:
    """The tensor, if its last axis is `width` long; `axis` names it."""
    if value.dim() < 1 or value.shape[-1] != width:
        refuse(name, value, f"a last axis ({axis}) of {width}", remedy)
    return value


@overload
def generator(name: str, value: Any, *, optional: Literal[False] = False) -> Generator:
    """One must be given."""
    ...


@overload
def generator(name: str, value: Any, *, optional: bool) -> Generator | None:
    """None may stand for torch's own."""
    ...


def generator(name: str, value: Any, *, optional: bool = False) -> Generator | None:
    """A `torch.Generator`; a seed is refused with the line that makes one of it."""
    if isinstance(value, Generator) or (value is None and optional):
        return value
    seed = value if isinstance(value, int) and not isinstance(value, bool) else 0
    refuse(name, value, "a torch.Generator", f"use torch.Generator().manual_seed({seed})")


def may_look(*values: Tensor) -> bool:
    """Whether numbers can be looked at now: not under `torch.func.vmap`, where one tensor stands for many."""
    if not _is_transformed(*values):
        return True
    try:
        return all(bool(value.detach().flatten()[:1].isnan().any()) in (True, False) for value in values)
    except RuntimeError:
        return False


def may_leave(*values: Tensor) -> bool:
    """Whether numbers can be taken out of torch now: not under any transform of `torch.func`."""
    if not _is_transformed(*values):
        return True
    try:
        return all(value.detach().flatten()[:0].cpu().float().numpy().size == 0 for value in values)
    except (RuntimeError, TypeError):
        return False


def goes_back(*values: Tensor) -> bool:
    """Whether a backward pass of one's own may stand in for autograd's: it goes back, by nothing but autograd.

    Not where no gradient is asked for, under a transform of `torch.func`, or where tangents go forward.
    """
    if not torch.is_grad_enabled() or not any(one.requires_grad for one in values):
        return False
    if _is_transformed(*values):
        return False
    return all(forward_ad.unpack_dual(one).tangent is None for one in values)


def _is_transformed(*values: Tensor) -> bool:
    """Whether a transform of `torch.func` is at work, or a tensor has no numbers at all: then each has to be tried."""
    if torch._C._are_functorch_transforms_active():  # pyright: ignore[reportPrivateUsage]
        return True
    return any(one.is_meta for one in values)
