"""Nothing is a legal length: signals of no rows keep their axes and their precision, in every execution."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from nlviz.inner import Probe, probes, unroll, unroll_blocks, unroll_dual
from nlviz.memory import MLP, DeepMemory, Delta, Gates, Hebbian, Pairs, Titans

D, OUT, ITEMS = 5, 4, 3


def _deep() -> DeepMemory:
    net = MLP((D,))
    return DeepMemory(D, OUT, initial=net.draw(D, OUT, torch.Generator().manual_seed(0)), net=net)


EXECUTIONS = [
    *(
        pytest.param(execute, rule, id=f"{execute.__name__} {type(rule).__name__}")
        for execute in (unroll, unroll_blocks)
        for rule in (Hebbian(D, OUT), Delta(D, OUT), Titans(D, OUT))
    ),
    pytest.param(unroll_dual, _deep(), id="unroll_dual"),
]
AXES = {"surprise": (), "inner_loss": (), "past_surprise": (), "write_norm": (), "memory_norm": (), "own": (2,)}


def _asked(every: int, dtype: torch.dtype) -> list[Probe]:
    items = torch.ones(ITEMS, D, dtype=dtype), torch.ones(ITEMS, OUT, dtype=dtype)
    own = Probe("own", lambda step: step.error[:, 0, :2], "")
    plain = [getattr(probes, name) for name in AXES if name != "own"]
    return [one.sampled(every) for one in (*plain, own, probes.recall(*items), probes.share(*items), probes.weights())]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize(("execute", "memory"), EXECUTIONS)
@pytest.mark.parametrize(("batch", "time", "every"), [(2, 0, 1), (0, 0, 1), (0, 6, 1), (2, 6, 7), (0, 6, 7), (2, 6, 6)])
def test_signals_keep_their_axes(
    execute: Any, memory: Any, batch: int, time: int, every: int, dtype: torch.dtype
) -> None:
    pairs = Pairs(torch.ones(batch, time, D, dtype=dtype), torch.ones(batch, time, OUT, dtype=dtype))
    how = {"period": 1} if execute is unroll_dual else {}
    run = execute(memory, pairs, Gates.constant(pairs, 0.1), probes=_asked(every, dtype), **how)
    assert run.outputs.shape == (batch, time, OUT)
    matrix = (D, D + 1) if execute is unroll_dual else (OUT, D)
    matrix = tuple(memory.net.shapes(D, OUT)[0]) if execute is unroll_dual else matrix
    axes = {**AXES, "recall": (ITEMS,), "share": (ITEMS,), "weights": matrix}
    rows = time // every
    for name, signal in run.trace.items():
        assert signal.values.shape == (rows, batch, *axes[name]), name
        assert signal.times.tolist() == list(range(every - 1, time, every))
        assert signal.values.dtype == np.dtype(str(dtype).removeprefix("torch."))
    assert run.trace.marks == ()


@pytest.mark.parametrize("execute", [unroll, unroll_dual])
def test_a_stream_shorter_than_its_period(execute: Any) -> None:
    pairs = Pairs(torch.ones(2, 3, D), torch.ones(2, 3, OUT))
    run = execute(_deep(), pairs, Gates.constant(pairs, 0.1), period=4, probes=[probes.surprise, probes.weights()])
    assert run.trace["surprise"].values.shape == (0, 2)
    assert run.trace["weights"].values.shape[:2] == (0, 2)
    assert run.trace["weights"].values.ndim == 4
