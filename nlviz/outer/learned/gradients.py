"""Outer gradients by name: how far an outer loss is followed back through the writes.

second order   through every write, and through every inner gradient in it. Exact: the derivative of what was computed
first order    every inner gradient ∂ℓ/∂W is taken as a constant; how it would change with the weights is left out
truncated      exact, but only through the last writes: the state is cut from its past after each `cut` of them

The numbers that are computed are the same in all three. Only the slope differs: with W_t = (1 − α) W_{t−1} − θ g_t,

    exact   dW_t/dW_{t−1} = (1 − α) I − θ ∂g_t/∂W_{t−1}        first order   (1 − α) I
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from torch import Tensor

from nlviz.door import words
from nlviz.inner import Unrolled, unroll
from nlviz.inner.probes import Probe
from nlviz.inner.unroll import Turn, march_chunks
from nlviz.memory import Gates, Memory, Pairs
from nlviz.memory.able import Able
from nlviz.memory.look import a_memory
from nlviz.outer.models.states import detach

__all__ = ["OUTER_GRADIENTS", "unroll_by"]

OUTER_GRADIENTS: tuple[str, ...] = ("second order", "first order", "truncated")
"""The algorithms there are, the exact one first."""


def unroll_by(
    algorithm: str,
    memory: Memory[Any],
    pairs: Pairs,
    gates: Gates,
    queries: Tensor | None = None,
    *,
    cut: int = 8,
    state: Any = None,
    probes: Sequence[Probe] = (),
) -> Unrolled:
    """`unroll`, token by token, with the outer gradient of this name: one of OUTER_GRADIENTS.

    Outputs, state and signals are those of `unroll`; only what `backward` makes of them differs.
    cut: writes between two cuts, where it is "truncated"; with as many writes as tokens it is exact.
    "first order" needs a memory that tells its `gradients` and has a `step`: a `DeepMemory`. It treats a gradient as a
    constant wholly, so none reaches the pairs through it either.
    Behind a cut a learned start is reached only by what forgetting leads back to.
    Source: first order is the short form of MAML, Finn, Abbeel & Levine 2017 (arXiv 1703.03400) §5.2.
    Raises ValueError for a name that is none, a memory without those parts, and as `unroll` does.

        >>> start = torch.zeros(1, 1, requires_grad=True)
        >>> memory_ = memory.DeepMemory(1, 1, initial=start)
        >>> pairs = memory.Pairs(torch.ones(1, 2, 1), torch.ones(1, 2, 1))
        >>> gates = memory.Gates.constant(pairs, 0.5)
        >>> runs = [outer.unroll_by(name, memory_, pairs, gates, cut=1) for name in outer.OUTER_GRADIENTS]
        >>> [run.state.memory.item() for run in runs]
        [0.75, 0.75, 0.75]
        >>> [torch.autograd.grad(run.state.memory, start)[0].item() for run in runs[:2]]
        [0.25, 1.0]
    """
    algorithm = words.choice("algorithm", algorithm, OUTER_GRADIENTS)
    able, cut = Able(a_memory("memory", memory)), words.count("cut", cut, of="writes")
    if algorithm == "second order":
        return unroll(memory, pairs, gates, queries, state=state, probes=probes)
    write = _first_order(memory) if algorithm == "first order" else _truncated(able.store, cut)

    def turn(before: Any, now: Pairs, how: Gates, asked: Tensor, whole: bool) -> Turn:
        after = write(before, now, how)
        return Turn(after, able.answer(after, asked))

    return march_chunks(memory, pairs, gates, queries, turn, state=state, period=1, probes=probes)


def _first_order(memory: Any) -> Callable[[Any, Pairs, Gates], Any]:
    parts = ("gradients", "step")
    words.able("memory", memory, parts, "one that tells its gradients and its step", "use a DeepMemory")
    return lambda before, now, how: memory.step(before, detach(memory.gradients(before, now)), how)


def _truncated(store: Callable[[Any, Pairs, Gates], Any], cut: int) -> Callable[[Any, Pairs, Gates], Any]:
    done = 0

    def write(before: Any, now: Pairs, how: Gates) -> Any:
        nonlocal done
        behind = done and done % cut == 0
        done += 1
        return store(detach(before) if behind else before, now, how)

    return write
