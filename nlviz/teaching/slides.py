"""A lesson as a deck of slides whose labs play: one page that needs no Python and no network.

A slide begins where the lesson's own cell metadata says so, as for `jupyter nbconvert --to slides`; in a cell without,
at a heading and before a second lab.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

from nlviz import site
from nlviz.lessons.words import say
from nlviz.teaching.books import read
from nlviz.widgets.pages.executing import finished
from nlviz.widgets.pages.export import players_page
from nlviz.widgets.pages.notebook import notebook_parts, notebook_style

__all__ = ["deck", "slide_types"]

_STATIC = Path(__file__).resolve().parent / "static"
_SITE = Path(site.__file__).resolve().parent / "static"
_QUESTIONS = (_SITE.parents[1] / "lessons" / "static" / "predict.css").read_text(encoding="utf-8")
_FIRST = "__import__('nlviz.site.in_kernel', fromlist=['hand_over']).hand_over(get_ipython())"
_TURN = """<nav class="turn" aria-label="{slides}">
<button type="button" data-by="-1" aria-label="{back}">‹</button><output></output>
<button type="button" data-by="1" aria-label="{on}">›</button>
</nav>
<script type="module">
{script}
</script>"""


def deck(notebook: Path | str, *, megabytes: float = 2.0) -> str:
    """The page: the notebook, run now in a fresh kernel, its labs in letters for a hall.

    megabytes: what the runs of one lab may take, for its knobs to answer; 0 leaves the knobs out.
    Raises ValueError if there is no such notebook, or one of its cells fails.

        Path("slides_02.html").write_text(teaching.deck("notebooks/02_fast_weights.ipynb", megabytes=1))
    """
    types = dict(slide_types(read(notebook)))
    parts = finished(notebook_parts(Path(notebook), megabytes=megabytes, first=_FIRST))

    def marked(found: re.Match[str]) -> str:
        return f'{found[0]} data-slide="{types.get(found[1], "-")}"'

    body = re.sub(r'id="cell-id=([^"]+)"', marked, parts.body).replace("<main ", '<main id="lesson" ', 1)
    turn = _TURN.format(
        slides=escape(say("slides.slides")),
        back=escape(say("slides.back")),
        on=escape(say("slides.on")),
        script=(_STATIC / "deck.js").read_text(encoding="utf-8"),
    )
    for player in parts.players:
        player["state"]["theme"] = "projector"
    css = "\n".join([notebook_style(), _QUESTIONS, (_STATIC / "deck.css").read_text(encoding="utf-8")])
    return players_page(parts.title, f"{body}{turn}", parts.players, css, entry=str(_SITE / "site.js"))


def slide_types(book: Any) -> Iterator[tuple[str, str]]:
    """The id of every cell, and what it is on slides: its own `slideshow` metadata, or what its source says.

    "slide" and "subslide" begin one, "-" goes on, "skip" is left out: the imports. Words above the heading of a cell
    stay on the slide before.
    """
    imports = next((cell for cell in book.cells if cell.cell_type == "code"), None)
    shown = False
    for cell in book.cells:
        told = cell.metadata.get("slideshow", {}).get("slide_type")
        kind = told or ("skip" if cell is imports else _type(cell, shown))
        shown = kind == "subslide" or (shown and kind != "slide") or (kind == "-" and _shows(cell))
        yield cell.id, kind


def _type(cell: Any, shown: bool) -> str:
    """shown: whether the slide has a lab, a question or an exercise already."""
    if cell.cell_type == "markdown":
        return "slide" if re.search(r"^##? ", cell.source, re.MULTILINE) else "-"
    return "subslide" if shown and _shows(cell) else "-"


def _shows(cell: Any) -> bool:
    """Whether it is a lab, a question, an exercise: what a slide has one of."""
    asks = re.search(r"^(labs\.|Player\(|predict\([^)]*\)$|check\()", cell.source, re.MULTILINE)
    return cell.cell_type == "code" and bool(asks)
