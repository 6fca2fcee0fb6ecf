"""A lab: knobs, a run, a picture. Turning a knob runs the model again; the newest turn wins.

    Lab(run, view, threshold=Number(2.0, 0.0, 6.0, unit="bits"), noise=Switch(False))

`run(**knobs)` gives a `Trace`, `view(trace)` a figure. The lab knows neither models nor memories.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from textwrap import wrap
from typing import Any, TypedDict

import plotly.graph_objects as go
import traitlets as t

from nlviz.door.words import call, instance, text
from nlviz.trace import Trace
from nlviz.views.drawing.frames import alt_text, describe
from nlviz.widgets.controls import Control
from nlviz.widgets.knobs import MOST_KNOBS, Knobs
from nlviz.widgets.player import Player
from nlviz.widgets.progress import Progress
from nlviz.widgets.returned import figure_of, in_words, words_of
from nlviz.widgets.runs import Ending, Run, Runs, running_loop
from nlviz.widgets.sharing import written
from nlviz.widgets.waiting import Waiting

__all__ = ["MOST_KNOBS", "Lab", "Shown"]

Work = Callable[..., Trace] | Callable[..., Generator[Progress, None, Trace]]


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

    `knobs` and `frame` are traits like those of any widget: observe them, link them; to set `knobs` is to turn them.

    run: a function of the knobs that gives a Trace. If it takes longer than a moment, a generator function that yields
    `Progress` after each piece of work and returns the Trace: it can then be stopped, and others run meanwhile.
    view: Trace -> go.Figure. summary: Trace -> one line under the figure.
    name: how `labs` calls it, for its state string. given: the arguments it was made with, by name, for the same.
    presets: knob values by name, each a button; preset: the one to start with.
    dead: a function of the knobs, why some of them change nothing as the others stand, by name: they are greyed.
    theme, only, knobs: see `Shown`.
    controls: the knobs, one for each parameter of `run`, at most five of them visible.

    The first run happens here, so a headless notebook gets the same output. What goes wrong in `run`, `view`,
    `summary` or `dead` is shown in the lab in words and the last good picture stays; `raise lab.problem` shows where.
    Bad knobs raise ValueError.

        >>> run = lambda n: trace.Trace({"x": (np.zeros((n, 1)), range(n))})
        >>> lab = widgets.Lab(run, lambda found: views.series(found, ["x"]), n=widgets.Whole(3, 1, 9))
        >>> lab.set(n=5)
        >>> len(lab.trace["x"].values)
        5
    """

    knobs: t.Dict[str, Any] = t.Dict().tag(sync=True)
    form: t.Dict[str, Any] = t.Dict().tag(sync=True)
    dead: t.Dict[str, str] = t.Dict().tag(sync=True)
    summary: t.Unicode[str, str | bytes] = t.Unicode().tag(sync=True)
    error: t.Unicode[str, str | bytes] = t.Unicode().tag(sync=True)
    share: t.Unicode[str, str | bytes] = t.Unicode().tag(sync=True)
    answers: t.Int[int, int] = t.Int(0).tag(sync=True)
    answered: t.Unicode[str, str | bytes] = t.Unicode().tag(sync=True)
    _ends = False

    def __init__(
        self,
        run: Work,
        view: Callable[[Trace], go.Figure],
        *,
        name: str = "",
        title: str = "",
        summary: Callable[[Trace], str] | None = None,
        presets: Mapping[str, Mapping[str, Any]] | None = None,
        preset: str | None = None,
        dead: Callable[..., Mapping[str, str]] | None = None,
        given: Mapping[str, Any] | None = None,
        theme: str = "auto",
        only: Sequence[str] | None = None,
        knobs: Mapping[str, Any] | None = None,
        **controls: Control | bool,
    ) -> None:
        self._view = call("view", view, "a function of the Trace that gives a figure")
        self._summarise = None if summary is None else call("summary", summary, "a function of the Trace, or None")
        self._name, self._given = text("name", name), dict(instance("given", given or {}, Mapping))
        call("run", run, "a function of the knobs that gives a Trace")
        told = None if dead is None else call("dead", dead, "a function of the knobs, or None")
        self._knobs = Knobs(controls, run, presets, Shown.__annotations__, told)
        self._turns, self._waiting = Runs(run, self._end, self._tell), Waiting(text("title", title))
        self.trace: Trace | None = None
        self.problem: BaseException | None = None
        start = self._knobs.start(preset, knobs)
        super().__init__(theme=theme, form=self._knobs.form(text("title", title), only, start))
        self._first(start)

    @property
    def presets(self) -> Mapping[str, Mapping[str, Any]]:
        """The knobs' values in each preset, by its name."""
        return self._knobs.presets

    def set(self, **knobs: Any) -> None:
        """Run knobs from Python, and wait for the picture. Raises ValueError for a knob unknown or out of range."""
        checked = self._knobs.checked(knobs)
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
        preset, knobs = self._knobs.nearest(self.knobs)
        return written(self._name, {"preset": preset, **knobs, **self._given})

    def close(self) -> None:
        """Take the lab off every page; a run under way ends."""
        # a lab whose making failed has none yet, and is closed all the same
        if hasattr(self, "_turns"):
            self._turns.give_up()
        super().close()

    def _first(self, start: dict[str, Any]) -> None:
        try:
            ending = self._turns.now(lambda _: start)
        finally:
            self._waiting.end()
        # In a notebook an interrupted lab can still be shown and used; a script is to end.
        if ending is not None and ending.interrupted and running_loop() is None:
            raise KeyboardInterrupt(ending.note)

    def _tell(self, message: dict[str, Any]) -> None:
        """To the page, and as long as there is none yet to whoever runs the cell."""
        self.send(message)
        if not self.answers:
            self._waiting.hear(message)

    def _hear(self, _: object, content: dict[str, Any], buffers: list[memoryview]) -> None:
        super()._hear(_, content, buffers)
        if content.get("kind") == "knobs":
            self._turn_from_page(content["knobs"], content.get("turn", ""))
        elif content.get("kind") == "stop":
            self.stop()

    def _turn_from_page(self, knobs: dict[str, Any], asked: str) -> None:
        try:
            checked = self._knobs.checked(knobs)
        except Exception as problem:  # a control may be a student's own
            self._turns.answer(Run(self.knobs, asked), Ending(None, problem))
        else:
            self._turns.from_page(lambda wanted: {**self.knobs, **wanted, **checked}, asked)

    def _end(self, turn: Run, ending: Ending | None) -> None:
        """A turn is over, in whatever thread, one at a time; without an ending a newer one overtook it."""
        with self.hold_sync():
            try:
                if ending is not None:
                    self._show_knobs(turn.knobs)
                    self._update(ending)
                    self.share = self.state() if self._name else ""
            finally:  # whatever became of it, the page waits for its answer
                self.answers, self.answered = self.answers + 1, turn.asked

    def _show_knobs(self, knobs: dict[str, Any]) -> None:
        """What the knobs are after a run: whoever hears of it turns nothing."""
        self._ends = True
        try:
            self.knobs = knobs
        finally:
            self._ends = False

    @t.validate("knobs")
    def _checked_knobs(self, proposal: Any) -> dict[str, Any]:
        """All knobs, those that were set and those that were not. Raises ValueError, as `set` does."""
        return proposal["value"] if self._ends else {**self.knobs, **self._knobs.checked(proposal["value"])}

    @t.observe("knobs")
    def _turn_by_trait(self, change: Any) -> None:
        if not self._ends:
            self.set(**change["new"])

    def _update(self, ending: Ending) -> None:
        trace, problem, note, _ = ending
        if trace is None:
            self.problem, self.error = problem, note.capitalize() if problem is None else in_words(problem)
            return
        try:
            said = words_of(self._summarise(trace)) if self._summarise else ""
            dead = self._knobs.dead(self.knobs)
            figure = figure_of(self._view(trace))
            # a view may give the same one again and again: it is not to collect notes
            self.show(_noted(go.Figure(figure) if figure is self.figure else figure, note))
        except (Exception, SystemExit) as problem:  # views are written by students too
            self.problem, self.error = problem, in_words(problem)
        else:
            self.trace, self.problem, self.error = trace, None, ""
            self.dead = dead
            self.summary = " · ".join(filter(None, [note, said, *self._knobs.remarks(self.knobs, dead)]))

    def __repr__(self) -> str:
        """Title, knobs, summary or error, and the figure's alternative text. No ids: nbval compares it."""
        picture = "" if self.figure is None else alt_text(self.figure)
        return "\n".join([*self._lines(), *([picture] if picture else [])])

    def _lines(self) -> list[str]:
        lines = (self.form["title"], self._knobs.words(self.knobs), self.error or self.summary)
        return [line for line in lines if line]

    def _caption(self) -> str | None:
        return None if self.figure is None else " · ".join(self._lines())


def _noted(figure: go.Figure, note: str) -> go.Figure:
    """The figure of a run that was cut short says so first, in its title and in its alternative text."""
    if not note:
        return figure
    said = f"{note.capitalize()}. "
    title = str(figure.layout["title"]["text"] or "").replace("<br>", " ")
    figure.update_layout(title_text="<br>".join(wrap(said + title, 72)))
    return describe(figure, said + alt_text(figure))
