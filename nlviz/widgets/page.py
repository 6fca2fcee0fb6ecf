"""What the page is given: our script and style, plotly.js when it has none, and the themes."""

from __future__ import annotations

import gzip
from functools import cache
from pathlib import Path
from typing import Any

import plotly.graph_objects as go

from nlviz.views import theme
from nlviz.widgets.packing import pack

__all__ = ["CSS", "ESM", "plotly_gzip", "plotly_js", "templates"]

_STATIC = Path(__file__).parent / "static"

# A widget's script is one module that cannot import its neighbours, so the files are joined as they are, in the
# order in which they build on each other; the last one exports `render`.
_PARTS = (
    *("page", "unpack", "shapes", "overlay", "heat", "painter", "grips", "links", "figure"),
    *("words", "transport", "knobs", "exchange", "progress", "menu", "lab", "widget"),
)
ESM = "\n".join((_STATIC / f"{part}.js").read_text(encoding="utf-8") for part in _PARTS)
CSS = "\n".join((_STATIC / f"{part}.css").read_text(encoding="utf-8") for part in ("widget", "lab"))


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
