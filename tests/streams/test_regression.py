"""Regression streams: the map behind them is the one their examples show."""

from __future__ import annotations

import pytest
import torch

from nlviz.streams import regression


def chance(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_without_noise_the_examples_determine_the_map() -> None:
    examples = regression(40, 8, 5, generator=chance(), batch=3)
    found = torch.linalg.lstsq(examples.pairs.keys, examples.pairs.values).solution.mT
    torch.testing.assert_close(found, examples.truth, rtol=0, atol=1e-4)
    assert examples.truth.shape == (3, 5, 8)


def test_keys_are_unit_vectors_and_overlap_as_told() -> None:
    for overlap in (0.0, 0.6):
        keys = regression(200, 64, generator=chance(), overlap=overlap, batch=2).pairs.keys
        torch.testing.assert_close(keys.norm(dim=-1), torch.ones(2, 200))
        gram = keys @ keys.mT
        assert ((gram.sum((1, 2)) - 200) / (200 * 199)).mean().item() == pytest.approx(overlap, abs=0.03)


def test_noise_is_as_large_as_told() -> None:
    examples = regression(500, 8, generator=chance(), noise=0.5, batch=2)
    left = examples.pairs.values - examples.pairs.keys @ examples.truth.mT
    assert left.std().item() == pytest.approx(0.5, abs=0.02)


def test_the_seed_decides() -> None:
    first, again, other = (regression(5, 4, generator=chance(seed)).truth for seed in (0, 0, 1))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


@pytest.mark.parametrize("wrong", [{"noise": -1}, {"overlap": 1.0}, {"batch": 0}])
def test_nonsense_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=f"{next(iter(wrong))} is .*; expected"):
        regression(5, 4, generator=chance(), **wrong)  # pyright: ignore[reportArgumentType]
