"""Count what a class predicted, from the answer files that students hand in. Nobody is named.

Of each file the first answers before the reveal count. A prediction says where its file lies; on a hub it is in each
student's home. With --out the bars are written as one HTML page too.

Example: nlviz poll collected --out poll.html
"""

from __future__ import annotations

import argparse
from pathlib import Path

from nlviz.commands._arguments import force, new_file
from nlviz.door import words
from nlviz.door.files import written

__all__ = ["arguments", "run"]


def arguments(parser: argparse.ArgumentParser) -> None:
    """Whose answers, and where the page goes."""
    said = "folders, all of whose .jsonl files are read, or the files themselves"
    parser.add_argument("files", metavar="FOLDER|FILE", nargs="+", type=Path, help=said)
    parser.add_argument("--out", type=Path, help="a page with bars for each question (default: none)")
    force(parser)


def run(chosen: argparse.Namespace) -> None:
    """Print the counts, question by question. Where a page goes is looked at first."""
    for path in chosen.files:
        if not path.exists():
            words.refuse("FOLDER|FILE", str(path), "a folder of answer files, or a file", "collect them first")
    out = None if chosen.out is None else new_file(chosen.out, over=chosen.force, never=chosen.files)
    from nlviz.lessons import poll_summary

    summary = poll_summary(chosen.files)
    print(summary)
    if out is not None:
        from nlviz.widgets import Player, exported

        with written(out) as beside:
            beside.write_text(exported(Player(summary.figure())), encoding="utf-8")
        print(f"{out}: {out.stat().st_size / 1e6:.1f} MB")
