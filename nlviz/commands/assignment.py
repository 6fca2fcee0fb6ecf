"""Write a lesson as an assignment that nbgrader or otter grades: each exercise one point, by the lesson's own check.

The file has the solutions in it: it is the source from which either system makes what students get. What to do with it
stands in notebooks/instructor/grading.md.

Example: nlviz assignment notebooks/02_fast_weights.ipynb --for otter --out lesson_02.ipynb
"""

from __future__ import annotations

import argparse
from pathlib import Path

from nlviz.commands._arguments import force, new_file
from nlviz.door.files import written

__all__ = ["arguments", "run"]


def arguments(parser: argparse.ArgumentParser) -> None:
    """Which lesson, for whom, and where to."""
    parser.add_argument("notebook", metavar="NOTEBOOK", type=Path, help="the file of a lesson")
    parser.add_argument(
        "--for", dest="system", metavar="SYSTEM", choices=["nbgrader", "otter"], required=True, help="nbgrader or otter"
    )
    parser.add_argument("--out", type=Path, required=True, help="the file to write, in the folder of your course")
    force(parser)


def run(chosen: argparse.Namespace) -> None:
    """Write it and say what it grades. Where it goes is looked at first."""
    out = new_file(chosen.out, over=chosen.force, never=[chosen.notebook])
    import nbformat

    from nlviz.teaching.assignment import assigned

    book = assigned(chosen.notebook, chosen.system)
    with written(out) as beside:
        nbformat.write(book, beside)
    print(f"{out}: for {chosen.system}")
