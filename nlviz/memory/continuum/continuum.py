"""Continuum: several nets as one memory, each updated with a period of its own (the Continuum Memory System)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

import torch
from torch import Tensor

from nlviz.door import words
from nlviz.memory import look
from nlviz.memory.continuum.joined import JOINED, answer, check, gradients
from nlviz.memory.continuum.level import Level
from nlviz.memory.nets import Gradient
from nlviz.memory.objectives import Objective
from nlviz.memory.protocol import Gates, Pairs
from nlviz.memory.state import State, as_weights, frobenius, parts

__all__ = ["Continuum", "ContinuumState"]


class ContinuumState(NamedTuple):
    """memory: what all levels show, one matrix after the other. past_surprise: what their rules carry.

    coming: the weights that each level will show at its next tick, if nothing more comes: where they differ from
    `memory`, tokens wait. clock: tokens read so far, the same for all streams; a plain number.
    """

    memory: Any
    past_surprise: Any
    coming: Any
    clock: int = 0

    @property
    def shown_state(self) -> State[Any]:
        """What is shown and carried, as the state of a memory that is one net."""
        return State(self.memory, self.past_surprise)


@dataclass(frozen=True, eq=False)
class Continuum:
    """Levels with periods of their own as one memory, every level written by the gradient of the *same* loss:

        sequential    y = f_K(… f_2(f_1(k)))        a chain; the gradient of a level comes back through those behind it
        independent   y = f_1(k) + … + f_K(k)
        nested        y = f_1(k); when level ℓ+1 ticks, the levels before it start anew from it

    levels: in the order in which a key meets them; which end is fast is yours (the paper's text and figure differ). In
    "nested" from fast to slow, each period a multiple of the one before; a slower level learns the faster one's start
    by the gradients that one met, first order (the derivative through the faster one's writes is left out).
    All tokens of one write see the same weights; a level whose period was filled in it shows all that it gathered.
    With one level it is that level's memory at that period, read first. All periods 1 is one net of more depth, or for
    "independent" maps one map with the summed θ: not more memory.
    Raises ValueError for levels that do not fit together.
    Source: Behrouz et al. 2025 (arXiv 2512.24695) eq. 70–74; eq. 71 prints one term too many in the sum over a chunk.

        >>> levels = [memory.Level(memory.DeepMemory(2, 2), period=period) for period in (1, 4)]
        >>> built = memory.Continuum(levels, "independent")
        >>> pairs = memory.Pairs(torch.ones(1, 6, 2), torch.ones(1, 6, 2))
        >>> run = inner.unroll(built, pairs, memory.Gates.constant(pairs, 0.1))
        >>> built.updates(run.state), built.waiting(run.state)
        ((6, 1), (0, 2))
    """

    levels: Sequence[Level]
    joined: Literal["sequential", "independent", "nested"] = "sequential"
    d_key: int = field(init=False)
    d_value: int = field(init=False)
    objective: Objective = field(init=False)
    forms: tuple[tuple[int, int], ...] = field(init=False, repr=False)
    """Rows and columns of every matrix of every level, from the keys on."""

    def __post_init__(self) -> None:
        given = words.several("levels", self.levels, least=1, what="levels")
        levels = tuple(words.instance(f"levels[{place}]", one, Level) for place, one in enumerate(given))
        object.__setattr__(self, "levels", levels)
        words.choice("joined", self.joined, JOINED)
        check(self.levels, self.joined)
        first, last = self.levels[0].memory, self.levels[-1].memory
        forms = tuple(form for level in self.levels for form in level.memory.forms)
        found = {"d_key": first.d_key, "d_value": last.d_value, "objective": first.objective, "forms": forms}
        for name, value in found.items():
            object.__setattr__(self, name, value)

    @property
    def form(self) -> tuple[int, int]:
        """Rows and columns of the matrix next to the keys."""
        return self.forms[0]

    @property
    def obeys(self) -> frozenset[str]:
        """The gates that count for one level at least."""
        return frozenset().union(*(level.memory.obeys for level in self.levels))

    def init(self, batch: int, like: Tensor | None = None) -> ContinuumState:
        states = [level.memory.init(batch, like) for level in self.levels]
        shown = _flat([parts(one.memory) for one in states])
        return ContinuumState(shown, _flat([_carried(one) for one in states]), shown)

    def read(self, state: ContinuumState, queries: Tensor) -> Tensor:
        """y of all levels, as they show themselves now."""
        inside = self._inside(state)
        if look.reads(self, inside, queries):
            return self.answer(state, queries)
        _, asked = look.reading(self, inside, queries)
        return look.answered(self.answer(state, asked), queries)

    def answer(self, state: ContinuumState, queries: Tensor) -> Tensor:
        """`read`, of what was looked at."""
        return answer(self.levels, self.joined, self._each(parts(state.memory)), queries)

    def write(self, state: ContinuumState, pairs: Pairs, gates: Gates) -> ContinuumState:
        inside = self._inside(state)
        if not look.writes(self, inside, pairs, gates):
            _, pairs, gates = look.writing(self, inside, pairs, gates)
        return self.store(state, pairs, gates)

    def gradients(self, state: ContinuumState, pairs: Pairs) -> tuple[Gradient, ...]:
        """∂ℓ_t/∂W of every token for every matrix at the weights shown; of "nested" those of what answers."""
        inside = self._inside(state)
        if not look.writes(self, inside, pairs):
            _, pairs, _ = look.writing(self, inside, pairs)
        found = self._gradients(state, pairs)
        return found[0] if self.joined == "nested" else tuple(one for level in found for one in level)

    def store(self, state: ContinuumState, pairs: Pairs, gates: Gates) -> ContinuumState:
        """`write`, of what was looked at."""
        tokens = pairs.keys.shape[1]
        if not tokens:
            return state
        before, after = state.clock, state.clock + tokens
        held = parts(state.memory), parts(state.coming), _listed(state.past_surprise, self.forms)
        shown, coming, carried = (self._each(one) for one in held)
        made = []
        found = self._gradients(state, pairs)
        for level, *own, gradient in zip(self.levels, shown, coming, carried, found, strict=True):
            made.append(_told(level, own[0], _gathered(level, own[1], own[2], gradient, gates), before, after))
        if self.joined == "nested":
            made = self._started_anew(made, before, after)
        shown, coming, carried = (_flat(one) for one in zip(*made, strict=True))
        return ContinuumState(shown, carried, coming, after)

    def updates(self, state: ContinuumState) -> tuple[int, ...]:
        """How often every level has been updated so far."""
        return tuple(state.clock // level.period for level in self._asked(state))

    def waiting(self, state: ContinuumState) -> tuple[int, ...]:
        """For every level how many tokens wait for its next tick."""
        return tuple(state.clock % level.period for level in self._asked(state))

    def level_writes(self, before: ContinuumState, after: ContinuumState) -> Tensor:
        """‖ΔM‖_F of what every level shows, [batch, levels]: exactly 0 off its tick."""
        return self._norms(before.memory, after.memory)

    def level_waiting(self, state: ContinuumState) -> Tensor:
        """‖M_coming − M‖_F of every level, [batch, levels]: how much waits for its next tick."""
        return self._norms(state.memory, state.coming)

    def _norms(self, old: Any, new: Any) -> Tensor:
        pairs = zip(self._each(parts(old)), self._each(parts(new)), strict=True)
        return torch.stack([frobenius(one, less=other) for other, one in pairs], -1)

    def _gradients(self, state: ContinuumState, pairs: Pairs) -> list[tuple[Gradient, ...]]:
        weights = self._each(parts(state.memory))
        return gradients(
            self.levels, self.joined, weights, pairs.keys, lambda said: self.objective.error(said, pairs.values)
        )

    def _started_anew(self, made: list[_Own], before: int, after: int) -> list[_Own]:
        """Where a slower level ticks, all levels before it start from it: the slowest that ticks decides."""
        for place in range(len(self.levels) - 1, 0, -1):
            if self.levels[place].ticks(before, after):
                start = made[place].shown
                still = [
                    _Own(start, start, _carried(level.memory.init(len(start[0]), start[0]))) for level in self.levels
                ]
                return [*still[:place], *made[place:]]
        return made

    def _each(self, flat: Sequence[Any]) -> list[tuple[Any, ...]]:
        """What stands for every matrix in a row, level by level."""
        rest = list(flat)
        return [tuple(rest.pop(0) for _ in level.memory.forms) for level in self.levels]

    def _asked(self, state: Any) -> tuple[Level, ...]:
        self._inside(state)
        return tuple(self.levels)

    def _inside(self, state: Any) -> State[Any]:
        """The weights it shows as the state of a memory. Raises ValueError for a state of another kind."""
        if not isinstance(state, ContinuumState):
            look.no_state(self, state)
        words.count("clock of the state", state.clock, least=0, of="tokens")
        return state.shown_state


class _Own(NamedTuple):
    """What one level holds, matrix by matrix."""

    shown: Sequence[Any]
    coming: Sequence[Any]
    carried: Sequence[Any]


def _gathered(level: Level, coming: Sequence[Any], carried: Sequence[Any], found: Any, gates: Gates) -> _Own:
    """What a level will show, and what its rule carries, once these tokens are in."""
    how = gates._replace(inner_lr=gates.inner_lr * level.scale)
    after = level.memory.step(State(as_weights(tuple(coming)), _one(carried)), found, how)
    return _Own((), parts(after.memory), _carried(after))


def _told(level: Level, shown: Sequence[Any], gathered: _Own, before: int, after: int) -> _Own:
    """The same level once its clock has been looked at: whether it shows itself anew, lets go, or starts anew."""
    if not level.ticks(before, after):
        return gathered._replace(shown=shown)
    coming, carried = gathered.coming, gathered.carried
    if level.starts_anew(before, after):
        anew = level.memory.init(len(shown[0]), shown[0])
        coming, carried = parts(anew.memory), _carried(anew)
    elif level.forget:
        rest = level.memory.rest(shown)
        drifts = [old if base is None else old - base for old, base in zip(shown, rest, strict=True)]
        coming = tuple(new - level.forget * drift for new, drift in zip(coming, drifts, strict=True))
    return _Own(coming, coming, carried)


def _flat(levels: Sequence[Sequence[Any]]) -> Any:
    return as_weights(tuple(one for level in levels for one in level))


def _carried(state: State[Any]) -> tuple[Any, ...]:
    """What a rule carries, matrix by matrix; of one matrix it may be a NamedTuple of several tensors."""
    return tuple(state.past_surprise) if isinstance(state.memory, tuple) else (state.past_surprise,)


def _one(carried: Sequence[Any]) -> Any:
    return carried[0] if len(carried) == 1 else tuple(carried)


def _listed(carried: Any, forms: Sequence[Any]) -> tuple[Any, ...]:
    return (carried,) if len(forms) == 1 else tuple(carried)
