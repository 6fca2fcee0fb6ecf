"""Long runs: the same piece by piece as at once, stopped with what there is, overtaken by the newest, interrupted."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import time
from collections.abc import Generator
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest

from nlviz.trace import Signal, Trace
from nlviz.views.drawing.frames import alt_text, describe
from nlviz.widgets import Lab, Progress, Whole

PIECE = 0.005
# What a hand calls at once, in pieces: a busy machine makes a piece longer, not what is done in the meantime more.
AT_ONCE = int(0.2 / PIECE)
STEPS: list[int] = []
"""Every piece of every run, for whoever counts what was done meanwhile."""


def counting(count: int) -> Generator[Progress, None, Trace]:
    """`count` pieces of a few milliseconds, each a number."""
    made: list[float] = []

    def so_far() -> Trace:
        return Trace({"value": Signal(np.array(made)[:, None], np.arange(len(made)), "")})

    for number in range(count):
        time.sleep(PIECE)
        made.append(number**0.5)
        STEPS.append(number)
        yield Progress(number + 1, count, "pieces", so_far)
    return so_far()


def view(trace: Trace) -> go.Figure:
    values = trace["value"].values[:, 0]
    return describe(go.Figure(go.Scatter(y=values), layout={"title": "Roots"}), f"{len(values)} roots")


class Told(Lab):
    """A lab that keeps what it tells the page."""

    def send(self, content: Any, buffers: Any = None) -> None:
        vars(self).setdefault("told", []).append(content)
        super().send(content, buffers)


def lab(count: int = 3) -> Told:
    return Told(counting, view, title="Roots", count=Whole(count, 1, 5000))


def kinds(shown: Told) -> list[str]:
    return [message["kind"] for message in vars(shown)["told"]]


def ask(shown: Lab, count: int, name: str = "page:1") -> None:
    """A turn of the knob, as the page sends it."""
    shown._hear(None, {"kind": "knobs", "knobs": {"count": count}, "turn": name}, [])


async def until(true: Any, patience: float = 60.0) -> int:
    """Other tasks run until `true()`; how many pieces they did."""
    start, before = time.monotonic(), len(STEPS)
    while not true():
        assert time.monotonic() - start < patience, "it never came"
        await asyncio.sleep(0.001)
    return len(STEPS) - before


def values(shown: Lab) -> np.ndarray:
    assert shown.trace is not None
    return shown.trace["value"].values


def test_in_a_task_and_at_once_the_numbers_are_the_same() -> None:
    async def page() -> np.ndarray:
        shown = lab()
        ask(shown, 60)
        assert shown.knobs == {"count": 3}, "nothing is shown before its time"
        await until(lambda: shown.answered == "page:1")
        return values(shown)

    waited = lab()
    waited.set(count=60)
    assert np.array_equal(asyncio.run(page()), values(waited))
    assert values(waited).shape == (60, 1)


def test_without_an_event_loop_a_turn_from_the_page_is_run_to_its_end() -> None:
    shown = lab()
    ask(shown, 5)
    assert (shown.answered, len(values(shown))) == ("page:1", 5)


def test_stop_shows_what_there_is_and_says_so() -> None:
    async def page() -> tuple[Told, int]:
        shown = lab()
        ask(shown, 2000)
        await until(lambda: kinds(shown).count("progress") == 2)
        shown._hear(None, {"kind": "stop"}, [])
        return shown, await until(lambda: shown.answered == "page:1")

    shown, meanwhile = asyncio.run(page())
    assert meanwhile <= AT_ONCE
    count = len(values(shown))
    assert 1 < count < 1000
    note = f"stopped after {count} of 2,000 pieces"
    assert shown.summary == note
    assert shown.trace is not None
    assert [(mark.time, mark.label) for mark in shown.trace.marked("stopped")] == [(count - 1, note)]
    assert shown.figure is not None
    assert alt_text(shown.figure) == f"{note.capitalize()}. {count} roots"
    assert shown.figure.to_dict()["layout"]["title"]["text"] == f"{note.capitalize()}. Roots"
    told = vars(shown)["told"]
    assert told[0] == {"kind": "heard", "turn": "page:1", "live": True}
    assert kinds(shown).count("progress") in (2, 3)
    assert told[-1] == {"kind": "ended", "note": note}


def test_the_newest_turn_wins_and_every_turn_is_answered() -> None:
    async def page() -> Told:
        shown = lab()
        for count, name in ((3000, "page:1"), (4000, "page:2"), (7, "page:3")):
            ask(shown, count, name)
            await asyncio.sleep(0.05)
        await until(lambda: shown.answers == 4)
        return shown

    shown = asyncio.run(page())
    assert (shown.answered, shown.knobs, len(values(shown))) == ("page:3", {"count": 7}, 7)
    assert shown.summary == ""


def test_a_turn_from_python_overtakes_the_page_s() -> None:
    async def page() -> Told:
        shown = lab()
        ask(shown, 3000)
        await asyncio.sleep(0.05)
        shown.set(count=4)
        assert len(values(shown)) == 4
        await until(lambda: shown.answers == 3)
        return shown

    shown = asyncio.run(page())
    assert (shown.answered, shown.knobs, len(values(shown))) == ("page:1", {"count": 4}, 4)


def test_two_labs_and_whatever_else_there_is_run_side_by_side() -> None:
    async def page() -> tuple[int, int]:
        long, short = lab(), lab()
        ask(long, 3000)
        await until(lambda: len(STEPS) > 10)
        ask(short, 3)
        for_short = await until(lambda: short.answered == "page:1")
        looked = len(STEPS)
        await asyncio.sleep(0)
        for_others = len(STEPS) - looked
        assert long.answered == ""
        long.stop()
        await until(lambda: long.answered == "page:1")
        return for_short, for_others

    STEPS.clear()
    for_short, for_others = asyncio.run(page())
    assert for_short <= AT_ONCE
    assert for_others <= AT_ONCE


def test_turns_in_many_threads_end_at_the_newest() -> None:
    shown = lab()
    asked = range(20, 28)
    threads = [threading.Thread(target=asyncio.run, args=(_one_turn(shown, count),)) for count in asked]
    for thread in threads:
        thread.start()
        time.sleep(0.01)
    for thread in threads:
        thread.join(20)
    assert shown.answers == 1 + len(asked)
    assert len(values(shown)) == shown.knobs["count"] == shown._turns._newest.knobs["count"]  # pyright: ignore[reportOptionalMemberAccess]
    assert shown.problem is None


async def _one_turn(shown: Lab, count: int) -> None:
    ask(shown, count, f"page:{count}")
    await asyncio.gather(*asyncio.all_tasks() - {asyncio.current_task()})


def test_an_interrupt_cuts_a_task_short_as_ipykernel_runs_it() -> None:
    async def page() -> Lab:
        shown = lab()
        ask(shown, 2000)
        await asyncio.sleep(0.1)
        os.kill(os.getpid(), signal.SIGINT)
        await until(lambda: shown.answered == "page:1")
        return shown

    with asyncio.Runner() as runner:
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # as ipykernel between two cells
        try:
            shown = runner.run(page())
            assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
        finally:
            signal.signal(signal.SIGINT, before)
    assert shown.summary.startswith("interrupted after ")
    shown.set(count=4)
    assert len(values(shown)) == 4


def _interrupt_once_it_runs() -> None:
    before = len(STEPS)
    while len(STEPS) < before + 5:
        time.sleep(PIECE)
    os.kill(os.getpid(), signal.SIGINT)


def test_an_interrupted_cell_is_interrupted_and_leaves_a_lab_that_works() -> None:
    shown = lab()
    threading.Thread(target=_interrupt_once_it_runs).start()
    with pytest.raises(KeyboardInterrupt, match="interrupted after"):
        shown.set(count=2000)
    assert shown.summary.startswith("interrupted after")
    shown.set(count=4)
    assert (len(values(shown)), shown.error) == (4, "")


def test_what_cannot_be_shown_when_stopped_says_so_and_the_picture_stays() -> None:
    def silent(count: int) -> Generator[Progress, None, Trace]:
        trace = yield from counting(2)
        if count > 3:
            while True:
                time.sleep(PIECE)
                yield Progress(0, count)
        return trace

    async def page() -> Lab:
        shown = Lab(silent, view, count=Whole(3, 1, 9))
        ask(shown, 9)
        await asyncio.sleep(0.05)
        shown.stop()
        await until(lambda: shown.answered == "page:1")
        return shown

    shown = asyncio.run(page())
    assert shown.error == "Stopped before there was anything to show; turn a knob to run again"
    assert len(values(shown)) == 2


def test_an_error_halfway_is_said_and_a_closed_lab_ends_its_run() -> None:
    def breaking(count: int) -> Generator[Progress, None, Trace]:
        yield from counting(min(count, 3))
        if count > 5:
            raise ZeroDivisionError("halfway")
        return Trace({"value": Signal(np.zeros((count, 1)), np.arange(count), "")})

    async def page() -> Lab:
        shown = Lab(breaking, view, count=Whole(3, 1, 9))
        ask(shown, 9)
        await until(lambda: shown.answered == "page:1")
        long = lab()
        ask(long, 3000)
        await asyncio.sleep(0.02)
        long.close()
        await until(lambda: not long._turns._tasks)
        return shown

    assert asyncio.run(page()).error == "ZeroDivisionError: halfway"
