"""Heads over prefixes, against logits and losses by NumPy."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Generator, Tensor

from nlviz import outer

PREFIXES = (2, 4, 8)


def heads(**given: object) -> outer.Matryoshka:
    made = outer.Matryoshka(PREFIXES, 5, generator=Generator().manual_seed(0), **given).double()  # pyright: ignore
    with torch.no_grad():
        made.biases.normal_(generator=Generator().manual_seed(1))
    return made


def embeddings(many: int = 9) -> Tensor:
    return torch.randn(many, 8, generator=Generator().manual_seed(2), dtype=torch.float64)


def logits(made: outer.Matryoshka, z: np.ndarray) -> list[np.ndarray]:
    """W⁽ᵐ⁾ z_{1:m} + b⁽ᵐ⁾, prefix by prefix."""
    found = []
    for place, size in enumerate(PREFIXES):
        own = 0 if made.tied else place
        prefix = z[:, :size]
        if made.unit:
            prefix = prefix / np.linalg.norm(prefix, axis=1, keepdims=True)
        matrix = made.heads[own].weight.detach().numpy()[:, :size]  # pyright: ignore
        found.append(prefix @ matrix.T + made.biases[own].detach().numpy())
    return found


@pytest.mark.parametrize("unit", [False, True])
@pytest.mark.parametrize("tied", [False, True])
def test_every_prefix_has_its_logits_and_the_loss_weighs_them(tied: bool, unit: bool) -> None:
    made, z, labels = heads(tied=tied, unit=unit, importance=(0.5, 1, 2)), embeddings(), torch.arange(9) % 5
    expected = logits(made, z.numpy())
    np.testing.assert_allclose(made(z).detach().numpy(), expected, rtol=1e-12)
    lost = [np.mean(np.log(np.exp(one).sum(1)) - one[np.arange(9), labels.numpy()]) for one in expected]
    assert made.loss(z, labels).item() == pytest.approx(0.5 * lost[0] + lost[1] + 2 * lost[2], rel=1e-12)


def test_the_first_numbers_are_asked_by_every_head() -> None:
    """∂L/∂z_1 comes from all prefixes, ∂L/∂z_8 from the last alone: that is what orders an embedding."""
    z, labels = embeddings().requires_grad_(), torch.arange(9) % 5
    made = heads()
    (whole,) = torch.autograd.grad(made.loss(z, labels), z)
    (last,) = torch.autograd.grad(torch.nn.functional.cross_entropy(made(z)[-1], labels), z)
    torch.testing.assert_close(whole[:, 4:], last[:, 4:])
    assert (whole[:, :2] - last[:, :2]).abs().min() > 1e-6


def test_one_prefix_of_the_whole_width_is_a_linear_classifier() -> None:
    made = outer.Matryoshka((8,), 3, generator=Generator().manual_seed(0)).double()
    z, labels = embeddings(), torch.arange(9) % 3
    plain = torch.nn.functional.linear(z, made.heads[0].weight, made.biases[0])  # pyright: ignore
    torch.testing.assert_close(made.loss(z, labels), torch.nn.functional.cross_entropy(plain, labels))


def test_tied_heads_have_the_weights_of_one() -> None:
    assert outer.parameters(heads(tied=True)) == 5 * 8 + 5
    assert outer.parameters(heads()) == 5 * (2 + 4 + 8) + 3 * 5


@pytest.mark.parametrize("sure", [0.0, 0.4, 0.7, 1.0])
def test_a_cascade_answers_with_the_first_prefix_that_is_sure(sure: float) -> None:
    made, z = heads(), embeddings(50)
    found = made.cascade(z, sure)
    chances = made(z).detach().softmax(-1).numpy()
    for row in range(50):
        place = next((p for p in range(3) if chances[p, row].max() >= sure), 2)
        assert found.sizes[row] == PREFIXES[place]
        assert found.answers[row] == chances[place, row].argmax()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"prefixes": (4, 2)}, r"prefixes is \(4, 2\); expected each longer than the one before; use \(2, 4\)"),
        ({"prefixes": ()}, "at least 1"),
        ({"importance": (1.0,)}, "one number for each of 2 prefixes"),
        ({"classes": 0}, "classes is 0"),
    ],
)
def test_what_is_no_nest_of_prefixes_is_refused(change: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        outer.Matryoshka(**{"prefixes": (2, 4), "classes": 3, **change})  # pyright: ignore


@pytest.mark.parametrize("labels", [torch.tensor([0, 5]), torch.tensor([0.0, 1.0]), torch.tensor([0])])
def test_labels_that_are_no_classes_are_refused(labels: Tensor) -> None:
    with pytest.raises(ValueError, match="whole numbers from 0 to 4, one for each of 2 embeddings"):
        heads().loss(embeddings(2), labels)
