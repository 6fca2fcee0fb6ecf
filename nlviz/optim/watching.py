"""An optimizer's step is a write: W is the memory, the gradient its surprise, the momentum its past surprise.

So the probes of the inner loop measure it, and what they measured is a `Trace`. Any optimizer can be watched: torch
tells before and after a step, and nothing is changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, NoReturn

import torch
from torch import Tensor
from torch.optim import Optimizer

from nlviz.door import words
from nlviz.inner.probes import Probe
from nlviz.inner.recorder import Recorder
from nlviz.memory import State
from nlviz.optim.ages import AgeSpectrum, Past
from nlviz.optim.carried import carried, shares
from nlviz.optim.memory_optimizer import as_matrix, gradient_of
from nlviz.trace import Trace

__all__ = ["OptimizerStep", "Watch", "watched"]


@dataclass(frozen=True)
class OptimizerStep:
    """What there is to see of one step, as a probe asks for it: what `Seen` tells, one stream for each weight.

    before, after: State(copies of the weights, ()), these a tuple of [1, rows, columns]. What is carried is told by
    `past_surprise`, after the step alone. gradients: a tuple as the weights. memory: the optimizer. It has no pairs and
    no loss: an optimizer is not told what it learns.
    """

    index: int
    before: State[Any]
    after: State[Any]
    gradients: tuple[Tensor, ...]
    memory: Any
    past: tuple[Past, ...] = field(default=(), repr=False)

    @property
    def surprise(self) -> Tensor:
        """‖g‖ of each weight, [weights, 1]."""
        return _norms(self.gradients)[:, None]

    @property
    def past_surprise(self) -> Tensor:
        """‖what the momentum carries‖ after the step, [weights]."""
        return _norms([carried(self.memory, weight)[None] for weight in _weights(self.memory)])

    @property
    def write_norm(self) -> Tensor:
        """‖W_t − W_{t−1}‖, [weights]."""
        return _norms([new - old for new, old in zip(self.after.memory, self.before.memory, strict=True)])

    @property
    def memory_norm(self) -> Tensor:
        """‖W_t‖ after the step, [weights]."""
        return _norms(self.after.memory)

    @property
    def loss(self) -> Tensor:
        """Not known here."""
        _unknown("the loss", "add it to the trace: trace.merge({'inner_loss': Signal(losses, times)})")

    @property
    def error(self) -> Tensor:
        """Not known here."""
        _unknown("an error", "ask for surprise, the size of the gradient")

    def asked(self, *_: Any) -> Tensor:
        """Not known here."""
        _unknown("what its weights are asked", "ask the model, and add that to the trace")

    def ages(self, count: int) -> Tensor:
        """What is left of each of the last gradients, by age: [weights, count]."""
        return torch.stack([one.spectrum(count) for one in self.past])


class Watch:
    """What a watched optimizer's steps were measured to be, so far: `trace`. `names`: what each stream is."""

    def __init__(self, optimizer: Optimizer, probes: Sequence[Probe]) -> None:
        self.optimizer = words.instance("optimizer", optimizer, Optimizer, "make one first, then watch it")
        self.names: tuple[str, ...] = tuple(_names(optimizer))
        ages = max((one.ages for one in probes if isinstance(one, AgeSpectrum)), default=0)
        self._watched = _weights(optimizer)
        self._past = tuple(Past(ages, weight.detach()) for weight in self._watched) if ages else ()
        self._before = self._state()
        self._steps = 0
        self._recorder = Recorder(probes, [_try(probe, self._still()) for probe in probes])
        hooks = optimizer.register_step_pre_hook(self._look), optimizer.register_step_post_hook(self._see)
        self._hooks = hooks

    @property
    def trace(self) -> Trace:
        """What was measured up to now: every signal [steps, weights, …], timed by the number of the step, from 0."""
        return Trace(self._recorder.signals())

    def remove(self) -> None:
        """Stop watching; the trace stays."""
        for hook in self._hooks:
            hook.remove()

    def __enter__(self) -> Watch:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.remove()

    @torch.no_grad()
    def _look(self, *_: Any) -> None:
        now = _weights(self.optimizer)
        if [*map(id, now)] != [*map(id, self._watched)]:
            expected = f"the {len(self._watched)} there were when it was first watched"
            words.refuse("number of weights", len(now), expected, "watch it anew after adding a group: optim.watched")
        self._before = self._state()

    @torch.no_grad()
    def _see(self, *_: Any) -> None:
        gradients = _gradients(self.optimizer)
        if self._past:
            self._remember(gradients)
        after = self._state()
        step = OptimizerStep(self._steps, self._before, after, gradients, self.optimizer, self._past)
        self._recorder.see(self._steps, lambda: step)
        self._steps += 1

    def _remember(self, gradients: tuple[Tensor, ...]) -> None:
        for past, weight, gradient in zip(self._past, self._watched, gradients, strict=True):
            if weight.grad is not None:
                kept, taken = shares(self.optimizer, weight, gradient[0], first=past.left is None)
                past.see(kept, taken, gradient.norm())

    def _state(self) -> State[Any]:
        """The weights as they are, and copies of them: an optimizer writes in place."""
        return State(tuple(as_matrix(one.detach()).clone()[None] for one in _weights(self.optimizer)), ())

    def _still(self) -> OptimizerStep:
        """A step of nothing."""
        gradients = tuple(torch.zeros_like(one) for one in self._before.memory)
        return OptimizerStep(0, self._before, self._before, gradients, self.optimizer, self._past)


def watched(optimizer: Optimizer, probes: Sequence[Probe] | Probe) -> Watch:
    """Measure every step of an optimizer from now on, by these probes: `surprise`, `past_surprise`, `write_norm`,
    `memory_norm`, `weights(layer=…)` of nlviz.inner.probes, and `age_spectrum`.

    One stream for each weight, in the optimizer's order. It looks on and changes nothing; `remove`, or the end of a
    `with`, stops it.
    Raises ValueError, before any step, for two probes of one name and for a probe that this optimizer cannot answer;
    and at a step, before it is done, if groups were added since.

        >>> weight = torch.nn.Parameter(torch.zeros(1, 2))
        >>> steps = torch.optim.SGD([weight], lr=0.5)
        >>> with optim.watched(steps, [inner.probes.surprise, inner.probes.write_norm]) as watch:
        ...     weight.grad = torch.tensor([[3.0, 4.0]])
        ...     steps.step()
        >>> watch.trace["surprise"].values, watch.trace["write_norm"].values
        (array([[5.]], dtype=float32), array([[2.5]], dtype=float32))
    """
    several = (probes,) if isinstance(probes, Probe) else words.several("probes", probes, what="probes")
    remedy = "use those of nlviz.inner.probes, or optim.age_spectrum()"
    taken = [words.instance(f"probes[{i}]", one, Probe, remedy) for i, one in enumerate(several)]
    names = [one.name for one in taken]
    for name in names:
        if names.count(name) > 1:
            words.refuse("probes", names, "one probe of each name", f"rename one of the two {name!r}")
    return Watch(optimizer, taken)


def _weights(optimizer: Optimizer) -> list[Tensor]:
    return [weight for group in optimizer.param_groups for weight in group["params"]]


def _names(optimizer: Optimizer) -> list[str]:
    """The names a model gave its weights, where the optimizer was told them, or their shapes."""
    told = [one for group in optimizer.param_groups for one in group.get("param_names", [None] * len(group["params"]))]
    shapes = [" × ".join(map(str, weight.shape)) or "a number" for weight in _weights(optimizer)]
    return [name or f"weight {i}, {shape}" for i, (name, shape) in enumerate(zip(told, shapes, strict=True))]


def _gradients(optimizer: Optimizer) -> tuple[Tensor, ...]:
    """Every gradient as the step used it, [1, rows, columns]; zero where there is none."""
    return tuple(
        (torch.zeros_like(as_matrix(weight)) if weight.grad is None else gradient_of(weight, group))[None]
        for group in optimizer.param_groups
        for weight in group["params"]
    )


def _norms(matrices: Sequence[Tensor]) -> Tensor:
    return torch.stack([one.norm() for one in matrices])


def _try(probe: Probe, step: OptimizerStep) -> Tensor:
    """No row of a probe, with the axes its rows will have; in words if it has no answer here."""
    name = type(step.memory).__name__
    try:
        with torch.no_grad():
            if isinstance(probe, AgeSpectrum):
                shares(step.memory, _weights(step.memory)[0], step.gradients[0][0], True)[0](step.gradients[0])
            row = probe.measure(step)
    except Exception as error:
        raise ValueError(f"probe {probe.name!r} cannot be answered by {name}: {error}; leave it out") from error
    return (row.transpose(0, 1) if probe.per == "token" else row[None])[:0]


def _unknown(what: str, remedy: str) -> NoReturn:
    raise ValueError(f"an optimizer does not know {what}; {remedy}")
