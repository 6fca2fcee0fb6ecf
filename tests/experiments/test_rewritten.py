"""The self-referential matrix as an arm: what it is shown, what it is asked, and that it learns."""

from __future__ import annotations

import pytest
import torch
from torch import Generator

from nlviz.experiments.learning_to_learn import Family, inputs_of, learn_itself, rewritten_error, self_referential

FAMILY = Family(items=3, writes=6, width=4)
GIVEN = FAMILY.draw(5, Generator().manual_seed(0))


def test_a_row_holds_all_that_the_other_arms_are_given() -> None:
    shown, asked = inputs_of(GIVEN)
    rows = torch.cat([GIVEN.keys, GIVEN.values, GIVEN.cues, 0 * GIVEN.cues], -1)
    assert torch.equal(shown[..., :10], rows)
    assert torch.equal(shown[..., 10:], GIVEN.context[:, None].expand(5, 6, 4))
    assert torch.equal(asked[..., :4], GIVEN.asked)
    assert not asked[..., 4:9].any()
    assert bool((asked[..., 9] == 1).all())
    assert torch.equal(asked[..., 10:], GIVEN.context[:, None].expand(5, 3, 4))


def test_only_what_was_ever_shown_counts_and_a_memory_of_nothing_has_error_one() -> None:
    model = self_referential(FAMILY)
    with torch.no_grad():
        model.start.zero_()
    assert rewritten_error(model, GIVEN).item() == pytest.approx(1)
    known = torch.zeros_like(GIVEN.known).index_fill(1, torch.tensor([1]), 1.0)
    other = GIVEN._replace(known=known, truth=GIVEN.truth.index_fill(1, torch.tensor([0, 2]), 9.0))
    model = self_referential(FAMILY, seed=1)
    expected = rewritten_error(model, GIVEN._replace(known=known))
    torch.testing.assert_close(rewritten_error(model, other), expected)


def test_with_theta_zero_nothing_of_the_stream_counts() -> None:
    model, other = self_referential(FAMILY), GIVEN._replace(values=2 * GIVEN.values)
    assert torch.equal(rewritten_error(model, GIVEN, theta=0.0), rewritten_error(model, other, theta=0.0))
    assert not torch.equal(rewritten_error(model, GIVEN), rewritten_error(model, other))


@pytest.mark.parametrize("softmax_inputs", [True, False])
def test_it_learns(softmax_inputs: bool) -> None:
    model, given = self_referential(FAMILY, softmax_inputs=softmax_inputs), FAMILY.draw(64, Generator().manual_seed(9))
    before = rewritten_error(model, given).item()
    assert len(list(learn_itself(model, FAMILY, steps=30))) == 30
    assert rewritten_error(model, given).item() < before - 0.02


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="model is Linear"):
        rewritten_error(torch.nn.Linear(2, 2), GIVEN)  # pyright: ignore[reportArgumentType]
    with pytest.raises(ValueError, match="lr is 0"):
        learn_itself(self_referential(FAMILY), FAMILY, lr=0)
