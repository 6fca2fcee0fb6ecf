"""Runs notebooks and keeps what should be committed: python -m tests.notebooks.refresh [NOTEBOOK …], or all.

Text outputs stay; a lab or player becomes one still picture with alt text. Execution counts, widget views (dead
links in a file) and widget state go. Stills are drawn by the system's Chromium from the figures the kernel made.
"""

from __future__ import annotations

import base64
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from playwright.sync_api import Page, ViewportSize, sync_playwright
from plotly.offline import get_plotlyjs

from ..browser.conftest import find_chromium

FOLDER = Path(__file__).parents[2] / "notebooks"
SIZE: ViewportSize = {"width": 920, "height": 660}
WIDGET = "application/vnd.jupyter.widget-view+json"

# Run in the kernel afterwards: every displayed figure, by the execution count of its cell.
_COLLECT = """
import json, plotly.io
json.dump({{count: plotly.io.to_json(shown.figure, engine="json") for count, shown in Out.items()
           if getattr(shown, "figure", None) is not None}}, open({path!r}, "w", encoding="utf-8"))
"""


def refresh(path: Path, page: Page) -> None:
    """Execute the notebook at `path` and write it back as it should be committed."""
    book = nbformat.read(path, 4)
    with tempfile.TemporaryDirectory() as folder:
        kept = Path(folder) / "figures.json"
        last = nbformat.v4.new_code_cell(_COLLECT.format(path=str(kept)))
        book.cells.append(last)
        NotebookClient(
            book, timeout=120, resources={"metadata": {"path": path.parent}}, store_widget_state=False
        ).execute()
        figures = json.loads(kept.read_text(encoding="utf-8"))
    book.cells.pop()
    for cell in book.cells:
        cell.metadata.pop("execution", None)
        if cell.cell_type == "code":
            figure = figures.get(str(cell.execution_count))
            cell.outputs = _merged([_kept(output, figure, page) for output in cell.outputs])
            cell.execution_count = None
    book.metadata = {"kernelspec": book.metadata["kernelspec"], "language_info": {"name": "python"}}
    nbformat.write(book, path)


def _kept(output: Any, figure: str | None, page: Page) -> Any:
    if "execution_count" in output:
        output.execution_count = None
    if WIDGET in output.get("data", {}):
        del output.data[WIDGET]
        if figure is not None:
            output.data["image/png"] = base64.b64encode(still(json.loads(figure), page)).decode()
            output.metadata = {"image/png": {"alt": output.data["text/plain"]}}
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
    """Refresh the notebooks named on the command line, or all."""
    paths = [Path(name) for name in sys.argv[1:]] or sorted(FOLDER.glob("[0-9][0-9]_*.ipynb"))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=["--no-sandbox"])
        page = browser.new_page(viewport=SIZE)
        page.set_content(f"<body style='margin:0'><div id='figure'></div><script>{get_plotlyjs()}</script></body>")
        for path in paths:
            refresh(path, page)
            print(f"{path.name}: {path.stat().st_size // 1000} kB")
        browser.close()


if __name__ == "__main__":
    main()
