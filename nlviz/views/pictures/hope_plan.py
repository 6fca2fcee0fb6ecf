"""How the parts of Hope are put together, as boxes and arrows in a square of 10 × 10. No drawing."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from nlviz.views.pictures.boxes import Arrow, Box

__all__ = ["MEMORIES", "arrows", "boxes", "named"]

MEMORIES = ("k", "v", "η", "α", "M")
"""The five, by what they make; the last is the one that is read."""
_FOUR = MEMORIES[:-1]


def named(part: str, periods: Sequence[int]) -> str:
    """What a part is called beside its row."""
    if part == MEMORIES[-1]:
        return "M<sub>memory</sub>"
    return f"M<sub>{part}</sub>" if part in MEMORIES else f"{part}, C = {periods[int(part[1:]) - 1] or '?'}"


def boxes(periods: Sequence[int]) -> dict[str, Box]:
    """x, the four that make what is written, the query, the memory that is read, the chain, y."""
    many = len(periods)
    four = {
        part: Box(1.0 + 1.98 * place, 2.6, 1.8, 1.5, f"M<sub>{part}</sub>", True) for place, part in enumerate(_FOUR)
    }
    step = 10 / many
    width = min(3.0, step - 0.35)
    chain = {
        f"f{place + 1}": Box(
            step * (place + 0.5), 7.6, width, 1.5, f"f<sub>{place + 1}</sub>, C = {period or '?'}", True
        )
        for place, period in enumerate(periods)
    }
    return {
        "x": Box(5.0, 0.2, 1.6, 0.8, "x", outlined=False),
        **four,
        "q": Box(8.98, 2.6, 1.8, 1.5, "q = W<sub>q</sub>x<br>static"),
        MEMORIES[-1]: Box(5.0, 5.1, 5.2, 1.5, "M<sub>memory</sub>, read at q", True),
        **chain,
        "y": Box(step * (many - 0.5), 9.7, 1.6, 0.8, "y", outlined=False),
    }


def arrows(many: int) -> tuple[Arrow, ...]:
    """From x upwards, then along the chain of so many blocks."""
    chain = [f"f{place + 1}" for place in range(many)]
    up = [*(("x", part) for part in (*_FOUR, "q")), *((part, MEMORIES[-1]) for part in (*_FOUR, "q"))]
    up += [(MEMORIES[-1], chain[0]), (chain[-1], "y")]
    return (*(Arrow(*ends, upright=True) for ends in up), *(Arrow(*ends) for ends in pairwise(chain)))
