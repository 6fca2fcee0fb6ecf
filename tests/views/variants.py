"""The pictures that are kept as golden sketches: every view once, and once more for what else it can draw."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import plotly.graph_objects as go
from prefixed import prefixed_trace
from test_contract import BROKEN, CODE, DRAWN, OVERWRITING, PAIRS, Draw
from traces import (
    code_trace,
    event_trace,
    fading_trace,
    learned_trace,
    pair_trace,
    tasks_trace,
    told_trace,
    wired_trace,
)

from nlviz import views
from nlviz.trace import Mark, Signal, Trace
from nlviz.views.drawing.theme import NAMES, template

__all__ = ["PICTURES", "side_by_side"]

# what a run has once, whatever the number of its streams
_ONCE = {"bytes", "map", "map_momentum", "knobs", "level", "sizes", "standing", "path", "by_age", "law", "ghost"}
_ONCE |= {"period"}


def side_by_side(first: Trace, second: Trace) -> Trace:
    """One run of two streams. Both must be of one length; tokens and marks are the second's."""
    both = {
        name: held if name in _ONCE else held._replace(values=np.concatenate([first[name].values, held.values], 1))
        for name, held in second.items()
    }
    return replace(second, signals=both)


def only(trace: Trace, *names: str) -> Trace:
    """The trace with these signals and no others."""
    return replace(trace, signals={name: trace[name] for name in names})


def later(trace: Trace, by: int, every: int = 1) -> Trace:
    """The same run, begun so many steps later and measured so often."""
    moved = {
        name: held._replace(values=held.values[::every], times=held.times[::every] + by) for name, held in trace.items()
    }
    return replace(trace, signals=moved)


def decaying(writes: int = 9, size: int = 6) -> Trace:
    """A memory that lets go of a fifth before each write, and writes one item again and again."""
    rng, at = np.random.default_rng(3), np.arange(writes)
    keys, values = rng.normal(size=(2, writes, size))
    memory, weights = np.zeros((size, size)), []
    for key, value in zip(keys, values, strict=True):
        memory = 0.8 * memory + np.outer(value, key)
        weights.append(memory)
    named = {"weights": weights, "keys": keys, "values": values, "forget": np.full(writes, 0.2), "item": at % 3}
    recall = rng.uniform(-0.2, 1, (writes, 4))
    return Trace({name: Signal(np.array(rows)[:, None], at) for name, rows in (named | {"recall": recall}).items()})


def noisy() -> Trace:
    """A reader whose third quarter was noise, after a switch."""
    code = code_trace(900)
    times = code["bits"].times
    noise = (times >= len(times) // 2) & (times < 3 * len(times) // 4)
    marks = (Mark(len(times) // 2, "switch", "noise begins"), Mark(3 * len(times) // 4, "switch"))
    return code.merge({"noise": Signal(noise[:, None].astype(float), times)}, marks=marks)


def moving_weights() -> Trace:
    """A model without fast weights whose slow ones move, and that sees little."""
    told = told_trace(window=7)
    slow = told["slow_change"]._replace(values=0.1 * np.arange(len(told["slow_change"].times))[:, None])
    quiet = told["fast_norm"]._replace(values=np.zeros_like(told["fast_norm"].values))
    return told.merge({"slow_change": slow, "fast_norm": quiet})


def attending(letters: str) -> Trace:
    """The trace of a wiring whose mask has such columns."""
    wired = wired_trace(8, 4)
    count = min(len(letters) * 3, wired["mask"].values.shape[2])
    names = tuple(f"{letter}{place}" for letter in letters for place in (1, 2, 3))
    return wired.merge({"mask": Signal(wired["mask"].values[..., :count], wired["mask"].times, names=names)})


def _waiting() -> Trace:
    """The pairs that are overwritten, every second patch landing later."""
    writes = len(OVERWRITING["keys"].times)
    return OVERWRITING.merge({"landed": Signal(np.arange(writes)[:, None] % 2, np.arange(writes))})


def _harmed() -> Trace:
    """A training that is asked on other streams, where it ends far worse than an empty memory."""
    learned = learned_trace("on longer streams")
    worse = learned["recall_error"].values * np.array([1.0, 2.0, 12.0])[:, None, None]
    return learned.merge({"recall_error": learned["recall_error"]._replace(values=worse)})


def _two_values() -> Trace:
    event = event_trace(60, 2)
    uneven = event["recall"].values * np.array([0.5, 1.0])
    level = Signal(np.array([[1.5]]), np.array([0]), names=("total write",))
    return event.merge({"recall": event["recall"]._replace(values=uneven), "level": level})


_VARIANTS: dict[str, Draw] = {
    "erasing.waiting": lambda: views.erasing(_waiting(), ("delta", "Hebbian")),
    "erasing.later": lambda: views.erasing(later(OVERWRITING, 7, 2)),
    "forgetting.bare": lambda: views.forgetting(only(fading_trace(8), "recall", "by_age", "standing")),
    "forgetting.longer": lambda: views.forgetting(fading_trace(30)),
    "heat_map.later": lambda: views.heat_map(later(PAIRS, 5, 3), noun="step"),
    "learning.elsewhere": lambda: views.learning(_harmed()),
    "learning.frozen": lambda: views.learning(learned_trace(groups=())),
    "reading.bare": lambda: views.reading(only(code_trace(700), "bits", "bytes")),
    "reading.noisy": lambda: views.reading(noisy(), 3.0),
    "reading.surprise": lambda: views.reading(code_trace(700), 0.5, by="surprise"),
    "recall_matrix.later": lambda: views.recall_matrix(later(PAIRS, 30, 4)),
    "remembering.moving": lambda: views.remembering(moving_weights()),
    "series.later": lambda: views.series(later(noisy(), 40), ("write_norm", "bits"), limit=120, noun="byte"),
    "surprise_on_tokens.narrow": lambda: views.surprise_on_tokens(CODE, "write", lines=9, columns=50),
    "tasks.five": lambda: views.tasks(tasks_trace(5, 2)),
    "titans.two": lambda: views.titans(_two_values()),
    "wiring.LMM": lambda: views.wiring(attending(""), "LMM"),
    "wiring.MAG": lambda: views.wiring(attending("px"), "MAG"),
    "wiring.MAL": lambda: views.wiring(attending("py"), "MAL"),
    "writing.decaying": lambda: views.writing(decaying()),
    "writing.whole": lambda: views.writing(later(pair_trace(12, 5), 0, 2)),
    "writing.weights": lambda: views.writing(only(PAIRS, "weights")),
    "nothing": lambda: views.heat_map(Trace({"weights": Signal(np.zeros((0, 1, 2, 2)), np.zeros(0, int))})),
    "prefixes.code": lambda: views.prefixes(prefixed_trace(images=False, lead=0.01)),
}


def _look(name: str) -> go.Figure:
    """A theme by itself: its layout, and how it draws a trace of each kind."""
    of: Any = template(name)
    return go.Figure([*of.data.scatter, *of.data.bar], layout=of.layout)


PICTURES: dict[str, Draw] = {
    **DRAWN,
    **_VARIANTS,
    **{f"{name}.diverged": draw for name, draw in BROKEN.items()},
    **{f"theme.{name}": partial(_look, name) for name in NAMES},
}
