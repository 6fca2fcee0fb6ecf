"""`nlviz …`: what is done from a terminal. Each command is one file of `nlviz.commands`."""

from __future__ import annotations

import argparse
import inspect
from collections.abc import Sequence
from types import ModuleType

from nlviz import __version__
from nlviz.commands import commands
from nlviz.commands._arguments import Parser, one_line

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status; `nlviz --help` lists them.

    A bad value ends with its message on one line and exit status 2; Ctrl-C with 130.
    """
    parser = _parser()
    chosen = parser.parse_args(arguments)
    try:
        return chosen.command(chosen) or 0
    except (ValueError, OSError) as error:
        parser.exit(2, f"nlviz: {one_line(error)}\n")
    except KeyboardInterrupt:
        parser.exit(130, "\nnlviz: stopped\n")


def _parser() -> Parser:
    parser = Parser(
        prog="nlviz",
        description="See nested learning: slow weights, fast weights, token by token.",
        epilog="`nlviz COMMAND --help` says more, with an example.",
    )
    parser.add_argument("--version", action="version", version=f"nlviz {__version__}")
    listed = parser.add_subparsers(required=True, metavar="COMMAND", title="commands")
    for name, module in commands().items():
        _add(listed, name, module)
    return parser


def _add(listed: argparse._SubParsersAction, name: str, module: ModuleType) -> None:
    """The command as its module tells it: the docstring's first line for the list, all of it for its own help."""
    words = inspect.cleandoc(module.__doc__ or "")
    command = listed.add_parser(
        name,
        help=words.split("\n")[0].rstrip("."),
        description=words,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    module.arguments(command)
    command.set_defaults(command=module.run)


if __name__ == "__main__":
    raise SystemExit(main())
