"""Runs notebooks and keeps what should be committed: python -m tests.notebooks.refresh [NOTEBOOK …], or all.

Text outputs stay; a lab or player becomes one still picture with alt text. Execution counts are those of one run from
top to bottom (nbval takes a cell without one for a cell that never ran); widget views (dead links in a file) and widget
state go. Stills are drawn by the system's Chromium from the figures the kernel made,
and carry a sketch of these (see stills.py) by which a test can tell that they have become old.
"""

from __future__ import annotations

import base64
import sys
from pathlib import Path
from typing import Any

import nbformat
from playwright.sync_api import Page, ViewportSize, sync_playwright
from plotly.offline import get_plotlyjs

from nlviz.door.files import written
from nlviz.widgets.pages.notebook import picture

from ..browser.conftest import find_chromium
from . import glossary_page
from .books import NOTEBOOKS, WIDGET
from .running import kernel
from .stills import sketch

SIZE: ViewportSize = {"width": 920, "height": 660}


def refresh(path: Path, page: Page) -> None:
    """Execute the notebook at `path` and write it back as it should be committed."""
    book: Any = nbformat.read(path, 4)
    cells = [cell for cell in book.cells if cell.cell_type == "code"]
    with kernel(path.parent) as running:
        runs = [running.run(cell.source) for cell in cells]
        figures = running.figures([ran.turn for ran in runs])
    for cell, ran in zip(cells, runs, strict=True):
        if ran.error:
            raise RuntimeError(f"{path.name} is left as it was, a cell of it failed: {': '.join(ran.error)}")
        lasting = [output for output in ran.outputs if list(output.get("data", {})) != [WIDGET]]
        cell.outputs = _merged([_kept(output, figures.get(ran.turn), page) for output in lasting])
        cell.execution_count = ran.turn
    for cell in book.cells:
        cell.metadata.pop("execution", None)
    book.metadata = {"kernelspec": book.metadata["kernelspec"], "language_info": {"name": "python"}}
    with written(path) as beside:
        nbformat.write(book, beside)


def _kept(output: Any, figure: dict[str, Any] | None, page: Page) -> Any:
    if figure is not None and "nlviz-still" in output.get("data", {}).get("text/html", ""):
        kept = sketch(figure)
        # As HTML, because to a picture of its own neither nbconvert nor JupyterLab gives alternative text.
        drawn = base64.b64encode(still(figure, page)).decode()
        output.data["text/html"] = picture("image/png", drawn, output.data["text/plain"])
        output.metadata = {"nlviz": kept}
    return output


def still(figure: dict[str, Any], page: Page) -> bytes:
    """The figure as Chromium draws it, a PNG."""
    figure["layout"].pop("meta", None)
    page.set_viewport_size({"width": SIZE["width"], "height": figure["layout"].get("height") or SIZE["height"]})
    page.evaluate("figure => Plotly.newPlot('figure', figure.data, figure.layout, {displayModeBar: false})", figure)
    page.wait_for_timeout(300)
    return page.locator("#figure").screenshot()


def _merged(outputs: list[Any]) -> list[Any]:
    """The outputs, prints that follow one another as one."""
    merged: list[Any] = []
    for output in outputs:
        before = merged[-1] if merged else None
        if before is not None and output.output_type == "stream" == before.output_type and output.name == before.name:
            before.text += output.text
        else:
            merged.append(output)
    return merged


def main() -> None:
    """Refresh the notebooks named on the command line, or all, and the page of terms, which names them."""
    paths = [Path(name) for name in sys.argv[1:]] or NOTEBOOKS
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=["--no-sandbox"])
        page = browser.new_page(viewport=SIZE)
        page.set_content(f"<body style='margin:0'><div id='figure'></div><script>{get_plotlyjs()}</script></body>")
        for path in paths:
            refresh(path, page)
            print(f"{path.name}: {path.stat().st_size // 1000} kB")
        browser.close()
    glossary_page.main()


if __name__ == "__main__":
    main()
