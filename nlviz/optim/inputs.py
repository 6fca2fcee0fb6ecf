"""What the layers of a model are given: seen by forward hooks, and counted when a gradient comes back."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn

from nlviz.door import words

__all__ = ["Inputs", "Layer"]

REMEDY = "give the model itself, or a list of its nn.Linear and nn.Embedding layers"


class Layer:
    """A linear map y = W x + b and all inputs it was given since it was last emptied.

    gram: Σ x̃ x̃ᵀ over these inputs, x̃ = (x, 1) where there is a bias, [columns, columns]. Of an embedding only the
    diagonal, [rows of its table]: its inputs are one-hot, so that is how often each row was asked for. count: how many
    inputs there were. bias: None without one. padding: the row of a table that stands for no input, or None.
    """

    def __init__(self, module: nn.Linear | nn.Embedding) -> None:
        self.weight: Tensor = module.weight
        self.bias: Tensor | None = getattr(module, "bias", None)
        self.is_table = isinstance(module, nn.Embedding)
        self.padding: int | None = getattr(module, "padding_idx", None)
        self.empty()

    @property
    def parts(self) -> list[Tensor]:
        """W, and b where there is one."""
        return [self.weight] if self.bias is None else [self.weight, self.bias]

    def is_like(self, module: nn.Linear | nn.Embedding) -> bool:
        """Whether a module with this weight uses it as this layer does."""
        other = Layer(module)
        alike = self.is_table == other.is_table and self.padding == other.padding
        return alike and self.bias is other.bias

    def empty(self) -> None:
        """Forget what was seen."""
        self.gram: Tensor | None = None
        self.count = 0

    def see(self, given: Tensor) -> None:
        """Take in the inputs of one use: […, columns], or the rows asked for, of an embedding."""
        kind = torch.promote_types(self.weight.dtype, torch.float32)
        if self.is_table:
            found = torch.bincount(given.flatten(), minlength=len(self.weight)).to(kind)
        else:
            rows = given.reshape(-1, given.shape[-1]).to(kind)
            rows = rows if self.bias is None else torch.cat([rows, torch.ones_like(rows[:, :1])], 1)
            found = rows.mT @ rows
        self.gram = found if self.gram is None else self.gram + found
        self.count += given.numel() if self.is_table else given.numel() // given.shape[-1]


class Inputs:
    """Sees what every `nn.Linear` and `nn.Embedding` of a model is given, as far as a gradient comes back through it.

    A forward pass without gradients, or one that is never gone back from, is not counted. `remove` takes the hooks
    off again; so does the end of this object. model: a module, or several.
    Raises ValueError for a model without such layers, and for a weight that serves as both, or with two biases or
    rows of padding.

        >>> layer = torch.nn.Linear(2, 1, bias=False)
        >>> seen = optim.Inputs(layer)
        >>> layer(torch.tensor([[3.0, 4.0]])).sum().backward()
        >>> seen.layers[0].gram
        tensor([[ 9., 12.],
                [12., 16.]])
    """

    def __init__(self, model: nn.Module | Iterable[nn.Module]) -> None:
        several = (model,) if isinstance(model, nn.Module) else words.several("model", model, what="modules")
        modules = [words.instance("model", one, nn.Module, REMEDY) for one in several]
        found = [part for one in modules for part in one.modules() if isinstance(part, nn.Linear | nn.Embedding)]
        if not found:
            raise ValueError(f"the model has no nn.Linear or nn.Embedding layer, whose inputs could be seen; {REMEDY}")
        self._of: dict[Tensor, Layer] = {}
        handles = []
        for part in dict.fromkeys(found):
            layer = self._of.setdefault(part.weight, Layer(part))
            if not layer.is_like(part):
                raise ValueError("two layers of the model share a weight and are not alike; untie them")
            handles.append(part.register_forward_hook(_hook(layer), with_kwargs=True))
        self.layers: tuple[Layer, ...] = tuple(self._of.values())
        self._end = weakref.finalize(self, _remove, handles)

    def empty(self) -> None:
        """Forget all inputs seen so far."""
        for layer in self.layers:
            layer.empty()

    def remove(self) -> None:
        """Take the hooks off; nothing is seen any more."""
        self._end()


def _hook(layer: Layer) -> Callable[..., None]:
    def hook(module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any], output: Tensor) -> None:
        # a copy of the model has this hook too, and weights of its own
        if not output.requires_grad or module.weight is not layer.weight:
            return
        given = (args[0] if args else kwargs["input"]).detach()
        output.register_hook(lambda slope: layer.see(given))

    return hook


def _remove(handles: list[Any]) -> None:
    for handle in handles:
        handle.remove()
