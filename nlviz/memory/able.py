"""What a memory can do, asked of the memory itself: every member it may have beyond the five it must, with its default.

A memory must have `d_key`, `d_value`, `init`, `read` and `write` (`Memory`). With nothing more all loops run it and
every probe measures it: what is not told is worked out, the gradient of its objective by autograd. What is told saves
that work, or says what cannot be worked out. Nobody asks a memory for its class: they ask `Able`.

A member speaks *for* methods: `is_map` says how `read` works. A class that changes the method and not the member is not
believed any longer: Delta with a `read` of your own is no map, and has no block form.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import is_dataclass, replace
from typing import Any, Generic, NoReturn, TypeVar

import torch
from torch import Tensor

from nlviz.door import words
from nlviz.memory.nets import Gradient
from nlviz.memory.objectives import Objective, squared_error
from nlviz.memory.protocol import Gates, Memory, Pairs
from nlviz.memory.state import carried_norm, frobenius, ungated

__all__ = ["Able", "by_autograd", "sizes", "told"]

State = TypeVar("State")

SPEAKS_FOR = {
    "answer": ("read",),
    "store": ("write",),
    "is_map": ("read", "answer"),
    "gradients": ("read", "answer"),
    "choices": ("init", "read", "write", "store", "impulse"),
    "has_dual": ("init", "read", "write", "store", "step", "gradients"),
    "stable_below": ("read", "write", "store", "impulse", "step"),
    "sharpness": ("read", "answer"),
    "factor": ("write", "store", "step"),
    "obeys": ("write",),
    "by_channel": ("write", "store"),
    "collapsed": (),
    "objective": (),
    "opening": ("write", "store"),
}
"""Every member a memory may have, and the methods it tells something about."""


def told(memory: Any, name: str) -> bool:
    """Whether the memory tells this of itself: it has the member, and nothing below changed what that speaks for."""
    told_at = _place(memory, name)
    changed = [_place(memory, method) for method in SPEAKS_FOR[name]]
    return told_at is not None and all(at is None or told_at <= at for at in changed)


def _place(memory: Any, name: str) -> int | None:
    """How far up its name is written: 0 on the memory itself, then class by class; None if nowhere."""
    if name in getattr(memory, "__dict__", ()):
        return 0
    return next((at for at, kind in enumerate(type(memory).__mro__, 1) if name in vars(kind)), None)


class Able(Generic[State]):
    """A memory, asked what it can do. Behind a gate it is the gated memory that is asked, in `inner` and with `within`.

    memory: as given. inner: the same, or the memory behind its gates.
    """

    def __init__(self, memory: Memory[State]) -> None:
        self.memory: Any = memory
        self.inner: Any = ungated(memory, None)[0]

    def within(self, state: Any) -> Any:
        """The state of `inner` in a state of `memory`."""
        return ungated(self.memory, state)[1]

    # ---- what holds for the loop

    @property
    def answer(self) -> Callable[[Any, Tensor], Tensor]:
        """`read` for a state and queries that were looked at before; default: `read` itself."""
        return self.memory.answer if told(self.memory, "answer") else self.memory.read

    @property
    def store(self) -> Callable[[Any, Pairs, Gates], Any]:
        """`write` for a state, pairs and gates that were looked at before; default: `write` itself."""
        return self.memory.store if told(self.memory, "store") else self.memory.write

    @property
    def objective(self) -> Objective:
        """The inner loss whose derivative is the error of a write; default: ½‖M k − v‖²."""
        return self.memory.objective if told(self.memory, "objective") else squared_error

    def error(self, state: Any, pairs: Pairs) -> Tensor:
        """∂ℓ/∂answer at these weights, [batch, chunk, d_value]."""
        return self.objective.error(self.answer(state, pairs.keys), pairs.values)

    def loss(self, state: Any, pairs: Pairs) -> Tensor:
        """ℓ at these weights, [batch, chunk]."""
        return self.objective.loss(self.answer(state, pairs.keys), pairs.values)

    def opening(self, state: Any, pairs: Pairs) -> Tensor:
        """How far each token is let through, 0…1, [batch, chunk]; default: wholly."""
        if told(self.memory, "opening"):
            return self.memory.opening(state, pairs)
        return pairs.keys.new_ones(pairs.keys.shape[:2])

    # ---- what is measured

    @property
    def is_map(self) -> bool:
        """Whether `inner` is one matrix that multiplies the key, so that ∇ℓ = e kᵀ; default: no."""
        # what stands around it may answer with more than the map: then the error asked for is not the map's
        return bool(told(self.inner, "is_map") and self.inner.is_map and getattr(self.memory, "is_map", True))

    def surprise(
        self, state: Any, pairs: Pairs, error: Tensor | None = None, gradients: Sequence[Gradient] | None = None
    ) -> Tensor:
        """‖∇ℓ_t‖ of each token [batch, chunk], over all weights, at these; error and gradients if they are at hand.

        ‖e‖·‖k‖ for a map, from `gradients` where the memory has them, and by autograd where it tells nothing.
        """
        if self.is_map:
            return (self.error(state, pairs) if error is None else error).norm(dim=-1) * pairs.keys.norm(dim=-1)
        state = self.within(state)
        if gradients is None and told(self.inner, "gradients"):
            gradients = self.inner.gradients(state, pairs)
        return by_autograd(Able(self.inner), state, pairs) if gradients is None else sizes(gradients)

    def weights(self, state: Any) -> tuple[Tensor, ...]:
        """The fast weights of a state: its `memory`, or all its tensors where it names none."""
        found = _tensors(getattr(state, "memory", state))
        return found or _none("fast weights", state)

    def memory_norm(self, state: Any) -> Tensor:
        """‖M‖_F over all fast weights, [batch]."""
        return frobenius(self.weights(state))

    def write_norm(self, before: Any, after: Any) -> Tensor:
        """‖M_t − M_{t−1}‖_F over all fast weights, [batch]."""
        return frobenius(self.weights(after), less=self.weights(before))

    def past_surprise(self, state: Any) -> Tensor:
        """‖S‖_F of what the rule carries, [batch]. Raises ValueError if the state names no `past_surprise`."""
        carried = getattr(state, "past_surprise", None)
        return _none("past_surprise", state) if carried is None else carried_norm(carried)

    # ---- what is known of the rule

    @property
    def obeys(self) -> frozenset[str]:
        """The gates that count; default: all three."""
        return frozenset(self.inner.obeys if told(self.inner, "obeys") else Gates._fields)

    @property
    def by_channel(self) -> frozenset[str]:
        """The gates that may have a number for each key channel; default: none."""
        return frozenset(self.memory.by_channel if told(self.memory, "by_channel") else ())

    def stable_below(self, gates: Gates) -> Tensor | None:
        """The θ·sharpness [batch, time] from which one repeated pair makes the memory grow; default: not known."""
        return self.inner.stable_below(gates) if told(self.inner, "stable_below") else None

    def sharpness(self, state: Any, keys: Tensor) -> Tensor | None:
        """λ_max(JJᵀ) of each key [batch, chunk], J = ∂answer/∂W; ‖k‖² for a map; default: not known."""
        if self.is_map:
            return keys.square().sum(-1)
        return self.inner.sharpness(self.within(state), keys) if told(self.inner, "sharpness") else None

    def factor(self, tokens: int) -> float | Tensor:
        """What an update of so many tokens is multiplied with; default: 1."""
        return self.inner.factor(tokens) if told(self.inner, "factor") else 1.0

    def collapsed(self, state: Any) -> Tensor | None:
        """For each stream [batch] whether no gradient is left to grow by; default: None, it cannot happen."""
        return self.inner.collapsed(self.within(state)) if told(self.inner, "collapsed") else None

    # ---- which forms it can be run in

    @property
    def has_blocks(self) -> bool:
        """Whether `unroll_blocks` gives its numbers: a linear rule that states its choices; default: no."""
        return told(self.memory, "choices")

    @property
    def has_dual(self) -> bool:
        """Whether `unroll_dual` gives its numbers; default: no."""
        return bool(told(self.memory, "has_dual") and self.memory.has_dual)


def sizes(gradients: Sequence[Gradient]) -> Tensor:
    """‖∇ℓ_t‖ of each token [batch, chunk] from the parts of its gradient: √Σ (‖u‖·‖κ‖)², nothing is multiplied out."""
    norms = [gradient.errors.norm(dim=-1) * gradient.inputs.norm(dim=-1) for gradient in gradients]
    return norms[0] if len(norms) == 1 else torch.stack(norms).norm(dim=0)


def by_autograd(able: Able[Any], state: Any, pairs: Pairs) -> Tensor:
    """‖∂ℓ_t/∂W‖ of each token [batch, chunk] by autograd, over all tensors of W: one backward pass for each token.

    An outer gradient goes through it where one is being recorded. Streams do not meet, so one sum serves all of them.
    """
    records = torch.is_grad_enabled()
    with torch.enable_grad():
        held = getattr(state, "memory", state)
        weights = [one if records and one.requires_grad else one.detach().requires_grad_() for one in _tensors(held)]
        if not weights:
            _none("fast weights", state)
        losses = able.loss(_with(state, _filled(held, list(weights))), pairs)
        norms = [_norm(loss, weights, records) for loss in losses.sum(0).unbind(-1)]
    return torch.stack(norms, 1) if norms else losses


def _norm(loss: Tensor, weights: list[Tensor], records: bool) -> Tensor:
    if not loss.requires_grad:
        # it read nothing of its weights
        return weights[0].new_zeros(len(weights[0]))
    slopes = torch.autograd.grad(
        loss, weights, retain_graph=True, create_graph=records, allow_unused=True, materialize_grads=True
    )
    return frobenius(tuple(slopes))


def _tensors(tree: Any) -> tuple[Tensor, ...]:
    """The tensors of a nest of tuples and lists that hold fractions, one row or more for each stream."""
    if isinstance(tree, Tensor):
        return (tree,) if _is_weight(tree) else ()
    return tuple(one for part in tree for one in _tensors(part)) if isinstance(tree, tuple | list) else ()


def _filled(tree: Any, tensors: list[Tensor]) -> Any:
    """The same nest with these in place of its tensors, in their order."""
    if isinstance(tree, Tensor):
        return tensors.pop(0) if _is_weight(tree) else tree
    if not isinstance(tree, tuple | list):
        return tree
    parts = [_filled(part, tensors) for part in tree]
    return type(tree)(*parts) if hasattr(tree, "_fields") else type(tree)(parts)


def _is_weight(tensor: Tensor) -> bool:
    return tensor.is_floating_point() and tensor.dim() > 0


def _with(state: Any, weights: Any) -> Any:
    """The state with these weights: `memory` of a NamedTuple or dataclass, or the nest itself."""
    if not hasattr(state, "memory"):
        return weights
    return replace(state, memory=weights) if is_dataclass(state) else state._replace(memory=weights)  # pyright: ignore


def _none(what: str, state: Any) -> NoReturn:
    words.refuse("state", state, f"one that names its {what}", "let init and write give State(memory, past_surprise)")
