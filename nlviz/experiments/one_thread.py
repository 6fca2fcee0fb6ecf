"""Runs whose numbers must not depend on how many threads there are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch

__all__ = ["one_thread"]


@contextmanager
def one_thread() -> Iterator[None]:
    """One thread and no gradients inside. More threads take sums in another order, which is seen after many steps.

    >>> from nlviz.experiments.one_thread import one_thread
    >>> with one_thread():
    ...     torch.get_num_threads(), torch.is_grad_enabled()
    (1, False)
    """
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with torch.no_grad():
            yield
    finally:
        torch.set_num_threads(before)
