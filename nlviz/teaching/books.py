"""A lesson's notebook, as whoever makes something of it reads it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat

from nlviz.door import words

__all__ = ["read"]


def read(path: Path | str) -> Any:
    """The notebook in the file. Raises ValueError where there is none."""
    path = Path(words.instance("path", path, (str, Path)))
    if not path.is_file():
        words.refuse("path", str(path), "a notebook", "give the path of an .ipynb file")
    try:
        return nbformat.read(path, as_version=4)
    except OSError:
        raise
    except Exception:  # what is JSON but no notebook breaks nbformat anywhere
        words.refuse("path", str(path), "a notebook", "give one that JupyterLab opens")
