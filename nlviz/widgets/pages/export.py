"""Players on one HTML page that needs no kernel and no network: plotly.js, script and frames are all inside."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from html import escape
from typing import Any

from nlviz.door.words import instance
from nlviz.widgets import page
from nlviz.widgets.lab import Lab
from nlviz.widgets.pages.messages import traits_of
from nlviz.widgets.pages.standalone import html_page
from nlviz.widgets.player import Player

__all__ = ["exported", "place", "players_page", "portable"]

_BODY = """{body}
<script>{plotly}</script>
<script type="application/json" id="players">{players}</script>
"""


def exported(player: Player) -> str:
    """The page. Its slider moves through the frames as in a notebook; a lab keeps its words but has no knobs.

    player: a Player or a Lab. Raises ValueError if it shows no figure.
    """
    instance("player", player, Player)
    if player.figure is None:
        raise ValueError(
            f"this {type(player).__name__} shows no figure; run it first, and see its `problem` if it failed"
        )
    title = player.form["title"] if isinstance(player, Lab) else ""
    return players_page(title or "nlviz", f"<main>{place(0)}</main>", [portable(player)])


def players_page(title: str, body: str, players: Sequence[dict[str, Any]], css: str = "") -> str:
    """A page of players: all that they share stands in it once.

    body: HTML with a `place(number)` for each player. players: what `portable` gave, by that number.
    """
    written = _BODY.format(
        body=body,
        plotly=page.plotly_js().decode(),
        # a text may hold "</script>" or "<!--"; in JSON both may be escaped
        players=json.dumps(_pooled(players), ensure_ascii=False).replace("<", "\\u003c"),
    )
    return html_page(title, written, "pages/alone.js", css)


def place(number: int, words: str = "") -> str:
    """The HTML where a player of the page goes; the words are for a reader that runs no script."""
    return f'<div data-player="{number}"><noscript><pre>{escape(words)}</pre></noscript></div>'


def portable(player: Player) -> dict[str, Any]:
    """The player's traits as plain JSON, its buffers as base64 text. What only a kernel can do is left out."""
    instead = {}
    if isinstance(player, Lab):
        # the page has no knobs to show what they were set to
        words = " · ".join(line for line in repr(player).split("\n")[:2] if line)
        instead["form"] = {**player.form, "title": words, "controls": [], "presets": {}, "start": {}}
    traits = traits_of(player, **instead)
    return {
        "state": traits.state,
        "paths": traits.paths,
        "buffers": [base64.b64encode(buffer).decode() for buffer in traits.buffers],
    }


def _pooled(players: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The players with numbers for buffers: one that several hold stands in the page once."""
    pool: dict[str, int] = {}
    numbered = [
        {**player, "buffers": [pool.setdefault(buffer, len(pool)) for buffer in player["buffers"]]}
        for player in players
    ]
    return {"buffers": list(pool), "players": numbered}
