"""Blocks that learn by the task loss, each at its own period: beside plain loops, over any calls, and at lr zero."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import torch
from torch import Generator, Tensor, nn

from nlviz.outer import Attention, PeriodicUpdates, TokenModel

TIME, WIDTH = 11, 3
CHANCE = Generator().manual_seed(0)
X = torch.randn(2, TIME, WIDTH, dtype=torch.float64, generator=CHANCE)
Y = torch.randn(2, TIME, WIDTH, dtype=torch.float64, generator=CHANCE)


def net() -> nn.Sequential:
    made = nn.Sequential(nn.Linear(WIDTH, 4), nn.Tanh(), nn.Linear(4, WIDTH)).double()
    for number, weight in enumerate(made.parameters()):
        weight.data = 0.5 * torch.randn(weight.shape, dtype=torch.float64, generator=Generator().manual_seed(number))
    return made


def loss_of(model: nn.Module) -> Any:
    """The task: x [time, 2 · width] is what is given beside what is wanted; the state counts tokens."""

    def loss(given: Tensor, state: Any) -> tuple[Tensor, Any]:
        x, y = given.chunk(2, -1)
        return (model(x) - y).square().sum(-1), (0 if state is None else state) + x.shape[1]

    return loss


TEXT = torch.cat([X, Y], -1)


def levels(model: nn.Sequential, *periods: int, **how: Any) -> PeriodicUpdates:
    return PeriodicUpdates([model[0], model[2]], periods, **how)


def by_hand(model: nn.Sequential, periods: tuple[int, ...], lr: float, mean: bool) -> list[float]:
    """Token by token, gradients at the weights of now, steps at the ticks."""
    blocks = [list(model[0].parameters()), list(model[2].parameters())]
    gathered = [[torch.zeros_like(one) for one in block] for block in blocks]
    losses = []
    for t in range(TIME):
        loss = (model(X[:, t]) - Y[:, t]).square().sum(-1).mean()
        losses.append(loss.item())
        for block, held in zip(blocks, gathered, strict=True):
            slopes = torch.autograd.grad(loss, block, retain_graph=True)
            for have, slope in zip(held, slopes, strict=True):
                have += slope
        for block, held, period in zip(blocks, gathered, periods, strict=True):
            if (t + 1) % period == 0:
                for weight, have in zip(block, held, strict=True):
                    weight.data -= lr * have / (period if mean else 1)
                    have.zero_()
    return losses


@pytest.mark.parametrize("periods", [(1, 1), (1, 4), (4, 2), (3, 100)])
@pytest.mark.parametrize("mean", [True, False])
def test_it_is_the_equation(periods: tuple[int, ...], mean: bool) -> None:
    model, plain = net(), net()
    read = levels(model, *periods, lr=0.05, mean=mean).read(loss_of(model), TEXT)
    losses = by_hand(plain, periods, 0.05, mean)
    torch.testing.assert_close(read.losses.mean(0), torch.tensor(losses, dtype=torch.float64), rtol=0, atol=1e-12)
    assert read.state == TIME
    for one, other in zip(model.parameters(), plain.parameters(), strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=1e-12)


def test_all_periods_one_is_descent_by_the_token() -> None:
    model, plain = net(), net()
    levels(model, 1, 1, lr=0.05).read(loss_of(model), TEXT)
    descent = torch.optim.SGD(plain.parameters(), lr=0.05)
    for t in range(TIME):
        descent.zero_grad()
        loss_of(plain)(TEXT[:, t : t + 1], None)[0].mean().backward()
        descent.step()
    for one, other in zip(model.parameters(), plain.parameters(), strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=1e-12)


@pytest.mark.parametrize("cuts", [(0, 3), (4, 8), (1, 2, 9)])
def test_calls_may_end_anywhere_and_clocks_and_what_waits_go_on(cuts: tuple[int, ...]) -> None:
    whole, pieces = net(), net()
    once, often = levels(whole, 2, 4, lr=0.05), levels(pieces, 2, 4, lr=0.05)
    read, state, losses = once.read(loss_of(whole), TEXT), None, []
    for piece in TEXT.tensor_split(cuts, 1):
        found = often.read(loss_of(pieces), piece, state)
        losses.append(found.losses)
        state = found.state
    torch.testing.assert_close(torch.cat(losses, 1), read.losses, rtol=0, atol=1e-12)
    assert often.clock == once.clock == TIME
    assert often.updates == once.updates == (5, 2)
    assert often.waiting == once.waiting == (1, 3)
    for one, other in zip(pieces.parameters(), whole.parameters(), strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=1e-12)
    for one, other in zip(often.gathered, once.gathered, strict=True):
        for have, had in zip(one, other, strict=True):
            torch.testing.assert_close(have, had, rtol=0, atol=1e-12)
            assert have.abs().max() > 0


def test_off_its_tick_a_block_stays_to_the_bit_and_nothing_waits_after_it() -> None:
    model = net()
    slow = levels(model, 1, 4, lr=0.05)
    for t in range(TIME):
        before = copy.deepcopy(model)
        slow.read(loss_of(model), TEXT[:, t : t + 1])
        fast, late = (torch.equal(next(before[at].parameters()), next(model[at].parameters())) for at in (0, 2))
        assert not fast
        assert late == ((t + 1) % 4 != 0)
        assert any(bool(one.any()) for one in slow.gathered[1]) == ((t + 1) % 4 != 0)


def pretrained() -> TokenModel:
    chance = Generator().manual_seed(0)
    mixers = [Attention(8, 2, generator=chance) for _ in range(2)]
    return TokenModel(mixers, 8, vocabulary=16, generator=chance).double()


@pytest.mark.parametrize("lr", [0.0, 0.1])
def test_the_mlps_of_a_trained_model_become_a_continuum_and_at_lr_zero_it_is_the_model_it_was(lr: float) -> None:
    model, was = pretrained(), pretrained()
    text = torch.randint(0, 16, (2, 40), generator=Generator().manual_seed(1))
    mlps: list[Any] = [block.mlp for block in model.blocks]
    read = PeriodicUpdates(mlps, (4, 16), lr=lr).read(model.loss, text)
    expected, after = was.loss(text)
    for (name, one), other in zip(model.named_parameters(), was.parameters(), strict=True):
        assert torch.equal(one, other) == (lr == 0 or "mlp" not in name), name
    apart = (read.losses - expected).detach().abs().max().item()
    assert apart < 1e-12 if lr == 0 else apart > 1e-3
    # before the first tick it is the model it was, whatever the lr
    torch.testing.assert_close(read.losses[:, :4], expected[:, :4].detach(), rtol=0, atol=1e-12)
    assert torch.equal(read.state.last, after.last)


def test_a_loss_that_is_not_finite_changes_no_weight() -> None:
    model = net()
    slow = levels(model, 1, 4)
    before = copy.deepcopy(model)
    with pytest.raises(FloatingPointError, match="the loss of step 0 is nan"):
        slow.read(loss_of(model), TEXT * torch.nan)
    assert slow.clock == 0
    assert all(torch.equal(*both) for both in zip(model.parameters(), before.parameters(), strict=True))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"blocks": []}, "blocks is .*at least 1"),
        ({"blocks": [nn.Tanh()]}, r"weights of blocks\[0\] is 0; expected one at least"),
        ({"periods": (1, 2)}, "length of periods is 2; expected 1, one for each block"),
        ({"lr": (0.1, 0.1)}, "length of lr is 2; expected 1"),
        ({"lr": -1}, "lr is -1"),
        ({"periods": (0,)}, "periods is 0"),
    ],
)
def test_what_does_not_fit_is_refused(given: dict[str, Any], said: str) -> None:
    every: dict[str, Any] = {"blocks": [nn.Linear(2, 2)], "periods": (1,)} | given
    with pytest.raises(ValueError, match=said):
        PeriodicUpdates(**every)


def test_a_weight_in_two_blocks_and_a_mean_for_a_loss_are_refused() -> None:
    same, model = nn.Linear(2, 2), net()
    with pytest.raises(ValueError, match="weights in several blocks is 2; expected none"):
        PeriodicUpdates([same, same], (1, 2))
    with pytest.raises(ValueError, match=r"the loss of a piece is .*; expected one number for each token, \[2, 1\]"):
        levels(model, 1, 4).read(lambda given, state: (model(given[..., :3]).mean(), state), TEXT)
