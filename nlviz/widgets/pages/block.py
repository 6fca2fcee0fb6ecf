"""A lab as a block of somebody else's page: one ES module that holds all it needs, as anywidget's hosts call it.

Tried with the `{anywidget}` directive of MyST, which copies this one file and nothing that lies beside it.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path

from nlviz.door.words import instance
from nlviz.widgets import page
from nlviz.widgets.lab import Lab
from nlviz.widgets.pages.export import packed, portable
from nlviz.widgets.pages.settings import MEGABYTES

__all__ = ["directive", "exported_block"]


def exported_block(
    lab: Lab, *, megabytes: float = MEGABYTES, tell: Callable[[int, int], object] = lambda done, of: None
) -> str:
    """The module: lab, runs, style and plotly.js, which is used where the page has none.

    Its default export has `render({model, el})`, which returns what takes the lab away. The model says by name how
    knobs stand at first. megabytes, tell: as for `exported`. Raises ValueError if the lab shows no figure.
    """
    instance("lab", lab, Lab)
    if lab.figure is None:
        raise ValueError("this Lab shows no figure; run it first, and see its `problem` if it failed")
    shown, runs = packed([portable(lab, megabytes=megabytes, tell=tell)])
    style = "\n".join([page.CSS, page.static("pages/alone.css")])
    plotly = base64.b64encode(page.plotly_gzip()).decode()
    held = {"STYLE": style, "SHOWN": shown, "RUNS": runs, "PLOTLY": plotly}
    text = "".join(f"export const {name} = {json.dumps(value)};\n" for name, value in held.items())
    return page.script("pages/block.js", {"pages/held.js": text})


def directive(path: Path) -> str:
    """What to write in a page of MyST that lies beside the module.

    >>> from pathlib import Path
    >>> from nlviz.widgets.pages.block import directive
    >>> print(directive(Path("book/surprise.mjs")))
    ```{anywidget} ./surprise.mjs
    ```
    """
    return f"```{{anywidget}} ./{path.name}\n```"
