"""A good call of every public name, and the kind of each of its arguments."""

from __future__ import annotations

from .call import Call
from .of_architect import months_of_reading
from .of_budget import budgets
from .of_continuum import levels
from .of_family import switched
from .of_learning import learning
from .of_memory import loops, memories
from .of_optim import optimizers
from .of_outer import slow
from .of_personal import users
from .of_pictures import pictures, shown, traces
from .of_prefixes import prefixed
from .of_sleep import nights
from .of_stores import stores
from .of_streams import drawn, measured

__all__ = ["ROOMS", "Call", "calls"]

ROOMS = {
    room.__name__: room
    for room in (
        memories,
        loops,
        drawn,
        measured,
        traces,
        pictures,
        optimizers,
        slow,
        learning,
        levels,
        switched,
        budgets,
        prefixed,
        stores,
        nights,
        users,
        months_of_reading,
        shown,
    )
}
"""What makes the calls of each room, by name."""


def calls() -> list[Call]:
    """All of them."""
    return [call for room in ROOMS.values() for call in room()]
