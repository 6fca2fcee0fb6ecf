"""LMM, MAC, MAG and MAL: what their equations say, causal, the same in pieces, and with slow weights that stay."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Generator, Tensor, nn

from nlviz.inner import Pending, unroll
from nlviz.memory import GatedDelta, Titans
from nlviz.outer import LMM, MAC, MAG, MAL, Gating, architecture, deep_memory, detach, linear_memory, load, save

from . import wirings

WIDTH, TIME, WINDOW, PERSISTENT = 8, 14, 6, 3


def chance(seed: int = 0) -> Generator:
    return Generator().manual_seed(seed)


def texts(seed: int = 1, time: int = TIME) -> Tensor:
    return torch.randn(2, time, WIDTH, generator=chance(seed), dtype=torch.float64)


def layer(kind: type[nn.Module], deep: bool = False, **options: Any) -> Any:
    """One layer in float64, its gains moved off one so that they count."""
    memory = (deep_memory if deep else linear_memory)(WIDTH, chance(5))
    written: dict[str, Any] = {"period": 3, "rate": 0.5} if deep else {}
    if kind is MAC:
        options = {"segment": WINDOW, "heads": 2} | options
    elif kind is not LMM:
        options = {"window": WINDOW, "heads": 2} | options
    made = kind(WIDTH, memory, persistent=PERSISTENT, generator=chance(), **written, **options).double()
    for name, weight in made.named_parameters():
        if "norm" in name or "gating" in name:
            weight.data += 0.3 * torch.randn(weight.shape, generator=chance(6), dtype=torch.float64)
    return made


KINDS: dict[str, type[nn.Module]] = {"LMM": LMM, "MAC": MAC, "MAG": MAG, "MAL": MAL}
LAYERS: dict[str, Callable[[], Any]] = {
    **{name: lambda kind=kind: layer(kind) for name, kind in KINDS.items()},
    **{f"{name}, deep": lambda kind=kind: layer(kind, deep=True) for name, kind in KINDS.items()},
    "LMM, bare": lambda: layer(LMM, convolution=0, without=("momentum", "forget")),
    "MAC, a segment of one": lambda: layer(MAC, segment=1),
    "MAG, no window": lambda: layer(MAG, window=None),
}
every_layer = pytest.mark.parametrize("name", LAYERS)


@every_layer
def test_it_is_what_the_equations_say(name: str) -> None:
    made, x = LAYERS[name](), texts()
    by_hand = getattr(wirings, name.partition(",")[0].lower())
    with torch.no_grad():
        expected = torch.stack([by_hand(made, text) for text in x])
        torch.testing.assert_close(made(x)[0], expected, rtol=0, atol=1e-11)


@given(cuts=st.lists(st.integers(0, TIME), max_size=4), name=st.sampled_from(list(LAYERS)))
def test_any_split_gives_the_numbers_of_the_whole(cuts: list[int], name: str) -> None:
    made, x, state, pieces = LAYERS[name](), texts(), None, []
    with torch.no_grad():
        for piece in x.tensor_split(sorted(cuts), 1):
            y, state = made(piece, state)
            pieces.append(y)
        whole, end = made(x)
    torch.testing.assert_close(torch.cat(pieces, 1), whole, rtol=0, atol=1e-11)
    for one, other in zip(tensors(state), tensors(end), strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=1e-11)


def tensors(state: Any) -> Iterator[Tensor]:
    if isinstance(state, Tensor):
        yield state
    else:
        for part in state:
            yield from tensors(part)


@every_layer
def test_no_token_knows_of_a_later_one(name: str) -> None:
    """By gradient, token by token: what reaches token t comes from tokens up to t, and its own does."""
    made, x = LAYERS[name](), texts()[:1].requires_grad_()
    y = made(x)[0]
    for t in range(TIME):
        (gradient,) = torch.autograd.grad(y[0, t].square().sum(), x, retain_graph=True)
        reached = gradient[0].abs().sum(-1) > 0
        assert not reached[t + 1 :].any(), t
        assert reached[t], t


@every_layer
def test_all_that_was_ever_read_reaches_a_token_through_the_memory(name: str) -> None:
    """Window and segment are 6 tokens; the last token depends on the first all the same."""
    made, x = LAYERS[name](), texts().requires_grad_()
    (gradient,) = torch.autograd.grad(made(x)[0][:, -1].square().sum(), x)
    assert (gradient.abs().sum(-1) > 0).all()


@every_layer
def test_every_slow_weight_has_the_gradient_of_finite_differences(name: str) -> None:
    made, x, toward = LAYERS[name](), texts(), texts(2)

    def loss() -> Tensor:
        return (made(x)[0] * toward).sum()

    loss().backward()
    for weight_name, weight in made.named_parameters():
        if not weight.numel():
            continue
        assert weight.grad is not None, weight_name
        assert weight.grad.abs().sum() > 0, weight_name
        direction = torch.randn(weight.shape, generator=chance(4), dtype=torch.float64)
        values, step = [], 1e-6
        with torch.no_grad():
            for side in (1, -1):
                weight += side * step * direction
                values.append(loss().item())
                weight -= side * step * direction
        measured = (values[0] - values[1]) / (2 * step)
        assert (weight.grad * direction).sum().item() == pytest.approx(measured, rel=2e-5, abs=2e-7), weight_name


@every_layer
def test_streams_do_not_know_of_one_another(name: str) -> None:
    made, x = LAYERS[name](), texts()
    torch.testing.assert_close(made(x)[0][:1], made(x[:1])[0], rtol=0, atol=1e-12)


MOVES = {
    "LMM": {"memory", "queries", "keys", "values"},
    "MAC": {"memory", "before", "queries", "attention"},
    "MAG": {"attention", "memory"},
    "MAL": {"attention", "memory"},
}


@every_layer
def test_while_reading_only_the_state_moves(name: str) -> None:
    made, x = LAYERS[name](), texts(time=2 * WINDOW)
    slow = {key: weight.clone() for key, weight in made.state_dict().items()}
    with torch.no_grad():
        _, before = made(x[:, :WINDOW])
        kept = [one.clone() for one in tensors(before)]
        _, after = made(x[:, WINDOW:], before)
    assert all(torch.equal(weight, slow[key]) for key, weight in made.state_dict().items())
    # a state is a value: carrying it on changes the next one, not this one
    assert all(torch.equal(one, other) for one, other in zip(kept, tensors(before), strict=True))
    moved = {part for part in before._fields if differ(getattr(before, part), getattr(after, part))}
    still = {"queries", "keys", "values"} if name == "LMM, bare" else set()
    # both calls end with a segment, where MAC's cache is empty
    still |= {"attention"} if name.startswith("MAC") else set()
    assert moved == MOVES[name.partition(",")[0]] - still


def differ(one: Any, other: Any) -> bool:
    return not all(torch.equal(*both) for both in zip(tensors(one), tensors(other), strict=True))


def test_the_memory_is_what_learns_fast_weights_move_and_the_rest_of_it_is_a_view_of_the_last_tokens() -> None:
    """With θ at zero the fast weights stay at their start, whatever is read; the tails are the last three tokens'."""
    made, x = layer(LMM), texts()
    made.rate = 0.0
    with torch.no_grad():
        state = made(x)[1]
        assert state.memory.memory.abs().max() == 0
        last = made.keys(x)[:, -3:]
    torch.testing.assert_close(state.keys, last)


@every_layer
def test_the_state_is_cut_only_by_name(name: str) -> None:
    made, x = LAYERS[name](), texts()

    def gradient(cut: bool) -> Tensor:
        past = x[:, :10].clone().requires_grad_()
        _, state = made(past)
        made(x[:, 10:], detach(state) if cut else state)[0].square().sum().backward()
        return torch.zeros(1) if past.grad is None else past.grad

    assert gradient(cut=False).abs().sum() > 0
    assert gradient(cut=True).abs().sum() == 0


@every_layer
def test_a_saved_state_reads_on_as_if_nothing_had_happened(name: str, tmp_path: Path) -> None:
    made, x = LAYERS[name](), texts()
    _, state = made(x[:, :9])
    save(tmp_path / "state.safetensors", state)
    # any state of the same layer says the form, wherever in a chunk or a segment it stands
    for place in (4, WINDOW):
        back = load(tmp_path / "state.safetensors", made(x[:, :place])[1])
        assert torch.equal(made(x[:, 9:], back)[0], made(x[:, 9:], state)[0])


def test_the_stream_of_a_layer_can_be_read_from_outside() -> None:
    made, x = layer(LMM), texts()
    run = unroll(made.memory, *made.stream(x))
    assert run.outputs.shape[1] == PERSISTENT + TIME
    expected = made.answered(run.outputs, made.persistent.before(x))[:, PERSISTENT:]
    torch.testing.assert_close(made(x)[0], expected, rtol=0, atol=1e-11)


def test_heads_are_streams_of_their_own() -> None:
    one = LMM(WIDTH, Titans(4, 4), heads=2, generator=chance()).double()
    y, state = one(texts())
    assert state.memory.memory.shape == (4, 4, 4)
    first, second = texts(), texts()
    # the second head alone hears a change in its own projections
    with torch.no_grad():
        one.values.weight[4:] += 1
    after = one(second)[1].memory.memory.unflatten(0, (2, 2))
    before = state.memory.memory.unflatten(0, (2, 2))
    assert torch.equal(after[:, 0], before[:, 0])
    assert not torch.equal(after[:, 1], before[:, 1])
    assert y.shape == first.shape


def test_gates_left_out_are_zero_and_the_rate_is_the_largest() -> None:
    made = layer(LMM, without=("momentum", "forget"))
    made.rate = 0.25
    gates = made.stream(texts()).gates
    assert gates.momentum.abs().max() == 0
    assert gates.forget.abs().max() == 0
    assert 0 < gates.inner_lr.max() < 0.25


def test_gating_is_the_norm_of_one_times_the_sigmoid_of_the_norm_of_the_other() -> None:
    gating, (y, m) = Gating(WIDTH).double(), texts()
    root = (y.square().mean(-1, keepdim=True)).sqrt(), (m.square().mean(-1, keepdim=True)).sqrt()
    torch.testing.assert_close(gating(y, m), y / root[0] / (1 + (-m / root[1]).exp()))


def test_mac_asks_the_memory_of_the_segments_start() -> None:
    """Between two segment ends `before` stays as it is, while the memory is written at every token."""
    made, x, state = layer(MAC), texts(), None
    with torch.no_grad():
        seen = []
        for token in x.split(1, 1):
            _, state = made(token, state)
            seen.append((state.before.memory, state.memory.memory.memory, state.attention.keys.shape[2]))
    for t in range(1, TIME):
        ended = (t + 1) % WINDOW == 0
        assert torch.equal(seen[t][0], seen[t - 1][0]) != ended
        assert torch.equal(seen[t][0], seen[t][1]) == ended
        assert seen[t][2] == 2 * ((t + 1) % WINDOW)


def test_mac_writes_what_attention_made_of_the_text_not_the_text() -> None:
    """Two texts whose attention gives the same y leave the same memory: here, attention that gives nothing."""
    made = layer(MAC)
    with torch.no_grad():
        made.attention.out.weight.zero_()
        one, other = (made(texts(seed))[1].memory.memory for seed in (1, 2))
    assert torch.equal(one.memory, other.memory)


def test_a_deep_memory_waits_in_view() -> None:
    state = layer(LMM, deep=True)(texts(time=4))[1]
    assert isinstance(state.memory, Pending)
    # three persistent vectors and four tokens, in chunks of three
    assert state.memory.pairs.keys.shape[1] == 1


def test_any_memory_will_do() -> None:
    made = MAG(WIDTH, GatedDelta(4, 6), window=3, heads=2, generator=chance())
    assert torch.isfinite(made(texts().float())[0]).all()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda: layer(MAC, segment=4, deep=True), "segment is 4 tokens, the memory's period 3; use a multiple of 3"),
        (lambda: layer(MAC, segment=0), "segment is 0"),
        (lambda: layer(LMM, without=("surprise",)), "without is 'surprise'"),
        (lambda: layer(MAG, window=0), "window is 0"),
        (lambda: layer(LMM, convolution=-1), "convolution is -1"),
        (lambda: deep_memory(4, chance(), layers=0), "layers is 0"),
        (lambda: architecture("RNN", generator=chance()), "name is 'RNN'; expected one of 'LMM'"),
        (lambda: architecture("MAG", 32, size=9_000, generator=chance()), "more than the 9000 asked for"),
    ],
)
def test_nonsense_is_refused_in_words(wrong: Callable[[], Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        wrong()
