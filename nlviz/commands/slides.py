"""Write a lesson as a deck of slides whose labs play: one page that needs no Python and no network.

The notebook is run first. Arrow keys lead from slide to slide, Page up and Page down also where a lab has the focus;
Escape leaves the lab, f is full screen. The deck carries runs of every lab, as a page of `nlviz export` does.

Example: nlviz slides notebooks/02_fast_weights.ipynb --settings 1 --out slides_02.html
"""

from __future__ import annotations

import argparse
from pathlib import Path

from nlviz.commands._arguments import force, new_file, settings
from nlviz.door.files import written

__all__ = ["arguments", "run"]


def arguments(parser: argparse.ArgumentParser) -> None:
    """Which lesson, how large, and where to."""
    parser.add_argument("notebook", metavar="NOTEBOOK", type=Path, help="the file of a lesson")
    settings(parser)
    parser.add_argument("--out", type=Path, required=True, help="the page to write")
    force(parser)


def run(chosen: argparse.Namespace) -> None:
    """Write the deck and say how large it is. Where it goes is looked at before anything is run."""
    out = new_file(chosen.out, over=chosen.force, never=[chosen.notebook])
    from nlviz.teaching.slides import deck

    text = deck(chosen.notebook, megabytes=chosen.settings)
    with written(out) as beside:
        beside.write_text(text, encoding="utf-8")
    print(f"{out}: {out.stat().st_size / 1e6:.1f} MB")
