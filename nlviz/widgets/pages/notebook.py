"""A notebook as one HTML page: run from top to bottom, its labs and players as live players without a kernel."""

from __future__ import annotations

import asyncio
import base64
import re
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any, NamedTuple

import nbformat
import plotly.graph_objects as go
from IPython.core.display_functions import publish_display_data
from IPython.display import display
from nbconvert.exporters import HTMLExporter
from pygments.formatters import HtmlFormatter

from nlviz.door.words import instance, number
from nlviz.widgets.lab import Lab
from nlviz.widgets.page import static
from nlviz.widgets.pages.executing import NEWS, Tell, executed, finished
from nlviz.widgets.pages.export import place, players_page, portable
from nlviz.widgets.pages.formulas import formulas_in_text
from nlviz.widgets.player import Player

__all__ = ["NotebookParts", "exported_notebook", "hand_over", "notebook_parts", "notebook_style", "picture", "unmarked"]

# An output of this kind is a player as `portable` gives it; only a kernel in which `hand_over` ran makes one.
_PLAYER = "application/vnd.nlviz.player+json"
_WIDGET = "application/vnd.jupyter.widget-view+json"
_IMAGES = ("image/png", "image/jpeg", "image/svg+xml")

# The code of a cell as nbconvert writes it, by the cell's id; folded, it is opened by its summary.
_INPUT = r'(id="cell-id={}">\s*<div class="input">)(\s*<div class="inner_cell">.*?</pre></div>\s*</div>\s*</div>)'
_FOLDED = r"\1<details><summary>code</summary>\2</details>"

# Run in the kernel before the first cell; it leaves no name behind.
_HAND_OVER = "__import__('nlviz.widgets.pages.notebook', fromlist=['hand_over']).hand_over(get_ipython(), {})"


class NotebookParts(NamedTuple):
    """A notebook that was run, as parts of a page: its title, its body with a `place` for each player, the players."""

    title: str
    body: str
    players: list[dict[str, Any]]


def exported_notebook(
    path: Path, *, timeout: float = 600, megabytes: float = 0.0, tell: Tell = lambda line: None
) -> str:
    """The page: prose, code and outputs of the notebook at `path`, run now in a fresh kernel.

    timeout: seconds for one cell. megabytes: what the runs of one lab may take, for its knobs to answer; 0 leaves the
    knobs out. With runs to compute a cell may take as long as they do: `tell` is called with a line for each step.
    Raises ValueError if there is no such notebook or one of its cells fails.
    """
    return players_page(*finished(notebook_parts(path, timeout, megabytes, tell=tell)), notebook_style())


async def notebook_parts(
    path: Path, timeout: float = 600, megabytes: float = 0.0, first: str = "", tell: Tell = lambda line: None
) -> NotebookParts:
    """The same as parts, for a page of one's own. first: a statement that the kernel runs before the first cell."""
    path, timeout = Path(instance("path", path, (str, Path))), number("timeout", timeout, above=0.0)
    hand_over = _HAND_OVER.format(number("megabytes", megabytes, least=0.0))
    book = await executed(_read(path), path, f"{hand_over}\n{first}", None if megabytes else timeout, tell)
    # notebooks that run beside this one are not to wait
    return await asyncio.to_thread(_parts, book, path)


def _parts(book: Any, path: Path) -> NotebookParts:
    """Of a notebook with outputs."""
    cells = [cell for cell in book.cells if cell.cell_type == "code"]
    for cell in cells:  # a view without words, as that of what listens to a page, has nothing to say on this one
        cell.outputs = [output for output in cell.outputs if list(output.get("data", {})) != [_WIDGET]]
    outputs = [output for cell in cells for output in cell.outputs]
    players: list[dict[str, Any]] = []
    for output in outputs:
        if "data" in output:
            _simplify(output, players)
    title = re.search(r"^# +(.+)", "\n".join(cell.source for cell in book.cells), re.M)
    return NotebookParts(title.group(1) if title else path.stem, _rendered(book, path), players)


def hand_over(shell: Any, megabytes: float) -> None:
    """Make the IPython `shell` show every player, and every figure as one, in a form that can leave the kernel.

    megabytes: as for `exported_notebook`.
    """
    formatter = shell.display_formatter

    def publish(player: Player) -> None:
        publish_display_data(_bundle(player, megabytes))

    # both display themselves, whatever they are asked for
    formatter.ipython_display_formatter.for_type(Player, publish)
    formatter.ipython_display_formatter.for_type(go.Figure, lambda figure: display(Player(figure)))


def picture(kind: str, data: str, words: str) -> str:
    """An image output as HTML with alternative text: nbconvert and JupyterLab give an image none.

    kind: as "image/png". data: base64 text (SVG: its source).
    """
    coded = base64.b64encode(data.encode()).decode() if kind == "image/svg+xml" else data.replace("\n", "")
    return f'<img alt="{escape(words)}" src="data:{kind};base64,{coded}">'


def _bundle(player: Player, megabytes: float) -> dict[str, Any]:
    title = player.form["title"] if isinstance(player, Lab) else ""

    def tell(done: int, of: int) -> None:
        publish_display_data({NEWS: f"{title}: {done} of {of} settings"})

    return {_PLAYER: portable(player, megabytes=megabytes, tell=tell), "text/plain": repr(player)}


def _read(path: Path) -> Any:
    if not path.is_file():
        raise ValueError(f"there is no notebook {path}; give the path of an .ipynb file")
    try:
        return nbformat.read(path, as_version=4)
    except OSError:
        raise
    except Exception as problem:  # what is JSON but no notebook breaks nbformat anywhere
        told = isinstance(problem, nbformat.reader.NotJSONError | nbformat.ValidationError)
        why = str(problem).splitlines()[0] if told else "what it holds is not a notebook's"
        raise ValueError(f"{path} is no notebook: {why}; give one that JupyterLab opens") from None


def _simplify(output: Any, players: list[dict[str, Any]]) -> None:
    """One form for each output: a player becomes a place on the page, an image gets its words."""
    data, words = output.data, output.data.get("text/plain", "")
    data.pop(_WIDGET, None)
    if _PLAYER in data:
        output.data = {"text/html": place(len(players), words)}
        players.append(data[_PLAYER])
        return
    image = next((kind for kind in _IMAGES if kind in data), None)
    if image and "text/html" not in data:
        said = output.metadata.get(image, {}).get("alt") or words
        output.data = {"text/html": picture(image, data[image], said)}


def _rendered(book: Any, path: Path) -> str:
    """The notebook's body by nbconvert's plainest template, which asks for nothing from elsewhere: nothing sets TeX."""
    for cell in book.cells:
        if cell.cell_type == "markdown":
            cell.source = formulas_in_text(cell.source)
    exporter = HTMLExporter(
        template_name="basic",
        embed_images=True,
        exclude_input_prompt=True,
        exclude_output_prompt=True,
    )
    body, _ = exporter.from_notebook_node(book, {"metadata": {"path": str(path.parent)}})
    for cell in _folded(book):
        body = re.sub(_INPUT.format(re.escape(cell.id)), _FOLDED, body, count=1, flags=re.DOTALL)
    return f'<main class="notebook">\n{unmarked(body)}\n</main>'


def unmarked(html: str) -> str:
    """Headings as nbconvert writes them, with their ids, without the sign behind each that leads to it."""
    return re.sub(r'<a class="anchor-link" href="[^"]*">[^<]*</a>', "", html)


def _folded(book: Any) -> Iterator[Any]:
    """The cells whose code a reader opens first: what JupyterLab shows folded, and the imports."""
    code = [cell for cell in book.cells if cell.cell_type == "code"]
    yield from code[:1]
    yield from (cell for cell in code[1:] if cell.metadata.get("jupyter", {}).get("source_hidden"))


def notebook_style() -> str:
    """How prose and code look, by day and by night."""
    light, dark = (HtmlFormatter(style=style).get_style_defs(".highlight") for style in ("default", "github-dark"))
    return f"{light}\n@media (prefers-color-scheme: dark) {{\n{dark}\n}}\n{static('pages/notebook.css')}"
