"""The commands of `nlviz`, one file each.

A new command is a new file here: `demo.py` is `nlviz demo`; a name that begins with an underscore is no command. The
docstring is the help, with an example at its end. `arguments(parser)` says what it takes, `run(chosen)` does it and may
return an exit status; a bad value is a ValueError. A file of several that differ in a word gives them by `commands()`.
What is heavy (torch, plotly) is imported inside `run`: the other commands do not pay for it.
"""

from __future__ import annotations

import inspect
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType

from nlviz.commands._command import Command

__all__ = ["commands"]


def commands() -> dict[str, Command]:
    """The commands by the name that is typed, in alphabetical order."""
    names = (found.name for found in iter_modules(__path__) if not found.name.startswith("_"))
    every = {typed: command for name in names for typed, command in _of(name).items()}
    return dict(sorted(every.items()))


def _of(name: str) -> dict[str, Command]:
    """The commands of one file."""
    module: ModuleType = import_module(f"{__name__}.{name}")
    if hasattr(module, "commands"):
        return module.commands()
    return {name.replace("_", "-"): Command(inspect.cleandoc(module.__doc__ or ""), module.arguments, module.run)}
