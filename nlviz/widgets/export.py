"""A player as one HTML page that needs no kernel and no network: plotly.js, script and frames are all inside."""

from __future__ import annotations

import base64
import json
from html import escape
from typing import Any

from nlviz.widgets import page
from nlviz.widgets.lab import Lab
from nlviz.widgets.player import Player

__all__ = ["exported"]

_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>
{css}
:root {{ color-scheme: light dark; }}
body {{ margin: 16px; }}
</style>
<main id="lab"></main>
<script>{plotly}</script>
<script type="application/json" id="state">{state}</script>
<script type="module">
{esm}
// No kernel answers here: the widget gets its state from the page, with every array decoded.
const decode = (text) => new DataView(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer);
const revive = (key, value) => (key === "packed" ? decode(value) : value);
const state = JSON.parse(document.getElementById("state").textContent, revive);
const model = {{ get: (name) => state[name], on() {{}}, off() {{}}, send() {{}} }};
render({{ model, el: document.getElementById("lab"), signal: new AbortController().signal }});
</script>
</html>
"""


def exported(player: Player) -> str:
    """The page. Its slider moves through the frames as in a notebook; a lab keeps its words but has no knobs.

    player: a Player or a Lab. Raises ValueError if it shows no figure.
    """
    if player.figure is None:
        raise ValueError(
            f"this {type(player).__name__} shows no figure; run it first, and see its `problem` if it failed"
        )
    state: dict[str, Any] = {"picture": player.picture, "templates": player.templates, "theme": player.theme}
    title = "nlviz"
    if isinstance(player, Lab):
        title = player.form["title"] or title
        form = {"title": _with_knobs(player), "controls": [], "presets": {}}
        state |= {"form": form, "knobs": {}, "summary": player.summary, "error": player.error}
    return _PAGE.format(
        title=escape(title),
        css=page.CSS,
        plotly=page.plotly_js().decode(),
        # a text may hold "</script>"; in JSON a slash may be escaped
        state=json.dumps(_encoded(state), ensure_ascii=False).replace("</", "<\\/"),
        esm=page.ESM,
    )


def _with_knobs(lab: Lab) -> str:
    """The title and what the knobs were set to, as the page has none to show it."""
    return " · ".join(line for line in repr(lab).split("\n")[:2] if line)


def _encoded(node: Any) -> Any:
    """The packed tree with its buffers as base64 text."""
    if isinstance(node, dict):
        return {key: _encoded(value) for key, value in node.items()}
    if isinstance(node, list | tuple):
        return [_encoded(value) for value in node]
    return base64.b64encode(node).decode() if isinstance(node, memoryview | bytes) else node
