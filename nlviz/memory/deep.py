"""DeepMemory: a small net as fast weights, written by gradient steps on an inner objective."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass, field
from typing import Any, Literal

import torch
from torch import Tensor

from nlviz.door import words
from nlviz.memory import look
from nlviz.memory.nets import MLP, Gradient, Net
from nlviz.memory.objectives import Objective, squared_error
from nlviz.memory.protocol import Gates, Pairs
from nlviz.memory.rules import GradientDescent, Momentum, UpdateRule
from nlviz.memory.start import check_start, factors, matrices
from nlviz.memory.state import State, as_weights, frobenius, parts

__all__ = ["DeepMemory"]

# A net whose every layer is this small beside its start answers, and learns, a millionth of what it did.
COLLAPSED = 1e-3
ONE_MAP, MOMENTUM = MLP(), Momentum()


@dataclass(frozen=True, eq=False)
class DeepMemory:
    """A net f(k; W) whose weights take one step on `objective` per write:

        S ← η S − θ ∂ℓ(f(k; W), v)/∂W;   W ← W_0 + (1 − α)(W − W_0) + S

    initial: the slow weights W_0 the fast ones start from, one matrix per layer (for one linear map the matrix itself,
    zero if None), for instance `net.draw(…)` or Parameters; gradients of an outer loss reach them.
    net: an `MLP`, one linear map unless given, or a `Function`. rule: how a gradient changes the weights; `Momentum`
    obeys all three gates and makes the equation above. decay: where forgetting leads, to "initial" weights or "zero".
    position: what divides the update in a chunk; "sum" as written, "mean" divides it by the tokens it stands for, a
    tensor [period] gives each count its own factor (see `ttt`).
    With squared error and one linear map from zero it is `Titans`. Fast weights: see `State`.
    Raises ValueError if a part is not of its kind, or `initial` does not fit or leaves two layers at zero: no gradient
    would ever move them.
    Source: Behrouz et al. 2024 (arXiv 2501.00663) eq. 8–18, where the squared error has no ½: their θ is half of ours;
    decay towards W_0 is ours.

        >>> generator = torch.Generator().manual_seed(0)
        >>> net = memory.MLP((8,))
        >>> deep = memory.DeepMemory(4, 3, net=net, initial=net.draw(4, 3, generator))
        >>> [tuple(one.shape) for one in deep.init(2).memory]
        [(2, 8, 4), (2, 3, 8)]
    """

    d_key: int
    d_value: int
    objective: Objective = squared_error
    initial: Tensor | Sequence[Tensor] | None = None
    _: KW_ONLY
    net: Net = ONE_MAP
    rule: UpdateRule = MOMENTUM
    decay: Literal["initial", "zero"] = "initial"
    position: Literal["sum", "mean"] | Tensor = "sum"
    forms: tuple[tuple[int, int], ...] = field(init=False, repr=False)
    """Rows and columns of every matrix, from the keys on."""

    def __post_init__(self) -> None:
        for name in ("d_key", "d_value"):
            object.__setattr__(self, name, words.count(name, getattr(self, name)))
        words.instance("objective", self.objective, Objective, "such as squared_error, or huber(1.0)")
        words.able("net", self.net, ("shapes", "answer", "gradients"), "a net, such as MLP((16,))")
        words.able("rule", self.rule, ("obeys", "init", "step"), "an update rule, such as Momentum()")
        words.choice("decay", self.decay, ("initial", "zero"))
        object.__setattr__(self, "position", factors(self.position))
        object.__setattr__(self, "forms", tuple(self.net.shapes(self.d_key, self.d_value)))
        object.__setattr__(self, "initial", matrices(self.initial, self.forms))
        check_start(self)

    @property
    def form(self) -> tuple[int, int]:
        """Rows and columns of the matrix next to the keys."""
        return self.forms[0]

    @property
    def is_map(self) -> bool:
        """Whether its net is one matrix that multiplies the key."""
        return bool(getattr(self.net, "is_map", False))

    @property
    def has_dual(self) -> bool:
        """Whether a chunk's reads can be had without a matrix of weights for every token: an MLP, by plain steps."""
        return isinstance(self.net, MLP) and isinstance(self.rule, GradientDescent | Momentum)

    @property
    def obeys(self) -> frozenset[str]:
        """The gates that count: the rule's."""
        return self.rule.obeys

    def init(self, batch: int, like: Tensor | None = None) -> State[Any]:
        given: Tensor | None = None if self.initial is None else parts(self.initial)[0]
        example = look.blank(given if like is None else like)
        zeros = [example.new_zeros(look.streams(batch), *shape) for shape in self.forms]
        weights = tuple(zero + slow for zero, slow in zip(zeros, self.slow(zeros), strict=True))
        return State(as_weights(weights), as_weights(tuple(self.rule.init(zero) for zero in zeros)))

    def read(self, state: State[Any], queries: Tensor) -> Tensor:
        """f(q; W), before any softmax: the logits, where the objective is cross-entropy."""
        if look.reads(self, state, queries):
            return self.answer(state, queries)
        state, asked = look.reading(self, state, queries)
        return look.answered(self.answer(state, asked), queries)

    def answer(self, state: State[Any], queries: Tensor) -> Tensor:
        """`read`, of what was looked at."""
        return self.net.answer(parts(state.memory), queries)

    def write(self, state: State[Any], pairs: Pairs, gates: Gates) -> State[Any]:
        if not look.writes(self, state, pairs, gates):
            state, pairs, gates = look.writing(self, state, pairs, gates)
        return self.store(state, pairs, gates)

    def store(self, state: State[Any], pairs: Pairs, gates: Gates) -> State[Any]:
        """`write`, of what was looked at."""
        # a chunk of no tokens changes nothing
        return self.step(state, self._gradients(state, pairs), gates) if pairs.keys.shape[1] else state

    def gradients(self, state: State[Any], pairs: Pairs) -> tuple[Gradient, ...]:
        """∂ℓ_t/∂W of every token at the weights of `state`, for every matrix: half of a write."""
        if not look.writes(self, state, pairs):
            state, pairs, _ = look.writing(self, state, pairs)
        return self._gradients(state, pairs)

    def _gradients(self, state: State[Any], pairs: Pairs) -> tuple[Gradient, ...]:
        return self.net.gradients(
            parts(state.memory), pairs.keys, lambda answer: self.objective.error(answer, pairs.values)
        )

    def step(self, state: State[Any], gradients: tuple[Gradient, ...], gates: Gates) -> State[Any]:
        """The other half: the update rule, on every matrix."""
        gates = gates._replace(inner_lr=gates.inner_lr * self.factor(gates.inner_lr.shape[1]))
        olds = parts(state.memory)
        carried = state.past_surprise if len(olds) > 1 else (state.past_surprise,)
        weights, pasts = [], []
        for old, base, past, gradient in zip(olds, self.rest(olds), carried, gradients, strict=True):
            drift, now = self.rule.step(old if base is None else old - base, past, gradient, gates)
            weights.append(drift if base is None else base + drift)
            pasts.append(now)
        return State(as_weights(tuple(weights)), as_weights(tuple(pasts)))

    def factor(self, tokens: int) -> float | Tensor:
        """What `position` multiplies an update of so many tokens with."""
        if not isinstance(self.position, Tensor):
            return 1 / tokens if self.position == "mean" else 1.0
        if tokens > len(self.position):
            raise ValueError(
                f"position has {len(self.position)} factors, a chunk {tokens} tokens; give one for each up to period"
            )
        return self.position[tokens - 1]

    def rest(self, like: Sequence[Tensor]) -> Sequence[Tensor | None]:
        """What forgetting leads back to, for each matrix; None for zero."""
        zero = self.decay == "zero" or self.initial is None
        return [None] * len(like) if zero else self.slow(like)

    def slow(self, like: Sequence[Tensor]) -> list[Tensor]:
        """W_0 for every stream, on the dtype and device of `like`, one for each matrix."""
        if self.initial is None:
            return [torch.zeros_like(one) for one in like]
        return [slow.to(one).expand_as(one) for slow, one in zip(parts(self.initial), like, strict=True)]

    def stable_below(self, gates: Gates) -> Tensor | None:
        """The θ·`sharpness` [batch, time] from which one repeated pair makes it grow for ever; None if not known.

        Known under squared error: (2 − α)(1 + η) with momentum, 2 − α without; for a net of several layers only near
        the weights the sharpness is taken at.
        """
        plain = isinstance(self.rule, GradientDescent)
        if self.objective is not squared_error or not (plain or isinstance(self.rule, Momentum)):
            return None
        limit = 2 - gates.forget
        return limit if plain else limit * (1 + gates.momentum)

    def sharpness(self, state: State[Any], keys: Tensor) -> Tensor:
        """λ_max(J Jᵀ) of each key [batch, chunk], J = ∂answer/∂W at these weights: how fast a write moves its answer.

        ‖k‖² for one linear map; elsewhere one backward pass for each number of the answer.
        """
        if self.is_map:
            return keys.square().sum(-1)
        units = torch.eye(self.d_value, dtype=keys.dtype, device=keys.device)
        rows = [
            self.net.gradients(parts(state.memory), keys, lambda answer, unit=unit: unit.expand_as(answer))
            for unit in units
        ]
        gram: Tensor | float = 0.0
        for layer in zip(*rows, strict=True):
            errors = torch.stack([gradient.errors for gradient in layer], 2)
            gram = gram + errors @ errors.mT * layer[0].inputs.square().sum(-1)[..., None, None]
        return torch.linalg.eigvalsh(gram)[..., -1]

    def collapsed(self, state: State[Any]) -> Tensor | None:
        """For each stream [batch] whether every layer has shrunk to a thousandth of the start; None for one layer.

        There a net of several layers answers nothing and has no gradient left to grow by: zero is a saddle.
        """
        weights = parts(state.memory)
        if len(weights) < 2 or self.decay == "initial":
            return None
        with torch.no_grad():
            start = torch.stack([slow.norm() for slow in parts(self.initial)]).max().to(weights[0])
            return torch.stack([frobenius(one) < COLLAPSED * start for one in weights]).all(0)
