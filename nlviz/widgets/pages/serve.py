"""One lab full screen in a browser, with live knobs and no notebook: a page and a WebSocket, on this machine only.

The page gets what a widget in a notebook gets: ipywidgets speaks to its page through a comm, and the comm here is a
WebSocket. No kernel, no Jupyter server, nothing from elsewhere.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import socket
from collections.abc import Callable
from contextlib import suppress
from html import escape
from typing import Any

from comm.base_comm import BaseComm
from tornado.httpserver import HTTPServer
from tornado.web import Application, RequestHandler
from tornado.websocket import WebSocketClosedError, WebSocketHandler

from nlviz.door.words import call, count, instance, text
from nlviz.widgets import page
from nlviz.widgets.pages.messages import framed, traits_of
from nlviz.widgets.pages.standalone import POLICY, html_page
from nlviz.widgets.player import Player

__all__ = ["serve"]

_HOST = "127.0.0.1"
_BODY = """<main id="lab"></main>
<button id="full" type="button" aria-keyshortcuts="f">full screen</button>
<p id="notice" role="alert" data-words="{gone}" hidden></p>
<script src="plotly.js"></script>
"""


def serve(
    build: Callable[[], Player], *, title: str, gone: str, port: int = 0, ready: Callable[[str], None] = print
) -> None:
    """Show a player in every browser tab of this machine that has its address, until interrupted (Ctrl-C).

    build: makes the player; what it raises ends this before anybody is sent here. title: of the page.
    gone: what the page says when this has ended. port: 0 takes a free one.
    ready: called with the address, which holds a secret, once there is something to see.
    A turn of a knob is heard inside a running asyncio loop. Raises OSError if the port is taken, and
    ValueError for a port that is none, or if `build` makes no player.
    """
    looked = count("port", port, least=0, most=65_535)
    words = _page(text("title", title), text("gone", gone))
    asyncio.run(_serve(call("build", build), words, looked, call("ready", ready)))


async def _serve(build: Callable[[], Player], shown: bytes, port: int, ready: Callable[[str], None]) -> None:
    try:
        listening = socket.create_server((_HOST, port))
    except OSError as problem:
        raise OSError(f"port {port} cannot be had ({problem.strerror}); name another, or none for a free one") from None
    listening.setblocking(False)
    tabs = _Tabs(asyncio.get_running_loop())
    secret = secrets.token_urlsafe(16)
    server = HTTPServer(_application(secret, shown, tabs))
    server.add_socket(listening)
    try:
        tabs.show(instance("what build made", await asyncio.to_thread(build), Player))
        ready(f"http://{_HOST}:{listening.getsockname()[1]}/{secret}/")
        await asyncio.Event().wait()
    finally:
        server.stop()
        for tab in tabs.open_tabs:
            tab.close(1001)


def _application(secret: str, text: bytes, tabs: _Tabs) -> Application:
    application = Application()
    # A page elsewhere can point a name of its own at this address; it cannot change the name it asks for.
    application.add_handlers(
        r"(127\.0\.0\.1|localhost)",
        [
            (f"/{secret}/", _Text, {"text": text, "kind": "text/html"}),
            (f"/{secret}/plotly.js", _Text, {"text": page.plotly_js(), "kind": "text/javascript"}),
            (f"/{secret}/socket", _Socket, {"tabs": tabs}),
        ],
    )
    return application


def _page(title: str, gone: str) -> bytes:
    body = _BODY.format(gone=escape(gone))
    return html_page(title, body, "pages/serve.js", page.static("pages/serve.css")).encode()


class _Tabs(BaseComm):
    """A comm whose other side is every open tab. It may be spoken to from any thread; tabs hear in that order."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.player: Player | None = None
        self.open_tabs: set[_Socket] = set()
        super().__init__(target_name="jupyter.widget")

    def show(self, player: Player) -> None:
        """Speak for this player from now on."""
        self.player = player
        player.comm = self
        for tab in self.open_tabs:
            self.greet(tab)

    def greet(self, tab: _Socket) -> None:
        """Everything at once, if there is a player yet; whatever changes afterwards comes after it."""
        if self.player is not None:
            now = traits_of(self.player)
            tab.tell(framed({"method": "update", "state": now.state, "buffer_paths": now.paths}, now.buffers))

    def publish_msg(self, msg_type: str, data: Any = None, metadata: Any = None, buffers: Any = None, **_: Any) -> None:
        """One message of the widget: traits that changed together, or words of its own."""
        if msg_type == "comm_msg":
            self.loop.call_soon_threadsafe(self._tell, framed(data, buffers or ()))

    def _tell(self, message: bytes) -> None:
        for tab in self.open_tabs:
            tab.tell(message)

    def hear(self, content: dict[str, Any]) -> None:
        """A message from a tab, for the widget."""
        self.handle_msg({"content": {"data": {"method": "custom", "content": content}}, "buffers": []})


class _Text(RequestHandler):
    """A text that stays as it is."""

    def initialize(self, text: bytes, kind: str) -> None:
        self.text, self.kind = text, kind

    def set_default_headers(self) -> None:
        self.set_header("Content-Security-Policy", f"{POLICY}; frame-ancestors 'none'")
        self.set_header("Referrer-Policy", "no-referrer")
        self.set_header("X-Content-Type-Options", "nosniff")

    def get(self) -> None:
        self.set_header("Content-Type", f"{self.kind}; charset=utf-8")
        self.write(self.text)


class _Socket(WebSocketHandler):
    """One tab. tornado refuses it if a page of another origin asks."""

    def initialize(self, tabs: _Tabs) -> None:
        self.tabs = tabs

    def open(self, *_: str, **__: str) -> None:
        self.tabs.open_tabs.add(self)
        self.tabs.greet(self)

    def tell(self, message: bytes) -> None:
        """Send it, unless the tab has just been closed."""
        with suppress(WebSocketClosedError):
            self.write_message(message, binary=True)

    def on_message(self, message: str | bytes) -> None:
        self.tabs.hear(json.loads(message))

    def on_close(self) -> None:
        self.tabs.open_tabs.discard(self)
