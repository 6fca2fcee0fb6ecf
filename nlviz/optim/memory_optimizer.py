"""What all optimizers here share: the door, the loop over weights, and gradients as matrices."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import torch
from torch import Tensor

from nlviz.door import tensors, words

__all__ = ["Look", "MemoryOptimizer", "as_matrix", "gradient_of", "group_of"]

Look = Callable[[str, Any], Any]

LOOKS: Mapping[str, Look] = {
    "lr": lambda name, value: words.number(name, value, least=0),
    "weight_decay": lambda name, value: words.number(name, value, least=0),
    "maximize": words.flag,
}
"""How the options that all of them have are looked at."""

SCHEDULERS = {"initial_lr", "base_lr", "max_lr", "min_lr", "swa_lr", "base_momentum", "max_momentum"}
"""What torch's schedulers write into a group, and their next one reads there: they are no slips of the pen."""


class MemoryOptimizer(torch.optim.Optimizer):
    """An optimizer that is a memory. For every weight W, at every step:

        write the gradient g into what is carried;  d = what is read from it;  W ← (1 − lr·weight_decay) W − lr·d

    A subclass says in `looks` how each of its options is looked at, and in `write` how a gradient is written and what
    is read. g is a matrix [rows, columns]: a weight of more axes is flattened to its first, a vector is one row.
    Options may differ from group to group. weight_decay is decoupled, as in AdamW: the memory W forgets. With maximize
    it climbs.
    Raises ValueError for an option that is none, and at a step for a gradient that is sparse or complex; what torch
    itself refuses (no weights, a weight twice, a weight that is no leaf) it refuses in torch's words.
    """

    looks: ClassVar[Mapping[str, Look]] = {}
    """How each option is looked at: (name, value) -> the value in one plain kind."""

    def __init__(self, params: Any, options: Mapping[str, Any]) -> None:
        super().__init__(params, self._looked(options))

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Take another group of weights, its own options looked at as those of all."""
        if isinstance(param_group, dict):
            param_group = param_group | self._looked(param_group)
        super().add_param_group(param_group)
        for weight in self.param_groups[-1]["params"]:
            if weight.is_complex():
                words.refuse("a weight", weight, "real numbers", "split it with torch.view_as_real")

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride]
        """One step for every weight that has a gradient; gives what `closure`, which may work out anew, returns."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = words.call("closure", closure, "a function that gives the loss")()
        self._move()
        return loss

    def write(self, held: dict[str, Any], gradient: Tensor, group: Mapping[str, Any]) -> Tensor:
        """Write one gradient [rows, columns] into `held`, the state of its weight, and read d [rows, columns]."""
        raise NotImplementedError

    def carried(self, weight: Tensor) -> Tensor:
        """The past surprise of a weight, in units of its gradient: [rows, columns]."""
        raise NotImplementedError

    def kept(self, past: Tensor, gradient: Tensor, group: Mapping[str, Any]) -> Tensor:
        """What a write of this gradient leaves of past ones [ages, rows, columns]; where what is carried is their sum.

        Raises ValueError where it is not.
        """
        name = type(self).__name__
        raise ValueError(f"what {name} carries is no sum of past gradients; leave age_spectrum out")

    def taken(self, gradient: Tensor, group: Mapping[str, Any]) -> Tensor:
        """What a write adds of its own gradient to the carried ones."""
        return gradient

    def _move(self) -> None:
        for group in self.param_groups:
            for weight in group["params"]:
                if weight.grad is not None and weight.numel():
                    gradient = gradient_of(weight, group)
                    read = self.write(self.state[weight], gradient, group)
                    weight.mul_(1 - group["lr"] * group["weight_decay"])
                    weight.add_(read.reshape(weight.shape), alpha=-group["lr"])

    def _looked(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """Every option that is one of ours, in its plain kind; others are a scheduler's, but for slips of the pen."""
        looks = {**LOOKS, **self.looks}
        for name in options.keys() - looks.keys() - SCHEDULERS - {"params", "param_names"}:
            near = difflib.get_close_matches(str(name), looks, 1)
            if near:
                words.refuse("an option of the group", name, f"one of {', '.join(looks)}", f"did you mean {near[0]!r}?")
        return {name: looks[name](name, value) for name, value in options.items() if name in looks}


def as_matrix(tensor: Tensor) -> Tensor:
    """The same numbers as [rows, columns]: all axes after the first in one; a vector, or a number, is one row."""
    return tensor.flatten(1) if tensor.dim() > 1 else tensor.reshape(1, -1)


def group_of(optimizer: torch.optim.Optimizer, weight: Tensor) -> dict[str, Any]:
    """The group a weight is in, with its options. Raises ValueError for a weight that is in none."""
    for group in optimizer.param_groups:
        if any(weight is one for one in group["params"]):
            return group
    words.refuse("weight", weight, f"one of those that this {type(optimizer).__name__} moves")


def gradient_of(weight: Tensor, group: Mapping[str, Any]) -> Tensor:
    """The gradient of a weight that has one, as a matrix; turned round where the group climbs."""
    slope = weight.grad
    assert slope is not None
    if slope.layout is not torch.strided:
        remedy = "use nn.Embedding(…, sparse=False), or torch.optim.SparseAdam"
        words.refuse("layout of a gradient", str(slope.layout), "torch.strided, a dense one", remedy)
    matrix = as_matrix(tensors.floating("a gradient", slope))
    return -matrix if group.get("maximize") else matrix
