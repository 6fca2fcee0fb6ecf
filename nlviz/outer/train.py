"""The outer loop: slow weights, changed by the gradients of a task. A generator: your `for` is the callback."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Generator as Steps
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple, Protocol

import torch
from torch import Generator, Tensor, nn

from nlviz.outer.states import detach

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
    Raises ValueError for counts below one, FloatingPointError for a loss that is not finite, before any harm is done.

        for report in train(model, task, steps=500, optimizer=torch.optim.AdamW(model.parameters()), batch=16):
            print(report.step, report.loss)
    """
    for name, count in (("steps", steps), ("batch", batch), ("truncate", truncate)):
        if count is not None and count < 1:
            raise ValueError(f"{name} is {count}; use a whole number of at least 1")
    return _train(model, _pieces(task, batch, seed, truncate), task, steps, optimizer, clip)


def _train(
    model: nn.Module,
    pieces: Iterator[tuple[Any, bool]],
    task: Task,
    steps: int,
    optimizer: torch.optim.Optimizer,
    clip: float | None,
) -> Steps[Report, None, None]:
    weights = [one for group in optimizer.param_groups for one in group["params"]]
    training, state = model.training, None
    model.train()
    try:
        for step in range(1, steps + 1):
            began = time.perf_counter()
            given, fresh = next(pieces)
            loss, state = task.loss(model, given, None if fresh else detach(state))
            _refuse_divergence(loss, step)
            optimizer.zero_grad()
            loss.backward()
            norm = nn.utils.get_total_norm([one.grad for one in weights if one.grad is not None])
            if clip is not None:
                nn.utils.clip_grads_with_norm_(weights, clip, norm)
            with _whole():
                optimizer.step()
            tokens = _parts(given)[0].shape[:2].numel()
            length = nn.utils.get_total_norm([one.detach() for one in weights])
            speed = tokens / (time.perf_counter() - began)
            yield Report(step, loss.item(), speed, norm.item(), length.item())
    finally:
        model.train(training)


def _pieces(task: Task, batch: int, seed: int, truncate: int | None) -> Iterator[tuple[Any, bool]]:
    """What is drawn, without end, cut along time; and whether a piece is the first of what was drawn."""
    generator = Generator().manual_seed(seed)
    while True:
        given = task.draw(batch, generator)
        tokens = _parts(given)[0].shape[1]
        stride = truncate or tokens
        for start in range(0, tokens, stride):
            cut = [part[:, start : start + stride] for part in _parts(given)]
            yield (cut[0] if isinstance(given, Tensor) else type(given)(*cut)), start == 0


def _parts(given: Any) -> tuple[Tensor, ...]:
    return (given,) if isinstance(given, Tensor) else tuple(given)


def _refuse_divergence(loss: Tensor, step: int) -> None:
    if not torch.isfinite(loss.detach()):
        raise FloatingPointError(
            f"the loss of step {step} is {loss.item()}; the weights are those of step {step - 1}: "
            "load earlier ones, or use a smaller learning rate or clip=1.0"
        )


@contextmanager
def _whole() -> Iterator[None]:
    """An interrupt that comes inside waits until the end: half an update is no weights at all."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    waiting: list[tuple[Any, Any]] = []
    before = signal.signal(signal.SIGINT, lambda *what: waiting.append(what))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if waiting and callable(before):
        before(*waiting[0])
