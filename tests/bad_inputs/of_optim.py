"""Calls of optim: optimizers, and what watches them."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from nlviz import optim
from nlviz.experiments import optimizers as beside
from nlviz.inner import probes

from .call import Call, arguments, chance

GIVEN = torch.randn(3, 4, generator=chance())


def _stepped(kind: str) -> Any:
    """A function of an optimizer's options: where two steps of it lead."""

    def moved(**options: Any) -> Tensor:
        layer = nn.Linear(4, 2)
        with torch.no_grad():
            layer.weight.fill_(0.5)
            layer.bias.fill_(0.25)
        model = {"model": layer} if kind == "DGD" else {}
        optimizer = getattr(optim, kind)(layer.parameters(), **model, **options)
        for _ in range(2):
            layer(GIVEN).square().sum().backward()
            optimizer.step()
        return layer.weight.detach()

    return moved


def _sgd() -> torch.optim.SGD:
    return torch.optim.SGD([nn.Parameter(torch.ones(2, 2))], lr=0.1)


def _ended(**given: Any) -> list[float]:
    return [moment.loss for moment in beside.race(**given)]


def optimizers() -> list[Call]:
    common = arguments(lr=(0.1, "not negative"), weight_decay=(0.1, "not negative"), maximize=(True, "flag"))
    layer, sgd = nn.Linear(2, 2), _sgd()
    return [
        Call("optim.DGD", _stepped("DGD"), common | arguments(reduction=("sum", "word"))),
        Call("optim.DGD(model)", lambda model: optim.DGD(layer.parameters(), model), arguments(model=(layer, "model"))),
        Call(
            "optim.DeltaMomentum",
            _stepped("DeltaMomentum"),
            common | arguments(momentum=(0.9, "share"), erase=(0.5, "not negative"), normalise=(True, "flag")),
        ),
        Call(
            "optim.DeepMomentum",
            _stepped("DeepMomentum"),
            common
            | arguments(
                momentum=(0.9, "share"),
                write=(0.5, "share"),
                hidden=(4, "count from 0"),
                objective=("dot product", "word"),
                generator=(chance(), "generator?"),
            ),
        ),
        Call(
            "optim.M3",
            _stepped("M3"),
            common
            | arguments(
                alpha=(0.5, "not negative"),
                period=(1, "count"),
                eps=(1e-8, "not negative"),
                ns_steps=(3, "count from 0"),
                form=("cubic", "word"),
                memories=("averages", "word"),
            ),
        ),
        Call(
            "optim.M3(betas)",
            lambda betas: _stepped("M3")(betas=betas),
            arguments(betas=((0.9, 0.9, 0.9), "positives")),
        ),
        Call("optim.Inputs", optim.Inputs, arguments(model=(layer, "model"))),
        Call(
            "optim.newton_schulz",
            optim.newton_schulz,
            arguments(matrix=(GIVEN, "answers"), steps=(3, "count from 0"), form=("cubic", "word")),
        ),
        Call("optim.gradients_in", optim.gradients_in, arguments(momentum=(0.9, "share"), share=(0.5, "share"))),
        Call("optim.age_spectrum", optim.age_spectrum, arguments(ages=(5, "count"), every=(2, "count"))),
        Call("optim.watched", optim.watched, arguments(optimizer=(sgd, "thing"), probes=([probes.surprise], "things"))),
        Call(
            "optim.carried",
            optim.carried,
            arguments(optimizer=(sgd, "thing"), weight=(sgd.param_groups[0]["params"][0], "thing")),
        ),
        Call(
            "experiments.optimizers.race",
            _ended,
            arguments(
                name=("SGD", "word"),
                task=("valley", "word"),
                lr=(0.01, "not negative"),
                steps=(3, "count"),
                every=(2, "count"),
                seed=(1, "seed"),
            ),
        ),
        Call(
            "experiments.optimizers.contender",
            beside.contender,
            arguments(
                name=("SGD", "word"),
                model=(layer, "model"),
                lr=(0.01, "not negative"),
                generator=(chance(), "generator"),
            ),
        ),
        Call(
            "experiments.optimizers.roll",
            lambda **given: beside.roll(**given)["way"].values,
            arguments(
                name=("Muon", "word"),
                lr=(0.01, "not negative"),
                momentum=(0.9, "share"),
                steps=(3, "count"),
                noise=(0.5, "not negative"),
                seed=(1, "seed"),
            ),
        ),
        Call(
            "experiments.optimizers.interrupted",
            lambda **given: beside.interrupted(**given)["loss"].values,
            arguments(
                name=("SGD", "word"),
                task=("valley", "word"),
                lr=(0.01, "not negative"),
                steps=(4, "count"),
                at=(2, "count from 0?"),
                since=(1, "count from 0"),
                seed=(1, "seed"),
            ),
        ),
        Call("experiments.optimizers.valley", beside.valley, arguments(r=(GIVEN, "answers"), phi=(GIVEN, "answers"))),
    ]
