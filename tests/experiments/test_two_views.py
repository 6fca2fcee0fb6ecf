"""Two nets read two views of the same tokens: one is written by gradient steps, the other is its frozen twin."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Generator

from nlviz.experiments import two_views


def run(seed: int = 0, **given: object) -> dict[str, np.ndarray]:
    trace = two_views(generator=Generator().manual_seed(seed), **given)  # pyright: ignore[reportArgumentType]
    return {name: signal.values[:, 0] for name, signal in trace.items()}


@pytest.mark.parametrize("seed", range(3))
def test_both_start_as_the_same_net_and_only_one_moves(seed: int) -> None:
    found = run(seed)
    assert found["fast"][0] == found["frozen"][0]
    assert (found["write_norm"] > 0).all()
    assert found["fast"][-50:].mean() < 0.2 * found["frozen"][-50:].mean()


def test_switched_off_both_are_frozen() -> None:
    found = run(learns=False)
    np.testing.assert_array_equal(found["fast"], found["frozen"])
    assert not found["write_norm"].any()
    np.testing.assert_array_equal(found["frozen"], run()["frozen"])


def test_the_views_are_maps_of_a_token_of_so_many_directions() -> None:
    """With one direction a token is a multiple of one vector: its views are two fixed directions, up to a sign."""
    losses = run(directions=1)["frozen"]
    assert len(np.unique(losses.round(4))) == 2


@pytest.mark.parametrize(("given", "said"), [({"directions": 33}, "directions is 33"), ({"inner_lr": -1}, "inner_lr")])
def test_what_does_not_fit_is_refused(given: dict[str, float], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        two_views(generator=torch.Generator(), **given)  # pyright: ignore[reportArgumentType]
