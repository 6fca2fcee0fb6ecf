"""One file per user: numbers and words, nothing that can run; never in another's name, never half."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import torch
from torch import Tensor

from nlviz.agents.personal.profile import RULES, Profile, profile
from nlviz.door import words
from nlviz.memory import State
from nlviz.outer.tensor_files import note_in, plain, tensors_in, write_tensors

__all__ = ["digest", "file_of", "load", "save"]

FORM = "nlviz profile 1"
SAYS = ("form", "user", "rule", "inner_lr", "momentum", "forgets", "digest")
HOLDS = ("contexts", "preferences", "kept", "memory", "past_surprise")
LONGEST = 150
APART = 1e-6
REMEDY = "give the folder in which agents.personal.save(…) put it"


def file_of(folder: str | os.PathLike[str], user: str) -> Path:
    """Where a user's file stands in a folder, whatever signs the name has: none of them leads out of the folder.

    Raises ValueError for a name that is none or too long.

        >>> agents.personal.file_of("profiles", "Ada/../Bo").name
        'user-Ada%2F..%2FBo.safetensors'
    """
    if not isinstance(folder, str | os.PathLike) or not os.fspath(folder):
        words.refuse("folder", folder, "the path of a folder")
    try:
        name = quote(words.text("user", user), safe=" ")
    except UnicodeEncodeError:
        words.refuse("user", user, "a name of whole letters")
    if not user.strip() or len(name) > LONGEST:
        words.refuse("user", user, f"a name, at most {LONGEST} signs long as a file's", "use a shorter one")
    return Path(folder) / f"user-{name}.safetensors"


def save(folder: str | os.PathLike[str], known: Profile) -> Path:
    """Write a profile to its user's file in a folder that exists, and return where.

    It is written beside and then renamed: what stood there stays until all of it is. Raises ValueError for a folder
    that takes no files, for a file there that is damaged or another user's, and for a memory that has run away.
    """
    words.instance("known", known, Profile, "agents.personal.profile(…) makes one")
    if not known.state.memory.isfinite().all():
        words.refuse(
            "known", known, "a memory of finite numbers", "it has run away; tell the log with a smaller inner_lr"
        )
    path = file_of(folder, known.user)
    if path.exists():
        # where a file system tells no capitals from small letters, two users' files have one name
        _is_of(known.user, path, note_in(path, "it is not written over; remove it if nobody needs it"))
    held = {
        "contexts": known.contexts,
        "preferences": known.preferences,
        "kept": known.kept,
        "memory": known.state.memory,
        "past_surprise": known.state.past_surprise,
    }
    held = {name: plain(one) for name, one in held.items()}
    gates = {name: repr(getattr(known, name)) for name in ("inner_lr", "momentum", "forgets")}
    note = {"form": FORM, "user": known.user, "rule": type(known.rule).__name__} | gates
    write_tensors(path, held, note | {"digest": digest(note, held)})
    return path


def load(folder: str | os.PathLike[str], user: str) -> Profile:
    """The profile of a user from their file in a folder.

    Raises FileNotFoundError if there is none; ValueError for a file that is damaged, not whole, or another user's, and
    for one whose memory is not what its log makes.

        >>> import tempfile
        >>> ada = agents.personal.profile("ada", memory.Delta(2, 1)).tell([1, 0], [4])
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     file = agents.personal.save(folder, ada)
        ...     agents.personal.load(folder, "ada").ask([1, 0]).item()
        2.0
    """
    path = file_of(folder, user)
    note = note_in(path, REMEDY)
    if set(note) != set(SAYS) or note["form"] != FORM:
        raise ValueError(f"{path} is no profile; {REMEDY}")
    _is_of(user, path, note)
    held = tensors_in(path, REMEDY)
    if set(held) != set(HOLDS) or digest(note, held) != note["digest"]:
        raise ValueError(f"{path} is damaged: what it holds is not what was saved; take it from a copy")
    try:
        found = _made(note, held)
    except (ValueError, RuntimeError, IndexError) as problem:
        raise ValueError(f"{path} holds no profile ({problem}); take it from a copy") from problem
    again = found.told_again().memory
    apart = float((again - found.state.memory).abs().max())
    if not apart <= APART:
        raise ValueError(
            f"the memory in {path} is not what its log makes, by {apart:.2g}: one of them was changed without the "
            "other; take it from a copy, or tell the log to an empty profile"
        )
    return found


def _is_of(user: str, path: Path, note: Mapping[str, str]) -> None:
    if note.get("user") != user:
        raise ValueError(f"{path} belongs to {note.get('user')!r}, not to {user!r}; ask for the user whose it is")


def digest(note: Mapping[str, str], held: Mapping[str, Tensor]) -> str:
    """SHA-256 of all that a file says and holds, but for the digest itself."""
    found = hashlib.sha256(json.dumps({name: note[name] for name in SAYS[:-1]}).encode())
    for name in HOLDS:
        one = held[name]
        found.update(f"{name} {one.dtype} {list(one.shape)}".encode())
        found.update(one.contiguous().flatten().view(torch.uint8).numpy().tobytes())
    return found.hexdigest()


def _made(note: Mapping[str, str], held: Mapping[str, Tensor]) -> Profile:
    """The profile of a note and tensors, through the same door as any other."""
    rule = words.known("rule", note["rule"], RULES)
    d_value, d_key = held["memory"].shape[1:]
    gates: dict[str, Any] = {one: float(note[one]) for one in ("inner_lr", "momentum")}
    start = profile(note["user"], rule(d_key, d_value), forget=float(note["forgets"]), **gates)
    log = start.tell(held["contexts"], held["preferences"])
    kept = held["kept"]
    state = State(held["memory"], held["past_surprise"])
    shapes = [(kept, log.kept), *zip(state, log.state, strict=True)]
    if any(one.shape != other.shape or one.dtype != other.dtype for one, other in shapes):
        raise ValueError("its parts do not fit each other")
    return Profile(start.user, start.rule, start.inner_lr, start.momentum, start.forgets, log.contexts,
                   log.preferences, kept, state)  # fmt: skip
