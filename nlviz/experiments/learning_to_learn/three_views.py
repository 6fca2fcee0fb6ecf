"""Three views of a token and one fast matrix between them: the layer of test-time training, on the family's streams."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal, NamedTuple

import torch
import torch.nn.functional as F
from torch import Generator, Tensor, nn

from nlviz.door import tensors, words
from nlviz.experiments.learning_to_learn.family import Drawn, Family
from nlviz.inner import unroll, unroll_blocks
from nlviz.memory import Gates, Pairs, Titans
from nlviz.outer import Report, train

__all__ = ["LOSSES", "PARTS", "Bound", "ThreeViews", "bind", "inner_loss", "outer_loss"]

PARTS: tuple[str, ...] = ("views", "test_view", "start", "strength", "forget", "readout")
"""The groups of slow weights, by name."""
LOSSES: tuple[str, ...] = ("outer", "inner")
"""What slow weights may be trained by: the error of the answers, or what the inner loop makes small."""
LARGEST = 2.0


class Bound(NamedTuple):
    """What reading a stream leaves: M [batch, width, width]; and of every token, before it was written, its label view
    v [batch, time, width] and what the memory missed of it, M k − v.
    """

    memory: Tensor
    values: Tensor
    misses: Tensor


class ThreeViews(nn.Module):
    """A token x = [key, value] is seen in three ways, and a matrix learns to tell one view from another:

        k = θ_K x/‖θ_K x‖   v = θ_V x                           training view and label view, at every token
        M ← W_0 + (1 − α)(M − W_0) − θ (M k − v) kᵀ            the inner loop, from M = W_0
        answer = R M q,     q = θ_Q [key, 0]/‖θ_Q [key, 0]‖    test view

    Slow weights, by their names in PARTS: "views" θ_K and θ_V, "test_view" θ_Q, "start" W_0, "strength" θ, "forget" α,
    "readout" R. M alone is fast.
    given: the views are the key and the value themselves; else they are drawn. unit_values: v has length 1 too.
    decay: where forgetting leads, to the "initial" matrix or to "zero": (1 − α) M then stands for the first two terms.
    sign: 1 or −1, what θ is multiplied with. together: all tokens of a stream see M = W_0, and are one update.
    Raises ValueError for numbers that do not fit.
    Source: Sun et al. 2024 (arXiv 2407.04620) eq. 4–6; without their residual, layer norm and ½.

        >>> model = experiments.learning_to_learn.ThreeViews(8, given=True, generator=torch.Generator())
        >>> model.free("start", "strength")
        >>> [name for name, one in model.named_parameters() if one.requires_grad]
        ['start', 'strength']
    """

    def __init__(
        self,
        width: int,
        *,
        given: bool = False,
        unit_values: bool = False,
        decay: Literal["initial", "zero"] = "initial",
        rates: tuple[float, float] = (0.3, 0.001),
        generator: Generator,
    ) -> None:
        super().__init__()
        self.width: int = words.count("width", width)
        self.unit_values: bool = words.flag("unit_values", unit_values)
        self.decay: str = words.choice("decay", decay, ("initial", "zero"))
        self.sign: int = 1
        self.together: bool = False
        width = self.width
        shape, one = (width, 2 * width), torch.eye(width)
        generator = tensors.generator("generator", generator)
        drawn = torch.randn(3, *shape, generator=generator) / (2 * width) ** 0.5
        parts = torch.stack([torch.cat(two, 1) for two in ((one, 0 * one), (0 * one, one), (one, 0 * one))])
        chosen = parts if words.flag("given", given) else drawn
        self.views: nn.Parameter = nn.Parameter(chosen[:2].clone())
        self.test_view: nn.Parameter = nn.Parameter(chosen[2].clone())
        self.start: nn.Parameter = nn.Parameter(torch.zeros(width, width))
        strength, forget = _logits(rates)
        self.strength: nn.Parameter = nn.Parameter(strength)
        self.forget: nn.Parameter = nn.Parameter(forget)
        self.readout: nn.Parameter = nn.Parameter(one)

    def free(self, *names: str) -> None:
        """Let these PARTS move, and freeze all others. Raises ValueError for a name that is none."""
        freed = [words.choice("names", name, PARTS) for name in names]
        for name in PARTS:
            getattr(self, name).requires_grad_(name in freed)

    def seen(self, shown: Pairs) -> Pairs:
        """The training view k and the label view v of every token, each [batch, time, width]."""
        x = torch.cat(shown, -1)
        keys, values = (x @ view.mT for view in self.views)
        return Pairs(F.normalize(keys, dim=-1), F.normalize(values, dim=-1) if self.unit_values else values)

    def forward(self, shown: Pairs, *, writes: bool = True) -> Bound:
        """Read streams [batch, time, width]. writes: whether the inner loop runs; else M = W_0 throughout."""
        pairs = self.seen(shown)
        # decay towards W_0 is decay to zero of M − W_0, whose targets are what W_0 misses
        base = self.start if self.decay == "initial" else torch.zeros_like(self.start)
        rest = Pairs(pairs.keys, pairs.values - pairs.keys @ base.mT)
        theta, forget = LARGEST * self.sign * torch.sigmoid(self.strength), torch.sigmoid(self.forget)
        gates = Gates.constant(rest, theta if writes else 0.0, 0.0, forget if writes else 0.0)
        state = (memory := Titans(self.width, self.width)).init(len(pairs.keys), like=base)
        state = state._replace(memory=state.memory + self.start - base)
        if self.together:
            run = unroll(memory, rest, gates, state=state, period=pairs.keys.shape[1], read_first=True)
        else:
            run = unroll_blocks(memory, rest, gates, state=state, read_first=True)
        return Bound(run.state.memory + base, pairs.values, run.outputs - rest.values)

    def recalled(self, memory: Tensor, asked: Tensor) -> Tensor:
        """R M q for keys [batch, items, width]."""
        q = F.normalize(torch.cat([asked, torch.zeros_like(asked)], -1) @ self.test_view.mT, dim=-1)
        return q @ memory.mT @ self.readout.mT


def outer_loss(model: ThreeViews, given: Drawn, *, writes: bool = True) -> Tensor:
    """Squared error of the answers at the end, as a share of the values' own squares: 1 is an empty memory."""
    _look(model)
    answers = model.recalled(model(Pairs(given.keys, given.values), writes=writes).memory, given.asked)
    known = given.known[..., None]
    return ((answers - given.truth).square() * known).sum() / (given.truth.square() * known).sum()


def inner_loss(model: ThreeViews, given: Drawn, *, writes: bool = True) -> Tensor:
    """‖M k − v‖² of every token before it is written, in the mean."""
    _look(model)
    return model(Pairs(given.keys, given.values), writes=writes).misses.square().sum(-1).mean()


def bind(
    model: ThreeViews,
    family: Family,
    *,
    loss: str = "outer",
    writes: bool = True,
    steps: int = 100,
    lr: float = 0.03,
    batch: int = 32,
    seed: int = 0,
) -> Iterator[Report]:
    """Train what is free in `model` by one of LOSSES, the inner loop on or off; a `Report` after each step.

    Adam, gradients no longer than 1, streams drawn afresh. Raises ValueError where nothing is free, and as
    `outer.train`.

        for report in learning_to_learn.bind(model, family): print(report.step, report.loss)
    """
    free = [one for one in _look(model).parameters() if one.requires_grad]
    if not free:
        words.refuse("model", model, "a model in which some slow weight may move", "use model.free('views')")
    words.instance("family", family, Family)
    steps = words.count("steps", steps)
    chosen = {"outer": outer_loss, "inner": inner_loss}[words.choice("loss", loss, LOSSES)]
    optimizer = torch.optim.Adam(free, lr=words.number("lr", lr, above=0))
    task = _AtOnce(family, steps, chosen, words.flag("writes", writes))
    return train(model, task, steps=steps, optimizer=optimizer, batch=batch, seed=seed, clip=1.0)


class _AtOnce:
    """All streams of a training, drawn in one go, which is much faster, and handed out in turn."""

    def __init__(self, family: Family, steps: int, loss: Any, writes: bool) -> None:
        self._family, self._steps, self._loss, self._writes = family, steps, loss, writes
        self._left: Iterator[Drawn] | None = None

    def draw(self, batch: int, generator: Generator) -> Drawn:
        if self._left is None:
            whole = self._family.draw(batch * self._steps, generator)
            self._left = (Drawn(*parts) for parts in zip(*(part.split(batch) for part in whole), strict=True))
        return next(self._left)

    def loss(self, model: ThreeViews, given: Drawn, state: Any) -> tuple[Tensor, None]:
        return self._loss(model, given, writes=self._writes), None


def _look(model: Any) -> ThreeViews:
    return words.instance("model", model, ThreeViews)


def _logits(rates: Any) -> list[Tensor]:
    if len(pair := words.several("rates", rates, what="two numbers: θ and α")) != 2:
        words.refuse("rates", rates, "two numbers: θ and α")
    strength = words.number("θ of the rates", pair[0], above=0, below=LARGEST) / LARGEST
    shares = strength, words.number("α of the rates", pair[1], above=0, below=1)
    return [torch.logit(torch.tensor(share)) for share in shares]
