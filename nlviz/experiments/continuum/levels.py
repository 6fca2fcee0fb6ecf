"""Levels of linear maps, from fast to slow, and what one of them knows by itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nlviz.door import words
from nlviz.memory import Continuum, ContinuumState, DeepMemory, Level
from nlviz.memory.state import as_weights, parts

__all__ = ["HANDING", "alone", "maps"]

HANDING = ("keeps all", "lets go", "starts anew")
"""What the fast level does with what it holds: keep it, let go a share at every token, or begin from zero again."""


def maps(
    periods: Sequence[int],
    rates: Sequence[float],
    *,
    width: int = 32,
    fast: str = "lets go",
    forget: float = 0.1,
    out: int | None = None,
) -> Continuum:
    """Independent maps whose answers add up, one for each period, each with the rate its θ is multiplied with.

    fast: one of HANDING, what the first level does; "lets go" of the share `forget` at each of its ticks, "starts anew"
    whenever the last level ticks. out: a level that neither answers nor learns, by its place; None for none.
    Raises ValueError for other than one rate for each period, and for a period that "starts anew" cannot keep.

        >>> experiments.continuum.maps((1, 16), (0.5, 8.0)).levels[1].period
        16
    """
    words.choice("fast", fast, HANDING)
    times = [words.count(f"periods[{at}]", one, of="tokens") for at, one in enumerate(_several("periods", periods))]
    speeds = [words.number(f"rates[{at}]", one) for at, one in enumerate(_several("rates", rates))]
    if len(times) != len(speeds):
        words.refuse("the number of rates", len(speeds), f"{len(times)}, one for each period")
    if out is not None:
        # at rate 0 a map stays at zero: it answers nothing
        speeds[words.count("out", out, least=0, most=len(times) - 1)] = 0.0
    how = {"lets go": {"forget": words.share("forget", forget)}, "starts anew": {"reset": times[-1]}}.get(fast, {})
    made = [
        Level(DeepMemory(width, width), period, rate, **(how if not place else {}))
        for place, (period, rate) in enumerate(zip(times, speeds, strict=True))
    ]
    return Continuum(made, "independent")


def _several(name: str, value: Any) -> Sequence[Any]:
    return words.several(name, value, least=1)


def alone(memory: Continuum, state: ContinuumState, level: int) -> ContinuumState:
    """The state in which every other level stands at its start: read it to hear what this one says by itself.

    >>> built = experiments.continuum.maps((1, 4), (0.5, 4.0))
    >>> experiments.continuum.alone(built, built.init(1), 1).clock
    0
    """
    words.instance("memory", memory, Continuum)
    words.instance("state", state, ContinuumState)
    level = words.count("level", level, least=0, most=len(memory.levels) - 1)
    here, start = parts(state.memory), parts(memory.init(len(parts(state.memory)[0]), parts(state.memory)[0]).memory)
    counts = [len(one.memory.forms) for one in memory.levels]
    first = sum(counts[:level])
    stays = range(first, first + counts[level])
    kept = tuple(now if place in stays else then for place, (now, then) in enumerate(zip(here, start, strict=True)))
    return state._replace(memory=as_weights(kept))
