"""One update of slow weights: looked at before it is taken, and taken as a whole or not at all."""

from __future__ import annotations

import copy
import math
import signal
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

__all__ = ["Norms", "refuse_divergence", "update"]

REMEDY = "load earlier ones, or use a smaller learning rate or clip=1.0"


class Norms(NamedTuple):
    """Of the whole gradient, before it was clipped, and of all weights after the step."""

    gradient: float
    weights: float


def update(
    optimizer: torch.optim.Optimizer, loss: Tensor, step: int, *, clip: float | None = None, remedy: str = REMEDY
) -> Norms:
    """loss.backward(); optimizer.step(). Weights and optimizer are as before if anything comes out that is not finite.

    Looked at in turn: the loss, its gradient, the weights and what the optimizer carries. step: for the words.
    clip: the longest gradient to step with. Raises FloatingPointError, after which nothing of this step is left, and
    ValueError for a loss that no weight of the optimizer has to do with.
    """
    weights = [one for group in optimizer.param_groups for one in group["params"]]
    refuse_divergence("loss", loss, step, remedy)
    optimizer.zero_grad()
    loss.backward()
    slopes = [one.grad for one in weights if one.grad is not None]
    if not slopes:
        raise ValueError("no weight of the optimizer has a gradient: the loss does not hang on any; give those it does")
    norm = _norm(slopes)
    try:
        refuse_divergence("gradient", norm, step, remedy)
    except FloatingPointError:
        optimizer.zero_grad()
        raise
    if clip is not None:
        nn.utils.clip_grads_with_norm_(weights, clip, norm)
    with _uninterrupted(), _all_or_nothing(optimizer):
        optimizer.step()
        length = _norm([one.detach() for one in weights])
        refuse_divergence("size of the weights", length, step, remedy)
        refuse_divergence("size of what the optimizer carries", _norm(_carried(optimizer)), step, remedy)
    return Norms(norm.item(), length.item())


def refuse_divergence(what: str, number: Tensor, step: int, remedy: str = REMEDY) -> None:
    """Raise FloatingPointError, in words that say where the weights stand, for a number that is not finite."""
    if not torch.isfinite(number.detach()).all():
        raise FloatingPointError(
            f"the {what} of step {step} is {number.detach().sum().item()}; the weights are those of step {step - 1}: "
            f"{remedy}"
        )


@contextmanager
def _all_or_nothing(optimizer: torch.optim.Optimizer) -> Iterator[None]:
    """If anything goes wrong inside, weights and optimizer are put back as they were, to the bit, gradients emptied."""
    weights = [one for group in optimizer.param_groups for one in group["params"]]
    before = [one.detach().clone() for one in weights]
    carried = {one: _copied(held) for one, held in optimizer.state.items()}
    groups = [_copied({name: held for name, held in one.items() if name != "params"}) for one in optimizer.param_groups]
    try:
        yield
    except BaseException:
        with torch.no_grad():
            for one, was in zip(weights, before, strict=True):
                one.copy_(was)
        optimizer.state.clear()
        optimizer.state.update(carried)
        for group, was in zip(optimizer.param_groups, groups, strict=True):
            group.update(was)
        optimizer.zero_grad()
        raise


def _copied(held: Any) -> Any:
    """What an optimizer carries for one weight; tensors one by one, for `deepcopy` takes ten times as long."""
    if not isinstance(held, dict):
        return copy.deepcopy(held)
    return {name: one.clone() if isinstance(one, Tensor) else copy.deepcopy(one) for name, one in held.items()}


def _carried(optimizer: torch.optim.Optimizer) -> Iterator[Tensor]:
    for held in optimizer.state.values():
        for one in held.values() if isinstance(held, dict) else ():
            if isinstance(one, Tensor) and one.is_floating_point():
                yield one


def _norm(tensors: Iterable[Tensor]) -> Tensor:
    """‖all of them‖; one that is too long for its own precision is measured in float64."""
    every = list(tensors)
    norm = nn.utils.get_total_norm(every)
    if math.isfinite(norm.item()) or not every:
        return norm
    return torch.stack([one.double().norm() for one in every]).norm()


@contextmanager
def _uninterrupted() -> Iterator[None]:
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
