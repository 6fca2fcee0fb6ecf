"""The kernel's interrupt, for runs that go on between its cells: ipykernel listens to it only while a cell runs."""

from __future__ import annotations

import signal
import threading
from asyncio import AbstractEventLoop
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from types import FrameType
from typing import Any, Protocol

__all__ = ["Interruptible", "heard_by"]


class Interruptible(Protocol):
    """A run that can be cut short. `inside`: whether a piece of it is being computed, and may be broken off."""

    inside: bool

    def interrupt(self) -> None:
        """Ask it to end at the next look."""


class _Ear:
    """A signal handler for one run; it hands the signal on to the handler that was there before."""

    def __init__(self, run: Interruptible) -> None:
        self.run, self.over, self.before = run, False, None
        self.in_main = threading.current_thread() is threading.main_thread()

    def __call__(self, number: int, frame: FrameType | None) -> None:
        self.run.interrupt()
        if callable(self.before):
            self.before(number, frame)
        # Python hears signals in its main thread; a piece computed in another ends by itself.
        if self.run.inside and self.in_main:
            raise KeyboardInterrupt

    def listen(self) -> None:
        """Put up the ear, again if a cell that ran meanwhile has taken it down."""
        now: Any = signal.getsignal(signal.SIGINT)
        others = now
        while isinstance(others, _Ear) and others is not self:
            others = others.before
        if others is signal.SIG_IGN and not self.over:
            self.before = now
            signal.signal(signal.SIGINT, self)

    def drop(self) -> None:
        """Take the ear down; one that is covered by another's stays there, deaf, until that one comes down."""
        self.over = True
        now: Any = signal.getsignal(signal.SIGINT)
        while isinstance(now, _Ear) and now.over:
            now = now.before
            signal.signal(signal.SIGINT, now)


@contextmanager
def heard_by(run: Interruptible, main_loop: AbstractEventLoop | None) -> Iterator[Callable[[], None]]:
    """An ear for `run`; gives what is to be called now and then to keep it up.

    main_loop: of the main thread, which alone may set a signal's handler; kernels with subshells run tasks in others.
    """
    ear = _Ear(run)
    if ear.in_main:
        listen, drop = ear.listen, ear.drop
    elif main_loop is not None:
        main_loop.call_soon_threadsafe(ear.listen)
        listen, drop = _nothing, partial(main_loop.call_soon_threadsafe, ear.drop)
    else:
        listen = drop = _nothing
    try:
        yield listen
    finally:
        drop()


def _nothing() -> None:
    """No signal ever comes here."""
