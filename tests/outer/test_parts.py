"""The small parts around a memory: convolution and persistent memory."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Generator, Tensor
from torch.nn import functional as F

from nlviz.outer import Convolution, PersistentMemory

TIME, WIDTH = 11, 5


def chance() -> Generator:
    return Generator().manual_seed(0)


def text() -> Tensor:
    return torch.randn(2, TIME, WIDTH, generator=chance(), dtype=torch.float64)


@pytest.mark.parametrize("kernel", [1, 2, 4, 20])
def test_the_convolution_is_torchs_own(kernel: int) -> None:
    made = Convolution(WIDTH, kernel, generator=chance()).double()
    weight = made.weight.flip(0).mT[:, None]
    expected = F.conv1d(F.pad(text().mT, (kernel - 1, 0)), weight, groups=WIDTH).mT
    torch.testing.assert_close(made(text())[0], expected, rtol=0, atol=1e-12)


@given(cuts=st.lists(st.integers(0, TIME), max_size=4), kernel=st.sampled_from([1, 2, 4, 20]))
def test_a_convolution_in_pieces_is_the_whole(cuts: list[int], kernel: int) -> None:
    made, tail, pieces = Convolution(WIDTH, kernel, generator=chance()).double(), None, []
    for piece in text().tensor_split(sorted(cuts), 1):
        y, tail = made(piece, tail)
        pieces.append(y)
    torch.testing.assert_close(torch.cat(pieces, 1), made(text())[0], rtol=0, atol=1e-12)
    assert tail is not None
    assert tail.shape == (2, kernel - 1, WIDTH)


def test_it_sees_its_kernel_and_no_other_channel() -> None:
    made, x = Convolution(WIDTH, 4, generator=chance()).double(), text().requires_grad_()
    (gradient,) = torch.autograd.grad(made(x)[0][0, 7, 2], x)
    assert gradient.nonzero().tolist() == [[0, t, 2] for t in (4, 5, 6, 7)]


def test_it_begins_near_the_identity() -> None:
    y, _ = Convolution(64, 4, generator=chance())(x := torch.randn(1, 500, 64, generator=chance()))
    assert F.cosine_similarity(y, x, dim=-1).mean() > 0.97


def test_persistent_vectors_stand_in_front_of_every_stream_and_learn() -> None:
    p = PersistentMemory(3, WIDTH, generator=chance()).double()
    whole = p.before(text())
    assert torch.equal(whole[:, 3:], text())
    assert torch.equal(whole[1, :3], p.vectors)
    whole.sum().backward()
    assert torch.equal(p.vectors.grad, torch.full((3, WIDTH), 2.0).double())  # pyright: ignore
    assert torch.equal(PersistentMemory(0, WIDTH).double().before(text()), text())
    assert len(p) == 3


@pytest.mark.parametrize(
    ("wrong", "said"), [(lambda: Convolution(4, 0), "kernel is 0"), (lambda: PersistentMemory(-1, 4), "count is -1")]
)
def test_nonsense_is_refused_in_words(wrong: object, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        wrong()  # pyright: ignore
