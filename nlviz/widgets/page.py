"""What the page is given: our script and style and the themes, once; plotly.js when it has none.

A widget in a notebook brings only `LOADER`, which asks for the rest where the page has not got it yet. A page of our
own holds `ESM` and `CSS` themselves.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Any

import plotly.graph_objects as go

from nlviz.views.drawing import theme
from nlviz.widgets.modules import joined
from nlviz.widgets.packing import pack

__all__ = ["CSS", "ESM", "LOADER", "plotly_gzip", "plotly_js", "script", "static", "templates"]

_STATIC = Path(__file__).resolve().parent / "static"


@cache
def plotly_js() -> bytes:
    """The plotly.js that came with plotly: 5 MB, asked for once per page."""
    from plotly.offline import get_plotlyjs  # only where a page has none

    return get_plotlyjs().encode()


@cache
def plotly_gzip() -> bytes:
    """The same in 1.5 MB, for a page that can unpack it: not every notebook is on the machine of its kernel."""
    return gzip.compress(plotly_js(), mtime=0)


@cache
def templates() -> dict[str, Any]:
    """Plotly templates by theme name ("light", "dark", "projector"), for the page to choose from."""
    return {name: pack(go.layout.Template(theme.template(name)).to_plotly_json()) for name in theme.NAMES}


def static(name: str) -> str:
    """A file of the folder `static`, by its path in it."""
    return (_STATIC / name).read_text(encoding="utf-8")


def script(name: str, given: Mapping[str, str] | None = None) -> str:
    """A script of the folder `static` with all that it imports, as one module.

    given: what stands in the place of some of its files, by their path in the folder.
    """
    # The themes stand in the script, not in each widget: they are larger than many a figure.
    themes = f"export const TEMPLATES = {json.dumps(templates())};\n"
    files = {"themes.js": themes, **(given or {})}
    return joined(_STATIC / name, {_STATIC / file: text for file, text in files.items()})


ESM = script("widget.js")
CSS = "\n".join([static("widget.css"), static("lab/lab.css"), static("prose/prose.css")])
# A page may hold widgets of two kernels, and so of two versions: each version has its own name there.
_VERSION = f'export const VERSION = "{blake2b((ESM + CSS).encode(), digest_size=9).hexdigest()}";\n'
LOADER = joined(_STATIC / "pages" / "loader.js", {_STATIC / "pages" / "version.js": _VERSION})
