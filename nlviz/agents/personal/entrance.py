"""What is handed to these agents: vectors, looked at once."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from nlviz.door import tensors, words

__all__ = ["vectors"]


def vectors(name: str, value: Any, axes: str, like: Tensor | None = None) -> Tensor:
    """Finite numbers with these axes; the last is as long as that of `like`, if it is given."""
    found = tensors.floating(name, tensors.tensor(name, value, axes, like=like)).detach()
    if like is not None:
        found = tensors.fits(name, found.to(like), axes.split()[-1], like.shape[-1])
    if not found.isfinite().all():
        words.refuse(name, value, "finite numbers", "one of them is NaN or infinite")
    return found
