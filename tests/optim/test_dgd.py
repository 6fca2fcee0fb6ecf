"""DGD against the argmin it is, by least squares; against the delta rule; and how it sees its inputs."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from nlviz.inner import unroll
from nlviz.memory import Delta, Gates, Pairs, dot_product
from nlviz.optim import DGD

from .every import chance, net, taught

EXACT = 1e-11


def _argmin(start: Tensor, x: Tensor, slopes: Tensor, rate: float, weight: float) -> Tensor:
    """argmin over T of weight/2 Σ‖T x_i + slope_i‖² + 1/(2 rate)‖T − start‖², as one stacked least-squares problem."""
    root = weight**0.5
    rows = torch.cat([root * x, torch.eye(x.shape[1], dtype=x.dtype) / rate**0.5])
    values = torch.cat([-root * slopes, start.mT / rate**0.5])
    return torch.linalg.lstsq(rows, values, driver="gelsd").solution.mT


def _taken(layer: nn.Linear, x: Tensor, reduction: str) -> Tensor:
    """A loss of the layer gone back from; what it says of each answer, ∂ℓ_i/∂y_i."""
    y = torch.randn(len(x), layer.out_features, dtype=x.dtype, generator=chance(5))
    answers = layer(x)
    losses = (answers - y).square().sum(-1).exp().log1p()
    (losses.mean() if reduction == "mean" else losses.sum()).backward()
    held = answers.detach().requires_grad_()
    (held - y).square().sum(-1).exp().log1p().sum().backward()
    assert held.grad is not None
    return held.grad


@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize(("rows", "length"), [(1, 1.0), (1, 0.01), (1, 30.0), (5, 3.0)])
def test_a_step_is_the_argmin(rows: int, length: float, bias: bool, reduction: str) -> None:
    layer = nn.Linear(3, 2, bias=bias, dtype=torch.float64)
    x = torch.randn(rows, 3, dtype=torch.float64, generator=chance(1))
    x = length * x / x.norm(dim=1, keepdim=True)
    optimizer = DGD(layer.parameters(), layer, lr=0.7, reduction=reduction)
    start, given = layer.weight.detach().clone(), x
    if bias:
        start, given = torch.cat([start, layer.bias.detach()[:, None]], 1), torch.cat([x, torch.ones(rows, 1)], 1)
    slopes = _taken(layer, x, reduction)
    optimizer.step()
    expected = _argmin(start, given, slopes, 0.7, 1 / rows if reduction == "mean" else 1.0)
    torch.testing.assert_close(layer.weight.detach(), expected[:, :3], rtol=0, atol=EXACT)
    if bias:
        torch.testing.assert_close(layer.bias.detach(), expected[:, 3], rtol=0, atol=EXACT)


@pytest.mark.parametrize("length", [1.0, 0.3, 4.0])
def test_the_rate_is_that_of_the_equation_and_the_printed_one_only_for_unit_inputs(length: float) -> None:
    """W (I − η' x xᵀ) − η' ∇_yL xᵀ with η' = η/(1 + η‖x‖²); the paper prints η/(1 + η)."""
    layer = nn.Linear(3, 2, bias=False, dtype=torch.float64)
    x = torch.randn(1, 3, dtype=torch.float64, generator=chance(1))
    x, start = length * x / x.norm(), layer.weight.detach().clone()
    optimizer = DGD(layer.parameters(), layer, lr=0.7)
    slope = _taken(layer, x, "mean")

    def step(rate: float) -> Tensor:
        return start - rate * start @ x.mT @ x - rate * slope.mT @ x

    optimizer.step()
    torch.testing.assert_close(layer.weight.detach(), step(0.7 / (1 + 0.7 * length**2)), rtol=0, atol=EXACT)
    assert torch.allclose(layer.weight, step(0.7 / 1.7), atol=1e-6) == (length == 1.0)


def test_on_the_dot_product_it_is_the_delta_rule() -> None:
    """A layer taught −⟨y, v⟩ pair by pair, and a delta memory with θ = η/(1 + η‖k‖²)."""
    keys, values = (torch.randn(1, 20, n, dtype=torch.float64, generator=chance(n)) for n in (3, 2))
    layer = nn.Linear(3, 2, bias=False, dtype=torch.float64)
    nn.init.zeros_(layer.weight)
    optimizer = DGD(layer.parameters(), layer, lr=0.8)
    for key, value in zip(keys[0], values[0], strict=True):
        dot_product.loss(layer(key), value).backward()
        optimizer.step()
        optimizer.zero_grad()
    pairs = Pairs(keys, values)
    rates = 0.8 / (1 + 0.8 * keys.square().sum(-1))
    run = unroll(Delta(3, 2), pairs, Gates.constant(pairs, rates))
    torch.testing.assert_close(layer.weight.detach(), run.state.memory[0], rtol=0, atol=EXACT)


@pytest.mark.parametrize(("weight", "bias"), [(0.7, 0.2), (0.7, None), (None, 0.2), (0.7, 0.0)])
def test_weight_and_bias_with_rates_of_their_own(weight: float | None, bias: float | None) -> None:
    """Against the normal equations: each column of (W, b) has its own 1/η, and what does not move stays a constant."""
    layer = nn.Linear(3, 2, dtype=torch.float64)
    groups = [{"params": [one], "lr": lr} for one, lr in ((layer.weight, weight), (layer.bias, bias)) if lr is not None]
    optimizer = DGD(groups, layer)
    x = torch.randn(5, 3, dtype=torch.float64, generator=chance(1))
    start = torch.cat([layer.weight, layer.bias[:, None]], 1).detach()
    given = torch.cat([x, torch.ones(5, 1)], 1)
    slopes = _taken(layer, x, "mean")
    optimizer.step()
    moves = torch.tensor([bool(weight)] * 3 + [bool(bias)])
    root = torch.tensor([weight or 1.0] * 3 + [bias or 1.0], dtype=torch.float64)[moves].rsqrt().diag()
    rows = torch.cat([given[:, moves] / 5**0.5, root])
    told = -slopes - given[:, ~moves] @ start[:, ~moves].mT
    values = torch.cat([told / 5**0.5, root @ start[:, moves].mT])
    expected = start.clone()
    expected[:, moves] = torch.linalg.lstsq(rows, values).solution.mT
    found = torch.cat([layer.weight, layer.bias[:, None]], 1).detach()
    torch.testing.assert_close(found, expected, rtol=0, atol=EXACT)


def test_an_embedding_is_a_layer_with_one_hot_inputs() -> None:
    table = nn.Embedding(5, 2, dtype=torch.float64)
    layer = nn.Linear(5, 2, bias=False, dtype=torch.float64)
    layer.load_state_dict({"weight": table.weight.detach().mT})
    asked = torch.tensor([[0, 3, 3], [3, 4, 0]])
    hot = nn.functional.one_hot(asked, 5).double()
    for module, given in ((table, asked), (layer, hot)):
        optimizer = DGD(module.parameters(), module, lr=0.7)
        module(given).square().sum(-1).mean().backward()
        optimizer.step()
    torch.testing.assert_close(table.weight.detach(), layer.weight.detach().mT, rtol=0, atol=EXACT)


def test_the_row_of_padding_never_moves() -> None:
    """As torch's own gradient leaves it; the others move as they would without it."""
    tables = [nn.Embedding(4, 2, dtype=torch.float64, padding_idx=row) for row in (2, None)]
    start = torch.randn(4, 2, dtype=torch.float64, generator=chance(3))
    for table in tables:
        table.load_state_dict({"weight": start})
        optimizer = DGD(table.parameters(), table, lr=0.7, weight_decay=0.1)
        table(torch.tensor([0, 2, 2, 3])).square().sum(-1).mean().backward()
        optimizer.step()
    assert torch.equal(tables[0].weight[2], start[2])
    others = [0, 1, 3]
    torch.testing.assert_close(tables[0].weight[others], tables[1].weight[others], rtol=0, atol=0)
    assert not torch.equal(tables[1].weight[2], start[2])
    twin = nn.Embedding(4, 2, padding_idx=1)
    twin.weight = tables[0].weight
    with pytest.raises(ValueError, match="share a weight and are not alike; untie them"):
        DGD([twin.weight], [tables[0], twin])


@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("kind", ["linear", "table"])
def test_an_empty_batch_changes_nothing(kind: str, reduction: str) -> None:
    layer = nn.Linear(3, 2) if kind == "linear" else nn.Embedding(3, 2)
    given = torch.ones(0, 3) if kind == "linear" else torch.zeros(0, dtype=torch.long)
    before = layer.weight.detach().clone()
    optimizer = DGD(layer.parameters(), layer, lr=0.5, reduction=reduction)
    layer(given).sum().backward()
    optimizer.step()
    assert torch.equal(layer.weight, before)


def test_a_batch_in_pieces_is_the_whole_batch() -> None:
    """Gradients and inputs both add up until the step."""
    models = net(), net()
    x = torch.randn(8, 3, dtype=torch.float64, generator=chance(1))
    for model, pieces in zip(models, (1, 4), strict=True):
        optimizer = DGD(model.parameters(), model, lr=0.5)
        for piece in x.chunk(pieces):
            (model(piece).square().sum(-1).mean() / pieces).backward()
        optimizer.step()
    for one, other in zip(*(model.parameters() for model in models), strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=EXACT)


def test_only_what_is_gone_back_from_counts() -> None:
    """Passes for validation, with gradients on or off, and what zero_grad empties, change no step."""
    models = net(), net()
    for model, looks in zip(models, (False, True), strict=True):
        optimizer = DGD(model.parameters(), model, lr=0.5)
        for seed in range(3):
            if looks:
                model(torch.randn(7, 3, dtype=torch.float64))
                with torch.no_grad():
                    taught(model, 9)
                # gone back from, and emptied before the step
                taught(model, 8).backward()
            optimizer.zero_grad()
            taught(model, seed).backward()
            optimizer.step()
    for one, other in zip(*(model.parameters() for model in models), strict=True):
        assert torch.equal(one, other)


def test_a_layer_used_twice_sees_both_inputs() -> None:
    layer, twin = (nn.Linear(3, 3, bias=False, dtype=torch.float64) for _ in range(2))
    twin.load_state_dict(layer.state_dict())
    first, second = (torch.randn(4, 3, dtype=torch.float64, generator=chance(n)) for n in (1, 2))
    optimizers = [DGD(one.parameters(), one, lr=0.5) for one in (layer, twin)]
    (layer(first).square().sum() / 8 + layer(input=second).square().sum() / 8).backward()
    (twin(torch.cat([first, second])).square().sum() / 8).backward()
    for optimizer in optimizers:
        optimizer.step()
    torch.testing.assert_close(layer.weight, twin.weight, rtol=0, atol=EXACT)


def test_a_step_without_inputs_is_refused_in_words() -> None:
    layer = nn.Linear(3, 2)
    optimizer = DGD(layer.parameters(), layer)
    words = r"the weight \[2, 3\] has a gradient, and no inputs of its layer were seen .* call the layer itself"
    nn.functional.linear(torch.ones(1, 3), layer.weight).sum().backward()
    with pytest.raises(ValueError, match=words):
        optimizer.step()
    layer(torch.ones(1, 3)).sum().backward()
    optimizer.step()
    # the inputs of a step are used up
    with pytest.raises(ValueError, match=words):
        optimizer.step()


def test_a_step_that_is_refused_has_moved_nothing() -> None:
    model = net()
    optimizer = DGD(model.parameters(), model)
    taught(model).backward()
    assert optimizer.inputs is not None
    optimizer.inputs.layers[1].empty()
    before = [one.detach().clone() for one in model.parameters()]
    with pytest.raises(ValueError, match=r"the weight \[2, 5\] has a gradient"):
        optimizer.step()
    assert all(torch.equal(*both) for both in zip(before, model.parameters(), strict=True))


def test_hooks_come_off_and_a_copy_has_none() -> None:
    model = net()
    optimizer = DGD(model.parameters(), model)
    hooks = [layer._forward_hooks for layer in model if isinstance(layer, nn.Linear)]
    assert [len(one) for one in hooks] == [1, 1]
    other = copy.deepcopy(optimizer)
    taught(model).backward()
    with pytest.raises(ValueError, match="this DGD sees no layer inputs: it is a copy"):
        other.step()
    optimizer.remove()
    assert [len(one) for one in hooks] == [0, 0]
    with pytest.raises(ValueError, match="its hooks were removed; make a new one"):
        optimizer.step()
    # what is gone may be removed again, and its gradients emptied
    optimizer.remove()
    optimizer.zero_grad()
    another = DGD(model.parameters(), model)
    del another
    assert [len(one) for one in hooks] == [0, 0]


def test_a_copy_of_the_model_is_not_seen() -> None:
    model = net()
    optimizer = DGD(model.parameters(), model)
    twin = copy.deepcopy(model)
    taught(twin).backward()
    assert optimizer.inputs is not None
    assert [layer.count for layer in optimizer.inputs.layers] == [0, 0]
    taught(model).backward()
    assert [layer.count for layer in optimizer.inputs.layers] == [4, 4]


def test_weights_that_are_of_no_linear_layer() -> None:
    model = nn.Sequential(nn.Linear(3, 3), nn.LayerNorm(3))
    with pytest.raises(
        ValueError, match=r"^a weight is Parameter \[3\] .*; expected that of an nn.Linear .*; give the others"
    ):
        DGD(model.parameters(), model)
    with pytest.raises(ValueError, match=r"the model has no nn.Linear or nn.Embedding layer"):
        DGD(model.parameters(), nn.LayerNorm(3))
    with pytest.raises(ValueError, match=r"model is 3; expected"):
        DGD(model.parameters(), 3)  # pyright: ignore[reportArgumentType]
    first, second = nn.Linear(2, 2), nn.Linear(2, 2)
    second.weight = first.weight
    with pytest.raises(ValueError, match="share a weight and are not alike; untie them"):
        DGD([first.weight], [first, second])


@pytest.mark.parametrize(("wrong", "words"), [({"reduction": "average"}, "reduction is 'average'; expected one of")])
def test_options_that_are_none(wrong: dict[str, Any], words: str) -> None:
    layer = nn.Linear(2, 2)
    with pytest.raises(ValueError, match=words):
        DGD(layer.parameters(), layer, **wrong)
