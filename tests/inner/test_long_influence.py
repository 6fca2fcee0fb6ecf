"""A long stream's influence is held a window at a time: what stays in memory beside the answer has no length."""

from __future__ import annotations

import weakref
from collections import Counter
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from nlviz import memory
from nlviz.inner import influence
from nlviz.memory import Gates, Pairs


class Held(TorchDispatchMode):
    """Counts the bytes of all tensors that are alive inside; `most` is where they were at their most."""

    def __init__(self) -> None:
        super().__init__()
        self.most = self._now = 0
        self._sizes: dict[int, int] = {}
        self._holders: Counter[int] = Counter()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        made = func(*args, **(kwargs or {}))
        for one in made if isinstance(made, tuple | list) else (made,):
            if isinstance(one, Tensor) and one.untyped_storage().nbytes():
                self._holds(one)
        self.most = max(self.most, self._now)
        return made

    def _holds(self, one: Tensor) -> None:
        place, size = one.untyped_storage().data_ptr(), one.untyped_storage().nbytes()
        if not self._holders[place]:
            self._sizes[place] = size
            self._now += size
        self._holders[place] += 1
        weakref.finalize(one, self._lost, place)

    def _lost(self, place: int) -> None:
        self._holders[place] -= 1
        if not self._holders[place]:
            self._now -= self._sizes.pop(place)


def spare(rule: Any, time: int, **how: Any) -> int:
    """Bytes held at most beside what was given and what comes back."""
    generator = torch.Generator().manual_seed(0)
    pairs = Pairs(*(torch.randn(1, time, width, generator=generator) for width in (4, 3)))
    gates = Gates.constant(Pairs(0.5 * pairs.keys, pairs.values), 0.1, 0.3, 0.01)
    with torch.no_grad(), Held() as held:
        found = influence(rule, pairs, gates, **how)
    given = sum(one.untyped_storage().nbytes() for one in (*pairs, *gates))
    return held.most - given - sum(one.untyped_storage().nbytes() for one in found)


@pytest.mark.parametrize("rule", [memory.Titans(4, 3), memory.Omega(4, 3, window=3)], ids=["Titans", "Omega"])
def test_what_is_held_beside_the_answer_does_not_grow_with_the_stream(rule: Any) -> None:
    short, long = (spare(rule, time, window=16, top=2) for time in (96, 384))
    # what waits for the garbage collector comes and goes
    assert 0 < long <= 1.4 * short


def test_a_whole_map_does_grow() -> None:
    """So that the count can see what it is there to see."""
    short, long = (spare(memory.Titans(4, 3), time) for time in (96, 384))
    assert long > 4 * short
