"""`nlviz …`: what is done from a terminal. Each command is one file of `nlviz.commands`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from nlviz import __version__
from nlviz.commands import commands
from nlviz.commands._arguments import Parser, one_line
from nlviz.commands._command import Command

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
    for name, command in commands().items():
        _add(listed, name, command)
    return parser


def _add(listed: argparse._SubParsersAction, name: str, command: Command) -> None:
    """The command's first line of help for the list, all of it for its own."""
    parser = listed.add_parser(
        name,
        help=command.words.split("\n")[0].rstrip("."),
        description=command.words,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.arguments(parser)
    parser.set_defaults(command=command.run)


if __name__ == "__main__":
    raise SystemExit(main())
