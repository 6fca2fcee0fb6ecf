"""The door of outer: every public name takes what is unambiguous, refuses the rest in words, and bears nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Generator, Tensor, nn

from nlviz import outer
from nlviz.experiments import continual
from nlviz.memory import MLP, DeepMemory, Hebbian, Titans


def chance() -> Generator:
    return Generator().manual_seed(0)


TITANS, DEEP = Titans(8, 8), DeepMemory(8, 8, net=MLP((8,)), initial=MLP((8,)).draw(8, 8, chance()))
X = torch.randn(2, 5, 8, generator=chance())
TEXT = torch.randint(0, 16, (2, 5), generator=chance())
LAYERS: dict[str, Callable[[], Any]] = {
    "MemoryLayer": lambda: outer.MemoryLayer(8, TITANS, generator=chance()),
    "MemoryLayer, deep": lambda: outer.MemoryLayer(8, DEEP, period=2, generator=chance()),
    "TTTLayer": lambda: outer.TTTLayer(8, generator=chance()),
    "SelfModifying": lambda: outer.SelfModifying(8, period=2, generator=chance()),
    "SelfModifying, more": lambda: outer.SelfModifying(8, momentum=True, own_queries=True, generator=chance()),
    "ContinuumBlocks": lambda: outer.ContinuumBlocks(8, (2, 4), generator=chance()),
    "Hope": lambda: outer.Hope(8, (2, 4), generator=chance()),
    "HopeAttention": lambda: outer.HopeAttention(8, (2, 4), heads=2, generator=chance()),
    "LMM": lambda: outer.LMM(8, TITANS, generator=chance()),
    "MAC": lambda: outer.MAC(8, TITANS, segment=2, generator=chance()),
    "MAG": lambda: outer.MAG(8, TITANS, window=2, generator=chance()),
    "MAL": lambda: outer.MAL(8, TITANS, window=2, generator=chance()),
    "Attention": lambda: outer.Attention(8, 2, window=3, generator=chance()),
    "Convolution": lambda: outer.Convolution(8, generator=chance()),
    "Block": lambda: outer.Block(outer.Attention(8, 2, generator=chance()), 8, generator=chance()),
}
MODELS: dict[str, Callable[[], Any]] = {
    "TokenModel": lambda: outer.TokenModel(
        [outer.Attention(8, 2, generator=chance())], 8, vocabulary=16, generator=chance()
    ),
    "ByteModel": lambda: outer.ByteModel(8, 8, generator=chance()),
    "WindowModel": lambda: outer.WindowModel(8, 2, window=4, generator=chance()),
    "MemoryModel": lambda: outer.MemoryModel(8, 2, 2, generator=chance()),
    "architecture": lambda: outer.architecture("MAC", 8, vocabulary=16, window=2, blocks=1, generator=chance()),
}
EVERY = {name: (made, X) for name, made in LAYERS.items()} | {name: (made, TEXT) for name, made in MODELS.items()}
every = pytest.mark.parametrize("name", EVERY)


@every
def test_lists_and_arrays_are_taken_as_the_tensors_they_are(name: str) -> None:
    made, x = EVERY[name]
    model = made()
    for form in (x.tolist(), x.numpy(), x.numpy()[::-1, ::-1][::-1, ::-1]):
        assert torch.equal(model(form)[0], model(x)[0])


@every
def test_nothing_is_a_length_and_the_state_goes_on_from_it(name: str) -> None:
    made, x = EVERY[name]
    model = made().double()
    x = x.double() if x.is_floating_point() else x
    whole = model(x)[0]
    none, state = model(x[:, :0])
    assert none.shape == (2, 0, 8)
    torch.testing.assert_close(model(x, state)[0], whole, rtol=0, atol=1e-10)
    _, state = model(x[:, :3])
    _, state = model(x[:, :0], state)
    torch.testing.assert_close(model(x[:, 3:], state)[0], whole[:, 3:], rtol=0, atol=1e-10)
    nobody, state = model(x[:0])
    assert nobody.shape == (0, 5, 8)
    assert model(x[:0], state)[0].shape == (0, 5, 8)
    nobody.sum().backward()


@every
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
@pytest.mark.parametrize("cast", [True, False], ids=["cast", "autocast"])
def test_low_precision_is_near_the_full_one_forwards_and_backwards(name: str, dtype: torch.dtype, cast: bool) -> None:
    made, x = EVERY[name]
    full, model = made()(x)[0], made().to(dtype) if cast else made()
    given = x.to(dtype) if cast and x.is_floating_point() else x
    with torch.autocast("cpu", dtype, enabled=not cast):
        y, state = model(given)
        again, _ = model(given, state)
    assert (y.float() - full).abs().max() < 0.1 * full.abs().max()
    (y.float().square().mean() + again.float().square().mean()).backward()
    assert all(bool(torch.isfinite(one.grad).all()) for one in model.parameters() if one.grad is not None)


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("bad", [X[0], X[..., :7], X.double(), X.long(), "text", None, 3, outer.Attention])
def test_what_is_no_stream_of_vectors_is_refused(name: str, bad: Any) -> None:
    with pytest.raises(ValueError, match="; expected "):
        LAYERS[name]()(bad)


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize(
    "bad", [TEXT[0], TEXT.float(), TEXT - 17, TEXT + 300, TEXT > 3, [[0, 1], [2]], "text", None, 3]
)
def test_what_is_no_text_is_refused(name: str, bad: Any) -> None:
    with pytest.raises(ValueError, match="; expected "):
        MODELS[name]()(bad)


@every
def test_what_is_no_state_of_its_own_is_refused(name: str) -> None:
    made, x = EVERY[name]
    model = made()
    y, state = model(x)
    for bad in ("state", 3, (y, state), model(torch.cat([x, x]))[1], type(state)):
        with pytest.raises(ValueError, match=r"expected|streams"):
            model(x, bad)


WRONG: list[tuple[Callable[..., Any], dict[str, Any], list[Any]]] = [
    (outer.MemoryLayer, {"width": 8, "memory": TITANS}, ["memory", Titans, 3, None]),
    (outer.LMM, {"width": 8, "memory": TITANS}, ["without", "forget", ("surprise",)]),
    (outer.LMM, {"width": 8, "memory": TITANS}, ["beginning", "learned", 0]),
    (outer.LMM, {"width": 8, "memory": TITANS}, ["rate", -1.0, float("nan"), "fast"]),
    (outer.MAC, {"width": 8, "memory": TITANS}, ["segment", 0, 2.5, True]),
    (outer.TTTLayer, {"width": 8}, ["kind", "linaer", 3]),
    (outer.TTTLayer, {"width": 8}, ["rate", "learnt", float("nan"), -0.1]),
    (outer.TTTLayer, {"width": 8}, ["norm", 1, "yes"]),
    (outer.Attention, {"width": 8}, ["heads", 0, 3, True, "2"]),
    (outer.Convolution, {"width": 8}, ["kernel", 0, 1.5]),
    (outer.PersistentMemory, {"count": 2, "width": 8}, ["count", -1, 1.5]),
    (outer.TokenModel, {"mixers": [], "width": 8}, ["mixers", outer.Attention, [outer.Attention], 3]),
    (outer.ByteModel, {}, ["d_key", 0, 2.5, "8"]),
    (outer.MemoryModel, {"width": 8}, ["memories", 0, 3]),
    (outer.architecture, {"name": "LMM", "generator": chance()}, ["name", "lmm", 3]),
    (outer.architecture, {"name": "LMM", "generator": chance()}, ["memory", TITANS, 3]),
    (outer.Needles, {}, ["questions", 0, 60, True]),
    (outer.Recalls, {}, ["counts", (), (0,), 4, "4"]),
    (outer.Facts, {"filler": b"x" * 200}, ["filler", "text", [300] * 200, b"short"]),
    (continual.FineTuning, {}, ["lr", 0, -1.0, float("nan")]),
    (continual.EWC, {}, ["strength", -1.0, float("inf")]),
    (continual.Replay, {}, ["keep", 3, None]),
    (continual.FastHead, {"rule": Hebbian, "gates": continual.SetGates()}, ["rule", Hebbian(4, 4), int, "Hebbian"]),
    (continual.FastHead, {"rule": Hebbian, "gates": continual.SetGates()}, ["gates", continual.SetGates, 1.0]),
    (continual.SetGates, {}, ["forget", 1.5, -0.1, float("nan")]),
]


@pytest.mark.parametrize(("made", "good", "wrong"), WRONG)
def test_what_a_thing_cannot_be_made_of_is_refused(
    made: Callable[..., Any], good: dict[str, Any], wrong: list[Any]
) -> None:
    made(**good)
    name, *bad = wrong
    for value in bad:
        with pytest.raises(ValueError, match=r"[;:,] |\d"):
            made(**good | {name: value})


@pytest.mark.parametrize("kind", [outer.MemoryLayer, outer.LMM, outer.MAC, outer.MAG, outer.MAL])
def test_a_seed_is_no_generator(kind: Callable[..., nn.Module]) -> None:
    for seed in (0, np.random.default_rng(0), torch.Generator):
        with pytest.raises(ValueError, match=r"torch\.Generator"):
            kind(8, TITANS, generator=seed)


def test_tasks_of_nobody_are_empty_and_ask_nothing() -> None:
    filler = np.zeros(300, np.uint8)
    drawn: list[Any] = [
        outer.Needles().draw(0, chance()),
        outer.Recalls().draw(0, chance()),
        outer.Facts(filler).draw(0, chance()),
        outer.asked_at(40, filler, streams=0, generator=chance()),
    ]
    assert all(len(part) == 0 for given in drawn for part in given if isinstance(part, Tensor))
    with pytest.raises(ValueError, match="number of questions is 0"):
        outer.share_found(MODELS["TokenModel"](), drawn[0])
