"""A lab: knobs, a run, a picture. Turning a knob runs the model again; the newest turn wins.

    Lab(run, view, threshold=Number(2.0, 0.0, 6.0, unit="bits"), noise=Switch(False))

`run(**knobs)` gives a `Trace`, `view(trace)` a figure. The lab knows neither models nor memories.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from textwrap import wrap
from typing import Any, TypedDict

import plotly.graph_objects as go
import traitlets as t

from nlviz.trace import Trace
from nlviz.views.frames import alt_text, describe
from nlviz.widgets.controls import Control, Switch
from nlviz.widgets.player import Player
from nlviz.widgets.progress import Progress
from nlviz.widgets.sharing import OWN, written
from nlviz.widgets.turns import Ending, Turn, Turns, running_loop

__all__ = ["MOST_KNOBS", "Lab", "Shown"]

MOST_KNOBS = 5

Run = Callable[..., Trace] | Callable[..., Generator[Progress, None, Trace]]


class Shown(TypedDict, total=False):
    """How a lab is presented: what every lab takes besides its own arguments, and hands on as it is.

    theme: "auto" (light or dark as the page is), "light", "dark" or "projector".
    only: the knobs to show; the others keep their values, said in words under the title. None shows all.
    knobs: values to start from, in place of the preset's.

        labs.surprise(preset="noisy", only=["threshold"], theme="projector", knobs={"threshold": 2.4})
    """

    theme: str
    only: Sequence[str] | None
    knobs: Mapping[str, Any]


class Lab(Player):
    """A displayable experiment. After each turn `trace`, `figure` and `knobs` hold what is shown.

    run: a function of the knobs that gives a Trace. If it takes longer than a moment, a generator function that yields
    `Progress` after each piece of work and returns the Trace: it can then be stopped, and others run meanwhile.
    view: Trace -> go.Figure. summary: Trace -> one line under the figure.
    name: how `labs` calls it, for its state string. given: the arguments it was made with, by name, for the same.
    presets: knob values by name, each a button; preset: the one to start with.
    theme, only, knobs: see `Shown`.
    controls: the knobs, one for each parameter of `run`, at most five of them visible.

    The first run happens here, so a headless notebook gets the same output. What goes wrong in `run`, `view` or
    `summary` is shown in the lab in words and the last good picture stays; `raise lab.problem` shows where.
    Bad knobs raise ValueError.
    """

    knobs = t.Dict().tag(sync=True)
    form = t.Dict().tag(sync=True)
    summary = t.Unicode().tag(sync=True)
    error = t.Unicode().tag(sync=True)
    share = t.Unicode().tag(sync=True)
    answers = t.Int(0).tag(sync=True)
    answered = t.Unicode().tag(sync=True)

    def __init__(
        self,
        run: Run,
        view: Callable[[Trace], go.Figure],
        *,
        name: str = "",
        title: str = "",
        summary: Callable[[Trace], str] | None = None,
        presets: Mapping[str, Mapping[str, Any]] | None = None,
        preset: str | None = None,
        given: Mapping[str, Any] | None = None,
        theme: str = "auto",
        only: Sequence[str] | None = None,
        knobs: Mapping[str, Any] | None = None,
        **controls: Control | bool,
    ) -> None:
        self._view, self._summarise = view, summary
        self._name, self._given = name, dict(given or {})
        self._controls = {name: _control(name, control) for name, control in controls.items()}
        _check_controls(run, self._controls)
        self._turns = Turns(run, self._end, lambda message: self.send(message))
        self.trace: Trace | None = None
        self.problem: Exception | None = None
        self.presets = {name: self._checked(values) for name, values in (presets or {}).items()}
        start = {**self._defaults(), **(self._preset(preset) if preset else {}), **self._checked(knobs or {})}
        super().__init__(theme=theme, form=self._form(title, only))
        self._first(start)

    def set(self, **knobs: Any) -> None:
        """Turn knobs from Python, and wait for the picture. Raises ValueError for a knob unknown or out of range."""
        checked = self._checked(knobs)
        ending = self._turns.now(lambda wanted: {**self.knobs, **wanted, **checked})
        if ending is not None and ending.interrupted:
            raise KeyboardInterrupt(ending.note)

    def stop(self) -> None:
        """End the run under way, as the Stop button does; what it has so far is shown and marked."""
        self._turns.stop()

    def state(self) -> str:
        """The lab in one line, as in "surprise?preset=noisy&threshold=2.4&seed=3"; `labs.from_state` makes it again.

        The preset that comes nearest, the knobs that differ from it, and what the lab was made with; your own function
        or stream cannot be written, it is called "own" and must be given again.
        Raises ValueError for a lab without a name.
        """
        if not self._name:
            raise ValueError("this lab has no name, so no string can call it; give Lab(…, name='…')")
        # without presets the knobs are told from where they start
        bases = {name: {**self._defaults(), **values} for name, values in self.presets.items()}
        preset = min(bases, key=lambda name: len(self._differing(bases[name])), default=None)
        knobs = self._differing(bases[preset] if preset else self._defaults())
        given = {name: value if _is_plain(value) else OWN for name, value in self._given.items()}
        return written(self._name, {"preset": preset, **knobs, **given})

    def close(self) -> None:
        """Take the lab off every page; a run under way ends."""
        # a lab whose making failed has none yet, and is closed all the same
        if hasattr(self, "_turns"):
            self._turns.give_up()
        super().close()

    def _first(self, start: dict[str, Any]) -> None:
        ending = self._turns.now(lambda _: start)
        # In a notebook an interrupted lab can still be shown and used; a script is to end.
        if ending is not None and ending.interrupted and running_loop() is None:
            raise KeyboardInterrupt(ending.note)

    def _hear(self, _: object, content: dict[str, Any], buffers: list[memoryview]) -> None:
        super()._hear(_, content, buffers)
        if content.get("kind") == "knobs":
            self._turn_from_page(content["knobs"], content.get("turn", ""))
        elif content.get("kind") == "stop":
            self.stop()

    def _turn_from_page(self, knobs: dict[str, Any], asked: str) -> None:
        try:
            checked = self._checked(knobs)
        except ValueError as problem:
            self._turns.answer(Turn(self.knobs, asked), Ending(None, problem))
        else:
            self._turns.from_page(lambda wanted: {**self.knobs, **wanted, **checked}, asked)

    def _end(self, turn: Turn, ending: Ending | None) -> None:
        """A turn is over, in whatever thread, one at a time; without an ending a newer one overtook it."""
        with self.hold_sync():
            if ending is not None:
                self.knobs = turn.knobs
                self._update(ending)
                self.share = self.state() if self._name else ""
            self.answers, self.answered = self.answers + 1, turn.asked

    def _update(self, ending: Ending) -> None:
        trace, problem, note, _ = ending
        if trace is None:
            self.problem, self.error = problem, note.capitalize() if problem is None else _in_words(problem)
            return
        try:
            said = self._summarise(trace) if self._summarise else ""
            self.show(_noted(self._view(trace), note))
        except Exception as problem:  # views are written by students too
            self.problem, self.error = problem, _in_words(problem)
        else:
            self.trace, self.problem, self.error = trace, None, ""
            self.summary = " · ".join(filter(None, [note, said]))

    def _checked(self, knobs: Mapping[str, Any]) -> dict[str, Any]:
        self._check_names(knobs)
        return {name: self._controls[name].check(name, value) for name, value in knobs.items()}

    def _check_names(self, names: Iterable[str]) -> None:
        for name in names:
            if name not in self._controls:
                known = ", ".join(self._controls) or "none"
                raise ValueError(f"this lab has no knob {name!r}; its knobs are {known}")

    def _preset(self, name: str) -> dict[str, Any]:
        if name not in self.presets:
            known = ", ".join(map(repr, self.presets)) or "none"
            raise ValueError(f"this lab has no preset {name!r}; its presets are {known}")
        return self.presets[name]

    def _defaults(self) -> dict[str, Any]:
        return {name: control.value for name, control in self._controls.items()}

    def _differing(self, base: Mapping[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in self.knobs.items() if value != base[name]}

    def _form(self, title: str, only: Sequence[str] | None) -> dict[str, Any]:
        """What the page draws once: the title, the knobs (`only` says which are in sight at first), the presets."""
        # a lone name is a sequence too, of its letters
        chosen = [only] if isinstance(only, str) else only
        self._check_names(chosen or ())
        controls = [
            {"name": name, "label": _label(name, control), **control.describe()}
            for name, control in self._controls.items()
            if not control.hidden
        ]
        return {
            "title": title,
            "controls": controls,
            "presets": self.presets,
            "only": None if chosen is None else list(chosen),
        }

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
            f"{name} = {control!r} is no control; give Number({control!r}, low, high), Whole, Choice or Switch; "
            f"how a lab is shown is set by {', '.join(Shown.__annotations__)}"
        )
    return control


def _check_controls(run: Run, controls: dict[str, Control]) -> None:
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


def _noted(figure: go.Figure, note: str) -> go.Figure:
    """The figure of a run that was cut short says so first, in its title and in its alternative text."""
    if not note:
        return figure
    said = f"{note.capitalize()}. "
    title = str(figure.layout["title"]["text"] or "").replace("<br>", " ")
    figure.update_layout(title_text="<br>".join(wrap(said + title, 72)))
    return describe(figure, said + alt_text(figure))


def _is_plain(value: object) -> bool:
    return value is None or isinstance(value, str | int | float)
