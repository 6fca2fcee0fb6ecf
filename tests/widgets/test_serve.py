"""A lab over a WebSocket: everything first, then what changed together, to every tab; nobody else gets in."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import plotly.graph_objects as go
import pytest
from tornado.httpclient import AsyncHTTPClient, HTTPClientError, HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect

from nlviz.trace import Signal, Trace
from nlviz.views.drawing.frames import Track, animate
from nlviz.widgets import Lab, Number
from nlviz.widgets.pages.serve import _serve


def _run(height: float) -> Trace:
    if height > 1:
        raise ValueError("that is no hill")
    return Trace({"value": Signal(height * np.arange(12.0)[:, None], np.arange(12), "m")})


def _view(trace: Trace) -> go.Figure:
    value = trace["value"].values[:, 0]
    rows = [Track(0, "y", value[:, None] * np.ones(3))]
    return animate(go.Figure(go.Scatter(y=np.zeros(3))), rows, [f"step {i}" for i in range(12)], noun="step")


def _lab() -> Lab:
    return Lab(_run, _view, title="A hill", summary=lambda trace: "up", height=Number(1.0, 0.0, 2.0))


class Visitor:
    """Somebody on this machine who was told the address, and the tabs they open."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.tabs: list[WebSocketClientConnection] = []

    async def tab(self, **headers: str) -> WebSocketClientConnection:
        url = f"{self.address}socket".replace("http", "ws", 1)
        self.tabs.append(await websocket_connect(HTTPRequest(url, headers=headers)))
        return self.tabs[-1]

    async def leave(self) -> None:
        for tab in self.tabs:
            tab.close()
            while await tab.read_message() is not None:
                pass


def _with_server(test: Callable[[Visitor], Awaitable[None]]) -> None:
    """Run `test(visitor)` beside a served lab."""

    async def both() -> None:
        address: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        serving = asyncio.create_task(_serve(_lab, b"the page", 0, address.set_result))
        visitor = Visitor(await address)
        try:
            await asyncio.wait_for(test(visitor), 20)
        finally:
            await visitor.leave()
            serving.cancel()
            with suppress(asyncio.CancelledError):
                await serving

    asyncio.run(both())


async def _heard(tab: WebSocketClientConnection, method: str = "update") -> tuple[dict[str, Any], list[bytes]]:
    """The next message of that method, taken apart as the page does."""
    while True:
        message = await tab.read_message()
        assert isinstance(message, bytes)
        (length,) = struct.unpack_from("<I", message)
        head, at, buffers = json.loads(message[4 : 4 + length]), 4 + length, []
        for size in head["sizes"]:
            buffers.append(message[at : at + size])
            at += size
        assert at == len(message)
        if head["method"] == method:
            return head, buffers


def _say(tab: WebSocketClientConnection, content: dict[str, Any]) -> Any:
    return tab.write_message(json.dumps(content))


def test_a_tab_gets_everything_with_its_arrays_as_bytes():
    async def test(visitor: Visitor) -> None:
        head, buffers = await _heard(await visitor.tab())
        state = head["state"]
        assert {"picture", "theme", "form", "knobs", "summary", "error", "answers"} <= state.keys()
        assert not {"_esm", "_css", "layout", "tooltip"} & state.keys()
        assert state["knobs"] == {"height": 1.0}
        track = buffers[head["buffer_paths"].index(["picture", "frames", "tracks", 0, "values", "packed"])]
        expected = np.arange(12, dtype=np.float32)[:, None] * np.ones(3, np.float32)
        assert np.array_equal(np.frombuffer(track, np.float32).reshape(12, 3), expected)

    _with_server(test)


def test_a_turn_reaches_every_tab_as_one_message():
    async def test(visitor: Visitor) -> None:
        tabs = [await visitor.tab() for _ in range(2)]
        for tab in tabs:
            await _heard(tab)
        await _say(tabs[0], {"kind": "knobs", "knobs": {"height": 0.5}})
        for tab in tabs:
            head, buffers = await _heard(tab)
            assert head["state"]["knobs"] == {"height": 0.5}
            assert {"picture", "answers"} <= head["state"].keys()
            assert buffers
        late, _ = await _heard(await visitor.tab())
        assert late["state"]["knobs"] == {"height": 0.5}

    _with_server(test)


def test_what_goes_wrong_is_said_and_the_lab_lives_on():
    async def test(visitor: Visitor) -> None:
        tab = await visitor.tab()
        await _heard(tab)
        for height, said in ((1.5, "ValueError: that is no hill"), (9, "height is 9; expected")):
            await _say(tab, {"kind": "knobs", "knobs": {"height": height}})
            head, _ = await _heard(tab)
            assert said in head["state"]["error"]
        await _say(tab, {"kind": "knobs", "knobs": {"height": 0.5}})
        head, _ = await _heard(tab)
        assert head["state"]["error"] == ""

    _with_server(test)


def test_only_this_machine_with_the_secret_gets_in():
    async def test(visitor: Visitor) -> None:
        page = await AsyncHTTPClient().fetch(visitor.address)
        assert page.body == b"the page"
        assert "default-src 'none'" in page.headers["Content-Security-Policy"]
        port = urlsplit(visitor.address).port
        await visitor.tab(Origin=f"http://127.0.0.1:{port}")
        for wrong, headers, status in (
            (f"http://127.0.0.1:{port}/", {}, 404),
            (f"http://127.0.0.1:{port}/guess/", {}, 404),
            (visitor.address, {"Host": "elsewhere.example"}, 404),
        ):
            with pytest.raises(HTTPClientError) as refused:
                await AsyncHTTPClient().fetch(HTTPRequest(wrong, headers=headers))
            assert refused.value.code == status
        with pytest.raises(HTTPClientError) as refused:
            await visitor.tab(Origin="http://elsewhere.example")
        assert refused.value.code == 403
        with pytest.raises(OSError), socket.create_connection(("127.0.0.2", port or 0), timeout=1):  # noqa: PT011
            pass

    _with_server(test)


def test_a_taken_port_is_named():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(OSError, match=f"port {port} cannot be had .*; name another, or none for a free one"):
            asyncio.run(_serve(_lab, b"", port, print))


def test_what_building_raises_ends_it():
    def build() -> Lab:
        raise ValueError("no such lab")

    with pytest.raises(ValueError, match="no such lab"):
        asyncio.run(_serve(build, b"", 0, lambda _: None))
