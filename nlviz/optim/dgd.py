"""DGD, delta gradient descent: a layer forgets what it says to this input before it is told what to say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from nlviz.door import words
from nlviz.optim.inputs import Inputs, Layer
from nlviz.optim.memory_optimizer import Look, MemoryOptimizer, as_matrix, gradient_of, group_of

__all__ = ["DGD"]

Groups = Mapping[Tensor, Mapping[str, Any]]


class DGD(MemoryOptimizer):
    """W ← W (I − η' x xᵀ) − η' ∇_yL xᵀ with η' = η/(1 + η‖x‖²), for layers y = W x:

        W ← argmin ½‖W x + ∇_yL‖² + 1/(2η) ‖W − W_t‖²,       of a batch ½ mean_i ‖W x_i + n ∇_{y_i}L‖² + …

    Exactly, for inputs of any length and for whole batches: W ← W − η (G + W A)(I + η A)⁻¹ with G = ∂L/∂W and
    A = mean x xᵀ ("sum": Σ x xᵀ, for a loss that is a sum). A bias is one more column, with the input 1; an embedding
    is a layer with one-hot inputs, and its row of padding (`padding_idx`) never moves. Where W or b is not among
    `params` it stays as it is and the other one fits it.
    On the dot-product loss this is the delta rule. On any other its rest is W x = −∇_yL, not the least loss: the
    answers stay small.

    model: the module whose layers are watched, or a list of modules; forward hooks see their inputs (`Inputs`), which
    count when a gradient comes back and until the next step. `zero_grad` of this optimizer empties them too, that of a
    module does not. `remove` takes the hooks off.
    Raises ValueError for a weight that is none of an `nn.Linear` or `nn.Embedding` of the model; at a step for a
    gradient whose inputs were not seen; and as `MemoryOptimizer` does.
    Source: Behrouz et al. 2025 (arXiv 2512.24695) eq. 54–57; the printed η/(1 + η) holds for ‖x‖ = 1 alone.

        >>> layer = torch.nn.Linear(2, 1, bias=False)
        >>> steps = optim.DGD(layer.parameters(), layer, lr=1e6)
        >>> x = torch.tensor([[3.0, 4.0]])
        >>> (-5 * layer(x)).sum().backward()
        >>> steps.step()
        >>> float(layer(x).detach().round(decimals=3))
        5.0
    """

    looks: ClassVar[Mapping[str, Look]] = {"reduction": lambda name, value: words.choice(name, value, ("mean", "sum"))}

    inputs: Inputs | None = None
    """What its layers were given; a copy of a DGD was never given a model, and has none."""

    def __init__(
        self,
        params: Any,
        model: nn.Module | Iterable[nn.Module],
        lr: float = 1e-2,
        *,
        reduction: str = "mean",
        weight_decay: float = 0.0,
        maximize: bool = False,
    ) -> None:
        # groups are added, and held against the layers, while torch's own part is made
        self.inputs = Inputs(model)
        super().__init__(params, {"lr": lr, "reduction": reduction, "weight_decay": weight_decay, "maximize": maximize})

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Take another group of weights, all of them of the model's layers."""
        super().add_param_group(param_group)
        known = {one for layer in self._layers() for one in layer.parts}
        for weight in self.param_groups[-1]["params"]:
            if weight not in known:
                self.param_groups.pop()
                remedy = "give the others to another optimizer beside this one"
                words.refuse("a weight", weight, "that of an nn.Linear or nn.Embedding of the model", remedy)

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Empty the gradients, and the inputs that belong to them."""
        super().zero_grad(set_to_none)
        if self.inputs is not None:
            self.inputs.empty()

    def remove(self) -> None:
        """Take the hooks off the model; after that there is no step."""
        if self.inputs is not None:
            self.inputs.remove()
        self.inputs = None

    def carried(self, weight: Tensor) -> Tensor:
        """The gradient itself: no earlier one is carried."""
        if weight.grad is None:
            return torch.zeros_like(as_matrix(weight))
        return gradient_of(weight, group_of(self, weight))

    def kept(self, past: Tensor, gradient: Tensor, group: Mapping[str, Any]) -> Tensor:
        return torch.zeros_like(past)

    def _layers(self) -> tuple[Layer, ...]:
        if self.inputs is None:
            raise ValueError("this DGD sees no layer inputs: it is a copy, or its hooks were removed; make a new one")
        return self.inputs.layers

    def _move(self) -> None:
        groups = {weight: group for group in self.param_groups for weight in group["params"]}
        layers = self._layers()
        moving = [layer for layer in layers if any(one in groups and one.grad is not None for one in layer.parts)]
        for layer in moving:
            if layer.gram is None:
                raise ValueError(
                    f"the weight {list(layer.weight.shape)} has a gradient, and no inputs of its layer were seen since "
                    "the last step; call the layer itself, and go back from it once before every step"
                )
        for layer in moving:
            _fit(layer, groups)
        for layer in layers:
            layer.empty()


def _fit(layer: Layer, groups: Groups) -> None:
    """One step of a layer: for what of W and b may move, T ← T − (G + T A)(1/η + A)⁻¹."""
    assert layer.gram is not None
    first = next(groups[one] for one in layer.parts if one in groups)
    # an empty batch has no mean: it says nothing
    gram = layer.gram / max(1, layer.count) if first["reduction"] == "mean" else layer.gram
    if layer.is_table:
        return _fit_table(layer, gram, groups[layer.weight])
    parts = layer.parts
    columns = [_columns(one).to(gram) for one in parts]
    pairs = list(zip(parts, columns, strict=True))
    rates = torch.cat([gram.new_full((one.shape[1],), _rate(part, groups)) for part, one in pairs])
    slopes = torch.cat([_slope(part, groups, one) for part, one in pairs], 1)
    free = rates > 0
    pull = (slopes + torch.cat(columns, 1) @ gram)[:, free]
    held = gram[free][:, free] + torch.diag(1 / rates[free])
    moved = torch.zeros_like(slopes)
    # positive definite, whatever the inputs; what is not finite goes through and is seen in the weights
    moved[:, free] = torch.cholesky_solve(pull.mT, torch.linalg.cholesky_ex(held).L).mT
    for part, change in zip(parts, moved.split([one.shape[1] for one in columns], 1), strict=True):
        if part in groups and part.grad is not None:
            _change(part, change, groups[part])


def _fit_table(layer: Layer, counts: Tensor, group: Mapping[str, Any]) -> None:
    """The same where A is diagonal: every row of the table for itself; the row of padding stays as it is."""
    table, share = layer.weight, counts[:, None]
    pull = gradient_of(table, group).to(share) + share * table
    still = None if layer.padding is None else table[layer.padding].clone()
    _change(table, group["lr"] * pull / (1 + group["lr"] * share), group)
    if still is not None:
        table[layer.padding] = still


def _columns(part: Tensor) -> Tensor:
    """[rows, columns] of a weight, and one column for a bias."""
    return part if part.dim() == 2 else part[:, None]


def _rate(part: Tensor, groups: Groups) -> float:
    return groups[part]["lr"] if part in groups and part.grad is not None else 0.0


def _slope(part: Tensor, groups: Groups, like: Tensor) -> Tensor:
    """The gradient of W or b, as columns; zero where it is not to move."""
    if not _rate(part, groups):
        return torch.zeros_like(like)
    return gradient_of(part, groups[part]).reshape(like.shape).to(like)


def _change(part: Tensor, change: Tensor, group: Mapping[str, Any]) -> None:
    part.mul_(1 - group["lr"] * group["weight_decay"])
    part.sub_(change.reshape(part.shape).to(part))
