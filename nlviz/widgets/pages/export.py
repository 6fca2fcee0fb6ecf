"""Players on one HTML page that needs no kernel and no network: plotly.js, script and frames are all inside.

A lab's knobs answer from runs that the page carries: see settings.py.
"""

from __future__ import annotations

import base64
import gzip
from collections.abc import Callable, Sequence
from html import escape
from typing import Any

from nlviz.door.words import instance
from nlviz.widgets import page
from nlviz.widgets.lab import Lab
from nlviz.widgets.pages.messages import Traits, framed, traits_of
from nlviz.widgets.pages.settings import MEGABYTES, held_runs
from nlviz.widgets.pages.standalone import html_page
from nlviz.widgets.player import Player

__all__ = ["exported", "packed", "place", "players_page", "portable"]

_BODY = """{body}
{plotly}
<script type="application/gzip" id="players">{players}</script>
"""
# Behind the script: a page that is still coming draws before it has got them.
_RUNS = '<script type="application/gzip" id="runs">{}</script>'
_RUNS_BESIDE = '<script type="application/gzip" id="runs" data-beside="{}"></script>'
# A page from the disk may load a script, and nothing else.
_BESIDE = 'document.getElementById("runs").textContent = "{}";\n'


def exported(
    player: Player, *, megabytes: float = MEGABYTES, tell: Callable[[int, int], object] = lambda done, of: None
) -> str:
    """The page. Its slider moves through the frames as in a notebook; a lab's knobs go to the runs that the page holds.

    player: a Player or a Lab. megabytes: what a lab's runs may take; with 0 it keeps its words but has no knobs.
    tell: called after every run with how many are done, and of how many.
    Raises ValueError if it shows no figure.
    """
    instance("player", player, Player)
    if player.figure is None:
        raise ValueError(
            f"this {type(player).__name__} shows no figure; run it first, and see its `problem` if it failed"
        )
    title = player.form["title"] if isinstance(player, Lab) else ""
    body = f"<main>{place(0)}</main>"
    return players_page(title or "nlviz", body, [portable(player, megabytes=megabytes, tell=tell)])


def players_page(
    title: str,
    body: str,
    players: Sequence[dict[str, Any]],
    css: str = "",
    *,
    entry: str = "pages/alone.js",
    plotly: str = "",
    keep: Callable[[str], str] | None = None,
) -> str:
    """A page of players: all that they share stands in it once.

    body: HTML with a `place(number)` for each player. players: what `portable` gave, by that number. entry: the script
    that opens them. plotly: where plotly.js lies, for a page that has it beside itself; "" puts it in. keep: takes the
    runs of all knobs as a script, and gives its address: the page asks for it when its players are drawn; without it
    the runs stand in the page.
    """
    script = f'<script src="{escape(plotly)}"></script>' if plotly else f"<script>{page.plotly_js().decode()}</script>"
    # a page may have questions and nothing that plays
    script = script if players else ""
    shown, runs = packed(players)
    whole = _BODY.format(body=body, plotly=script, players=shown)
    if keep and any(player["runs"] for player in players):
        behind = _RUNS_BESIDE.format(escape(keep(_BESIDE.format(runs))))
    else:
        behind = _RUNS.format(runs)
    return html_page(title, whole, entry, css, behind=behind)


def place(number: int, words: str = "") -> str:
    """The HTML where a player of the page goes; the words are for a reader that runs no script."""
    return f'<div data-player="{number}"><noscript><pre>{escape(words)}</pre></noscript></div>'


def portable(
    player: Player, *, megabytes: float = 0.0, tell: Callable[[int, int], object] = lambda done, of: None
) -> dict[str, Any]:
    """The player's traits as plain JSON, its buffers as base64 text; of a lab also `runs`, what its knobs can show.

    megabytes: what the runs may take; 0 leaves them out, and the knobs with them. tell: as for `exported`.
    """
    runs = held_runs(player, megabytes=megabytes, tell=tell) if isinstance(player, Lab) else []
    instead = {"form": _form(player, runs)} if isinstance(player, Lab) else {}
    return {**_plain(traits_of(player, **instead)), "runs": [_plain(run) for run in runs]}


def _plain(traits: Traits) -> dict[str, Any]:
    return {**traits._asdict(), "buffers": [base64.b64encode(buffer).decode() for buffer in traits.buffers]}


def _form(lab: Lab, runs: Sequence[Traits]) -> dict[str, Any]:
    """What the page draws of a lab's knobs: those that have somewhere to go; without them, words."""
    held = [run.state["knobs"] for run in runs]
    controls = [
        one for one in lab.form["controls"] if any(knobs[one["name"]] != lab.knobs[one["name"]] for knobs in held)
    ]
    if not controls:
        words = " · ".join(line for line in repr(lab).split("\n")[:2] if line)
        return {**lab.form, "title": words, "controls": [], "presets": {}, "start": {}}
    there = {
        name: knobs for name, knobs in lab.form["presets"].items() if any(knobs.items() <= one.items() for one in held)
    }
    return {**lab.form, "controls": controls, "presets": there, "start": dict(lab.knobs)}


def packed(players: Sequence[dict[str, Any]]) -> tuple[str, str]:
    """All players as two texts for a page, what they show at first and their runs: a buffer that several hold stands
    there once, and all is compressed. Buffers are numbered through both."""
    pool: dict[str, int] = {}

    def numbered(one: dict[str, Any]) -> dict[str, Any]:
        return {**one, "buffers": [pool.setdefault(buffer, len(pool)) for buffer in one["buffers"]]}

    shown = [numbered({name: held for name, held in player.items() if name != "runs"}) for player in players]
    count = len(pool)
    runs = [[numbered(run) for run in player["runs"]] for player in players]
    buffers = [base64.b64decode(text) for text in pool]
    return _text({"players": shown}, buffers[:count]), _text({"runs": runs}, buffers[count:])


def _text(content: dict[str, Any], buffers: Sequence[bytes]) -> str:
    # without the time of day, so that the same players give the same page
    return base64.b64encode(gzip.compress(framed(content, buffers), mtime=0)).decode()
