"""A notebook's cells run in a fresh kernel: how far they are is told, and whoever loses patience leaves no kernel."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from pathlib import Path
from threading import Event
from typing import Any, TypeVar

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

__all__ = ["NEWS", "Tell", "executed", "finished"]

NEWS = "application/vnd.nlviz.news+json"
"""An output of this kind says how far its cell is, and stands nowhere."""

_PATIENCE = 600
"""Seconds for a kernel to start, and for what a cell has shown to come: with all runs of a lab that is much, and other
notebooks may run beside."""

_LOOK, _BEGIN = 0.2, 10
"""Seconds after which somebody who interrupts is looked for, and in which what was begun has begun."""

Tell = Callable[[str], object]
_Result = TypeVar("_Result")


class _Client(NotebookClient):
    """As nbclient's own, but what a kernel tells is told on."""

    tell: Tell

    def process_message(self, msg: dict[str, Any], cell: Any, cell_index: int) -> Any:
        """One message of the kernel."""
        news = msg["content"].get("data", {}).get(NEWS) if msg["msg_type"] == "display_data" else None
        return super().process_message(msg, cell, cell_index) if news is None else self.tell(news)


async def executed(book: Any, path: Path, first: str, timeout: float | None, tell: Tell) -> Any:
    """The notebook with its outputs, in the folder of `path`. Raises ValueError if a cell fails or does not end.

    first: a statement that the kernel runs before the first cell. timeout: seconds for one cell; None for no end.
    tell: called with a line before each cell and with what the kernel tells by `NEWS`.
    """
    count = sum(cell.cell_type == "code" for cell in book.cells)
    book.cells.insert(0, nbformat.v4.new_code_cell(first))
    started = iter(range(count + 1))

    def on_cell(cell: Any, **_: Any) -> None:
        if cell.cell_type == "code" and (number := next(started)):
            tell(f"cell {number} of {count}")

    client = _Client(
        book,
        timeout=timeout,
        startup_timeout=_PATIENCE,
        iopub_timeout=_PATIENCE,
        kernel_name="python3",
        resources={"metadata": {"path": path.parent}},
        store_widget_state=False,
        coalesce_streams=True,
        on_cell_start=on_cell,
        shutdown_kernel="immediate",
    )
    client.tell = tell
    try:
        await client.async_execute()
    except CellExecutionError as problem:
        raise ValueError(f"{path} does not run: {problem.ename}: {problem.evalue}; repair that cell first") from None
    except (CellTimeoutError, DeadKernelError) as problem:
        raise ValueError(f"{path} does not run to its end: {str(problem).splitlines()[0]}") from None
    book.cells.pop(0)
    return book


def finished(work: Coroutine[Any, Any, _Result]) -> _Result:
    """What it gives, awaited in a thread of its own, whatever loop runs here.

    Interrupted, it is cancelled, and KeyboardInterrupt goes on when it has tidied up.

    >>> from nlviz.widgets.pages.executing import finished
    >>> import asyncio
    >>> finished(asyncio.sleep(0, "done"))
    'done'
    """
    here: Future[tuple[asyncio.AbstractEventLoop, asyncio.Task[Any]]] = Future()
    over = Event()

    async def told() -> _Result:
        task = asyncio.current_task()
        assert task is not None
        here.set_result((asyncio.get_running_loop(), task))
        try:
            return await work
        finally:
            over.set()

    with ThreadPoolExecutor(1) as thread:
        try:
            result = thread.submit(asyncio.run, told())
            # not without an end: a signal may have come to the other thread, and does not wake this one
            while not wait([result], timeout=_LOOK).done:
                pass
            return result.result()
        except KeyboardInterrupt:
            # before anything has begun there is nothing to tidy up, nor when all is over
            with suppress(TimeoutError, RuntimeError):
                loop, task = here.result(timeout=_BEGIN)
                loop.call_soon_threadsafe(task.cancel)
                over.wait()
            raise
