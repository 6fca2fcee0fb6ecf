"""The optimizers that are compared, each with one number that is tuned, its rate; the rest as it comes."""

from __future__ import annotations

from collections.abc import Callable

from torch import Generator, nn
from torch.optim import SGD, AdamW, Muon, Optimizer

from nlviz import optim
from nlviz.door import tensors, words

__all__ = ["CONTENDERS", "contender"]

MOMENTUM = 0.9

_MAKES: dict[str, Callable[[nn.Module, float, Generator], Optimizer]] = {
    "SGD": lambda model, lr, chance: SGD(model.parameters(), lr=lr),
    "momentum": lambda model, lr, chance: SGD(model.parameters(), lr=lr, momentum=MOMENTUM),
    "AdamW": lambda model, lr, chance: AdamW(model.parameters(), lr=lr, weight_decay=0.0),
    "Muon": lambda model, lr, chance: Muon(model.parameters(), lr=lr, weight_decay=0.0),
    "DGD": lambda model, lr, chance: optim.DGD(model.parameters(), model, lr=lr),
    "DeltaMomentum": lambda model, lr, chance: optim.DeltaMomentum(model.parameters(), lr=lr, momentum=MOMENTUM),
    "DeepMomentum": lambda model, lr, chance: optim.DeepMomentum(model.parameters(), lr=lr, generator=chance),
    "M3": lambda model, lr, chance: optim.M3(model.parameters(), lr=lr),
    "M3, averages": lambda model, lr, chance: optim.M3(
        model.parameters(), lr=lr, betas=(0.95, 0.999, 0.9), memories="averages"
    ),
}
CONTENDERS: tuple[str, ...] = tuple(_MAKES)
"""Their names. M3 is there twice: summing, as its algorithm is printed, and averaging."""


def contender(name: str, model: nn.Module, lr: float, *, generator: Generator) -> Optimizer:
    """The optimizer of this name over all weights of a model, none of which decays by itself.

    All weights of the model are to be matrices (Muon takes no other), of `nn.Linear` or `nn.Embedding` (DGD).
    generator: for what it draws: the nets of DeepMomentum.
    Raises ValueError for an unknown name, and as the optimizers do.

        >>> model = torch.nn.Linear(3, 2, bias=False)
        >>> chance = torch.Generator().manual_seed(0)
        >>> type(experiments.optimizers.contender("DGD", model, 0.1, generator=chance)).__name__
        'DGD'
    """
    make = words.known("name", name, _MAKES)
    words.instance("model", model, nn.Module)
    return make(model, words.number("lr", lr, least=0), tensors.generator("generator", generator))
