"""Write lessons as sheets to hand out, one page of A4 each: what to remember, formulas, what was measured, terms.

All of it is read from the lesson, so that it never says anything else. Open the page and print it.

Example: nlviz summary notebooks/02_fast_weights.ipynb --out sheet_02.html
"""

from __future__ import annotations

import argparse
from pathlib import Path

from nlviz.commands._arguments import force, new_file
from nlviz.door.files import written

__all__ = ["arguments", "run"]


def arguments(parser: argparse.ArgumentParser) -> None:
    """Which lessons, and where to."""
    parser.add_argument("notebooks", metavar="NOTEBOOK", nargs="+", type=Path, help="lessons, a sheet for each")
    parser.add_argument("--out", type=Path, required=True, help="the page to write")
    force(parser)


def run(chosen: argparse.Namespace) -> None:
    """Write the page. Where it goes is looked at first."""
    out = new_file(chosen.out, over=chosen.force, never=chosen.notebooks)
    from nlviz.teaching.summary import summaries

    text = summaries(chosen.notebooks)
    with written(out) as beside:
        beside.write_text(text, encoding="utf-8")
    print(f"{out}: {len(chosen.notebooks)} sheets of A4")
