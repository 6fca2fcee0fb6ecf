"""Write the whole course as a folder of pages that need no Python and no network.

Every notebook is run, which takes minutes; Ctrl-C ends it and keeps what is written. Labs play, their knobs show the
runs that a page holds, and predictions lock: answers are kept in the reader's browser. Open index.html from the disk,
or put the folder on any web server.

Example: nlviz site pages --settings 1 --jobs 2
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from nlviz.commands._arguments import settings, whole
from nlviz.commands._steps import steps
from nlviz.door import words

__all__ = ["arguments", "run"]

_JOBS = min(2, os.cpu_count() or 1)


def arguments(parser: argparse.ArgumentParser) -> None:
    """Where to, from where, and how large."""
    parser.add_argument("out", metavar="OUT", type=Path, help="the folder to write; made if it is not there")
    parser.add_argument("--course", type=Path, default=Path("notebooks"), help="the notebooks (default: notebooks)")
    settings(parser)
    parser.add_argument(
        "--jobs", type=whole("--jobs", most=64), default=_JOBS, help=f"notebooks run side by side ({_JOBS})"
    )


def run(chosen: argparse.Namespace) -> None:
    """Write the pages and say how large they are."""
    if not chosen.course.is_dir():
        words.refuse("--course", str(chosen.course), "a folder", "give the folder of the course's notebooks")
    if chosen.out.is_file():
        words.refuse("OUT", str(chosen.out), "a folder", "give the name of a folder, or of none that is there")
    from nlviz.site import built

    with steps() as (step, tell):
        written = built(chosen.course, chosen.out, megabytes=chosen.settings, jobs=chosen.jobs, tell=tell, step=step)
    whole_size = sum(path.stat().st_size for path in chosen.out.iterdir() if path.is_file())
    print(f"{chosen.out / 'index.html'}: {len(written)} pages, {whole_size / 1e6:.1f} MB")
