"""What a run measured, and nothing else: NumPy arrays with names, times and units.

A `Trace` is the wall between computing and drawing. Whatever computes (`inner`, `labs`) makes one; whatever draws
(`views`, `widgets`) takes one. It knows neither torch nor Plotly, and saves to `.npz` without pickle.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

__all__ = ["Mark", "Signal", "Token", "Trace"]


class Signal(NamedTuple):
    """One measured quantity over time.

    values: [time, batch, …], one row per measurement; times: [time], the token index of each row
    (a write of several tokens is timed at its last one); unit: what an axis says, "" if it has none.
    """

    values: np.ndarray
    times: np.ndarray
    unit: str = ""


class Token(NamedTuple):
    """A piece of the stream as a reader sees it: its text, the time steps [start, stop) it covers, its kind.

    For source code a time step is a byte and the kind is that of `tokenize` ("NAME", "OP", …); for pairs it is one
    step.
    """

    text: str
    start: int
    stop: int
    kind: str = ""


class Mark(NamedTuple):
    """Something that happened at one time step: "diverged", "written", "switch". `label` says it in words."""

    time: int
    kind: str
    label: str = ""


@dataclass(frozen=True)
class Trace(Mapping[str, Signal]):
    """Named signals of one run, with the tokens it read and the marks set on them.

    A Mapping from name to Signal; a name that was not recorded raises KeyError and says what was.

        trace["surprise"].values[:, 0]          # [time] of the first stream in the batch
        trace.merge({"frozen": Signal(bits, times, "bits")})
        trace.save("run.npz"); Trace.load("run.npz")
    """

    signals: Mapping[str, Signal]
    tokens: tuple[Token, ...] = ()
    marks: tuple[Mark, ...] = ()

    def __post_init__(self) -> None:
        for name, signal in self.signals.items():
            if len(signal.values) != len(signal.times):
                raise ValueError(
                    f"signal {name!r} has {len(signal.values)} rows and {len(signal.times)} times; "
                    "give one time per row"
                )

    def __getitem__(self, name: str) -> Signal:
        try:
            return self.signals[name]
        except KeyError:
            recorded = ", ".join(sorted(self.signals)) or "nothing"
            raise KeyError(
                f"{name!r} was not recorded; this trace holds {recorded}. "
                f"Ask for it when the run is made: probes=[probes.{name}, …]"
            ) from None

    def __iter__(self) -> Iterator[str]:
        return iter(self.signals)

    def __len__(self) -> int:
        return len(self.signals)

    def marked(self, kind: str) -> tuple[Mark, ...]:
        """The marks of one kind, in order of time."""
        return tuple(mark for mark in self.marks if mark.kind == kind)

    def merge(
        self,
        signals: Mapping[str, Signal] | None = None,
        tokens: tuple[Token, ...] | None = None,
        marks: tuple[Mark, ...] = (),
    ) -> Trace:
        """The same trace with signals added (or replaced), tokens set and marks added."""
        return replace(
            self,
            signals={**self.signals, **(signals or {})},
            tokens=self.tokens if tokens is None else tokens,
            marks=tuple(sorted(self.marks + marks)),
        )

    def save(self, path: str | Path) -> None:
        """Write the trace to one `.npz` file, arrays as they are and the rest as JSON text; no pickle."""
        about = {
            "signals": [[name, signal.unit] for name, signal in self.signals.items()],
            "tokens": self.tokens,
            "marks": self.marks,
        }
        # tokens and marks found by NumPy carry its integers
        arrays = {"about": np.array(json.dumps(about, default=int))}
        for index, signal in enumerate(self.signals.values()):
            arrays[f"values_{index}"] = signal.values
            arrays[f"times_{index}"] = signal.times
        with Path(path).open("wb") as file:
            np.savez_compressed(file, allow_pickle=False, **arrays)  # pyright: ignore[reportArgumentType]

    @classmethod
    def load(cls, path: str | Path) -> Trace:
        """The trace saved at `path`. Raises ValueError if the file is not one."""
        with Path(path).open("rb") as file:
            if not zipfile.is_zipfile(file):
                raise ValueError(f"{path} is no saved trace (it is no .npz archive); use Trace.save")
        with np.load(path, allow_pickle=False) as file:
            if "about" not in file:
                raise ValueError(f"{path} is no saved trace (it holds {', '.join(file)}); use Trace.save")
            about = json.loads(str(file["about"]))
            signals = {
                name: Signal(file[f"values_{index}"], file[f"times_{index}"], unit)
                for index, (name, unit) in enumerate(about["signals"])
            }
        return cls(
            signals,
            tuple(Token(*token) for token in about["tokens"]),
            tuple(Mark(*mark) for mark in about["marks"]),
        )
