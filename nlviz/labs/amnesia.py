"""Amnesia: a frozen model is told something once. What it sees, what it answers, and that no weight of it moves."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from functools import cache
from itertools import pairwise
from typing import Any, NamedTuple, Unpack

import numpy as np
import torch
from torch import Tensor
from torch.nn.utils import parameters_to_vector

from nlviz import streams, views
from nlviz.door.results import copied
from nlviz.inner import to_numpy
from nlviz.labs.entrance import lab
from nlviz.labs.remarks import remarked, remarks
from nlviz.labs.returned import both, called, shaped
from nlviz.outer.models.memory_model import MemoryModel
from nlviz.outer.models.window_model import LOCAL, WindowModel
from nlviz.outer.tasks.facts import DIGITS, LINE, NEAREST, QUESTION, Told, asked_at
from nlviz.trace import Mark, Signal, Token, Trace
from nlviz.widgets import Choice, Control, Lab, Progress, Shown, Whole

__all__ = ["Read", "amnesia"]

Read = Callable[[Any, Tensor, Any], tuple[Tensor, Any]]
"""read(model, text, fast) -> (−ln p of every byte [batch, time], the fast weights to hand over): y = f(x; θ_s, θ_f)."""

CALL = "read(model, text, fast)"
BEFORE = 24
# At about this many places of the text the question is put.
ASKED = 60
LINE_END = torch.tensor([ord("\n")], dtype=torch.uint8)
SIGNS = {ord("\n"): "↵", ord(" "): "·"}
FROZEN, FAST = "frozen window", "fast weights"
NONE, OFF, KEPT = "none", "off and on", "fast weights kept"
USUAL = "in view"
PRESETS: dict[str, dict[str, Any]] = {
    "in view": {"memory": FROZEN, "window": 32, "distance": 31, "restart": NONE, "others": 0},
    "out of view": {"memory": FROZEN, "window": 32, "distance": 60, "restart": NONE, "others": 0},
    "restarted": {"memory": FROZEN, "window": 64, "distance": 60, "restart": OFF, "others": 0},
    "fast weights": {"memory": FAST, "window": 32, "distance": 150, "restart": KEPT, "others": 0},
    "crowded": {"memory": FAST, "window": 32, "distance": 150, "restart": KEPT, "others": 4},
}


CONTROLS: dict[str, Control] = {
    "memory": Choice(FROZEN, (FROZEN, FAST)),
    "window": Whole(32, 8, 64, unit="bytes"),
    "distance": Whole(31, NEAREST, 200, unit="bytes"),
    "others": Whole(0, 0, 8, label="other facts"),
    "restart": Choice(NONE, (NONE, OFF, KEPT)),
}


@lab(step=CALL)
def amnesia(step: Read | None = None, preset: str = USUAL, *, seed: int = 0, **shown: Unpack[Shown]) -> Lab:
    """A fact is told once in code and asked for later: by a model with a window, or by its twin with fast weights.

    step: your own reading, read(model, text, fast) -> (nats, fast), where model is a `MemoryModel` and fast what your
    last call returned, None at first; then there is no knob for the memory.
    preset: "in view", "out of view", "restarted" (the longest window), "fast weights" (kept through one),
    "crowded" (other facts told in between). seed: of code, name and digits. shown: see `widgets.Shown`.
    Knobs: memory, window (bytes; fast weights need none: their model sees 5), distance (bytes from the fact to its
    answer), others (facts told in between), restart (half-way between fact and question).

        labs.amnesia(step=lambda model, text, fast: (model.loss(text)[0], fast))
    """

    def run(
        distance: int, others: int, restart: str, memory: str = FAST, window: int = LOCAL
    ) -> Generator[Progress, None, Trace]:
        fit = min(others, _room(distance))
        told = asked_at(
            distance, _code(), streams=1, generator=torch.Generator().manual_seed(seed), before=BEFORE, others=fit
        )
        text = told.text[0]
        break_at = BEFORE + LINE + (distance - QUESTION - LINE) // 2
        cuts = [0, len(text)] if restart == NONE else [0, break_at, len(text)]
        if memory == FROZEN:
            model = WindowModel.load()
            model.window = window
            reader = _Reader(model, _frozen, window, own=False)
        else:
            reader = _Reader(MemoryModel.load(), _remembering if step is None else step, LOCAL, own=step is not None)
        few = f"of {others} other facts {fit or 'none'} fit{'s' if fit < 2 else ''} in between: raise the distance"
        alone = "a frozen model has no fast weights to keep: it is off and on"
        said = (few if 0 < fit < others else "", alone if memory == FROZEN and restart == KEPT else "")
        return remarked((yield from _trace(reader, text, told, cuts, carry=restart == KEPT)), *said)

    controls, presets = _knobs(own=step is not None)
    return Lab(
        run,
        views.remembering,
        name="amnesia",
        title="Amnesia" if step is None else "Amnesia, with your own reading",
        summary=_summary,
        presets=presets,
        # the usual one is of a memory that a reading of one's own has no use for
        preset=next(iter(presets)) if step is not None and preset == USUAL else preset,
        dead=_dead,
        given={"step": step, "seed": seed},
        **shown,  # pyright: ignore[reportArgumentType] (it holds only what Shown lists)
        **controls,  # pyright: ignore[reportArgumentType] (no knob is named like a parameter)
    )


def _knobs(own: bool) -> tuple[dict[str, Control], dict[str, dict[str, Any]]]:
    """Knobs and presets; with a reading of one's own the memory is what it makes of it, and no window is asked for."""
    controls = dict(CONTROLS)
    if not own:
        return controls, PRESETS
    del controls["memory"], controls["window"]
    alone = {name: values for name, values in PRESETS.items() if values["memory"] == FAST}
    return controls, {name: {knob: values[knob] for knob in controls} for name, values in alone.items()}


def _room(distance: int) -> int:
    """How many other facts fit between the fact and its question."""
    return (distance - NEAREST) // (LINE + 1)


def _dead(distance: int, memory: str = FAST, **_: Any) -> dict[str, str]:
    """Why a knob changes nothing as the others stand, by its name."""
    return {
        "window": f"the model with fast weights sees {LOCAL} bytes" if memory == FAST else "",
        "others": "" if _room(distance) else "none fits in between: raise the distance",
    }


@cache
def _code() -> np.ndarray:
    """Code that no shipped model was trained on."""
    return streams.code(limit=60_000).bytes


def _frozen(model: WindowModel, text: Tensor, fast: None) -> tuple[Tensor, None]:
    """y = f(x; θ): nothing comes in but the text, nothing is handed over."""
    return model.loss(text)[0], None


def _remembering(model: MemoryModel, text: Tensor, fast: Any) -> tuple[Tensor, Any]:
    """y, θ_f = f(x; θ_s, θ_f)."""
    nats, state = model.loss(text, model.wake(fast))
    return nats, state.blocks[1]


class _Reader(NamedTuple):
    """A model, how it is read with, how many bytes back it sees, and whether the reading is a student's own."""

    model: WindowModel | MemoryModel
    read: Read
    sees: int
    own: bool

    def __call__(self, text: Tensor, fast: Any, at: int) -> tuple[Tensor, Any]:
        """One call on [time] bytes that end at byte `at`; what a student's function does wrong is said in words."""
        with torch.no_grad():
            if not self.own:
                nats, fast = self.read(self.model, text[None], fast)
                return nats[0], fast
            said = called(CALL, f"byte {at}", self.read, self.model, text[None].clone(), copied(fast))
        nats, fast = both(f"byte {at}", said, CALL, "(nats, fast)")
        _length(fast)
        return _nats(f"byte {at}", nats, len(text)), fast

    def left(self, text: Tensor, fast: Any, at: int) -> Any:
        """The fast weights after these bytes; a frozen model has none, so it need not read."""
        return None if self.read is _frozen else self(text, fast, at)[1]


def _nats(where: str, said: Any, time: int) -> Tensor:
    """−ln p of every byte, [time]. Raises ValueError for other shapes, what is not finite, and a p above 1."""
    nats = shaped(where, said, torch.empty(1, time), "−ln p of every byte, [1, time]", CALL)[0]
    odd = nats[~nats.isfinite() | (nats < -1e-5)]
    if len(odd):
        raise ValueError(
            f"at {where} your {CALL} returned {odd[0].item():g} for a byte, expected −ln p: finite, at least 0; "
            "take the minus of a logarithm of a probability"
        )
    return nats


def _trace(
    reader: _Reader, text: Tensor, told: Told, cuts: list[int], *, carry: bool
) -> Generator[Progress, None, Trace]:
    """Read session by session; at about ASKED places the question is put on the side, and all weights are measured."""
    weights = parameters_to_vector(reader.model.parameters()).clone()
    question, every = text[-QUESTION:], max(1, len(text) // ASKED)
    nats, seen, rows, fast = [], [], [], None
    for start, stop in pairwise(cuts):
        session, begins = text[start:stop], fast if carry else None
        lost, fast = reader(session, begins, stop)
        nats.append(lost)
        seen += [min(back, reader.sees) for back in range(len(session))]
        # the last place is where the question of the text itself begins, and what it gets is the answer given
        end = len(session) - (QUESTION + 1) * (stop == len(text))
        for read in sorted({*range(0, end, every), end}):
            asked, _ = reader(torch.cat([session[:read], LINE_END, question]), begins, start + read)
            held = reader.left(session[:read], begins, start + read) if read else begins
            moved = (parameters_to_vector(reader.model.parameters()) - weights).norm()
            rows.append((start + read, float((-asked[-DIGITS:].sum()).exp()), float(moved), _length(held)))
            yield Progress(start + read, len(text), "bytes")
    at, chance, slow, fast_norm = (np.array(one) for one in zip(*rows, strict=True))
    every_byte = np.arange(len(text))
    bits = to_numpy(torch.cat(nats)) / np.log(2)
    answered = 2 ** -bits[-DIGITS:].sum(keepdims=True)
    return Trace(
        {
            "bits": Signal(bits[:, None], every_byte, "bits"),
            "seen": Signal(np.array(seen)[:, None], every_byte, "bytes"),
            "answer": Signal(chance[:, None], at, "probability"),
            "answered": Signal(answered[:, None], every_byte[-DIGITS : -DIGITS + 1], "probability"),
            "slow_change": Signal(slow[:, None], at, "norm"),
            "fast_norm": Signal(fast_norm[:, None], at, "norm"),
        },
        tuple(_tokens(text, told)),
        # from there on the text itself asks: that answer is the last that is measured
        (*(Mark(cut, "restart", "switched off and on") for cut in cuts[1:-1]), Mark(rows[-1][0], "asked", "asked")),
    )


def _tokens(text: Tensor, told: Told) -> Iterator[Token]:
    """One a byte; what has no letter gets a sign."""
    for at, byte in enumerate(text.tolist()):
        kind = "fact" if BEFORE <= at < BEFORE + LINE - 1 else "answer" if told.asked[0, at] else "code"
        yield Token(SIGNS.get(byte, chr(byte) if 32 < byte < 127 else "·"), at, at + 1, kind)


def _length(fast: Any) -> float:
    """The norm of fast weights, 0 for none. Raises ValueError for what holds none."""
    if fast is None:
        return 0.0
    if not isinstance(getattr(fast, "memory", None), Tensor):
        raise ValueError(
            f"your {CALL} handed over {type(fast).__name__}, expected fast weights or None: give state.blocks[1]"
        )
    return float(fast.memory.norm())


def _summary(trace: Trace) -> str:
    """The fact, what was asked when, how likely the answer was, and what had moved by then."""
    told = "".join(token.text for token in trace.tokens if token.kind == "fact")
    answer = [token.start for token in trace.tokens if token.kind == "answer"]
    chance = float(trace["answered"].values[0, 0])
    seen = int(trace["seen"].values[answer[0], 0])
    slow, fast = (float(trace[name].values[-1, 0]) for name in ("slow_change", "fast_norm"))
    said = [f"{told} told once", f"asked {answer[0] - BEFORE} bytes later, with {seen} in view: P(answer) {chance:.2g}"]
    return " · ".join(
        [
            *said,
            f"slow weights moved by {slow:g}",
            f"fast weights: {f'norm {fast:.3g}' if fast else 'none'}",
            *remarks(trace),
        ]
    )
