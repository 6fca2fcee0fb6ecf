"""NumPy arrays at the door, for the rooms that draw and measure. Loads no torch: a tensor is taken through NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np

from nlviz.door.words import refuse

__all__ = ["array", "chance", "unmasked"]


def array(name: str, value: Any, axes: str = "", *, finite: bool = False, dtype: Any = None) -> np.ndarray:
    """A list, tuple, NumPy array or tensor as a NumPy array of numbers with the named axes.

    axes: names separated by spaces, as "time batch"; "" takes any number of them, "time …" at least the named ones.
    finite: refuse NaN and infinity. dtype: a kind to turn numbers into; None keeps theirs.
    """
    unmasked(name, value)
    try:
        found = np.asarray(_off_the_graph(value))
    except (ValueError, TypeError, RuntimeError):
        refuse(name, value, f"an array {_axes(axes)}", "its rows differ in length or are no numbers")
    if found.dtype.kind not in "biuf":
        remedy = "give a NumPy array, a tensor or a list of numbers"
        refuse(name, value, f"an array of numbers {_axes(axes)}".rstrip(), remedy)
    names = axes.split()
    open_ended = names[-1:] == ["…"]
    if names and (found.ndim < len(names) - 1 if open_ended else found.ndim != len(names)):
        refuse(name, found, f"axes {_axes(axes)}", "add the axis missing" if found.ndim < len(names) else "")
    if finite and found.size and not np.isfinite(found).all():
        place = [int(i) for i in np.argwhere(~np.isfinite(found))[0]]
        refuse(f"{name} at {place}", found[tuple(place)].item(), "finite numbers", "clean the data first")
    return found if dtype is None else found.astype(dtype, copy=False)


def chance(name: str, value: Any) -> np.random.Generator:
    """A NumPy generator; a seed is refused with the line that makes one of it."""
    if isinstance(value, np.random.Generator):
        return value
    seed = value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else 0
    refuse(name, value, "a NumPy generator", f"use np.random.default_rng({seed})")


def unmasked(name: str, value: Any) -> None:
    """Refuse a masked array in which something is: under a mask there may be any number."""
    if isinstance(value, np.ma.MaskedArray) and np.ma.is_masked(value):
        refuse(name, "a masked array", "numbers, none of them masked", "use .filled(…), or leave those out")


def _off_the_graph(value: Any) -> Any:
    """A tensor without its graph and device, in a kind NumPy knows, also where it stands in a list."""
    if isinstance(value, list | tuple) and any(hasattr(one, "detach") for one in value):
        return [_off_the_graph(one) for one in value]
    if isinstance(value, type) or not hasattr(value, "detach"):
        return value
    tensor: Any = value.detach().cpu()  # pyright: ignore[reportAttributeAccessIssue]
    return tensor.float() if str(tensor.dtype) == "torch.bfloat16" else tensor


def _axes(axes: str) -> str:
    return f"[{', '.join(axes.split())}]" if axes else ""
