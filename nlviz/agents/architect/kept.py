"""A run that can be gone on with: all it holds in one file, replaced only once the new one is whole; no code in it.

Beside it stands the one before, `NAME.before`: where the newest is damaged, the run goes on from that.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from torch import Tensor

from nlviz.door import words
from nlviz.outer.tensor_files import note_in, tensors_in, write_tensors

__all__ = ["Found", "digest", "found", "keep"]

_WHAT = "architect 1"
_REMEDY = "the run begins anew"


class Found(NamedTuple):
    """What there is to go on from: tensors by name, empty for a beginning; and what has to be said of it."""

    tensors: dict[str, Tensor]
    remarks: tuple[str, ...]


def keep(path: Path, tensors: Mapping[str, Tensor], whose: str, days: int) -> str:
    """Keep it; "" if it went well, else in words what is wrong, and what is still kept.

    whose: the fingerprint of text and settings.
    """
    plain = {name: one.detach().cpu().contiguous().clone() for name, one in tensors.items()}
    note = {"what": _WHAT, "whose": whose, "days": str(days), "sum": digest(plain)}
    fresh = path.with_name(f"{path.name}.new")
    try:
        write_tensors(fresh, plain, note)
        if path.exists():
            os.replace(path, _before(path))
        os.replace(fresh, path)
    except OSError as problem:
        fresh.unlink(missing_ok=True)
        return f"day {days} could not be kept ({problem.strerror or problem}); {_still(path)}; the reading goes on"
    return ""


def found(path: Path, whose: str) -> Found:
    """The newest run of this text and these settings that is whole, and what has to be said.

    Raises ValueError where the file is another run's: nothing of another's is overwritten.
    """
    remarks = list[str]()
    for place in (path, _before(path)):
        if not place.exists():
            continue
        try:
            note, tensors = note_in(place, _REMEDY), tensors_in(place, _REMEDY)
        except (ValueError, OSError) as problem:
            remarks.append(f"{place.name} cannot be used: {_short(problem)}")
            continue
        if note.get("what") != _WHAT or note.get("whose") != whose:
            remedy = "give another path for this run, or delete the file if it is not needed"
            words.refuse(
                f"the run kept at {os.fspath(place)}", "one of another text or other settings", "this one", remedy
            )
        if note.get("sum") != digest(tensors):
            remarks.append(f"{place.name} cannot be used: its numbers are not those that were written")
            continue
        return Found(tensors, (*remarks, *_said(remarks, f"day {note['days']}, as kept in {place.name}")))
    return Found({}, (*remarks, *_said(remarks, "the first day")))


def digest(tensors: Mapping[str, Tensor]) -> str:
    """SHA-256 over names, shapes, kinds and numbers."""
    held = hashlib.sha256()
    for name, one in sorted(tensors.items()):
        held.update(f"{name} {list(one.shape)} {one.dtype};".encode())
        held.update(one.contiguous().numpy().tobytes())
    return held.hexdigest()


def _said(remarks: list[str], where: str) -> tuple[str, ...]:
    return (f"what was read after it is lost and read again; the run goes on from {where}",) if remarks else ()


def _before(path: Path) -> Path:
    return path.with_name(f"{path.name}.before")


def _still(path: Path) -> str:
    for place in (path, _before(path)):
        if place.exists():
            try:
                return f"{place.name} still holds day {note_in(place, _REMEDY).get('days', '?')}"
            except (ValueError, OSError):
                continue
    return "nothing is kept yet"


def _short(problem: Exception) -> str:
    return str(problem).removesuffix(f"; {_REMEDY}")
