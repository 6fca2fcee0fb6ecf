"""What torch's own tests ask of every optimizer: met alike, or refused in words."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from nlviz import optim

from .every import MAKES, Make, net, taught

each = pytest.mark.parametrize("make", MAKES.values(), ids=MAKES)
LINES = [name for name in MAKES if name != "DGD"]
but_dgd = pytest.mark.parametrize("make", [MAKES[name] for name in LINES], ids=LINES)
"""DGD erases what a layer says to its input, also where the gradient is nothing."""


def _run(model: nn.Module, optimizer: torch.optim.Optimizer, steps: int, first: int = 0) -> None:
    for seed in range(first, first + steps):
        optimizer.zero_grad()
        taught(model, seed).backward()
        optimizer.step()


def _weights(model: nn.Module) -> list[Tensor]:
    return [one.detach().clone() for one in model.parameters()]


def _same(one: nn.Module, other: nn.Module) -> bool:
    return all(torch.equal(*both) for both in zip(_weights(one), _weights(other), strict=True))


def test_every_optimizer_is_here() -> None:
    every = [one for name in optim.__all__ if isinstance(one := getattr(optim, name), type)]
    ours = {one.__name__ for one in every if issubclass(one, optim.MemoryOptimizer)} - {"MemoryOptimizer"}
    assert ours == {name.partition(",")[0] for name in MAKES}


@but_dgd
@pytest.mark.parametrize("maximize", [False, True])
def test_it_goes_the_right_way(make: Make, maximize: bool) -> None:
    model = net()
    optimizer = make(model.parameters(), model, lr=1e-3, maximize=maximize)

    def closure() -> Tensor:
        optimizer.zero_grad()
        loss = taught(model)
        loss.backward()
        return loss.detach()

    losses = [float(optimizer.step(closure)) for _ in range(21)]
    assert (losses[-1] > losses[0]) == maximize


@each
def test_a_closure_is_called_once_with_gradients_on_and_its_loss_comes_back(make: Make) -> None:
    model, calls = net(), []
    optimizer = make(model.parameters(), model)

    def closure() -> str:
        calls.append(torch.is_grad_enabled())
        taught(model).backward()
        return "what it gave"

    with torch.no_grad():
        assert optimizer.step(closure) == "what it gave"
    assert calls == [True]
    with pytest.raises(ValueError, match="closure is 3; expected a function that gives the loss"):
        optimizer.step(3)


@each
@pytest.mark.parametrize("at", [1, 4])
def test_saved_and_loaded_it_goes_on_to_the_bit(make: Make, at: int) -> None:
    """`at`: inside M3's period, and in its second."""
    model = net()
    optimizer = make(model.parameters(), model, lr=0.05)
    _run(model, optimizer, at)
    saved, twin = copy.deepcopy(optimizer.state_dict()), copy.deepcopy(model)
    _run(model, optimizer, 5, at)

    other = make(twin.parameters(), twin, lr=7.0)
    other.load_state_dict(saved)
    _run(twin, other, 5, at)
    assert _same(model, twin)
    mine, its = optimizer.state_dict(), other.state_dict()
    assert mine["param_groups"] == its["param_groups"]
    for one, held in mine["state"].items():
        assert held.keys() == its["state"][one].keys()
        for name, there in held.items():
            torch.testing.assert_close(there, its["state"][one][name], rtol=0, atol=0)


@each
def test_a_state_dict_holds_tensors_and_plain_values_only(make: Make) -> None:
    model = net()
    optimizer = make(model.parameters(), model)
    _run(model, optimizer, 4)

    def plain(tree: Any) -> bool:
        if isinstance(tree, dict | list | tuple):
            return all(map(plain, tree.values() if isinstance(tree, dict) else tree))
        return type(tree) in (Tensor, int, float, bool, str, type(None))

    assert plain(optimizer.state_dict())


@each
def test_a_state_of_other_groups_is_refused_as_torch_does(make: Make) -> None:
    model, small = net(), net()[0]
    optimizer = make(model.parameters(), model)
    with pytest.raises(ValueError, match="parameter group that doesn't match"):
        optimizer.load_state_dict(make(small.parameters(), small).state_dict())


@each
def test_groups_have_options_of_their_own(make: Make) -> None:
    model = net()
    still, moves = model[0].parameters(), model[2].parameters()
    optimizer = make([{"params": still, "lr": 0.0}, {"params": moves}], model, lr=0.1)
    before = _weights(model)
    _run(model, optimizer, 2)
    unmoved = [torch.equal(*both) for both in zip(before, _weights(model), strict=True)]
    assert unmoved == [True, True, False, False]


@each
def test_a_group_added_later_is_moved_too(make: Make) -> None:
    model = net()
    optimizer = make(model[0].parameters(), model, lr=0.1)
    optimizer.add_param_group({"params": model[2].weight, "lr": 0.2})
    before = _weights(model)
    _run(model, optimizer, 1)
    moved = [not torch.equal(*both) for both in zip(before, _weights(model), strict=True)]
    assert moved == [True, True, True, False]
    assert [group["lr"] for group in optimizer.param_groups] == [0.1, 0.2]


@each
def test_weight_decay_is_decoupled(make: Make) -> None:
    """Of one step, whatever the step is: W (1 − lr·weight_decay) less the step without it."""
    models = net(), net()
    for model, decay in zip(models, (0.0, 0.5), strict=True):
        _run(model, make(model.parameters(), model, lr=0.1, weight_decay=decay), 1)
    for start, plain, decayed in zip(*map(_weights, (net(), *models)), strict=True):
        torch.testing.assert_close(plain - decayed, 0.05 * start, rtol=0, atol=1e-12)


@each
def test_zero_grad_empties_and_without_gradients_a_step_is_none(make: Make) -> None:
    model = net()
    optimizer = make(model.parameters(), model)
    taught(model).backward()
    optimizer.zero_grad()
    assert all(one.grad is None for one in model.parameters())
    before = _weights(model)
    optimizer.step()
    assert all(torch.equal(*both) for both in zip(before, _weights(model), strict=True))
    assert not optimizer.state_dict()["state"]
    taught(model).backward()
    optimizer.zero_grad(set_to_none=False)
    assert all(one.grad is not None and not one.grad.any() for one in model.parameters())


@but_dgd
def test_zero_gradients_move_nothing(make: Make) -> None:
    model = net()
    optimizer = make(model.parameters(), model, lr=1.0)
    before = _weights(model)
    for _ in range(5):
        for one in model.parameters():
            one.grad = torch.zeros_like(one)
        optimizer.step()
    assert all(torch.equal(*both) for both in zip(before, _weights(model), strict=True))


@each
def test_gradients_are_only_read(make: Make) -> None:
    model = net()
    optimizer = make(model.parameters(), model, lr=0.1, weight_decay=0.1, maximize=True)
    taught(model).backward()
    before = [one.grad.clone() for one in model.parameters() if one.grad is not None]
    optimizer.step()
    after = [one.grad for one in model.parameters() if one.grad is not None]
    assert all(torch.equal(*both) for both in zip(before, after, strict=True))


@each
def test_a_scheduler_turns_the_rate(make: Make) -> None:
    """The second step of one is halved by a scheduler, that of the other by hand."""
    models = net(), net()
    for model, by_hand in zip(models, (False, True), strict=True):
        optimizer = make(model.parameters(), model, lr=0.1)
        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 0.5**step)
        _run(model, optimizer, 1)
        if by_hand:
            optimizer.param_groups[0]["lr"] = 0.05
        else:
            schedule.step()
        _run(model, optimizer, 1, 1)
    assert _same(*models)


@each
def test_a_frozen_layer_is_left_alone(make: Make) -> None:
    model = net()
    model[0].requires_grad_(False)
    model[2].bias.requires_grad_(False)
    optimizer = make(model.parameters(), model, lr=0.1, weight_decay=0.5)
    before = _weights(model)
    _run(model, optimizer, 2)
    moved = [not torch.equal(*both) for both in zip(before, _weights(model), strict=True)]
    assert moved == [False, False, True, False]


@each
def test_names_of_weights_and_printing(make: Make) -> None:
    model = net()
    optimizer = make(model.named_parameters(), model, lr=0.1)
    assert optimizer.param_groups[0]["param_names"] == ["0.weight", "0.bias", "2.weight", "2.bias"]
    assert "lr: 0.1" in repr(optimizer)


@but_dgd
def test_a_copy_goes_on_by_itself(make: Make) -> None:
    model = net()
    optimizer = make(model.parameters(), model, lr=0.1)
    _run(model, optimizer, 2)
    other = copy.deepcopy(optimizer)
    other.add_param_group({"params": nn.Parameter(torch.ones(2, 2))})
    for group in other.param_groups:
        for one in group["params"]:
            one.grad = torch.ones_like(one)
    before = _weights(model)
    other.step()
    assert all(torch.equal(*both) for both in zip(before, _weights(model), strict=True))
    assert len(optimizer.param_groups) == 1


@but_dgd
@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (2, 3, 2), (4, 2, 3, 3), (0, 3)])
def test_weights_of_any_shape_are_matrices(make: Make, shape: tuple[int, ...]) -> None:
    """A weight of more axes moves as its matrix does."""
    source = torch.Generator().manual_seed(0)
    start, slope = (torch.randn(shape, dtype=torch.float64, generator=source) for _ in range(2))
    flat = start.reshape(len(start), -1) if start.dim() > 1 and start.numel() else start.reshape(1, -1)
    moved = []
    for given in (start, flat):
        weight = nn.Parameter(given.clone())
        optimizer = make([weight], None, lr=0.1)
        for _ in range(5):
            weight.grad = slope.reshape(given.shape)
            optimizer.step()
        moved.append(weight.detach())
    assert moved[0].shape == start.shape
    torch.testing.assert_close(moved[0].flatten(), moved[1].flatten(), rtol=0, atol=0)
    assert torch.isfinite(moved[0]).all()


@each
@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"lr": -1.0}, "lr is -1.0; expected a finite number of at least 0"),
        ({"lr": "fast"}, "lr is 'fast'"),
        ({"lr": float("nan")}, "lr is nan"),
        ({"weight_decay": -0.1}, "weight_decay is -0.1"),
        ({"maximize": 1}, "maximize is 1; expected True or False"),
    ],
)
def test_options_that_are_none(make: Make, wrong: dict[str, Any], words: str) -> None:
    model = net()
    with pytest.raises(ValueError, match=words):
        make(model.parameters(), model, **wrong)
    with pytest.raises(ValueError, match=words):
        make([{"params": model.parameters(), **wrong}], model)


@each
def test_a_slip_in_the_name_of_an_option_is_answered_and_a_schedulers_is_taken(make: Make) -> None:
    model = net()
    with pytest.raises(ValueError, match=r"'weight_decy'; .* did you mean 'weight_decay'"):
        make([{"params": model.parameters(), "weight_decy": 0.1}], model)
    assert make([{"params": model.parameters(), "initial_lr": 0.1}], model).param_groups[0]["initial_lr"] == 0.1


@each
def test_what_torch_refuses_is_refused_in_its_words(make: Make) -> None:
    model = net()
    weight = next(model.parameters())
    for params, kind, words in (
        ([], ValueError, "empty parameter list"),
        (weight, TypeError, "should be an iterable of Tensors"),
        ([3], TypeError, "can only optimize Tensors"),
        ([2 * weight], ValueError, "can't optimize a non-leaf Tensor"),
        ([{"params": weight}, {"params": weight}], ValueError, "more than one parameter group"),
    ):
        with pytest.raises(kind, match=words):
            make(params, model)
    with pytest.raises(TypeError, match="unexpected keyword argument 'foreach'"):
        make(model.parameters(), model, foreach=True)


@but_dgd
def test_sparse_and_complex_are_refused(make: Make) -> None:
    table = nn.Embedding(4, 2, sparse=True)
    optimizer = make(table.parameters(), None)
    table(torch.tensor([1, 2])).sum().backward()
    with pytest.raises(ValueError, match=r"is 'torch.sparse_coo'; expected torch.strided, a dense one; use"):
        optimizer.step()
    with pytest.raises(ValueError, match=r"expected real numbers; split it with torch.view_as_real"):
        make([nn.Parameter(torch.zeros(2, 2, dtype=torch.complex64))], None)


@but_dgd
@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16])
def test_weights_of_any_precision_stay_so(make: Make, dtype: torch.dtype) -> None:
    weight = nn.Parameter(torch.ones(3, 4, dtype=dtype))
    optimizer = make([weight], None, lr=0.1)
    for _ in range(4):
        weight.grad = torch.full_like(weight, 0.25)
        optimizer.step()
    assert weight.dtype == dtype
    assert torch.isfinite(weight).all()
    assert bool((weight != 1).all())
