"""A lab: knobs, a run, a picture. Turning a knob runs the model again; the newest turn wins.

    Lab(run, view, threshold=Number(2.0, 0.0, 6.0, unit="bits"), noise=Switch(False))

`run(**knobs)` gives a `Trace`, `view(trace)` a figure. The lab knows neither models nor memories.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from threading import Lock, RLock
from typing import Any

import plotly.graph_objects as go
import traitlets as t

from nlviz.trace import Trace
from nlviz.views.frames import alt_text
from nlviz.widgets.controls import Control, Switch
from nlviz.widgets.player import Player

__all__ = ["MOST_KNOBS", "Lab"]

MOST_KNOBS = 5


class Lab(Player):
    """A displayable experiment. After each turn `trace`, `figure` and `knobs` hold what is shown.

    run: a function of the knobs that gives a Trace. view: Trace -> go.Figure.
    summary: Trace -> one line under the figure.
    presets: knob values by name, each a button; preset: the one to start with.
    controls: the knobs, one for each parameter of `run`, at most five of them visible.

    The first run happens here, so a headless notebook gets the same output. What goes wrong in `run`, `view` or
    `summary` is shown in the lab in words and the last good picture stays; `raise lab.problem` shows where.
    Bad knobs raise ValueError.
    """

    knobs = t.Dict().tag(sync=True)
    form = t.Dict().tag(sync=True)
    summary = t.Unicode().tag(sync=True)
    error = t.Unicode().tag(sync=True)
    answers = t.Int(0).tag(sync=True)

    def __init__(
        self,
        run: Callable[..., Trace],
        view: Callable[[Trace], go.Figure],
        *,
        title: str = "",
        summary: Callable[[Trace], str] | None = None,
        presets: Mapping[str, Mapping[str, Any]] | None = None,
        preset: str | None = None,
        theme: str = "auto",
        **controls: Control | bool,
    ) -> None:
        self._run, self._view, self._summarise = run, view, summary
        self._controls = {name: _control(name, control) for name, control in controls.items()}
        _check_controls(run, self._controls)
        self._order, self._newest, self._turning = Lock(), 0, RLock()
        self.trace: Trace | None = None
        self.problem: Exception | None = None
        self.presets = {name: self._checked(values) for name, values in (presets or {}).items()}
        form = {
            "title": title,
            "controls": [
                {"name": name, "label": _label(name, control), **control.describe()}
                for name, control in self._controls.items()
                if not control.hidden
            ],
            "presets": self.presets,
        }
        super().__init__(theme=theme, form=form)
        start = {name: control.value for name, control in self._controls.items()}
        self._turn({**start, **(self._preset(preset) if preset else {})})

    def set(self, **knobs: Any) -> None:
        """Turn knobs from Python, and wait for the picture. Raises ValueError for a knob unknown or out of range."""
        self._turn({**self.knobs, **self._checked(knobs)})

    def _hear(self, _: object, content: dict[str, Any], buffers: list[memoryview]) -> None:
        super()._hear(_, content, buffers)
        if content.get("kind") == "knobs":
            self._turn_from_page(content["knobs"])

    def _turn_from_page(self, knobs: dict[str, Any]) -> None:
        try:
            checked = self._checked(knobs)
        except ValueError as problem:
            with self._turning, self.hold_sync():
                self.error, self.answers = str(problem), self.answers + 1
        else:
            self._turn({**self.knobs, **checked})

    def _turn(self, knobs: dict[str, Any]) -> None:
        """One turn at a time, in whatever thread; one that waited while a newer came is answered but not run."""
        with self._order:
            self._newest += 1
            mine = self._newest
        with self._turning, self.hold_sync():
            if mine == self._newest:
                self._update(knobs)
            self.answers += 1

    def _update(self, knobs: dict[str, Any]) -> None:
        self.knobs = knobs
        try:
            trace = self._run(**knobs)
            said = self._summarise(trace) if self._summarise else ""
            self.show(self._view(trace))
        except Exception as problem:  # the student's own function may raise anything
            self.problem, self.error = problem, _in_words(problem)
        else:
            self.trace, self.summary, self.problem, self.error = trace, said, None, ""

    def _checked(self, knobs: Mapping[str, Any]) -> dict[str, Any]:
        for name in knobs:
            if name not in self._controls:
                known = ", ".join(self._controls) or "none"
                raise ValueError(f"this lab has no knob {name!r}; its knobs are {known}")
        return {name: self._controls[name].check(name, value) for name, value in knobs.items()}

    def _preset(self, name: str) -> dict[str, Any]:
        if name not in self.presets:
            known = ", ".join(map(repr, self.presets)) or "none"
            raise ValueError(f"this lab has no preset {name!r}; its presets are {known}")
        return self.presets[name]

    def __repr__(self) -> str:
        """Title, knobs, summary or error, and the figure's alternative text. No ids: nbval compares it."""
        knobs = [
            f"{_label(name, control)} {control.words(self.knobs[name])}" for name, control in self._controls.items()
        ]
        picture = "" if self.figure is None else alt_text(self.figure)
        lines = [self.form["title"], " · ".join(knobs), self.error or self.summary, picture]
        return "\n".join(line for line in lines if line)


def _control(name: str, control: Control | bool) -> Control:
    if isinstance(control, bool):
        return Switch(control)
    if not hasattr(control, "check"):
        raise ValueError(
            f"{name} = {control!r} is no control; give Number({control!r}, low, high), Whole, Choice or Switch"
        )
    return control


def _check_controls(run: Callable[..., Trace], controls: dict[str, Control]) -> None:
    visible = [name for name, control in controls.items() if not control.hidden]
    if len(visible) > MOST_KNOBS:
        raise ValueError(
            f"{len(visible)} visible knobs ({', '.join(visible)}); a lab shows at most {MOST_KNOBS}: "
            "give the others hidden=True"
        )
    try:
        inspect.signature(run).bind(**dict.fromkeys(controls))
    except TypeError as problem:
        raise ValueError(
            f"the run cannot take the knobs {', '.join(controls) or '(none)'}: {problem}; "
            "give one control for each parameter of the run"
        ) from None


def _label(name: str, control: Control) -> str:
    return control.label or name.replace("_", " ")


def _in_words(problem: Exception) -> str:
    # str() of a KeyError is the repr of its message, quotes and all.
    said = problem.args[0] if isinstance(problem, KeyError) and problem.args else problem
    return f"{type(problem).__name__}: {said}" if str(said) else type(problem).__name__
