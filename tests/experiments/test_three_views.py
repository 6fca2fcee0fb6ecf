"""Three views and a matrix between them: what is computed, what may move, and what is asked in public."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import pytest
import torch
from torch import Generator

from nlviz.experiments.learning_to_learn import (
    PARTS,
    PLAIN,
    STARTS,
    WRITTEN,
    Drawn,
    ThreeViews,
    bind,
    inner_loss,
    learned_views,
    outer_loss,
    signs,
    starts,
)
from nlviz.experiments.learning_to_learn.questions import _told
from nlviz.inner import unroll
from nlviz.memory import DeepMemory, Gates, Pairs

every_decay = pytest.mark.parametrize("decay", ["initial", "zero"])
both = pytest.mark.parametrize("together", [False, True])
SMALL = PLAIN.but(width=4, writes=6, items=3)


def chance(seed: int = 0) -> Generator:
    return Generator().manual_seed(seed)


def drawn(seed: int = 0, batch: int = 3) -> Drawn:
    return Drawn(*(part.double() for part in SMALL.draw(batch, chance(seed))))


def made(decay: Literal["initial", "zero"] = "initial", **how: Any) -> ThreeViews:
    """All its slow weights drawn."""
    model = ThreeViews(4, decay=decay, rates=(0.4, 0.1), generator=chance(1), **how).double()
    with torch.no_grad():
        for weights in (model.start, model.readout):
            weights.copy_(torch.randn(4, 4, generator=chance(2)))
    return model


@both
@every_decay
def test_it_is_the_deep_memory_of_these_views(decay: Literal["initial", "zero"], together: bool) -> None:
    model, given = made(decay), drawn()
    model.together = together
    found = model(Pairs(given.keys, given.values))
    pairs = model.seen(Pairs(given.keys, given.values))
    memory = DeepMemory(4, 4, initial=model.start, decay=decay)
    gates = Gates.constant(pairs, torch.tensor(0.4).double(), 0.0, torch.tensor(0.1).double())
    run = unroll(memory, pairs, gates, period=6 if together else 1, read_first=True)
    torch.testing.assert_close(found.memory, run.state.memory, rtol=1e-5, atol=1e-7)
    torch.testing.assert_close(found.misses, run.outputs - pairs.values, rtol=1e-5, atol=1e-7)


def test_the_views_are_those_of_the_token() -> None:
    model, given = made(), drawn()
    x = torch.cat([given.keys, given.values], -1)
    keys, values = model.seen(Pairs(given.keys, given.values))
    torch.testing.assert_close(keys, (x @ model.views[0].mT) / (x @ model.views[0].mT).norm(dim=-1, keepdim=True))
    torch.testing.assert_close(values, x @ model.views[1].mT)
    unit = made(unit_values=True).seen(Pairs(given.keys, given.values)).values
    torch.testing.assert_close(unit, values / values.norm(dim=-1, keepdim=True))
    asked = model.recalled(torch.eye(4).double().expand(3, 4, 4), given.asked)
    q = given.asked @ model.test_view[:, :4].mT
    torch.testing.assert_close(asked, (q / q.norm(dim=-1, keepdim=True)) @ model.readout.mT)


def test_given_views_are_the_key_and_the_value() -> None:
    model, given = ThreeViews(4, given=True, generator=chance()).double(), drawn()
    keys, values = model.seen(Pairs(given.keys, given.values))
    torch.testing.assert_close(keys, given.keys / given.keys.norm(dim=-1, keepdim=True))
    torch.testing.assert_close(values, given.values)


def test_with_the_inner_loop_off_the_memory_is_the_start() -> None:
    model, given = made(), drawn()
    found = model(Pairs(given.keys, given.values), writes=False)
    torch.testing.assert_close(found.memory, model.start.expand(3, 4, 4))


@both
@every_decay
@pytest.mark.parametrize("loss", [outer_loss, inner_loss])
def test_outer_gradients_are_the_slopes(loss: Any, decay: Literal["initial", "zero"], together: bool) -> None:
    model, given = made(decay), drawn(batch=2)
    model.together = together
    names = [name for name in PARTS if loss is outer_loss or name not in ("test_view", "readout")]

    class Held(torch.nn.Module):
        """The loss as a module, so that its weights can be replaced."""

        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self) -> torch.Tensor:
            return loss(self.model, given)

    def replaced(*weights: torch.Tensor) -> torch.Tensor:
        named = {f"model.{name}": one for name, one in zip(names, weights, strict=True)}
        return torch.func.functional_call(Held(), named, ())

    weights = tuple(getattr(model, name).detach().clone().requires_grad_() for name in names)
    assert torch.autograd.gradcheck(replaced, weights)


def test_together_from_zero_a_turned_sign_turns_the_memory() -> None:
    given = drawn()
    model = ThreeViews(4, given=True, rates=(0.3, 0.1), generator=chance()).double()
    for together in (True, False):
        model.together, found = together, []
        for sign in (1, -1):
            model.sign = sign
            found.append(model(Pairs(given.keys, given.values)).memory)
        assert torch.equal(found[0], -found[1]) == together


@pytest.mark.parametrize("name", PARTS)
def test_only_what_is_free_moves(name: str) -> None:
    model = made().float()
    model.free(name)
    before = {part: getattr(model, part).detach().clone() for part in PARTS}
    assert len(list(bind(model, SMALL, steps=2, batch=4))) == 2
    assert [part for part in PARTS if not torch.equal(before[part], getattr(model, part))] == [name]


@pytest.mark.parametrize("loss", ["outer", "inner"])
def test_the_loss_of_that_name_falls_on_new_streams(loss: str) -> None:
    of, given = {"outer": outer_loss, "inner": inner_loss}[loss], PLAIN.draw(64, chance(5))
    model = ThreeViews(8, generator=chance())
    model.free(*PARTS)
    before = float(of(model, given).detach())
    losses = [report.loss for report in bind(model, PLAIN, loss=loss, steps=20)]
    assert float(of(model, given).detach()) < before - 0.05
    assert len(set(losses)) == 20


def test_every_step_has_streams_of_its_own_and_a_seed_gives_the_same() -> None:
    def losses(seed: int) -> list[float]:
        model = made().float()
        model.free("strength")
        return [report.loss for report in bind(model, SMALL, steps=3, batch=4, lr=1e-6, seed=seed)]

    assert losses(0) == losses(0) != losses(1)
    assert len(set(losses(0))) == 3


def test_a_value_that_the_key_tells_is_told() -> None:
    keys, chosen = torch.randn(2, 50, 4, generator=chance()), torch.randn(4, 4, generator=chance(1))
    assert float(_told(Pairs(keys, keys @ chosen))) == pytest.approx(1)
    assert float(_told(Pairs(keys, torch.randn(2, 50, 4, generator=chance(2))))) == pytest.approx(0.04, abs=0.05)


def test_an_untrained_start_knows_nothing_and_every_start_is_asked_four_times() -> None:
    found = starts(SMALL, steps=2)
    assert list(found) == list(STARTS)
    assert all(len(errors) == len(WRITTEN) for errors in found.values())
    assert found["zero"][0] == 1.0 != found["learned, kept"][0]


def test_a_family_that_is_all_map_is_known_before_anything_is_written() -> None:
    """One map of the key for every stream, learned as W_0; zero must write it anew."""
    found = starts(SMALL.but(common=1.0, changes=0.0, jitter=0.0), steps=60)
    assert found["learned, kept"][0] < 0.7
    assert found["learned, forgotten to itself"][3] < found["learned, forgotten to zero"][3]


def test_signs_and_views_say_what_they_measured() -> None:
    found = signs(SMALL, steps=2, together=True)
    assert list(found) == ["θ > 0", "θ < 0"]
    assert found["θ > 0"].turned != found["θ > 0"].trained
    views = learned_views(SMALL, steps=2, unit_values=True)
    assert views.length == pytest.approx(1, abs=1e-5)
    assert views.written != views.unwritten


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: ThreeViews(0, generator=chance()), "width is 0"),
        (lambda: ThreeViews(4, rates=(0.1,), generator=chance()), "rates is .*two numbers"),  # pyright: ignore
        (lambda: ThreeViews(4, rates=(2.0, 0.1), generator=chance()), "θ of the rates is 2"),
        (lambda: ThreeViews(4, decay="nowhere", generator=chance()), "decay is 'nowhere'"),  # pyright: ignore
        (lambda: ThreeViews(4, generator=chance()).free("view"), "did you mean 'views'"),
        (lambda: bind(_frozen(), SMALL), "some slow weight may move"),
        (lambda: bind(made(), SMALL, loss="both"), "loss is 'both'"),
        (lambda: outer_loss(torch.nn.Linear(2, 2), drawn()), "model is Linear"),  # pyright: ignore
        (lambda: learned_views(steps=0), "steps is 0"),
    ],
)
def test_what_does_not_fit_is_refused(call: Callable[[], Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        call()


def _frozen() -> ThreeViews:
    return made().requires_grad_(False)
