"""Write a lab or a notebook as one HTML page that needs no kernel and no network.

A notebook is run first, from top to bottom. The page carries runs of every lab: its presets, each knob swept, the first
two together. A knob goes to the nearest of them, and says so where that is not what was asked for.

Example: nlviz export notebooks/04_surprise.ipynb --settings 1 --out surprise.html
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from nlviz.commands._arguments import force, new_file, settings
from nlviz.commands._labs import lab_named
from nlviz.commands._steps import steps
from nlviz.door.files import written

__all__ = ["arguments", "run"]


def arguments(parser: argparse.ArgumentParser) -> None:
    """What, in which state, and where to."""
    parser.add_argument("what", metavar="LAB|NOTEBOOK", help="surprise, write_head, … or a file that ends in .ipynb")
    parser.add_argument("--preset", help="to show a lab in (default: the lab's first)")
    settings(parser)
    parser.add_argument("--out", type=Path, help="where the page goes (default: named after what it shows, here)")
    force(parser)


def run(chosen: argparse.Namespace) -> None:
    """Write the page and say how large it is. Where it goes is looked at before anything is run."""
    path = Path(chosen.what)
    out = new_file(chosen.out or Path(f"{path.stem}.html"), over=chosen.force, never=[path])
    with steps() as (step, _):
        if path.suffix == ".ipynb" or path.exists():
            text = _notebook(path, chosen.preset, chosen.settings, step)
        else:
            from nlviz.widgets import exported

            lab = lab_named(chosen.what, preset=chosen.preset)
            text = exported(lab, megabytes=chosen.settings, tell=lambda done, of: step(f"{done} of {of} settings"))
    with written(out) as beside:
        beside.write_text(text, encoding="utf-8")
    print(f"{out}: {out.stat().st_size / 1e6:.1f} MB")


def _notebook(path: Path, preset: str | None, megabytes: float, step: Callable[[str], None]) -> str:
    if preset is not None:
        raise ValueError(f"a notebook has no presets, {path} sets its labs itself; leave --preset {preset} out")
    from nlviz.widgets.pages.notebook import exported_notebook

    return exported_notebook(path, megabytes=megabytes, tell=step)
