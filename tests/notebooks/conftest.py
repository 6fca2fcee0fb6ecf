from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch


@pytest.fixture(autouse=True)
def denormals() -> Iterator[None]:
    """`setup` flushes them for the whole process, and hypothesis refuses to draw numbers after that."""
    yield
    torch.set_flush_denormal(False)
