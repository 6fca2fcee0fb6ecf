"""What a run measured, and nothing else: NumPy arrays with names, times and units.

A `Trace` is the wall between computing and drawing. Whatever computes (`inner`, `labs`) makes one; whatever draws
(`views`, `widgets`) takes one. It knows neither torch nor Plotly, and saves to `.npz` without pickle.
"""

from __future__ import annotations

import difflib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from nlviz.door.arrays import array
from nlviz.door.files import written
from nlviz.door.words import count, instance, refuse, several, text

__all__ = ["PROBES", "Mark", "Signal", "Token", "Trace"]

# How a run is asked for each probe there is; held against nlviz.inner.probes by a test.
PROBES = {
    "inner_loss": "probes.inner_loss",
    "memory_norm": "probes.memory_norm",
    "past_surprise": "probes.past_surprise",
    "recall": "probes.recall(keys, values)",
    "share": "probes.share(keys, values)",
    "surprise": "probes.surprise",
    "weights": "probes.weights()",
    "write_norm": "probes.write_norm",
    "written": "probes.written",
}


class Signal(NamedTuple):
    """One measured quantity over time.

    values: [time, batch, …], one row per measurement; times: [time], the token index of each row
    (a write of several tokens is timed at its last one); unit: what an axis says, "" if it has none.

        >>> trace.Signal(np.array([[0.5], [0.25]]), np.array([3, 7]), "bits").values[-1]
        array([0.25])
    """

    values: np.ndarray
    times: np.ndarray
    unit: str = ""


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
    """Something that happened at one time step: "diverged", "written", "switch". `label` says it in words."""

    time: int
    kind: str
    label: str = ""


@dataclass(frozen=True)
class Trace(Mapping[str, Signal]):
    """Named signals of one run, with the tokens it read and the marks set on them.

    A Mapping from name to Signal; a name that was not recorded raises KeyError and says what was. Lists, NumPy arrays
    and tensors are taken for a signal's values and times, plain tuples for a Signal, Token or Mark.
    Raises ValueError for values that are no numbers, times that are not whole or fall, and a row without its time.

        trace["surprise"].values[:, 0]          # [time] of the first stream in the batch
        trace.merge({"frozen": Signal(bits, times, "bits")})
        trace.save("run.npz"); Trace.load("run.npz")
    """

    signals: Mapping[str, Signal]
    tokens: tuple[Token, ...] = ()
    marks: tuple[Mark, ...] = ()

    def __post_init__(self) -> None:
        remedy = 'give a table: {"surprise": Signal(values, times)}'
        given: Mapping[Any, Any] = instance("signals", self.signals, Mapping, remedy)
        looked = {text("the name of a signal", name): _signal(name, signal) for name, signal in given.items()}
        object.__setattr__(self, "signals", looked)
        object.__setattr__(self, "tokens", _all("tokens", self.tokens, _token))
        object.__setattr__(self, "marks", _all("marks", self.marks, _mark))

    def __getitem__(self, name: str) -> Signal:
        if isinstance(name, str) and name in self.signals:
            return self.signals[name]
        raise KeyError(_not_recorded(name, self.signals))

    def __iter__(self) -> Iterator[str]:
        return iter(self.signals)

    def __len__(self) -> int:
        return len(self.signals)

    def marked(self, kind: str) -> tuple[Mark, ...]:
        """The marks of one kind, in order of time.

        >>> run = trace.Trace({}, marks=[(3, "written"), (5, "diverged")])
        >>> run.marked("diverged")
        (Mark(time=5, kind='diverged', label=''),)
        """
        text("kind", kind)
        return tuple(mark for mark in self.marks if mark.kind == kind)

    def merge(
        self,
        signals: Mapping[str, Signal] | None = None,
        tokens: Iterable[Token] | None = None,
        marks: Iterable[Mark] = (),
    ) -> Trace:
        """The same trace with signals added (or replaced), tokens set and marks added.

        Raises ValueError as Trace itself does.

            >>> run = trace.Trace({"bits": trace.Signal(np.ones((3, 1)), np.arange(3))})
            >>> list(run.merge({"frozen": run["bits"]}))
            ['bits', 'frozen']
        """
        added = {} if signals is None else instance("signals", signals, Mapping, "give a table, or another's .signals")
        return replace(
            self,
            signals={**self.signals, **added},
            tokens=self.tokens if tokens is None else tokens,
            marks=tuple(sorted(self.marks + _all("marks", marks, _mark))),
        )

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the trace to one file (`.npz`), arrays as they are and the rest as JSON text; no pickle.

        It is written beside and then renamed: a save that fails leaves what was there.
        Raises ValueError for a folder that does not exist or takes no files.
        """
        about = {
            "signals": [[name, signal.unit] for name, signal in self.signals.items()],
            "tokens": self.tokens,
            "marks": self.marks,
        }
        arrays = {"about": np.array(json.dumps(about))}
        for index, signal in enumerate(self.signals.values()):
            arrays[f"values_{index}"] = signal.values
            arrays[f"times_{index}"] = signal.times
        with written(path) as beside, beside.open("wb") as file:
            np.savez_compressed(file, allow_pickle=False, **arrays)  # pyright: ignore[reportArgumentType]

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Trace:
        """The trace saved at `path`.

        Raises FileNotFoundError if there is none, ValueError if the file is no trace, or a damaged one.
        """
        place = _existing(path)
        try:
            with place.open("rb") as file:
                held = _held(file)
        except Exception as error:  # a damaged archive may fail in any layer: zip, zlib, NumPy's header, memory
            raise ValueError(_no_trace(place, f"{type(error).__name__}: {error}")) from error
        if "about" not in held:
            raise ValueError(_no_trace(place, f"it holds {', '.join(held) or 'nothing'}"))
        try:
            return cls(*_read(held))
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise ValueError(_no_trace(place, f"it is damaged: {error}")) from error


def _held(file: Any) -> dict[str, np.ndarray]:
    """Every array of an archive, by name."""
    archive = np.load(file, allow_pickle=False)
    if isinstance(archive, np.ndarray):
        raise ValueError("it is no .npz archive")
    with archive:
        return {name: archive[name] for name in archive}


def _read(held: Mapping[str, np.ndarray]) -> tuple[dict[str, Any], Any, Any]:
    """Signals, tokens and marks as `Trace.save` laid them down; the trace itself looks at what they are."""
    about = json.loads(str(held["about"]))
    lost = {"signals", "tokens", "marks"} - set(about)
    if lost:
        raise ValueError(f"there are no {', '.join(sorted(lost))}")
    named = {}
    for index, (name, unit) in enumerate(about["signals"]):
        missing = [part for part in ("values", "times") if f"{part}_{index}" not in held]
        if missing:
            raise ValueError(f"the {' and '.join(missing)} of signal {name!r} are missing")
        named[name] = Signal(held[f"values_{index}"], held[f"times_{index}"], unit)
    tokens, marks = (tuple(map(tuple, about[kind])) for kind in ("tokens", "marks"))
    return named, tokens, marks


def _existing(path: Any) -> Path:
    if not isinstance(path, str | os.PathLike) or not os.fspath(path):
        refuse("path", path, "the path of a saved trace")
    place = Path(path)
    # os.path takes any name there may be, also one too long for the system
    if os.path.isdir(place):
        refuse("path", str(place), "a file", "that is a folder; add a file name")
    if not os.path.isfile(place):
        raise FileNotFoundError(f"path is {str(place)!r}; there is no such file; save one first: trace.save(path)")
    return place


def _no_trace(place: Path, why: str) -> str:
    return f"{place} is no saved trace ({why}); give a file made by Trace.save, or save that trace again"


def _not_recorded(name: object, signals: Mapping[str, Signal]) -> str:
    """What is there instead of `name`, and how to have it: a near name, a probe, or a signal of one's own."""
    recorded = ", ".join(sorted(signals)) or "nothing"
    near = difflib.get_close_matches(name, signals, 1) if isinstance(name, str) else []
    if near:
        remedy = f"did you mean {near[0]!r}?"
    elif isinstance(name, str) and name in PROBES:
        remedy = f"ask for it when the run is made: probes=[{PROBES[name]}, …]"
    else:
        remedy = f"use one of these names, or add it: trace.merge({{{name!r}: Signal(values, times)}})"
    return f"{name!r} was not recorded; this trace holds {recorded}; {remedy}"


def _signal(name: str, given: Any) -> Signal:
    """The signal as arrays, one whole time to a row, in order."""
    if not isinstance(given, tuple) or len(given) not in (2, 3):
        refuse(f"signal {name!r}", given, "Signal(values, times)", "give one time, the token's index, for every row")
    values, times, unit = Signal(*given)
    values = array(f"values of signal {name!r}", values, "time …")
    times = _times(f"times of signal {name!r}", times)
    if len(values) != len(times):
        raise ValueError(f"signal {name!r} has {len(values)} rows and {len(times)} times; give one time per row")
    text(f"unit of signal {name!r}", unit)
    if isinstance(given, Signal) and values is given.values and times is given.times:
        return given
    return Signal(values, times, unit)


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
