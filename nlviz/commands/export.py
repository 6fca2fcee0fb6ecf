"""Write a lab or a notebook as one HTML page that needs no kernel and no network.

A notebook is run first, from top to bottom. The page carries runs of every lab: its presets, each knob swept, the first
two together. A knob goes to the nearest of them, and says so where that is not what was asked for.

With --as block a lab becomes one JavaScript module instead: a block of a MyST or Jupyter Book page, by its
directive {anywidget}.

Example: nlviz export notebooks/04_surprise.ipynb --settings 1 --out surprise.html
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from nlviz.commands._arguments import force, new_file, settings
from nlviz.commands._labs import lab_named
from nlviz.commands._steps import steps
from nlviz.door.files import written
from nlviz.door.words import refuse

if TYPE_CHECKING:
    from nlviz.widgets import Lab

__all__ = ["arguments", "run"]


def arguments(parser: argparse.ArgumentParser) -> None:
    """What, in which state, and where to."""
    parser.add_argument("what", metavar="LAB|NOTEBOOK", help="surprise, write_head, … or a file that ends in .ipynb")
    parser.add_argument("--preset", help="to show a lab in (default: the lab's first)")
    settings(parser)
    parser.add_argument(
        "--as", dest="form", metavar="FORM", choices=["page", "block"], default="page", help="page (default), or block"
    )
    parser.add_argument("--out", type=Path, help="where it goes (default: named after what it shows, here)")
    force(parser)


def run(chosen: argparse.Namespace) -> None:
    """Write the page and say how large it is. Where it goes is looked at before anything is run."""
    path, block = Path(chosen.what), chosen.form == "block"
    book = path.suffix == ".ipynb" or path.exists()
    if block and book:
        raise ValueError(f"a block holds one lab, and {path} is a file; name a lab, or leave --as block out")
    if block and chosen.out and chosen.out.suffix != ".mjs":
        refuse("--out", str(chosen.out), "a name that ends in .mjs, by which a browser takes it for a module")
    out = new_file(chosen.out or Path(f"{path.stem}.{'mjs' if block else 'html'}"), over=chosen.force, never=[path])
    with steps() as (step, _):
        if book:
            text = _notebook(path, chosen.preset, chosen.settings, step)
        else:
            text = _lab(lab_named(chosen.what, preset=chosen.preset), block, chosen.settings, step)
    with written(out) as beside:
        beside.write_text(text, encoding="utf-8")
    print(f"{out}: {out.stat().st_size / 1e6:.1f} MB")
    if block:
        from nlviz.widgets.pages.block import directive

        print(f"In a MyST page beside it:\n\n{directive(out)}")


def _lab(lab: Lab, block: bool, megabytes: float, step: Callable[[str], None]) -> str:
    from nlviz.widgets import exported
    from nlviz.widgets.pages.block import exported_block

    make = exported_block if block else exported
    return make(lab, megabytes=megabytes, tell=lambda done, of: step(f"{done} of {of} settings"))


def _notebook(path: Path, preset: str | None, megabytes: float, step: Callable[[str], None]) -> str:
    if preset is not None:
        raise ValueError(f"a notebook has no presets, {path} sets its labs itself; leave --preset {preset} out")
    from nlviz.widgets.pages.notebook import exported_notebook

    return exported_notebook(path, megabytes=megabytes, tell=step)
