"""The trace of one run: named signals, the tokens it read, what happened when, and what is said of the whole."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from nlviz.door.words import text
from nlviz.trace.files import damaged, found, held_in, lay_down
from nlviz.trace.parts import Mark, Note, Signal, Token, marks_of, notes_of, signals_of, tokens_of

__all__ = ["PROBES", "Trace"]

# How a run is asked for each probe there is; held against nlviz.inner.probes by a test.
PROBES = {
    "inner_loss": "probes.inner_loss",
    "level_waiting": "probes.level_waiting",
    "level_writes": "probes.level_writes",
    "memory_norm": "probes.memory_norm",
    "past_surprise": "probes.past_surprise",
    "recall": "probes.recall(keys, values)",
    "share": "probes.share(keys, values)",
    "surprise": "probes.surprise",
    "weights": "probes.weights()",
    "write_norm": "probes.write_norm",
    "written": "probes.written",
}


@dataclass(frozen=True)
class Trace(Mapping[str, Signal]):
    """Named signals of one run, with the tokens it read and the marks set on them.

    A Mapping from name to Signal; a name that was not recorded raises KeyError and says what was. Lists, NumPy arrays
    and tensors are taken for a signal's values and times, plain tuples for a Signal, Token or Mark.
    notes: what is said of the whole run, by name: a text, or several ("wiring": "MAC").
    Raises ValueError for values that are no numbers, times that are not whole or fall, and a row without its time.

        trace["surprise"].values[:, 0]          # [time] of the first stream in the batch
        trace.merge({"frozen": Signal(bits, times, "bits")})
        trace.save("run.npz"); Trace.load("run.npz")

        >>> trace.Trace({}, notes={"remarks": ["forget does nothing here"]}).notes["remarks"]
        ('forget does nothing here',)
    """

    signals: Mapping[str, Signal]
    tokens: tuple[Token, ...] = ()
    marks: tuple[Mark, ...] = ()
    notes: Mapping[str, Note] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "signals", signals_of(self.signals))
        object.__setattr__(self, "tokens", tokens_of(self.tokens))
        object.__setattr__(self, "marks", marks_of(self.marks))
        object.__setattr__(self, "notes", notes_of(self.notes))

    def __getitem__(self, name: str) -> Signal:
        if isinstance(name, str) and name in self.signals:
            return self.signals[name]
        raise KeyError(_not_recorded(name, self.signals))

    def __iter__(self) -> Iterator[str]:
        return iter(self.signals)

    def __len__(self) -> int:
        return len(self.signals)

    def marked(self, kind: str) -> tuple[Mark, ...]:
        """The marks of one kind, in order of time.

        >>> run = trace.Trace({}, marks=[(3, "written"), (5, "diverged")])
        >>> run.marked("diverged")
        (Mark(time=5, kind='diverged', label=''),)
        """
        text("kind", kind)
        return tuple(mark for mark in self.marks if mark.kind == kind)

    def noted(self, name: str) -> tuple[str, ...]:
        """What a note says, text by text; () if there is no such note.

        >>> trace.Trace({}, notes={"wiring": "MAC"}).noted("wiring")
        ('MAC',)
        """
        said = self.notes.get(text("name", name), ())
        return (said,) if isinstance(said, str) else said

    def merge(
        self,
        signals: Mapping[str, Signal] | None = None,
        tokens: Iterable[Token] | None = None,
        marks: Iterable[Mark] = (),
        notes: Mapping[str, str | Sequence[str]] | None = None,
    ) -> Trace:
        """The same trace with signals and notes added (or replaced), tokens set and marks added.

        Raises ValueError as Trace itself does.

            >>> run = trace.Trace({"bits": trace.Signal(np.ones((3, 1)), np.arange(3))})
            >>> list(run.merge({"frozen": run["bits"]}))
            ['bits', 'frozen']
        """
        return replace(
            self,
            signals={**self.signals, **({} if signals is None else signals_of(signals))},
            tokens=self.tokens if tokens is None else tokens,
            marks=tuple(sorted(self.marks + marks_of(marks))),
            notes={**self.notes, **({} if notes is None else notes_of(notes))},
        )

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the trace to one file (`.npz`), arrays as they are and the rest as JSON text; no pickle.

        It is written beside and then renamed: a save that fails leaves what was there.
        Raises ValueError for a folder that does not exist or takes no files.
        """
        lay_down(path, self.signals, self.tokens, self.marks, self.notes)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Trace:
        """The trace saved at `path`, by this version or an earlier one.

        Raises FileNotFoundError if there is none, ValueError if the file is no trace, or a damaged one.
        """
        arrays = found(path)
        try:
            return cls(*held_in(arrays))
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise ValueError(damaged(path, error)) from error


def _not_recorded(name: object, signals: Mapping[str, Signal]) -> str:
    """What is there instead of `name`, and how to have it: a near name, a probe, or a signal of one's own."""
    recorded = ", ".join(sorted(signals)) or "nothing"
    near = difflib.get_close_matches(name, signals, 1) if isinstance(name, str) else []
    if near:
        remedy = f"did you mean {near[0]!r}?"
    elif isinstance(name, str) and name in PROBES:
        remedy = f"ask for it when the run is made: probes=[{PROBES[name]}, …]"
    else:
        remedy = f"use one of these names, or add it: trace.merge({{{name!r}: Signal(values, times)}})"
    return f"{name!r} was not recorded; this trace holds {recorded}; {remedy}"
