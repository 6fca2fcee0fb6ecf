"""The surprise track: a memory reads real source code; what surprised it, what it wrote, what it forgot."""

from __future__ import annotations

from collections.abc import Callable, Generator
from functools import partial
from typing import Any, Unpack

import numpy as np
import plotly.graph_objects as go
from torch import Tensor

from nlviz import streams, views
from nlviz.door.words import choice, count, instance
from nlviz.experiments.reading import Piece, reading_pieces
from nlviz.experiments.reading_probes import known
from nlviz.inner import Probe, Step
from nlviz.labs.entrance import lab
from nlviz.labs.own.rules_and_gates import OwnGate
from nlviz.labs.scoring import FIRST, LATER, in_order, rescored, scored
from nlviz.memory import DeepMemory, SurpriseGate, bits, entropy, gradient_norm
from nlviz.memory.gating import Metric
from nlviz.outer.models.byte_model import ByteModel, ByteState
from nlviz.streams import Source
from nlviz.trace import Signal, Token, Trace
from nlviz.widgets import Choice, Control, Lab, Number, Progress, Scale, Shown

__all__ = ["surprise"]

LIMIT = 4_000
FIRST_PAGE = 800
# What a gate may compare with its threshold, and the signal that shows it.
METRICS = {
    "−log₂ p (bits)": ("bits", bits, "bits"),
    "gradient ‖∇ℓ‖": ("surprise", gradient_norm, "‖∇ℓ‖"),
    "entropy (bits)": ("entropy", entropy, "bits"),
}
# ‖softmax − onehot‖ never exceeds √2, for keys of length 1
GRADIENTS = {"gradient ‖∇ℓ‖": Scale(1.5, 0.02, "‖∇ℓ‖")}
PRESETS: dict[str, dict[str, Any]] = {
    "clean": {"threshold": 0.0, "noise": 0.0},
    "gated": {"threshold": 2.0, "noise": 0.0},
    "noisy": {"threshold": 2.0, "noise": 0.5},
}
GATES, ORDER = "gates", "order"
# At θ = 3 even random letters are known once they are written.
ORDERS: dict[str, dict[str, Any]] = {
    "clean": {"order": FIRST, "inner_lr": 1.0, "noise": 0.0},
    "write first": {"order": LATER, "inner_lr": 1.0, "noise": 0.0},
    "noisy": {"order": LATER, "inner_lr": 3.0, "noise": 0.5},
}


@lab(step="step(surprise)")
def surprise(
    stream: Source | None = None,
    step: Callable[[Tensor], Tensor] | None = None,
    preset: str = "clean",
    *,
    about: str = GATES,
    seed: int = 0,
    **shown: Unpack[Shown],
) -> Lab:
    """A byte model reads source code, its head as fast weights: each byte coloured by its surprise, writes marked.

    stream: what to read, from `streams.code`; if None the first 4,000 bytes of `email`, new to the slow weights.
    step: your own gate, step(surprise) -> share of each byte to write (0…1), in place of the threshold.
    preset: "clean", "gated" or "noisy". seed: of the noise. shown: see `widgets.Shown`.
    about: "gates", what should be written; or "order", when what is written may be scored.
    Knobs: threshold (write only what surprises more), surprise (by which measure), noise (share of lines replaced by
    one-off letters), inner_lr, period (bytes that see the same old weights).
    About the order, everything is written, and instead of the first two there is one knob: order ("score first", which
    is reading, or "write first", which scores bytes by weights that know them). Presets are then "clean",
    "write first" and "noisy".
    """
    source = streams.code(limit=LIMIT) if stream is None else instance("stream", stream, Source, "use streams.code(…)")
    count("the length of stream", len(source), least=1, of="bytes")
    controls, presets = _knobs(choice("about", about, (GATES, ORDER)), own=step is not None)
    title = {GATES: "Surprise track", ORDER: "When is it cheating?"}[about]
    return Lab(
        partial(_run, _Rereader.load(), source, seed, step),
        _view,
        name="surprise",
        title=title if step is None else f"{title}, with your own gate",
        summary=_summary,
        presets=presets,
        preset=preset,
        given={"stream": stream, "step": step, "about": None if about == GATES else about, "seed": seed},
        **shown,  # pyright: ignore[reportArgumentType] (it holds only what Shown lists)
        **controls,  # pyright: ignore[reportArgumentType] (no knob is named like a parameter)
    )


def _knobs(about: str, own: bool) -> tuple[dict[str, Control], dict[str, dict[str, Any]]]:
    """Knobs and presets; a gate of one's own has no threshold to set, nor has reading in one order or the other."""
    controls: dict[str, Control] = {
        "threshold": Number(0.0, 0.0, 8.0, 0.1, label="threshold", unit="bits", scales=("metric", GRADIENTS)),
        "metric": Choice(next(iter(METRICS)), tuple(METRICS), label="surprise"),
        "noise": Number(0.0, 0.0, 0.9, 0.1, label="noisy lines"),
        "inner_lr": Number(1.0, 0.0, 4.0, 0.1, label="inner_lr θ"),
        "period": Choice(16, (1, 4, 16, 64), label="period"),
    }
    if about == ORDER:
        del controls["threshold"], controls["metric"]
        return {"order": Choice(FIRST, (FIRST, LATER), label="order"), **controls}, ORDERS
    if not own:
        return controls, PRESETS
    del controls["threshold"]
    return controls, {name: {"noise": values["noise"]} for name, values in PRESETS.items() if name != "gated"}


def _run(
    reader: ByteModel,
    source: Source,
    seed: int,
    step: Callable[[Tensor], Tensor] | None,
    *,
    noise: float,
    inner_lr: float,
    period: int,
    metric: str = next(iter(METRICS)),
    threshold: float = 0.0,
    order: str = "",
) -> Generator[Progress, None, Trace]:
    text = streams.noisy(source, noise, np.random.default_rng(seed))

    name, gauge, unit = METRICS[metric]

    def gate(head: DeepMemory) -> SurpriseGate:
        if step is None:
            return SurpriseGate(head, threshold, metric=gauge)
        return OwnGate(head, threshold, metric=gauge, step=step)

    code = ~streams.is_noise(text)
    # a short text is asked for what it knows at its end at the latest; where writes are dense, more often: a piece
    # of reading is never shorter than from one asking to the next, and Stop is heard after it
    asked = max(1, min(128 if period < 16 else 256, len(text.bytes)) // period)
    again = known(reader, text.bytes[:FIRST_PAGE], every=asked, counted=_counted(code))
    shown = [] if name == "bits" else _gauges(name, gauge, unit, reader.memory())
    level = {"how": Signal(np.array([[inner_lr, period]]), np.array([0]), names=("inner_lr", "period"))}
    if step is None and not order:
        level["threshold"] = Signal(np.array([[threshold]]), np.array([0]), unit)
    probes = [again, *shown, *([rescored] if order == LATER else [])]

    def completed(piece: Piece) -> Trace:
        trace = piece.so_far().trace
        said = text.bytes[: piece.done].tobytes().decode("utf-8", "replace")
        # a few bytes may hold no whole token of Python
        tokens = trace.tokens or (Token(said, 0, piece.done, "text"),)
        whole = _completed(trace, code[: piece.done], inner_lr).merge(level, tokens)
        return in_order(whole, order).merge(notes={"order": order}) if order else whole

    pieces = reading_pieces(reader, text, inner_lr=inner_lr, period=period, gate=gate, probes=probes)
    piece = None
    for piece in pieces:
        yield Progress(piece.done, piece.total, "bytes", partial(completed, piece))
    assert piece is not None, "a source holds at least one byte"
    return completed(piece)


def _counted(code: np.ndarray) -> np.ndarray:
    """Which bytes of the first page count for what is still known: code, or all where noise has left none."""
    page = code[:FIRST_PAGE]
    return page if page.any() else np.ones_like(page)


def _gauges(name: str, gauge: Metric, unit: str, frozen: DeepMemory) -> list[Probe]:
    """What the gate compares with its threshold, and the same for the memory that never writes, per byte."""

    def at_rest(step: Step[Any]) -> Tensor:
        return gauge(frozen, frozen.init(len(step.pairs.keys), step.pairs.keys), step.pairs)

    rest = Probe(f"frozen_{name}", at_rest, unit, per="token")
    if gauge is gradient_norm:  # `read` always measures it
        return [rest]
    return [Probe(name, lambda step: gauge(step.memory, step.before, step.pairs), unit, per="token"), rest]


class _Rereader(ByteModel):
    """The byte model, remembering what it said: a knob changes the fast weights, never the keys of a text.

    What was asked for longest ago is forgotten first: each turn of the noise is another text.
    """

    remembered = 16 * 2**20
    """Bytes of what it said, of four texts of the usual length."""

    def forward(self, text: Tensor, state: ByteState | None = None) -> tuple[Tensor, ByteState]:
        """As ByteModel's, computed once for each text and state."""
        said: dict[tuple[bytes, ...], tuple[Tensor, ByteState]] = self.__dict__.setdefault("said", {})
        asked = (text.numpy().tobytes(), *(part.numpy().tobytes() for part in state or ()))
        answer = said.pop(asked, None) or super().forward(text, state)
        said[asked] = answer
        while sum(hidden.nbytes for hidden, _ in said.values()) > self.remembered and len(said) > 1:
            del said[next(iter(said))]
        return answer


def _completed(trace: Trace, code: np.ndarray, inner_lr: float) -> Trace:
    """What the picture needs besides: each byte's write, the frozen bits of page 1, which bytes are noise."""
    frozen = trace["frozen_bits"].values[:FIRST_PAGE][_counted(code)].mean(0, keepdims=True)
    # the bytes of a last, unfinished chunk wait: they were not written
    written, write = (np.zeros_like(trace["bits"].values) for _ in range(2))
    times = trace["written"].times
    written[times] = trace["written"].values
    write[times] = inner_lr * trace["written"].values * trace["surprise"].values
    lines = {"written": trace["written"]._replace(values=written, times=trace["bits"].times)}
    lines |= {"write": Signal(write, trace["bits"].times, "‖θ ∇ℓ‖")}
    lines |= {"frozen_known": Signal(frozen, np.array([0]), trace["known"].unit)}
    if not code.all():
        lines["noise"] = Signal((~code)[:, None].astype(np.float32), trace["bits"].times, "1 if noise")
    return trace.merge(lines)


def _view(trace: Trace) -> go.Figure:
    threshold = trace["threshold"].values.item() if "threshold" in trace else None
    # bits are recorded always, every other gauge only where the gate looks at it
    by = next((name for name in ("surprise", "entropy") if f"frozen_{name}" in trace), "bits")
    return views.reading(trace, threshold, by=by)


def _summary(trace: Trace) -> str:
    """Writes and bits per byte; on code alone where some lines are noise, since nothing can be learned from those."""
    written = trace["written"].values[:, 0]
    code = trace["noise"].values[:, 0] == 0 if "noise" in trace else np.ones(len(written), bool)
    if not written.any():
        return f"0 of {len(written):,} bytes written: {_unwritten(trace)}"
    said = f"{written.sum():,.0f} of {len(written):,} bytes written ({written.mean():.0%})"
    if not code.all():
        said += f", {written[~code].sum() / max(written.sum(), 1):.0%} of the writes were noise"
    if not code.any() and not trace.noted("order"):
        return f"{said} · no line of code is left to be learned from: turn the noise down"
    if trace.noted("order"):
        return scored(trace, code)
    adapted, frozen = (trace[name].values[code, 0].mean() for name in ("bits", "frozen_bits"))
    return f"{said} · {adapted:.2f} bits per byte of code, frozen {frozen:.2f}"


def _unwritten(trace: Trace) -> str:
    """Why nothing was written, and what to do about it."""
    inner_lr, period = trace["how"].values[0]
    if inner_lr == 0:
        return "inner_lr is 0, raise it"
    if len(trace["bits"].times) < period:
        return f"the text is shorter than one write of {period:.0f} bytes, lower the period"
    if "threshold" not in trace:
        return "no byte surprises enough for your gate, let it open for some"
    return "no byte surprises enough for this gate, lower its threshold"
