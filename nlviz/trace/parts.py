"""The parts of a trace: signals, tokens, marks and notes, and what is looked at in each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from nlviz.door.arrays import array
from nlviz.door.words import count, instance, refuse, several, text

__all__ = ["Mark", "Note", "Signal", "Token", "marks_of", "notes_of", "signals_of", "tokens_of"]

Note: TypeAlias = str | tuple[str, ...]
"""Something said of a whole run: a text, or several."""


class Signal(NamedTuple):
    """One measured quantity over time.

    values: [time, batch, …], one row per measurement; times: [time], the token index of each row
    (a write of several tokens is timed at its last one); unit: what an axis says, "" if it has none.
    names: what the parts of the last axis are called, one for each; () if they have no names.

        >>> trace.Signal(np.array([[0.5], [0.25]]), np.array([3, 7]), "bits").values[-1]
        array([0.25])
        >>> trace.Signal(np.ones((1, 1, 2)), np.array([0]), names=("cache", "memory")).names
        ('cache', 'memory')
    """

    values: np.ndarray
    times: np.ndarray
    unit: str = ""
    names: tuple[str, ...] = ()


class Token(NamedTuple):
    """A piece of the stream as a reader sees it: its text, the time steps [start, stop) it covers, its kind.

    For source code a time step is a byte and the kind is that of `tokenize` ("NAME", "OP", …); for pairs it is one
    step.
    """

    text: str
    start: int
    stop: int
    kind: str = ""


class Mark(NamedTuple):
    """Something that happened at one time step: "diverged", "written", "switch". `label` says it in words.

    What is true of the whole run is no mark: it is a note of the trace.
    """

    time: int
    kind: str
    label: str = ""


def signals_of(given: Any) -> dict[str, Signal]:
    """A table of signals, each looked at."""
    remedy = 'give a table: {"surprise": Signal(values, times)}'
    named: Mapping[Any, Any] = instance("signals", given, Mapping, remedy)
    return {text("the name of a signal", name): _signal(name, signal) for name, signal in named.items()}


def tokens_of(given: Any) -> tuple[Token, ...]:
    """Tokens, each looked at."""
    return _all("tokens", given, _token)


def marks_of(given: Any) -> tuple[Mark, ...]:
    """Marks, each looked at."""
    return _all("marks", given, _mark)


def notes_of(given: Any) -> dict[str, Note]:
    """A table of notes: texts as they are, several of them as a tuple."""
    named: Mapping[Any, Any] = instance("notes", given, Mapping, 'give a table: {"wiring": "MAC"}')
    return {text("the name of a note", name): _note(f"note {name!r}", said) for name, said in named.items()}


def _note(name: str, said: Any) -> Note:
    return str(said) if isinstance(said, str) else _texts(name, said)


def _texts(name: str, given: Any) -> tuple[str, ...]:
    """Texts as Python's own: NumPy's would be no JSON, and an array of them neither true nor false."""
    return tuple(str(text(f"{name}[{at}]", one)) for at, one in enumerate(several(name, given, what="texts")))


def _signal(name: str, given: Any) -> Signal:
    """The signal as arrays, one whole time to a row, in order."""
    if not isinstance(given, tuple) or len(given) not in (2, 3, 4):
        refuse(f"signal {name!r}", given, "Signal(values, times)", "give one time, the token's index, for every row")
    values, times, unit, names = Signal(*given)
    values = array(f"values of signal {name!r}", values, "time …")
    times = _times(f"times of signal {name!r}", times)
    if len(values) != len(times):
        raise ValueError(f"signal {name!r} has {len(values)} rows and {len(times)} times; give one time per row")
    text(f"unit of signal {name!r}", unit)
    names = _texts(f"names of signal {name!r}", names)
    if names and len(names) != values.shape[-1]:
        raise ValueError(
            f"signal {name!r} has {len(names)} names and {values.shape[-1]} parts on its last axis; give one for each"
        )
    if isinstance(given, Signal) and values is given.values and times is given.times and _same(names, given.names):
        return given
    return Signal(values, times, unit, names)


def _same(names: tuple[str, ...], given: Any) -> bool:
    """Whether these are the names as they were given; by `is`, for an array of names has no one answer to `==`."""
    return type(given) is tuple and all(a is b for a, b in zip(names, given, strict=True))


def _times(name: str, given: Any) -> np.ndarray:
    times = array(name, given, "time", finite=True)
    if times.dtype.kind not in "iu":
        whole = times.astype(np.int64)
        if times.dtype.kind == "b" or (whole != times).any():
            refuse(name, given, "whole numbers, each the index of a token")
        times = whole
    if (times[1:] < times[:-1]).any():
        place = int(np.flatnonzero(times[1:] < times[:-1])[0])
        falling = f"{times[place]} then {times[place + 1]}"
        raise ValueError(f"{name} fall: {falling}; expected the order of time; sort the rows by time first")
    return times


def _all(name: str, given: Any, look: Any) -> tuple[Any, ...]:
    """Every one of the tokens or marks, as `look` gives it."""
    if isinstance(given, Token | Mark):
        refuse(name, given, f"several {name}", f"put it in brackets: [{type(given).__name__}(…)]")
    return tuple(look(f"{name}[{place}]", one) for place, one in enumerate(several(name, given, what=name)))


def _token(name: str, given: Any) -> Token:
    # a long text has tens of thousands of them: what is right already is looked at no further
    plain = type(given) is Token and tuple(map(type, given)) == (str, int, int, str)
    if plain and 0 <= given.start <= given.stop:
        return given
    if not isinstance(given, tuple) or len(given) not in (3, 4) or isinstance(given, Mark):
        refuse(name, given, "Token(text, start, stop)")
    said, start, stop, kind = given if len(given) == 4 else (*given, "")
    begins = count(f"start of {name}", start, least=0)
    ends = count(f"stop of {name}", stop, least=begins)
    return Token(text(f"text of {name}", said), begins, ends, text(f"kind of {name}", kind))


def _mark(name: str, given: Any) -> Mark:
    if not isinstance(given, tuple) or len(given) not in (2, 3) or isinstance(given, Token | Signal):
        refuse(name, given, "Mark(time, kind)")
    time, kind, label = given if len(given) == 3 else (*given, "")
    return Mark(
        count(f"time of {name}", time, least=-(2**63)), text(f"kind of {name}", kind), text(f"label of {name}", label)
    )
