"""What the page is given: our script and style and the themes, once; plotly.js when it has none.

A widget in a notebook brings only `LOADER`, which asks for the rest where the page has not got it yet. A page of our
own holds `ESM` and `CSS` themselves.
"""

from __future__ import annotations

import gzip
import json
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Any

import plotly.graph_objects as go

from nlviz.views import theme
from nlviz.widgets.packing import pack

__all__ = ["CSS", "ELEMENTS", "ESM", "LOADER", "plotly_gzip", "plotly_js", "templates"]

_STATIC = Path(__file__).parent / "static"

# A widget's script is one module that cannot import its neighbours, so the files are joined as they are, in the
# order in which they build on each other; the last one exports `render`.
_PARTS = (
    *("page", "unpack", "shapes", "overlay", "heat", "around", "painter", "grips", "links", "changes", "figure"),
    *("words", "transport", "knobs", "exchange", "progress", "menu", "lab", "widget"),
)


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


# Without the rest for a widget that draws no figure.
ELEMENTS = (_STATIC / "elements.js").read_text(encoding="utf-8")
# The themes stand in the script, not in each widget: they are larger than many a figure.
ESM = "\n".join(
    [
        f"const TEMPLATES = {json.dumps(templates())};",
        ELEMENTS,
        *((_STATIC / f"{part}.js").read_text(encoding="utf-8") for part in _PARTS),
    ]
)
CSS = "\n".join((_STATIC / f"{part}.css").read_text(encoding="utf-8") for part in ("widget", "lab"))
# A page may hold widgets of two kernels, and so of two versions: each version has its own name there.
_VERSION = blake2b((ESM + CSS).encode(), digest_size=9).hexdigest()
LOADER = f'const VERSION = "{_VERSION}";\n' + (_STATIC / "loader.js").read_text(encoding="utf-8")
