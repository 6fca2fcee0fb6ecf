"""`nlviz …`: what is done from a terminal."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command; `nlviz --help` lists them. Bad values end with their message on one line and exit status 2."""
    parser = _parser()
    chosen = parser.parse_args(arguments)
    try:
        chosen.command(chosen)
    except (ValueError, OSError) as error:
        parser.error(str(error))


def _parser() -> argparse.ArgumentParser:
    about = "See nested learning: slow weights, fast weights, token by token."
    parser = argparse.ArgumentParser(prog="nlviz", description=about)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    reader = commands.add_parser(
        "train-reader", help="train the byte model that reads source code (about five minutes)"
    )
    reader.add_argument("--steps", type=int, default=4500, help="updates of the slow weights (default: %(default)s)")
    reader.add_argument("--seed", type=int, default=0, help="of the initial weights (default: %(default)s)")
    reader.add_argument("--threads", type=int, default=2, help="of the processor to use (default: %(default)s)")
    reader.add_argument("--out", type=Path, help="where the weights go (default: over the shipped ones)")
    reader.set_defaults(command=_train_reader)

    export = commands.add_parser("export", help="write a lab as one HTML page that needs no kernel and no network")
    export.add_argument("lab", metavar="LAB", help="surprise or write_head")
    export.add_argument("--preset", help="to show it in (default: the lab's first)")
    export.add_argument("--out", type=Path, help="where the page goes (default: LAB.html, here)")
    export.set_defaults(command=_export)
    return parser


def _train_reader(chosen: argparse.Namespace) -> None:
    # torch costs seconds to import: only the command that needs it pays
    from nlviz.outer import language

    note = language.train_reader(
        chosen.out or language.SHIPPED, steps=chosen.steps, seed=chosen.seed, threads=chosen.threads
    )
    for name, value in note.items():
        print(f"{name}: {value}")


def _export(chosen: argparse.Namespace) -> None:
    from nlviz import labs
    from nlviz.widgets import exported

    if chosen.lab not in labs.__all__:
        raise ValueError(f"there is no lab {chosen.lab!r}; choose one of {', '.join(labs.__all__)}")
    lab = getattr(labs, chosen.lab)(**({"preset": chosen.preset} if chosen.preset else {}))
    if lab.problem:
        raise lab.problem
    out = chosen.out or Path(f"{chosen.lab}.html")
    out.write_text(exported(lab), encoding="utf-8")
    print(f"{out}: {out.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
