"""Models to compare: of one size, read in any pieces, and different in nothing but what mixes their tokens."""

from __future__ import annotations

import pytest
import torch
from torch import Generator

from nlviz.outer import ARCHITECTURES, architecture, carried, deep_memory, parameters

SIZE = 20_000
every_architecture = pytest.mark.parametrize("name", ARCHITECTURES)


def made(name: str, **options: object) -> torch.nn.Module:
    return architecture(name, 16, vocabulary=32, window=6, heads=2, generator=Generator().manual_seed(0), **options)  # pyright: ignore


@every_architecture
@pytest.mark.parametrize("blocks", [1, 3])
def test_one_size_for_all(name: str, blocks: int) -> None:
    model = made(name, size=SIZE, blocks=blocks)
    # one hidden unit of every block's MLP is the finest step
    assert abs(parameters(model) - SIZE) <= 16 * blocks
    assert parameters(model) == sum(one.numel() for one in model.state_dict().values())


@every_architecture
def test_the_seed_decides_every_weight(name: str) -> None:
    before = torch.get_rng_state()
    one, other = made(name, size=SIZE), made(name, size=SIZE)
    assert all(torch.equal(*both) for both in zip(one.parameters(), other.parameters(), strict=True))
    assert torch.equal(torch.get_rng_state(), before)


@every_architecture
@pytest.mark.parametrize("deep", [False, True])
def test_a_model_reads_in_pieces_what_it_reads_as_a_whole(name: str, deep: bool) -> None:
    options = {"memory": deep_memory, "period": 3, "rate": 0.1} if deep else {"persistent": 2}
    model = made(name, **options).double()
    text = torch.randint(0, 32, (2, 20), generator=Generator().manual_seed(1))
    state, pieces = None, []
    with torch.no_grad():
        for piece in text.tensor_split([1, 8, 9, 15], 1):
            keys, state = model(piece, state)
            pieces.append(keys)
        torch.testing.assert_close(torch.cat(pieces, 1), model(text)[0], rtol=0, atol=1e-10)


def test_only_windowed_attention_forgets_what_it_no_longer_sees() -> None:
    text = torch.randint(0, 32, (1, 20), generator=Generator().manual_seed(1))
    other = text.clone()
    other[:, 0] += 1
    ends = {name: [made(name, blocks=1)(each)[0][:, -1] for each in (text, other)] for name in ARCHITECTURES}
    assert [name for name, both in ends.items() if torch.equal(*both)] == ["windowed attention"]


def test_a_deep_memory_has_slow_weights_that_the_model_owns() -> None:
    for layers in (1, 2, 3):
        memory = deep_memory(16, Generator().manual_seed(0), layers=layers)
        assert [tuple(one.shape) for one in memory.initial] == [(16, 16)] * layers  # pyright: ignore
    names = {name for name, _ in made("LMM", memory=deep_memory).named_parameters()}
    assert {"blocks.0.mixer.initial.0", "blocks.0.mixer.initial.1"} <= names


def test_what_is_carried_grows_with_the_text_for_full_attention_only() -> None:
    def after(name: str, time: int) -> int:
        return carried(made(name, blocks=1)(torch.zeros(3, time, dtype=torch.long))[1])

    # 24 tokens fill every window and end a segment
    grown = {name: after(name, 48) - after(name, 24) for name in ARCHITECTURES}
    # a key and a value of 16 numbers for each of 24 tokens of three streams
    assert grown == dict.fromkeys(ARCHITECTURES, 0) | dict.fromkeys(
        ("full attention", "Hope-Attention"), 3 * 24 * 2 * 16
    )
    # M and S of 16 × 16, no tails, and the last symbol
    assert after("linear attention", 24) == 3 * (2 * 16 * 16 + 1)
