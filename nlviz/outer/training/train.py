"""The outer loop: slow weights, changed by the gradients of a task. A generator: your `for` is the callback."""

from __future__ import annotations

import time
from collections.abc import Generator as Steps
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple, Protocol

import numpy as np
import torch
from torch import Generator, Tensor, nn

from nlviz.door import words as door
from nlviz.door.tensors import tensor
from nlviz.door.words import count, instance, number, refuse
from nlviz.outer import entrance
from nlviz.outer.models.states import detach
from nlviz.outer.training.update import update

__all__ = ["Report", "Task", "train"]


class Task(Protocol):
    """What is to be learned: something to draw, and how well a model does on it.

    draw: a tensor [batch, time, …] or a NamedTuple of such; all chance comes from the generator.
    loss: (model, what was drawn, state or None) -> (a number to make small, the state to carry on).
    """

    def draw(self, batch: int, generator: Generator) -> Any: ...

    def loss(self, model: Any, given: Any, state: Any) -> tuple[Tensor, Any]: ...


class Report(NamedTuple):
    """One step done: its number from 1, the loss before it, how fast, and the norms of gradient and weights."""

    step: int
    loss: float
    tokens_per_second: float
    gradient_norm: float
    weight_norm: float


def train(
    model: nn.Module,
    task: Task,
    *,
    steps: int,
    optimizer: torch.optim.Optimizer,
    batch: int,
    seed: int = 0,
    truncate: int | None = None,
    clip: float | None = None,
) -> Steps[Report, None, None]:
    """Learn `task`, one Report per update of the slow weights:

        given = task.draw(batch, generator)
        loss, state = task.loss(model, given, None)
        loss.backward();  optimizer.step();  yield Report(…)

    truncate: tokens per update; what was drawn is then cut along time, and the state carried from piece to piece,
    detached. None: one update for all of it, with gradients through every write.
    clip: the longest gradient norm to step with; never raises one. seed: of what is drawn; the weights have their own.
    Stop where you like: leave the loop, or interrupt the kernel. A step is done as a whole or not at all, and the model
    goes back to the mode (train or eval) it came in.
    Raises ValueError for what is no model, task or optimizer of its weights, for counts below one, and for a task that
    draws or answers something else than `Task` says. Raises FloatingPointError for a loss, gradient or update that is
    not finite; weights and optimizer are then, to the bit, those of the step before.

        for report in train(model, task, steps=500, optimizer=torch.optim.AdamW(model.parameters()), batch=16):
            print(report.step, report.loss)

        >>> generator = torch.Generator().manual_seed(0)
        >>> task = outer.Recalls((2,), vocabulary=8)
        >>> model = outer.TokenModel([outer.Attention(8, 2, generator=generator)], 8, vocabulary=8, generator=generator)
        >>> adam = torch.optim.Adam(model.parameters(), lr=0.01)
        >>> reports = list(outer.train(model, task, steps=20, optimizer=adam, batch=16))
        >>> len(reports), reports[-1].loss < reports[0].loss
        (20, True)
    """
    entrance.module("model", model)
    _look_at_task(task)
    _look_at_optimizer(optimizer, model, task)
    steps, batch = count("steps", steps), count("batch", batch)
    truncate = None if truncate is None else count("truncate", truncate, of="tokens")
    clip = None if clip is None else number("clip", clip, above=0.0, remedy="None leaves gradients as they are")
    pieces = _pieces(task, batch, door.seed("seed", seed), truncate)
    return _train(model, pieces, task, steps, optimizer, clip)


def _train(
    model: nn.Module,
    pieces: Iterator[tuple[Any, bool]],
    task: Task,
    steps: int,
    optimizer: torch.optim.Optimizer,
    clip: float | None,
) -> Steps[Report, None, None]:
    training, state = model.training, None
    model.train()
    try:
        for step in range(1, steps + 1):
            began = time.perf_counter()
            given, fresh = next(pieces)
            with _buffers_kept(model):
                loss, state = _answered(task.loss(model, given, None if fresh else detach(state)))
                norms = update(optimizer, loss, step, clip=clip)
            tokens = _parts(given)[0].shape[:2].numel()
            speed = tokens / (time.perf_counter() - began)
            yield Report(step, loss.item(), speed, norms.gradient, norms.weights)
    finally:
        model.train(training)


@contextmanager
def _buffers_kept(model: nn.Module) -> Iterator[None]:
    """What the model notes down while it answers, as running means, is undone where its step is not taken."""
    before = [(one, one.clone()) for one in model.buffers()]
    try:
        yield
    except FloatingPointError:
        for one, was in before:
            one.copy_(was)
        raise


def _pieces(task: Task, batch: int, seed: int, truncate: int | None) -> Iterator[tuple[Any, bool]]:
    """What is drawn, without end, cut along time; and whether a piece is the first of what was drawn."""
    generator = Generator().manual_seed(seed)
    while True:
        given = _drawn(task.draw(batch, generator), truncate)
        tokens = _parts(given)[0].shape[1]
        if truncate is None or truncate >= tokens:
            yield given, True
            continue
        for start in range(0, tokens, truncate):
            cut = [part[:, start : start + truncate] for part in _parts(given)]
            yield (cut[0] if isinstance(given, Tensor) else _like(given, cut)), start == 0


def _drawn(given: Any, truncate: int | None) -> Any:
    """What a task drew, NumPy turned into tensors, if it is a tensor [batch, time, …] or several."""
    shape, remedy = "a tensor [batch, time, …], or a tuple of these", "let the task's draw return one"
    if isinstance(given, tuple | list) and given:
        given = _like(given, [tensor("what the task drew", part) for part in given])
    elif isinstance(given, np.ndarray):
        given = tensor("what the task drew", given)
    elif not isinstance(given, Tensor):
        refuse("what the task drew", given, shape, remedy)
    first, *others = _parts(given)
    if first.dim() < 2 or not first.shape[:2].numel():
        refuse("what the task drew", first, f"{shape}, none of them empty", remedy)
    strange = [part for part in others if part.shape[:2] != first.shape[:2]]
    if truncate is not None and strange:
        refuse("what the task drew", strange[0], f"batch and time {list(first.shape[:2])}, as its first part", remedy)
    return given


def _answered(answer: Any) -> tuple[Tensor, Any]:
    """(loss, state) as a task gives them, if the loss is one number with a graph behind it."""
    pair = "(loss, state): one number with a gradient, and the state to carry on"
    if not isinstance(answer, tuple) or len(answer) != 2:
        refuse("what the task's loss gave", answer, pair, "return loss, None where nothing is carried on")
    loss, state = answer
    if not isinstance(loss, Tensor) or loss.numel() != 1 or loss.is_complex():
        refuse("the loss", loss, "a tensor of one number", "take the mean: loss.mean()")
    if not loss.requires_grad:
        refuse("the loss", loss.item(), "a number with a gradient", "leave out no_grad, detach and item on its way")
    return loss.reshape(()), state


def _look_at_task(task: Any) -> None:
    if isinstance(task, type):
        refuse("task", task, "a task", f"make one first: {task.__name__}(…)")
    lacking = [name for name in ("draw", "loss") if not callable(getattr(task, name, None))]
    if lacking:
        refuse("task", task, "a task, with draw and loss", f"it lacks {' and '.join(lacking)}; see outer.Task")


def _look_at_optimizer(optimizer: Any, model: nn.Module, task: Any) -> None:
    remedy = "make one of this model, after its weights were loaded or moved: torch.optim.AdamW(model.parameters())"
    instance("optimizer", optimizer, torch.optim.Optimizer, remedy)
    if isinstance(optimizer, torch.optim.LBFGS):
        refuse("optimizer", optimizer, "one that takes a gradient", "LBFGS asks for the loss itself; use AdamW")
    weights = [one for group in optimizer.param_groups for one in group["params"]]
    known = {id(one) for part in (model, task) if isinstance(part, nn.Module) for one in part.parameters()}
    strange = sum(id(one) not in known for one in weights)
    if strange:
        refuse("the optimizer", f"one of {len(weights)} weights", f"weights of the model, {strange} are not", remedy)


def _parts(given: Any) -> tuple[Tensor, ...]:
    return (given,) if isinstance(given, Tensor) else tuple(given)


def _like(given: Any, parts: list[Tensor]) -> Any:
    return type(given)(*parts) if hasattr(given, "_fields") else type(given)(parts)
