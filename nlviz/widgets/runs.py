"""Runs of the knobs: each runs the model again, the newest wins, a long one lets others run meanwhile.

A run is taken piece by piece by one generator, `Runs.steps`. Who asks decides who drives it: a cell, a script or a
test exhausts it and waits; a turn from the page becomes a task on the kernel's event loop, where other labs, cells and
the Stop button have their say between two pieces. The pieces, and so the numbers, are the same.

Messages may come in any thread (a kernel with subshells uses several), so every piece, and every look at which turn is
the newest, happens under one lock, which is never held while a task waits.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from inspect import iscoroutine, isgeneratorfunction
from typing import Any, NamedTuple

from nlviz.trace import Mark, Trace
from nlviz.widgets.interrupt import heard_by
from nlviz.widgets.progress import Meter, Progress
from nlviz.widgets.returned import progress_of, trace_of

__all__ = ["Course", "Ending", "Run", "Runs", "running_loop"]

# Seconds of work between two looks at what else there is to do, and how long that look is: a message needs several
# rounds of the event loop to arrive, so one `sleep(0)` after each piece would let it wait for as many pieces.
BREATH = 0.02
LOOK = 0.002


class Ending(NamedTuple):
    """How a run ended: with a Trace (whole, or what there was when it was stopped), or with a problem.

    note: says that it was cut short, and where. interrupted: by the kernel's interrupt, not by Stop.
    """

    trace: Trace | None
    problem: BaseException | None = None
    note: str = ""
    interrupted: bool = False


@dataclass(eq=False)
class Run:
    """One wish to see the model run: with which knobs, and how the page calls it ("" if Python asked).

    cut: why it is to end early, "stopped" or "interrupted". inside: whether a piece of it is being computed.
    """

    knobs: dict[str, Any]
    asked: str = ""
    cut: str = field(default="", init=False)
    inside: bool = field(default=False, init=False)

    def interrupt(self) -> None:
        """Ask it to end at the next look, for the kernel's interrupt."""
        self.cut = "interrupted"


class Course:
    """The run of one turn, piece by piece: `step()` does the next and gives the Ending, None while there is more."""

    def __init__(self, run: Callable[..., Any], turn: Run) -> None:
        self._run, self._turn = run, turn
        self._pieces: Generator[Progress, None, Trace] | None = None
        self.progress: Progress | None = None

    def step(self) -> Ending | None:
        """The next piece, or what there is if it is to be cut short. An interrupt breaks a piece off."""
        if self._turn.cut:
            return self._cut_short()
        try:
            try:
                self._turn.inside = True
                return self._begin() if self._pieces is None else self._go_on(self._pieces)
            finally:
                # Inside the outer try: an interrupt that comes at this very moment is caught too.
                self._turn.inside = False
        except KeyboardInterrupt:
            self._turn.interrupt()
            return self._cut_short()
        except (Exception, SystemExit) as problem:  # the student's own function may raise anything
            return Ending(None, problem)

    def _begin(self) -> Ending | None:
        made = self._run(**self._turn.knobs)
        if iscoroutine(made):
            made.close()
            raise ValueError(
                "the run is `async def`, and nobody awaits it; write `def`, with `yield Progress(…)` on its way"
            )
        if not isinstance(made, Generator):
            return Ending(trace_of(made))
        self._pieces = made
        return None

    def _go_on(self, pieces: Generator[Progress, None, Trace]) -> Ending | None:
        try:
            self.progress = progress_of(next(pieces))
        except StopIteration as end:
            return Ending(trace_of(end.value))
        return None

    def _cut_short(self) -> Ending:
        """What there is so far, marked as stopped or interrupted; the run is over."""
        how, by_kernel = self._turn.cut, self._turn.cut == "interrupted"
        try:
            if self.progress is None or self.progress.partial is None:
                note = f"{how} before there was anything to show; turn a knob to run again"
                return Ending(None, note=note, interrupted=by_kernel)
            note = f"{how} after {self.progress}"
            trace = trace_of(self.progress.partial(), "partial")
        except (Exception, SystemExit) as problem:
            return Ending(None, problem, interrupted=by_kernel)
        finally:
            self.close()
        last = max((int(signal.times[-1]) for signal in trace.values() if len(signal.times)), default=0)
        return Ending(trace.merge(marks=(Mark(last, how, note),)), note=note, interrupted=by_kernel)

    def close(self) -> None:
        """Let go of the run, wherever it stands."""
        if self._pieces is not None:
            with suppress(Exception):  # also of one that would rather go on
                self._pieces.close()


class Runs:
    """What runs the turns of one lab.

    run: the lab's, a function of the knobs that gives a Trace, or a generator function that gives Progress on its way.
    show: called once for every turn, in order of their ends, with its Ending, or None if a newer one overtook it.
    tell: sends a message to the page.
    """

    def __init__(
        self,
        run: Callable[..., Any],
        show: Callable[[Run, Ending | None], None],
        tell: Callable[[dict[str, Any]], None],
    ) -> None:
        self._run, self._show, self._tell = run, show, tell
        self._order, self._one_at_a_time = threading.Lock(), threading.RLock()
        self._newest: Run | None = None
        self._main_loop = running_loop() if threading.current_thread() is threading.main_thread() else None
        self._tasks: set[asyncio.Task[None]] = set()

    def now(self, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Ending | None:
        """Run to the end and show it. change: from the knobs wanted last to those wanted now. None if overtaken."""
        turn, ending = self._begin(change), None
        try:
            for ending in self.steps(turn, can_stop=False):  # noqa: B007 (the last one is wanted)
                pass
        except KeyboardInterrupt:  # between two pieces, or while the picture was drawn
            ending = Ending(None, note="interrupted; turn a knob to run again", interrupted=True)
            self.answer(turn, ending)
        return ending

    def from_page(self, change: Callable[[dict[str, Any]], dict[str, Any]], asked: str) -> None:
        """Begin at once; what is not done after the first piece goes on as a task, where there is an event loop."""
        turn = self._begin(change, asked)
        loop = running_loop()
        # A run that pauses can be overtaken, so the page need not wait for its end to ask for another.
        self._tell({"kind": "heard", "turn": asked, "live": loop is not None and isgeneratorfunction(self._run)})
        steps = self.steps(turn, can_stop=loop is not None)
        for _ in steps:
            if loop is not None:
                task = loop.create_task(_between_others(turn, steps, self._main_loop))
                self._tasks.add(task)  # the loop itself holds it only weakly
                task.add_done_callback(self._tasks.discard)
                return

    def answer(self, turn: Run, ending: Ending) -> None:
        """Show how a turn ended that needed no run."""
        with self._one_at_a_time:
            self._show(turn, ending)

    def stop(self) -> None:
        """End the run under way, from whatever thread; what it has so far is shown."""
        with self._order:
            if self._newest is not None:
                self._newest.cut = "stopped"

    def give_up(self) -> None:
        """End the run under way and show nothing: nobody looks any more."""
        with self._order:
            self._newest = None

    def _begin(self, change: Callable[[dict[str, Any]], dict[str, Any]], asked: str = "") -> Run:
        with self._order:
            wanted = {} if self._newest is None else self._newest.knobs
            self._newest = Run(change(wanted), asked)
            return self._newest

    def steps(self, turn: Run, *, can_stop: bool) -> Iterator[Ending | None]:
        """One turn, piece by piece: None after each but the last, which gives the Ending (None if overtaken)."""
        course, meter = Course(self._run, turn), Meter(self._tell, can_stop=can_stop)
        ending = None
        while ending is None:
            with self._one_at_a_time:
                if turn is not self._newest:
                    course.close()
                    meter.end()
                    self._show(turn, None)
                    break
                ending = course.step()
                if ending is not None:
                    # Said before the picture is drawn, which may take longer than to stop.
                    meter.end(ending.note)
                    self._show(turn, ending)
                elif course.progress is not None:
                    meter.show(course.progress)
            if ending is None:
                yield None
        yield ending


async def _between_others(turn: Run, steps: Iterator[Any], main_loop: asyncio.AbstractEventLoop | None) -> None:
    looked = time.monotonic()
    with heard_by(turn, main_loop) as listen:
        while True:
            listen()
            # the ending, or nothing more: who has seen it shown finds the ear taken down
            if next(steps, turn) is not None:
                return
            if time.monotonic() - looked >= BREATH:
                await asyncio.sleep(LOOK)
                looked = time.monotonic()


def running_loop() -> asyncio.AbstractEventLoop | None:
    """The event loop this call is made under: a kernel's, behind its cells and messages; None in a script."""
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
