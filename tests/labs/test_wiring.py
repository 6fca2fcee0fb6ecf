"""The wirings: the mask is the model's own, and what is said to move and to be kept is measured on it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from showing import shown

from nlviz import labs, memory, outer

NAMES = ("MAC", "MAG", "MAL", "LMM")


def built(name: str, window: int, persistent: int, width: int) -> Any:
    how: dict[str, Any] = {"persistent": persistent, "generator": torch.Generator().manual_seed(5)}
    how |= {} if name == "LMM" else {"segment" if name == "MAC" else "window": window, "heads": 2}
    return getattr(outer, name)(width, memory.Titans(width, width), **how)


@pytest.mark.parametrize("name", NAMES)
def test_every_wiring_says_that_only_the_memory_moves(name: str) -> None:
    lab = labs.wiring(preset=name)
    assert "every trained weight is as it was, to the bit" in lab.summary
    assert "23 of 23 further tokens moved the memory" in lab.summary
    assert lab.figure is not None
    assert lab.figure.to_dict()["layout"]["title"]["text"].startswith(f"{name}: ")


@pytest.mark.parametrize("name", ["MAC", "MAG"])
def test_the_mask_is_what_reaches_a_token_through_attention(name: str) -> None:
    """Gradients of attention's inputs: a token depends on the x that its row of the mask shows, and on no later one."""
    tokens, window = 12, 4
    model = built(name, window, 1, 8).double()
    columns = shown(labs.wiring(preset=name, knobs={"window": window, "persistent": 1, "tokens": tokens}))["mask"]
    named = columns.names
    seen = columns.values[:, 0][:, [named.index(f"x{i + 1}") for i in range(tokens)]]
    x = torch.randn(1, tokens, 8, dtype=torch.float64, requires_grad=True)
    kept = model.attention.mask(tokens).seen if name == "MAG" else model.mask(tokens).seen[:, -tokens:]
    np.testing.assert_array_equal(seen > 0, kept.numpy())
    for token in (0, 5, 11):
        (slope,) = torch.autograd.grad(model(x)[0][0, token].sum(), x)
        reached = slope[0].abs().sum(-1) > 0
        assert not reached[token + 1 :].any()
        assert reached[torch.as_tensor(seen[token] > 0)].all()


@pytest.mark.parametrize("name", NAMES)
def test_what_is_kept_does_not_grow_with_the_text(name: str) -> None:
    kept = shown(labs.wiring(preset=name, knobs={"tokens": 48}))["kept"].values[:, 0]
    np.testing.assert_array_equal(kept[:24].max(0), kept[24:].max(0))
    # M and S, and the tails of three convolutions of kernel 4
    assert (kept[:, 1] == 2 * 16 * 16 + 3 * 3 * 16).all()


def test_a_segment_ends_with_an_empty_cache() -> None:
    kept = shown(labs.wiring())["kept"].values[:, 0, 0]
    assert (kept[5::6] == 0).all()
    assert kept.max() > 0


@pytest.mark.parametrize(
    ("knob", "value"), [("kind", "MAG"), ("window", 3), ("persistent", 5), ("tokens", 12), ("width", 8)]
)
def test_every_knob_changes_what_is_shown(knob: str, value: Any) -> None:
    lab = labs.wiring()
    before = [shown(lab)[name].values for name in ("mask", "kept", "sizes")]
    lab.set(**{knob: value})
    after = [shown(lab)[name].values for name in ("mask", "kept", "sizes")]
    assert any(not np.array_equal(one, other) for one, other in zip(before, after, strict=True))


def test_the_state_string_makes_it_again() -> None:
    lab = labs.wiring(preset="MAL", seed=2)
    again = labs.from_state(lab.state())
    assert again.knobs == lab.knobs
    np.testing.assert_array_equal(shown(again)["kept"].values, shown(lab)["kept"].values)
