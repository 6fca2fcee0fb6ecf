"""The commands of `nlviz`, one file each.

A new command is a new file here: `train_reader.py` is `nlviz train-reader`; a name that begins with an underscore is no
command. The docstring is the help, with an example at its end. `arguments(parser)` says what it takes, `run(chosen)`
does it and may return an exit status; a bad value is a ValueError. What is heavy (torch, plotly) is imported inside
`run`: the other commands do not pay for it.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType

__all__ = ["commands"]


def commands() -> dict[str, ModuleType]:
    """The commands by the name that is typed, in alphabetical order."""
    names = sorted(found.name for found in iter_modules(__path__) if not found.name.startswith("_"))
    return {name.replace("_", "-"): import_module(f"{__name__}.{name}") for name in names}
