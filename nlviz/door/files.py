"""Files at the door: written beside, then renamed, so that a failed save leaves what was there."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nlviz.door.words import folder_for

__all__ = ["written"]


@contextmanager
def written(path: str | os.PathLike[str]) -> Iterator[Path]:
    """A path beside `path`, of the same ending, to write to. It takes the place of `path` once all went well.

    If anything goes wrong inside, what was begun is removed and `path` is as it was. A link stays a link, and a file
    that is replaced keeps its permissions. Raises ValueError, before anything is written, for a folder that does not
    exist or takes no files, and for a path that is no file (a folder, a device). An OSError names `path`, not the file
    beside it.

        with written("run.npz") as beside:
            beside.write_bytes(content)
    """
    # through links: the file they lead to is the one to replace
    place = Path(os.path.realpath(folder_for("path", path, over=True)))
    folder_for("path", place, over=True)
    if place.exists() and not place.is_file():
        raise ValueError(f"path is {str(place)!r}; expected the path of a file; that is a device, choose another name")
    beside = place.with_name(f".{secrets.token_hex(8)}{place.suffix}")
    try:
        yield beside
        if place.exists():
            shutil.copymode(place, beside)
        beside.replace(place)
    except OSError as problem:
        if problem.errno is None or problem.filename not in (None, str(beside)):
            raise
        raise OSError(problem.errno, problem.strerror, str(place)) from problem
    finally:
        beside.unlink(missing_ok=True)
