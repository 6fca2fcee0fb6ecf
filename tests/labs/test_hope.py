"""Hope's parts: every number is the layer's own, a frozen memory stays dark, a block waits for its tick."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from showing import shown

from nlviz import labs, outer
from nlviz.outer.layers.self_modifying import FIVE


def test_the_numbers_are_those_of_a_layer_made_the_same_way() -> None:
    trace = shown(labs.hope(seed=3))
    source = torch.Generator().manual_seed(3)
    tokens = torch.randn(1, 48, 16, generator=source)[:, :8].repeat(1, 6, 1)
    memories = outer.SelfModifying(16, unit_values=True, generator=source)
    with torch.no_grad():
        run = outer.Hope(16, (1, 4, 16), memories=memories, generator=source).watched(tokens)
    for name in ("write_norm", "level_writes", "inner_lr", "forget"):
        np.testing.assert_array_equal(trace[name].values, run.trace[name].values)


def test_a_block_is_written_at_its_ticks_alone() -> None:
    lab = labs.hope()
    writes = shown(lab)["level_writes"].values[:, 0]
    for place, period in enumerate((1, 4, 16)):
        np.testing.assert_array_equal(writes[:, place] > 0, (np.arange(48) + 1) % period == 0)
    assert "writes of the chain: 48, 12, 3" in lab.summary


@pytest.mark.parametrize("name", FIVE)
def test_a_frozen_memory_is_the_one_that_is_not_written(name: str) -> None:
    written = (shown(labs.hope(knobs={"frozen": name}))["write_norm"].values[:, 0] > 0).all(0)
    assert written.tolist() == [one != name for one in FIVE]


def test_a_motif_that_comes_again_is_written_ever_less() -> None:
    for seed in range(5):
        writes = shown(labs.hope(seed=seed))["write_norm"].values[:, 0, -1]
        assert writes[-8:].mean() < 0.5 * writes[:8].mean()


def test_either_half_can_stand_still() -> None:
    chain = shown(labs.hope(preset="chain alone"))
    assert not chain["write_norm"].values.any()
    assert chain["level_writes"].values.any()
    memories = labs.hope(preset="memories alone")
    assert not shown(memories)["level_writes"].values.any()
    assert "the chain is not written" in memories.summary
    assert "the chain stays as trained" in memories.figure.layout.title.text  # pyright: ignore


@pytest.mark.parametrize(
    ("knob", "value"),
    [("text", "random"), ("chain", "4 16"), ("frozen", "values"), ("loss", "literal"), ("period", 16)],
)
def test_every_knob_changes_what_is_shown(knob: str, value: Any) -> None:
    lab = labs.hope()
    before = [shown(lab)[name].values for name in ("write_norm", "level_writes", "period")]
    lab.set(**{knob: value})
    after = [shown(lab)[name].values for name in ("write_norm", "level_writes", "period")]
    assert any(not np.array_equal(one, other) for one, other in zip(before, after, strict=True))


def test_with_all_frozen_the_memories_knobs_are_dead() -> None:
    lab = labs.hope(preset="chain alone", knobs={"loss": "literal"})
    assert set(lab.dead) == {"loss", "period"}
    np.testing.assert_array_equal(
        shown(lab)["level_writes"].values, shown(labs.hope(preset="chain alone"))["level_writes"].values
    )
    assert "loss of a write does nothing here: all five memories are frozen" in lab.summary
