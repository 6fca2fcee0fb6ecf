"""The entrance of every lab: what it is called with is looked at once, before anything is loaded or run."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, ParamSpec

from nlviz.door import words
from nlviz.widgets import Lab, Shown

__all__ = ["MADE", "lab", "own"]

P = ParamSpec("P")

MOST_SEED = 2**62
"""Above it a lab that counts on from its seed would leave what a generator can start from."""

MADE: dict[str, Callable[..., Lab]] = {}
"""Every lab that came through this entrance, by name: what a state string is answered with."""


def lab(**own_functions: str) -> Callable[[Callable[P, Lab]], Callable[P, Lab]]:
    """A lab that looks at its arguments: a seed is a whole number, a student's own function takes what it will get, and
    a word that is no argument is answered with the nearest one. Presets, knobs and themes are looked at by `Lab`.

    own_functions: how each of the student's own is called, by its parameter: step="step(M, k, v, inner_lr)".
    Raises ValueError, and Python's TypeError where a call does not fit the lab's signature.
    """

    def looked(make: Callable[P, Lab]) -> Callable[P, Lab]:
        signature = inspect.signature(make)

        @wraps(make)
        def entrance(*arguments: P.args, **named: P.kwargs) -> Lab:
            try:
                bound = signature.bind(*arguments, **named)
            except TypeError as problem:
                raise TypeError(f"labs.{make.__name__}: {problem}") from None
            _look(make.__name__, bound, own_functions)
            return make(*bound.args, **bound.kwargs)

        MADE[make.__name__] = entrance
        return entrance

    return looked


def _look(name: str, bound: inspect.BoundArguments, own_functions: Mapping[str, str]) -> None:
    """Settle what was given; `shown` holds every keyword the lab itself does not name."""
    given, shown = bound.arguments, dict(bound.arguments.get("shown", {}))
    mine = [each for each in bound.signature.parameters if each != "shown"]
    for word in shown:
        words.choice(f"an argument of labs.{name}", word, [*mine, *Shown.__annotations__])
    if shown.get("knobs") is None:
        shown.pop("knobs", None)
    else:
        words.instance("knobs", shown["knobs"], Mapping, 'give {"name": value}')
    given["shown"] = shown
    if "seed" in given:
        given["seed"] = words.count("seed", given["seed"], least=0, most=MOST_SEED)
    for parameter, call in own_functions.items():
        if given.get(parameter) is not None:
            own(parameter, given[parameter], call)


def own(name: str, function: Any, call: str) -> Callable[..., Any]:
    """A student's own function, if it can be called as `call` says; `name` is the argument it was given as."""
    if isinstance(function, type) or not callable(function):
        remedy = f"a preset is given as preset={function!r}" if isinstance(function, str) else ""
        words.refuse(name, function, f"a function {call}", remedy)
    count = call.count(",") + 1
    try:
        inspect.signature(function).bind(*range(count))
    except TypeError as problem:
        words.refuse(name, function, f"a function {call}", f"called so, yours says: {problem}")
    except ValueError:  # a built-in without a signature: calling it will tell
        pass
    return function
