"""Memories that rewrite themselves, beside plain NumPy, beside the rules they contain, and by finite differences."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from nlviz.inner import unroll
from nlviz.memory import GatedDelta, Gates, MomentumDelta, Pairs, Titans
from nlviz.outer import SelfModifying, SelfModifyingState, load, save
from nlviz.outer.layers.self_modifying import FIVE

from .self_modifying_by_hand import BATCH, TIME, WIDTH, X, by_hand, layer, leaves, starts

ALONE = ("keys", "values", "rates", "forgets")


@pytest.mark.parametrize("loss", ["dot product", "literal"])
@pytest.mark.parametrize("order", ["error first", "forget first", "no erasing"])
@pytest.mark.parametrize("period", [1, 4])
@pytest.mark.parametrize(
    "more",
    [
        {},
        {"own_targets": False},
        {"frozen": ("keys", "rates")},
        {"momentum": True},
        {"own_queries": True},
        {"momentum": True, "own_queries": True, "frozen": ("queries",)},
    ],
)
def test_it_is_the_equations(loss: str, order: str, period: int, more: dict[str, Any]) -> None:
    made = layer(loss=loss, order=order, period=period, rate=0.4, **more)
    found, state = made(X)
    for row in range(BATCH):
        np.testing.assert_allclose(found[row].detach(), by_hand(made, X[row].numpy()), atol=1e-12)
    assert state.clock == TIME


def test_unit_values_are_the_values_at_length_one() -> None:
    made, plain = layer(unit_values=True, frozen=("values",)), layer(frozen=("values",))
    values = starts(made)["values"]
    with torch.no_grad():
        # what the frozen memory says of this text has length one already
        same = values.inverse() @ nn.functional.normalize(values @ X[0, 0], dim=0)
    x = same.expand(1, 6, WIDTH)
    torch.testing.assert_close(made(x)[0], plain(x)[0], rtol=0, atol=1e-12)
    assert not torch.allclose(made(3 * x)[0], plain(3 * x)[0])


def test_a_convolution_is_one_before_each_of_q_k_and_v() -> None:
    made, plain = layer(convolution=3), layer()
    with torch.no_grad():
        for which in range(3):
            made.convolutions.get_submodule(str(which)).begin_at((1.0, 0.0, 0.0))  # pyright: ignore
    torch.testing.assert_close(made(X)[0], plain(X)[0], rtol=0, atol=1e-12)
    for which, name in enumerate(("queries", "keys", "values")):
        with torch.no_grad():
            made.convolutions.get_submodule(str(which)).begin_at((0.0, 1.0, 0.0))  # pyright: ignore
        seen = made._seen(X, made.begin(BATCH).tails)[0]
        late = nn.functional.pad(X, (0, 0, 1, 0))[:, :-1]
        expected = late @ made.queries.weight.mT if which == 0 else late
        torch.testing.assert_close(getattr(seen, name), expected, rtol=0, atol=1e-12)
        assert torch.equal(seen.x, X)


@pytest.mark.parametrize(
    ("order", "momentum", "rule"),
    [
        ("forget first", False, GatedDelta),
        ("error first", False, Titans),
        ("error first", True, Titans),
        ("forget first", True, MomentumDelta),
    ],
)
def test_with_frozen_generators_and_given_targets_it_is_a_known_rule(order: str, momentum: bool, rule: Any) -> None:
    frozen = (*ALONE, "momenta") if momentum else ALONE
    made = layer(frozen=frozen, own_targets=False, order=order, rate=0.8, momentum=momentum)
    run = made.watched(X)
    matrices = starts(made)
    keys = nn.functional.normalize(X @ matrices["keys"].mT, dim=-1)
    pairs = Pairs(keys, X @ matrices["values"].mT)
    inner_lr, forget = (torch.tensor(run.trace[name].values).mT for name in ("inner_lr", "forget"))
    carried = torch.tensor(run.trace["momentum"].values).mT if momentum else torch.zeros_like(forget)
    gates, start = Gates(inner_lr, carried, forget), rule(WIDTH, WIDTH).init(BATCH, X)
    start = start._replace(memory=start.memory + matrices["memory"])
    alone = unroll(rule(WIDTH, WIDTH), pairs, gates, made.queries(X), state=start)
    torch.testing.assert_close(run.outputs, made.out(alone.outputs), rtol=0, atol=1e-12)
    torch.testing.assert_close(run.state.now[-1][0], alone.state.memory, rtol=0, atol=1e-12)
    if momentum:
        torch.testing.assert_close(run.state.surprise[-1][0], alone.state.past_surprise, rtol=0, atol=1e-12)


@pytest.mark.parametrize("convolution", [0, 3])
def test_a_frozen_memory_of_queries_is_the_static_matrix_it_begins_at(convolution: int) -> None:
    how: dict[str, Any] = {"period": 4, "convolution": convolution}
    made, plain = layer(own_queries=True, frozen=("queries",), **how), layer(**how)
    mine, its = starts(made), starts(plain)
    with torch.no_grad():
        plain.queries.weight.copy_(mine.pop("queries"))
        plain.out.weight.copy_(made.out.weight)
        for name, own in mine.items():
            its[name].copy_(own)
        for one, other in zip(plain.convolutions, made.convolutions, strict=True):
            one.load_state_dict(other.state_dict())
    torch.testing.assert_close(made(X)[0], plain(X)[0], rtol=0, atol=1e-12)
    assert not torch.allclose(layer(own_queries=True, **how)(X)[0], made(X)[0])
    assert not hasattr(made, "queries")


@pytest.mark.parametrize("loss", ["dot product", "literal"])
@pytest.mark.parametrize("hidden", [0, 5])
def test_one_key_again_and_again_comes_back_as_its_target_or_half_of_it(loss: str, hidden: int) -> None:
    """With v given and nothing forgotten: v, or v/2 where it is written as printed; a net has k in both."""
    made = layer(frozen=ALONE, own_targets=False, loss=loss, hidden=hidden, rate=0.9)
    with torch.no_grad():
        made.biases["forgets"].fill_(-100.0)
        same = X[:, :1].expand(-1, 1000 if hidden else 200, -1)
        _, state = made(same)
    asked = nn.functional.normalize(made.net.answer(state.now[0], same[:, :1]), dim=-1)
    expected = made.net.answer(state.now[1], same[:, :1]) + (asked if hidden else 0)
    answer = made.net.answer(state.now[-1], asked)
    torch.testing.assert_close(answer, expected / (2 if loss == "literal" else 1), rtol=1e-2, atol=2e-3)


@pytest.mark.parametrize("loss", ["dot product", "literal"])
def test_the_gradient_of_a_net_is_that_of_autograd(loss: str) -> None:
    made = layer(hidden=4, loss=loss, rate=0.3)
    x = X[:1, :1]
    _, state = made(x)
    begun = made.begin(1)
    k = nn.functional.normalize(made.net.answer(begun.now[0], x), dim=-1)
    v = made.net.answer(begun.now[1], x)
    eta = 0.3 * (made.net.answer(begun.now[2], x).mean() + made.biases["rates"]).sigmoid()
    alpha = (made.net.answer(begun.now[3], x).mean() + made.biases["forgets"]).sigmoid()
    for own, after in zip(begun.now, state.now, strict=True):
        first, last = (one.detach().requires_grad_() for one in own)
        hidden = nn.functional.silu(first @ k[0, 0])
        answer, target = k[0, 0] + (last @ hidden[0, :, None])[0, :, 0], made.net.answer(own, v)[0, 0].detach()
        value = -(answer * target).sum() if loss == "dot product" else 0.5 * (answer - target).square().sum()
        slopes = torch.autograd.grad(value, [first, last])
        for old, new, slope, kappa in zip((first, last), after, slopes, (k[0, 0], hidden[0]), strict=True):
            erased = (1 - alpha) * old - eta * old @ torch.outer(kappa, kappa)
            torch.testing.assert_close(new, erased - eta * slope, rtol=0, atol=1e-12)


MORE: dict[str, Any] = {"momentum": True, "own_queries": True}
with_more = pytest.mark.parametrize("more", [{}, MORE], ids=["", "momentum, q"])


@pytest.mark.parametrize("period", [1, 4, 9])
@pytest.mark.parametrize("hidden", [0, 3])
@with_more
@settings(max_examples=8)
@given(data=st.data())
def test_a_text_may_be_split_anywhere(period: int, hidden: int, more: dict[str, Any], data: st.DataObject) -> None:
    made = layer(period=period, hidden=hidden, rate=0.5, convolution=3, **more)
    whole, end = made(X)
    cuts = sorted(data.draw(st.lists(st.integers(0, TIME), max_size=3)))
    state, parts = None, []
    for first, last in zip([0, *cuts], [*cuts, TIME], strict=True):
        part, state = made(X[:, first:last], state)
        parts.append(part)
    torch.testing.assert_close(torch.cat(parts, 1), whole, rtol=0, atol=1e-12)
    assert state is not None
    assert state.clock == end.clock
    for one, other in zip(leaves(state), leaves(end), strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=1e-12)


@pytest.mark.parametrize("period", [1, 4])
@with_more
def test_nothing_sees_the_future_and_texts_do_not_meet(period: int, more: dict[str, Any]) -> None:
    made = layer(period=period, **more)
    other = X.clone()
    other[:, 6:] += 1
    torch.testing.assert_close(made(other)[0][:, :6], made(X)[0][:, :6], rtol=0, atol=0)
    assert not torch.equal(made(other)[0][:, 6:], made(X)[0][:, 6:])
    torch.testing.assert_close(made(X[1:])[0], made(X)[0][1:], rtol=0, atol=1e-14)


@pytest.mark.parametrize("hidden", [0, 3])
@pytest.mark.parametrize("period", [1, 3])
@with_more
def test_outer_gradients_reach_every_slow_weight(period: int, hidden: int, more: dict[str, Any]) -> None:
    made = layer(period=period, hidden=hidden, rate=0.5, **more)
    names, slow = zip(*made.named_parameters(), strict=True)
    x = X[:, :5].clone().requires_grad_()

    def outputs(x: Tensor, *given: Tensor) -> Tensor:
        return torch.func.functional_call(made, dict(zip(names, given, strict=True)), (x,))[0]

    inputs = [x, *(one.detach().clone().requires_grad_() for one in slow)]
    assert torch.autograd.gradcheck(outputs, inputs, fast_mode=True)
    found = torch.autograd.grad(outputs(*inputs).square().sum(), inputs)
    assert all(bool(slope.abs().max() > 0) for slope in found), names


def test_watching_changes_nothing_and_names_the_five() -> None:
    made = layer(frozen=("values",), period=2)
    y, _ = made(X)
    run = made.watched(X)
    assert torch.equal(run.outputs, y)
    writes = run.trace["write_norm"]
    assert writes.names == FIVE
    assert writes.values.shape == (TIME, BATCH, 5)
    assert not writes.values[..., 1].any()
    assert (writes.values[..., [0, 2, 3, 4]] > 0).all()
    assert run.trace["inner_lr"].values.shape == run.trace["forget"].values.shape == (TIME, BATCH)
    assert ((run.trace["forget"].values > 0) & (run.trace["forget"].values < 1)).all()


def test_watching_tells_of_momentum_and_of_every_memory_there_is() -> None:
    made = layer(period=2, **MORE)
    run = made.watched(X)
    torch.testing.assert_close(run.outputs, made(X)[0], rtol=0, atol=1e-12)
    assert made.names == run.trace["write_norm"].names == (*FIVE[:4], "momenta", "queries", "memory")
    assert (run.trace["write_norm"].values > 0).all()
    momentum = run.trace["momentum"].values
    assert momentum.shape == (TIME, BATCH)
    assert ((momentum > 0) & (momentum < 1)).all()
    assert "momentum" not in layer().watched(X).trace


def test_a_past_surprise_is_saved_with_the_state(tmp_path: Any) -> None:
    made = layer(**MORE)
    _, state = made(X[:, :5])
    assert all(bool(one.abs().max() > 0) for own in state.surprise for one in own)
    save(tmp_path / "state.safetensors", state)
    back = load(tmp_path / "state.safetensors", state)
    assert torch.equal(made(X[:, 5:], back)[0], made(X[:, 5:], state)[0])


@with_more
def test_an_empty_text_is_legal(more: dict[str, Any]) -> None:
    made = layer(**more)
    y, state = made(X[:, :0])
    assert y.shape == (BATCH, 0, WIDTH)
    assert state.clock == 0
    assert not made.watched(X[:, :0]).trace


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"width": 0}, "width is 0"),
        ({"loss": "dot"}, "loss is 'dot'; expected one of 'dot product', 'literal'"),
        ({"order": "first"}, "order is 'first'"),
        ({"frozen": ("key",)}, "frozen is 'key'; expected one of 'keys', .*did you mean 'keys'"),
        ({"frozen": "keys"}, r"frozen is 'keys'; expected a list of .*brackets"),
        ({"period": 0}, "period is 0"),
        ({"rate": "x"}, "rate is 'x'"),
        ({"hidden": -1}, "hidden is -1"),
        ({"own_targets": 3}, "own_targets is 3"),
        ({"momentum": 0.9}, "momentum is 0.9"),
        ({"own_queries": "q"}, "own_queries is 'q'"),
        ({"frozen": ("queries",)}, "frozen is 'queries'; expected one of 'keys', .*'memory'"),
    ],
)
def test_what_is_not_asked_for_is_refused(given: dict[str, Any], said: str) -> None:
    every: dict[str, Any] = {"width": 4} | given
    with pytest.raises(ValueError, match=said):
        SelfModifying(**every)


def test_a_state_of_another_layer_is_refused() -> None:
    made = layer()
    with pytest.raises(ValueError, match=r"shape of now in the state is .*\[2, 4, 3\].*; expected .*\[2, 3, 3\].*give"):
        made(X, layer(hidden=4).begin(BATCH))
    with pytest.raises(ValueError, match=r"shape of now in the state is .*\[3, 3, 3\].*; expected .*\[2, 3, 3\]"):
        made(X, made.begin(3))
    with pytest.raises(ValueError, match=r"shape of tails in the state is \[\]; expected \[\[2, 3, 3\]"):
        layer(convolution=4)(X, made.begin(BATCH))
    with pytest.raises(ValueError, match=r"shape of surprise in the state is \[\]; expected \[\[\[2, 3, 3\]"):
        layer(momentum=True)(X, layer(momentum=True).begin(BATCH)._replace(surprise=()))
    with pytest.raises(ValueError, match=r"state is .*; expected a SelfModifyingState"):
        made(X, X)  # pyright: ignore[reportArgumentType]
    begun = made.begin(BATCH)
    with pytest.raises(ValueError, match="clock of the state is -1"):
        made(X, SelfModifyingState(begun.now, begun.start, -1))
