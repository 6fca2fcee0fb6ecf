"""A student's function in a plain cell of a notebook, with the same indulgence as in `check` and in a lab."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import torch
from torch import Tensor

from nlviz.door.results import copied, fitted, numbers, parts
from nlviz.door.words import call, count

__all__ = ["yours"]


def yours(function: Callable[..., Any], results: int = 1) -> Callable[..., Any]:
    """Your function as `check` calls it: it gets copies off the graph, and what it gives comes as tensors.

    They have type and device of the first tensor it is given, and its shape if they differ from that by axes of length
    1 alone; other axes of length 1 are taken off. results: how many it gives; several come as a tuple. What is no
    numbers comes as it is.
    Raises ValueError where `function` cannot be called, and where it gives another number of results.

        >>> step = lessons.yours(lambda M, k: [(M @ k).numpy(), k.tolist()], results=2)
        >>> step(torch.eye(2), torch.ones(2))
        (tensor([1., 1.]), tensor([1., 1.]))
    """
    call("function", function)
    count("results", results)
    name = getattr(function, "__name__", "function")

    @wraps(function)
    def called(*arguments: Any) -> Any:
        like = next((one for one in arguments if isinstance(one, Tensor)), torch.zeros(()))
        given = function(*map(copied, arguments))
        if results == 1:
            return _plain(given, like)
        found = parts(given, results)
        if found is None:
            raise ValueError(f"your {name} returned {type(given).__name__}; expected {results} results, in a tuple")
        return tuple(_plain(one, like) for one in found)

    return called


def _plain(given: Any, like: Tensor) -> Any:
    found = numbers(given)
    if found is None:
        return given
    found = found.to(like) if like.is_floating_point() else found
    fits = fitted(found, like.shape)
    return found.squeeze() if fits is None else fits
