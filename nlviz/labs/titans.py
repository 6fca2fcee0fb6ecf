"""The Titans console: one event among unrelated tokens; write strength, momentum and forgetting decide what stays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, Unpack

import numpy as np
import torch
from torch import Tensor

from nlviz import streams, views
from nlviz.door import words
from nlviz.inner import probes, to_numpy, unroll
from nlviz.labs.entrance import lab
from nlviz.labs.forget_first import ForgetFirst
from nlviz.labs.own.titans import OwnTitans
from nlviz.labs.regimes import areas, regime_map
from nlviz.measure.expected import expected_share
from nlviz.memory import Gates, LinearMemory, Pairs, Titans
from nlviz.trace import Mark, Signal, Trace
from nlviz.widgets import Choice, Control, Lab, Number, Shown, Switch

__all__ = ["titans"]

WIDTH, TIME, STREAMS = 32, 81, 64
# A student's function is called once for every token of every stream.
OWN_STREAMS = 16
HALF = TIME // 2
# Between these a recall counts as balanced; below ASIDE it has swung to the other side.
ENOUGH, TOO_MUCH, ASIDE = 0.8, 1.1, -0.05
# Beyond this, on either side, a recall is on its way to infinity and no longer an answer.
LOST = 10.0
# How the event comes: every how many tokens, None for once.
COMES: dict[str, int | None] = {"once": None, "every 10": 10, "always": 1, "new value": 4}
PRESETS: dict[str, dict[str, Any]] = {
    "event": {"inner_lr": 0.3, "momentum": 0.6, "forget": 0.0, "event": "once", "pulsed": False},
    "always": {"inner_lr": 0.3, "momentum": 0.6, "forget": 0.1, "event": "always", "pulsed": False},
    "unstable": {"inner_lr": 3.9, "momentum": 0.9, "forget": 0.0, "event": "always", "pulsed": False},
    "hold it": {"inner_lr": 0.5, "momentum": 0.0, "forget": 0.0, "event": "every 10", "pulsed": False},
    "switch": {"inner_lr": 0.3, "momentum": 0.6, "forget": 0.1, "event": "new value", "pulsed": False},
}
GATES, ORDER = "gates", "order"
ERROR_FIRST, FORGET_FIRST = "error first", "forget first"
Step = Callable[[Tensor, Tensor, Tensor, float, float, float], tuple[Tensor, Tensor]]


@lab(step="step(M, S, gradient, inner_lr, momentum, forget)")
def titans(
    step: Step | None = None, preset: str = "event", *, about: str = GATES, seed: int = 0, **shown: Unpack[Shown]
) -> Lab:
    """One event and 80 more tokens, read by a 32 × 32 Titans memory: how surprised it is, and how much it recalls.

    Recall is the share of the event's value that its key brings back, the mean of 64 streams (16 with your own step),
    beside what the equations lead one to expect; one stream is drawn faint. What comes of it is named on the plot:
    under-writing, balanced, overshoot, the other side, diverged. On the map θ against η, with the limits of stability,
    the dot stands where the knobs do.
    step: your own write, step(M, S, gradient, inner_lr, momentum, forget) -> (M, S), each [32, 32].
    preset: "event" (one event, then unrelated tokens), "always" (the same pair at every token),
    "unstable" (beyond (2 − α)(1 + η)), "hold it" (again every ten tokens), "switch" (half-way the event's key gets a
    new value). about: "gates", or "order": whether the error is taken before or after forgetting; not with a step of
    your own, which says so itself. seed: of keys and values. shown: see `widgets.Shown`.
    Knobs: inner_lr θ, momentum η, forget α, event (how it comes), pulsed (forget only where ◆ stands). About the order,
    order ("error first", as in Titans, or "forget first", as in the gated delta rule) instead of the last.
    Source: Behrouz et al. 2024 (arXiv 2501.00663) eq. 13–14.

        labs.titans(step=lambda M, S, g, inner_lr, momentum, forget: (M - inner_lr * g, S))
    """
    rules = _rules(about, step)

    def run(
        inner_lr: float, momentum: float, forget: float, event: str, pulsed: bool = False, order: str = ERROR_FIRST
    ) -> Trace:
        generator = torch.Generator().manual_seed(seed)
        told = _told(event, generator, STREAMS if step is None else OWN_STREAMS)
        alpha = forget * (told.marked | (not pulsed)).float()
        trace = _trace(rules[order], told, Gates.constant(told.pairs, inner_lr, momentum, alpha))
        left = 1 - forget if order == FORGET_FIRST else 1.0
        return trace.merge(
            regime_map(event, (inner_lr, momentum, forget), WIDTH, left=left), notes={"areas": areas(event)}
        )

    controls, presets = _knobs(about)
    title = {GATES: "Titans console", ORDER: "Titans console: error first, or forget first"}[about]
    return Lab(
        run,
        views.titans,
        name="titans",
        title=title if step is None else f"{title}, with your own step",
        summary=_summary,
        presets=presets,
        preset=preset,
        dead=_dead,
        given={"step": step, "about": None if about == GATES else about, "seed": seed},
        **shown,  # pyright: ignore[reportArgumentType] (it holds only what Shown lists)
        **controls,  # pyright: ignore[reportArgumentType] (no knob is named like a parameter)
    )


def _rules(about: str, step: Step | None) -> dict[str, LinearMemory]:
    """The memory by when it takes its error. Raises ValueError for what it is about and does not fit the step."""
    if words.choice("about", about, (GATES, ORDER)) == ORDER and step is not None:
        words.refuse("about", about, f"{GATES!r} with a step of your own", "it decides itself when it forgets")
    first = Titans(WIDTH, WIDTH) if step is None else OwnTitans(WIDTH, WIDTH, step)
    return {ERROR_FIRST: first, FORGET_FIRST: ForgetFirst(WIDTH, WIDTH)}


def _knobs(about: str) -> tuple[dict[str, Control], dict[str, dict[str, Any]]]:
    """Knobs and presets: five of them, so about the order the pulse has to go."""
    controls: dict[str, Control] = {
        "inner_lr": Number(0.3, 0.0, 4.0, 0.01, label="inner_lr θ"),
        "momentum": Number(0.6, 0.0, 0.98, 0.01, label="momentum η"),
        "forget": Number(0.0, 0.0, 1.0, 0.01, label="forget α", complement="keep"),
        "event": Choice("once", tuple(COMES), label="event comes"),
    }
    if about == GATES:
        return controls | {"pulsed": Switch(False, label="forget only at ◆")}, PRESETS
    order = Choice(ERROR_FIRST, (ERROR_FIRST, FORGET_FIRST), label="order")
    kept = {name: {knob: values[knob] for knob in controls} for name, values in PRESETS.items()}
    return {"order": order, **controls}, {
        name: {"order": ERROR_FIRST, **kept[name]} for name in ("event", "always", "switch")
    }


def _dead(forget: float, event: str, **_: Any) -> dict[str, str]:
    """Why a knob changes nothing as the others stand, by its name."""
    shut = "" if forget else "forget is 0"
    return {"pulsed": shut or ("◆ stands at every token" if event == "always" else ""), "order": shut}


class _Told(NamedTuple):
    """The streams. given: [time, values], where the key comes with which value; marked: [time], where ◆ stands.

    keys, values: [batch, values, d], the event's key with each of its values.
    """

    pairs: Pairs
    given: Tensor
    marked: Tensor
    keys: Tensor
    values: Tensor


def _told(event: str, generator: torch.Generator, batch: int) -> _Told:
    """One event, strewn into tokens that have nothing to do with it; "new value" gives its key a second one."""
    hay = streams.needle(TIME - 1, WIDTH, generator=generator, batch=batch)
    other = streams.needle(0, WIDTH, generator=generator, batch=batch).values
    changes = event == "new value"
    comes = torch.arange(TIME) % (COMES[event] or TIME) == 0
    late = (torch.arange(TIME) >= HALF) & torch.tensor(changes)
    given = torch.stack([comes & ~late, comes & late], 1)[:, : 1 + changes]
    values = torch.cat([hay.values, other], 1)[:, : 1 + changes]
    shown = torch.where(late[:, None], values[:, -1:], values[:, :1])
    pairs = Pairs(
        torch.where(comes[:, None], hay.keys, hay.pairs.keys), torch.where(comes[:, None], shown, hay.pairs.values)
    )
    marked = torch.arange(TIME) == HALF if changes else comes
    return _Told(pairs, given, marked, hay.keys.expand_as(values), values)


def _trace(memory: LinearMemory, told: _Told, gates: Gates) -> Trace:
    share = probes.share(told.keys, told.values)
    norms = [probes.surprise, probes.past_surprise, probes.memory_norm]
    run = unroll(memory, told.pairs, gates, probes=[share, *norms])
    marks = run.trace.marked("diverged") and unroll(memory, *_first(told.pairs, gates)).trace.marks
    times, how = np.arange(TIME), np.stack([to_numpy(gate[0]) for gate in gates], 1)
    expected = expected_share(to_numpy(told.given), how, WIDTH, forget_first=isinstance(memory, ForgetFirst))
    shares = run.trace["share"].values
    with np.errstate(over="ignore", invalid="ignore"):
        signals = {
            probe.name: Signal(run.trace[probe.name].values.mean(1)[:, None], times, probe.unit) for probe in norms
        }
        signals["recall"] = Signal(shares.mean(1)[:, None], times, "share of the value")
    signals["one"] = Signal(shares[:, :1], times, "share of the value")
    signals["expected"] = Signal(expected[:, None], times, "share of the value")
    signals["event"] = Signal(to_numpy(told.marked.float())[:, None], times)
    regimes = _regimes(signals["recall"].values[:, 0, -1], bool(marks))
    notes = {"event": "event" if expected.shape[1] == 1 else "new value"}
    return Trace(signals, marks=(*marks, *regimes), notes=notes)


def _first(pairs: Pairs, gates: Gates) -> tuple[Pairs, Gates]:
    """The first stream alone: its marks speak of no other."""
    return Pairs(*(part[:1] for part in pairs)), Gates(*(gate[:1] for gate in gates))


def _regimes(recall: np.ndarray, lost: bool) -> tuple[Mark, ...]:
    """What the newest value's recall came to, in words, where it did: its peak, and how far it swung after it."""
    if lost:
        return ()
    beyond = np.flatnonzero(np.abs(recall) > LOST)
    if len(beyond):
        return (Mark(int(beyond[0]), "regime", f"beyond {_round(np.abs(recall).max())}: diverging"),)
    peak = int(recall.argmax())
    most = recall[peak]
    name = "under-writing" if most < ENOUGH else "balanced" if most <= TOO_MUCH else "overshoot"
    marks = [Mark(peak, "regime", f"peak {most:.2f}: {name}")]
    low = peak + int(recall[peak:].argmin())
    if recall[low] < ASIDE:
        marks.append(Mark(low, "regime", f"{recall[low]:.2f}: the other side".replace("-", "−")))
    return tuple(marks)


def _round(size: float) -> str:
    """The power of ten below a size, as one reads it: "100", "100,000,000", "10^15"."""
    power = int(np.floor(np.log10(size)))
    return f"{10**power:,}" if power < 10 else f"10^{power}"


def _longest(true: np.ndarray) -> int:
    """The longest run of True."""
    ends = np.flatnonzero(np.diff(np.concatenate([[0], true.astype(int), [0]])))
    return int((ends[1::2] - ends[::2]).max(initial=0))


def _summary(trace: Trace) -> str:
    """What diverged, or what the regimes are; then what the law says beside what was measured."""
    lost = trace.marked("diverged")
    if lost:
        return lost[0].label
    recall, expected = (trace[name].values[:, 0, -1] for name in ("recall", "expected"))
    said = [" · ".join(mark.label for mark in trace.marked("regime"))]
    # adding 0 takes the sign off a zero
    last, law = (round(float(values[-1]), 2) + 0.0 for values in (recall, expected))
    if abs(last) <= LOST:
        said.append(f"recall in the end {last:.2f}, expected {law:.2f}".replace("-", "−"))
    held = _longest((recall >= ENOUGH) & (recall <= TOO_MUCH))
    said.append(f"balanced for {held} tokens in a row")
    if "level" in trace:
        said.append(f"{trace['level'].names[0]} = {trace['level'].values.item():.2f}")
    return " · ".join([*said])
