"""A real kernel, asked as JupyterLab asks it (somebody is there) or as nbval and nbconvert do (nobody is)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import start_new_kernel


class Kernel:
    """Runs cells and gives what they show as text."""

    def __init__(self, client: BlockingKernelClient) -> None:
        self.client = client

    def run(self, source: str, *, somebody: bool) -> str:
        """What a cell printed and displayed; HTML where it gave any, else plain text. Raises what it raised."""
        said: list[str] = []

        def hear(message: dict[str, Any]) -> None:
            content = message["content"]
            if "data" in content and message["msg_type"] in ("execute_result", "display_data"):
                said.append(content["data"].get("text/html") or content["data"].get("text/plain", ""))
            said.append(content.get("text", ""))

        reply = self.client.execute_interactive(source, allow_stdin=somebody, output_hook=hear, timeout=60)
        assert reply["content"]["status"] == "ok", reply["content"].get("traceback")
        return "\n".join(part for part in said if part)


@contextmanager
def kernel() -> Iterator[Kernel]:
    """A fresh one, stopped afterwards."""
    manager, client = start_new_kernel(kernel_name="python3")
    try:
        yield Kernel(client)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
        manager.cleanup_resources()
