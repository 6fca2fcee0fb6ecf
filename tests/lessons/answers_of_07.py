"""Answers to the exercises of notebook 07 as students write them: right forms, and slips by their catalog key."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from nlviz.experiments.learning_to_learn import Family, error_of
from nlviz.lessons.course.lesson_07.families import CLEAN
from nlviz.memory import Pairs
from nlviz.outer import Learner

__all__ = ["RIGHT", "WRONG"]

Optimizer = torch.optim.Optimizer
Both = tuple[Tensor, Tensor]


# ---- 07.1


def plain(W0: Tensor, theta: Tensor, keys: Tensor, values: Tensor, query: Tensor, target: Tensor) -> Tensor:
    W = W0
    for k, v in zip(keys, values, strict=True):
        W = W - theta * torch.outer(W @ k - v, k)
    return ((W @ query - target) ** 2).sum() / 2


def in_place(W0: Tensor, theta: Tensor, keys: Tensor, values: Tensor, query: Tensor, target: Tensor) -> Tensor:
    """A copy that hangs together with W_0 may be changed in place."""
    W = W0.clone()
    for i in range(len(keys)):
        error = W.clone() @ keys[i] - values[i]
        W -= theta * error[:, None] * keys[i][None]
    miss = W @ query - target
    return 0.5 * miss @ miss


def by_autograd(W0: Tensor, theta: Tensor, keys: Tensor, values: Tensor, query: Tensor, target: Tensor) -> Tensor:
    """The inner step is autograd's own, on the graph."""
    W = W0
    for k, v in zip(keys, values, strict=True):
        inner = (W @ k - v).square().sum() / 2
        (gradient,) = torch.autograd.grad(inner, W, create_graph=True)
        W = W - theta * gradient
    return F.mse_loss(W @ query, target, reduction="sum") / 2


def first_order_by_autograd(W0: Tensor, theta: Tensor, keys: Tensor, values: Tensor, q: Tensor, t: Tensor) -> Tensor:
    """Without create_graph the inner gradient comes off the graph."""
    W = W0
    for k, v in zip(keys, values, strict=True):
        inner = (W @ k - v).square().sum() / 2
        W = W - theta * torch.autograd.grad(inner, W, retain_graph=True)[0]
    return (W @ q - t).square().sum() / 2


def multiplied(W0: Tensor, theta: Tensor, keys: Tensor, values: Tensor, query: Tensor, target: Tensor) -> Any:
    """M (I − θ k kᵀ) + θ v kᵀ, and the loss in a list."""
    W, eye = W0, torch.eye(keys.shape[1], dtype=W0.dtype)
    for k, v in zip(keys, values, strict=True):
        W = W @ (eye - theta * torch.outer(k, k)) + theta * torch.outer(v, k)
    return [(W @ query - target).norm() ** 2 / 2]


def through(W: Tensor, theta: Any, keys: Tensor, values: Tensor, query: Tensor, target: Tensor, **how: Any) -> Tensor:
    """The same with one thing wrong in it."""
    for k, v in zip(keys, values, strict=True):
        patch = torch.outer(how.get("error", torch.sub)(W @ k, v), k)
        W = how.get("held", Tensor.clone)(W) - theta * how.get("patch", Tensor.clone)(patch)
    return (W @ query - target).square().sum() / 2


def truncated(W0: Tensor, theta: Tensor, keys: Tensor, values: Tensor, query: Tensor, target: Tensor) -> Tensor:
    W = W0
    for k, v in zip(keys, values, strict=True):
        W = W.detach()
        W = W - theta * torch.outer(W @ k - v, k)
    return (W @ query - target).square().sum() / 2


def inner_total(W0: Tensor, theta: Tensor, keys: Tensor, values: Tensor, query: Tensor, target: Tensor) -> Tensor:
    W, total = W0, torch.zeros((), dtype=W0.dtype)
    for k, v in zip(keys, values, strict=True):
        error = W @ k - v
        total = total + error @ error / 2
        W = W - theta * torch.outer(error, k)
    return total


# ---- 07.2


def by_hand(W0: Tensor, theta: float, k: Tensor, v: Tensor, q: Tensor, target: Tensor) -> Both:
    e = W0 @ q - theta * (k @ q) * (W0 @ k - v) - target
    eye = torch.eye(len(k), dtype=k.dtype)
    return e[:, None] @ q[None] @ (eye - theta * k[:, None] @ k[None]), e[:, None] * q


def by_functions(W0: Tensor, theta: float, k: Tensor, v: Tensor, q: Tensor, target: Tensor) -> list[Tensor]:
    def loss(W: Tensor, gradient: Tensor | None = None) -> Tensor:
        gradient = torch.outer(W @ k - v, k) if gradient is None else gradient
        return ((W - theta * gradient) @ q - target).square().sum() / 2

    constant = torch.outer(W0 @ k - v, k)
    return [torch.func.grad(loss)(W0), torch.func.grad(loss)(W0, constant)]


def entry_by_entry(W0: Tensor, theta: float, k: Tensor, v: Tensor, q: Tensor, target: Tensor) -> tuple[Any, Any]:
    e = (W0 - theta * torch.outer(W0 @ k - v, k)) @ q - target
    short = [[(e[i] * q[j]).item() for j in range(len(q))] for i in range(len(e))]
    passed = [(q[j] - theta * (k @ q) * k[j]).item() for j in range(len(q))]
    return [[e[i].item() * one for one in passed] for i in range(len(e))], short


def summed(W0: Tensor, theta: float, k: Tensor, v: Tensor, q: Tensor, target: Tensor) -> Both:
    e = (W0 - theta * torch.outer(W0 @ k - v, k)) @ q - target
    short = torch.outer(e, q)
    return short - theta * torch.outer(short @ k, k), short


def error(W0: Tensor, theta: float, k: Tensor, v: Tensor, q: Tensor, target: Tensor) -> Tensor:
    return (W0 - theta * torch.outer(W0 @ k - v, k)) @ q - target


def first_of(x: Any) -> Any:
    """e xᵀ with an x made of θ, k and q, and the right second slope."""
    return lambda W0, theta, k, v, q, target: (
        torch.outer(error(W0, theta, k, v, q, target), x(theta, k, q)),
        torch.outer(error(W0, theta, k, v, q, target), q),
    )


def read_before(W0: Tensor, theta: float, k: Tensor, v: Tensor, q: Tensor, target: Tensor) -> Both:
    e = W0 @ q - target
    return torch.outer(e, q - theta * (k @ q) * k), torch.outer(e, q)


# ---- 07.3


def step(learner: Learner, optimizer: Optimizer, family: Family, generator: Generator) -> float:
    optimizer.zero_grad()
    loss = error_of(learner, family.draw(32, generator))
    loss.backward()
    optimizer.step()
    return loss.item()


def clipped(learner: Learner, optimizer: Optimizer, family: Family, generator: Generator) -> None:
    loss, _ = family.loss(learner, family.draw(24, generator), None)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(learner.parameters(), 1.0)
    optimizer.step()
    optimizer.zero_grad()


def by_its_own_adam(learner: Learner, optimizer: Optimizer, family: Family, generator: Generator) -> float:
    """Moves the weights itself, along the sign of their slopes."""
    free = [weight for weight in learner.parameters() if weight.requires_grad]
    loss = error_of(learner, family.draw(32, generator))
    with torch.no_grad():
        for weight, slope in zip(free, torch.autograd.grad(loss, free), strict=True):
            weight -= 0.02 * slope.sign()
    return loss.item()


def step_with(
    learner: Learner,
    optimizer: Optimizer,
    given: Any,
    loss: Any = error_of,
    *,
    forgets: bool = True,
    follows: bool = True,
    wipes: bool = False,
    steps: bool = True,
) -> float:
    """An outer step with one thing wrong in it."""
    if forgets:
        optimizer.zero_grad()
    found = loss(learner, given)
    if follows:
        found.backward()
    if wipes:
        optimizer.zero_grad()
    if steps:
        optimizer.step()
    return found.item()


def shown_again(learner: Learner, given: Any) -> Tensor:
    run = learner(Pairs(given.keys, given.values), given.cues, given.context)
    return (learner.recalled(run.state, given.keys) - given.values).square().mean()


def read_online(learner: Learner, given: Any) -> Tensor:
    run = learner(Pairs(given.keys, given.values), given.cues, given.context)
    return (run.outputs - given.values).square().sum(-1).mean()


def late(learner: Learner, given: Any) -> Tensor:
    """Followed back through the last write alone."""
    return error_of(learner, given, algorithm="truncated", cut=1)


def undrawn(learner: Learner, optimizer: Optimizer, family: Family, generator: Generator) -> float:
    return step_with(learner, optimizer, Family().draw(32, generator))


RIGHT: dict[str, list[Any]] = {
    "07.1": [plain, in_place, by_autograd, multiplied],
    "07.2": [by_hand, by_functions, entry_by_entry, summed],
    "07.3": [step, clipped, by_its_own_adam],
    "07.4": [
        lambda clean: clean.but(strangers=0.3, jitter=0.3, nuisance=1.0, writes=48),
        lambda clean: Family(writes=64),
        CLEAN.but(nuisance=1.0, writes=48),
        lambda clean: clean.but(jitter=0.9, writes=48),
    ],
}

WRONG: dict[str, list[tuple[Any, str]]] = {
    "07.1": [
        (lambda W0, theta, keys, values, query, target: (W0 @ query - target).square().sum() / 2, "unwritten"),
        (lambda *given: through(*given, patch=Tensor.detach), "first_order"),
        (first_order_by_autograd, "first_order"),
        (truncated, "truncated"),
        (lambda W0, *others: plain(W0.detach().clone(), *others), "no_start"),
        (lambda W0, *others: plain(W0.data, *others), "no_start"),
        (lambda W0, theta, *others: plain(W0, theta.item(), *others), "no_rate"),
        (
            lambda W0, theta, keys, values, query, target: (
                ((W0 - theta * (keys @ W0.T - values).T @ keys) @ query - target).square().sum() / 2
            ),
            "at_first",
        ),
        (inner_total, "inner"),
        (lambda *given: 2 * plain(*given), "twice"),
        (lambda *given: plain(*given) * 2 / len(given[-1]), "mean"),
        (lambda *given: through(*given, patch=Tensor.neg), "ascent"),
        (lambda *given: through(*given, error=lambda answer, v: -v), "hebbian"),
        (lambda W0, theta, keys, values, *others: plain(W0, theta, keys[:1], values[:1], *others), "one_write"),
        (lambda W0, theta, keys, values, query, target: (W0 @ query - target).square(), "vector"),
        (lambda *given: plain(*given).item(), "cut"),
        (lambda W0, theta, *others: plain(W0.data, theta.data, *others), "cut"),
    ],
    "07.2": [
        (first_of(lambda theta, k, q: q), "short_twice"),
        (lambda *given: (by_hand(*given)[0], by_hand(*given)[0]), "exact_twice"),
        (lambda *given: by_hand(*given)[::-1], "swapped"),
        (read_before, "before"),
        (first_of(lambda theta, k, q: q + theta * k * (k @ q)), "plus"),
        (first_of(lambda theta, k, q: q - k * (k @ q)), "no_rate"),
        (first_of(lambda theta, k, q: q - theta * (k @ k) * q), "own_key"),
        (lambda *given: [2 * one for one in by_hand(*given)], "twice"),
        (lambda W0, theta, k, v, q, target: (torch.outer(W0 @ k - v, k), torch.outer(W0 @ k - v, k)), "inner"),
        (lambda *given: [one.T for one in by_hand(*given)], "transposed"),
    ],
    "07.3": [
        (undrawn, "undrawn"),
        (
            lambda learner, optimizer, family, generator: error_of(learner, family.draw(32, generator)).item(),
            "nothing",
        ),
        (
            lambda model, adam, tasks, source: step_with(model, adam, tasks.draw(32, source), follows=False),
            "no_backward",
        ),
        (lambda model, adam, tasks, source: step_with(model, adam, tasks.draw(32, source), steps=False), "no_step"),
        (lambda model, adam, tasks, source: step_with(model, adam, tasks.draw(32, source), wipes=True), "wiped"),
        (
            lambda model, adam, tasks, source: step_with(model, adam, tasks.draw(32, Generator().manual_seed(0))),
            "same",
        ),
        (lambda model, adam, tasks, source: step_with(model, adam, tasks.draw(32, source), forgets=False), "no_zero"),
        (
            lambda model, adam, tasks, source: step_with(
                model, adam, tasks.draw(32, source), lambda *given: -error_of(*given)
            ),
            "ascent",
        ),
        (lambda model, adam, tasks, source: step_with(model, adam, tasks.draw(32, source), shown_again), "inner"),
        (lambda model, adam, tasks, source: step_with(model, adam, tasks.draw(32, source), read_online), "inner"),
        (lambda model, adam, tasks, source: step_with(model, adam, tasks.draw(32, source), late), "weak"),
    ],
    "07.4": [
        (lambda clean: 48, "shape"),
        ("longer", "shape"),
        (lambda clean: clean.but(width=4), "width"),
        (lambda clean: clean.but(writes=1000), "long"),
        (lambda clean: clean, "clean"),
        (lambda clean: clean.but(writes=40), "clean"),
        (lambda clean: Family(), "short"),
        (lambda clean: Family(writes=1, strangers=0.999, items=1), "unlearned"),
        (lambda clean: clean.but(jitter=4.0, writes=48), "other"),
        (lambda clean: clean.but(nuisance=0.1, writes=48), "other"),
    ],
}
