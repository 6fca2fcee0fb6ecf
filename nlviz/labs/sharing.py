"""A lab made again from its state string."""

from __future__ import annotations

import inspect
from typing import Any

from nlviz.door.words import choice, text
from nlviz.labs.entrance import MADE
from nlviz.widgets import Lab
from nlviz.widgets.sharing import OWN, parsed

__all__ = ["from_state"]


def from_state(state: str, **again: Any) -> Lab:
    """The lab that said `state`: the same knobs, and so the same trace, to the bit.

    state: from `lab.state()`, or copied from the page. again: what a string cannot hold, your own function or stream,
    and how the lab is to be shown (see `widgets.Shown`).
    Raises ValueError for a string that is no state, a lab or knob that is not there, and what must be given again.

        labs.from_state("surprise?preset=noisy&threshold=2.4&seed=3")
        labs.from_state("write_head?preset=clean&step=own&seed=0", step=my_step, theme="projector")

        >>> labs.from_state("write_head?preset=clean&items=8&seed=0").knobs["items"]
        8
    """
    name, held = parsed(text("state", state))
    make = MADE[choice("lab", name, MADE)]
    parameters = inspect.signature(make).parameters
    given = {key: value for key, value in held.items() if key in parameters}
    for key, value in given.items():
        _check(state, key, value, parameters[key].default, key in again)
    knobs = {key: value for key, value in held.items() if key not in parameters}
    return make(**{**given, "knobs": knobs, **again})


def _check(state: str, key: str, value: object, usual: object, again: bool) -> None:
    if value is OWN and not again:
        raise ValueError(
            f"this state is of a lab with your own {key}, which no string can hold; "
            f"give it again: labs.from_state({state!r}, {key}=my_{key})"
        )
    if value is not OWN and isinstance(usual, str | int) and type(value) is not type(usual):
        kind = "a whole number" if isinstance(usual, int) else "a name"
        raise ValueError(f"{key}={value!r} in {state!r}: expected {kind}, as in {key}={usual}")
    if value is not OWN and usual is None:
        raise ValueError(f"{key}={value!r} in {state!r}: only your own can be given, not in a string but as {key}=…")
