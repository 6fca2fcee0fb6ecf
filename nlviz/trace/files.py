"""A trace on disk: arrays as they are and the rest as JSON text in one `.npz`, no pickle; old runs are read too."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from nlviz.door.files import written
from nlviz.door.words import refuse
from nlviz.trace.parts import Mark, Note, Signal, Token

__all__ = ["Held", "damaged", "found", "held_in", "lay_down"]


class Held(NamedTuple):
    """What a file holds of a trace; whoever makes the trace looks at what it is."""

    signals: dict[str, Signal]
    tokens: tuple[Any, ...]
    marks: tuple[Any, ...]
    notes: dict[str, Any]


def lay_down(
    path: str | os.PathLike[str],
    signals: Mapping[str, Signal],
    tokens: Sequence[Token],
    marks: Sequence[Mark],
    notes: Mapping[str, Note],
) -> None:
    """Write one file. Raises ValueError for a folder that does not exist or takes no files."""
    about = {
        "signals": [[name, signal.unit, signal.names] for name, signal in signals.items()],
        "tokens": tokens,
        "marks": marks,
        "notes": notes,
    }
    arrays = {"about": np.array(json.dumps(about))}
    for index, signal in enumerate(signals.values()):
        arrays[f"values_{index}"] = signal.values
        arrays[f"times_{index}"] = signal.times
    with written(path) as beside, beside.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **arrays)  # pyright: ignore[reportArgumentType]


def found(path: str | os.PathLike[str]) -> dict[str, np.ndarray]:
    """The arrays of the file at `path`.

    Raises FileNotFoundError if there is no file, ValueError if it is no trace, or a damaged one.
    """
    place = _existing(path)
    try:
        with place.open("rb") as file:
            arrays = _arrays(file)
    except Exception as error:  # a damaged archive may fail in any layer: zip, zlib, NumPy's header, memory
        raise ValueError(_no_trace(place, f"{type(error).__name__}: {error}")) from error
    if "about" not in arrays:
        raise ValueError(_no_trace(place, f"it holds {', '.join(arrays) or 'nothing'}"))
    return arrays


def damaged(path: str | os.PathLike[str], why: Exception) -> str:
    """That a file is a trace no more, in words."""
    return _no_trace(Path(path), f"it is damaged: {why}")


def _arrays(file: Any) -> dict[str, np.ndarray]:
    """Every array of an archive, by name."""
    archive = np.load(file, allow_pickle=False)
    if isinstance(archive, np.ndarray):
        raise ValueError("it is no .npz archive")
    with archive:
        return {name: archive[name] for name in archive}


def held_in(arrays: Mapping[str, np.ndarray]) -> Held:
    """Signals, tokens, marks and notes as `lay_down` left them. Raises ValueError for what is not as it was saved."""
    about = json.loads(str(arrays["about"]))
    lost = {"signals", "tokens", "marks"} - set(about)
    if lost:
        raise ValueError(f"there are no {', '.join(sorted(lost))}")
    named = {}
    for index, (name, *said) in enumerate(about["signals"]):
        missing = [part for part in ("values", "times") if f"{part}_{index}" not in arrays]
        if missing:
            raise ValueError(f"the {' and '.join(missing)} of signal {name!r} are missing")
        unit, names = said if len(said) == 2 else (*said, ())
        named[name] = Signal(arrays[f"values_{index}"], arrays[f"times_{index}"], unit, names)
    tokens, marks = (tuple(map(tuple, about[kind])) for kind in ("tokens", "marks"))
    if "notes" in about:
        return Held(named, tokens, marks, about["notes"])
    return _as_now(Held(named, tokens, marks, {}))


# Before a signal had names and a trace notes, units and marks carried them: which, and how the names were parted.
_PARTED = {"map": " | ", "mask": " ", "knobs": ", ", "sizes": ", ", "how": ", ", "level": "\n"}
_OF_ONE_RUN = ({"map", "knobs"}, {"mask", "kept", "sizes"}, {"how", "bits"})
_SEVERAL, _ONE = {"remark": "remarks", "area": "areas"}, ("moved", "wiring")


def _as_now(held: Held) -> Held:
    """An old run as it would be saved today: what its units and marks carried stands among names and notes.

    Only the runs of labs had such units: another's own signal of that name is left alone.
    """
    marks = [Mark(*mark) for mark in held.marks]
    notes: dict[str, Any] = {mark.kind: mark.label for mark in marks if mark.kind in _ONE}
    for kind, name in _SEVERAL.items():
        said = tuple(mark.label for mark in marks if mark.kind == kind)
        notes |= {name: said} if said else {}
    signals = dict(held.signals)
    if any(known <= signals.keys() for known in _OF_ONE_RUN):
        for name in _PARTED.keys() & signals.keys():
            signals[name] = _named(signals[name], _PARTED[name])
    if "map" in signals and "event" in signals:
        notes["event"], signals["event"] = signals["event"].unit, signals["event"]._replace(unit="")
    rest = tuple(mark for mark in marks if mark.kind not in (*_SEVERAL, *_ONE))
    return Held(signals, held.tokens, rest, notes)


def _named(signal: Signal, parted: str) -> Signal:
    """The signal with its unit taken for the names of its parts, if there are as many."""
    names = tuple(signal.unit.split(parted)) if signal.unit else ()
    return signal._replace(unit="", names=names) if len(names) == signal.values.shape[-1] else signal


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
