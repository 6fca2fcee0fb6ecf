"""Show one lab full screen in the browser: live knobs, no code, no network.

It runs until Ctrl-C. The page then still plays its frames.

A lab that reads text takes a folder of your own by --path: nlviz demo architect --path my_project

Example: nlviz demo surprise --projector --preset noisy --only threshold
"""

from __future__ import annotations

import argparse
import threading
import webbrowser
from typing import TYPE_CHECKING

from nlviz.commands._arguments import port
from nlviz.commands._labs import lab_named

if TYPE_CHECKING:
    from nlviz.widgets import Lab

__all__ = ["arguments", "run"]


def arguments(parser: argparse.ArgumentParser) -> None:
    """Which lab, in which state, and how it is shown."""
    parser.add_argument("lab", metavar="NAME", nargs="?", help="surprise, write_head, …")
    parser.add_argument("--projector", action="store_true", help="large type and thick lines, on white")
    parser.add_argument("--preset", help="to start with (default: the lab's first)")
    parser.add_argument("--only", nargs="+", metavar="KNOB", help="show only these knobs")
    parser.add_argument("--state", help="start in a state shared as a string (instead of NAME and preset)")
    parser.add_argument("--path", metavar="DIR", help="a folder of Python code to read, for a lab that reads any")
    parser.add_argument("--port", type=port, default=0, help="where it answers (default: a free one)")
    parser.add_argument("--no-browser", action="store_true", help="only print the address")


def run(chosen: argparse.Namespace) -> None:
    """Serve the lab, open the browser, wait for Ctrl-C."""
    from nlviz.widgets.pages.serve import serve

    name = chosen.lab or "lab"
    again = f"nlviz demo {chosen.lab or '--state …'}"
    gone = f"The server has stopped. The frames still play; for the knobs, start `{again}` again."

    def build() -> Lab:
        theme = "projector" if chosen.projector else "auto"
        wishes = {"preset": chosen.preset, "only": chosen.only, "path": chosen.path}
        return lab_named(chosen.lab, state=chosen.state, theme=theme, **wishes)

    def ready(address: str) -> None:
        print(f"{name}: {address}\nCtrl-C stops it.", flush=True)
        if not chosen.no_browser:
            # a browser in a terminal would not come back
            threading.Thread(target=webbrowser.open, args=[address], daemon=True).start()

    try:
        serve(build, title=f"{name.replace('_', ' ')} · nlviz", gone=gone, port=chosen.port, ready=ready)
    except KeyboardInterrupt:
        print("\nStopped. Pages that are still open play their frames; their knobs do nothing now.")
