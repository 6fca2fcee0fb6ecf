"""Calls of streams and measure."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from torch import Generator

from nlviz import measure, streams
from nlviz.trace import Signal

from .call import DELTA, FOLDER, KEYS, TITANS, VALUES, Call, arguments, chance, source


def _one_file() -> Path:
    """Code in a folder of its own: damaged files are laid down beside it."""
    file = FOLDER / "code.py"
    file.write_text("x = 1\n" * 40, "utf-8")
    return file


def drawn() -> list[Call]:
    drawn = arguments(d_key=(4, "count"), d_value=(3, "count?"), batch=(2, "count"))
    generated = arguments(generator=(chance(), "generator"))

    def seeded(f: Callable[..., Any], **more: Any) -> Callable[..., Any]:
        def call(**given: Any) -> Any:
            if isinstance(given.get("generator"), Generator):
                given["generator"] = chance()
            return f(**given, **more)

        return call

    return [
        Call(
            "streams.recall_pairs",
            seeded(streams.recall_pairs),
            drawn
            | generated
            | arguments(items=(3, "count"), passes=(2, "count"), overlap=(0.5, "share"), noise=(0.25, "share")),
        ),
        Call(
            "streams.overwrites",
            seeded(streams.overwrites),
            drawn | generated | arguments(items=(3, "count"), writes=(6, "count")),
        ),
        Call("streams.needle", seeded(streams.needle), drawn | generated | arguments(distance=(6, "count from 0"))),
        Call(
            "streams.drift",
            seeded(streams.drift),
            drawn | generated | arguments(items=(3, "count"), passes=(2, "count"), rate=(0.5, "number")),
        ),
        Call(
            "streams.regression",
            seeded(streams.regression),
            drawn | generated | arguments(examples=(6, "count"), noise=(0.5, "not negative"), overlap=(0.5, "share")),
        ),
        Call("streams.digits", seeded(streams.digits), generated | arguments(scenario=("class-incremental", "word"))),
        Call(
            "streams.rehearsal",
            seeded(streams.rehearsal),
            generated
            | arguments(tasks=(streams.digits(generator=chance()), "things"), scenario=("class-incremental", "word")),
        ),
        Call(
            "streams.code",
            streams.code,
            arguments(package=("email", "package"), limit=(600, "count without end from 0?")),
        ),
        Call(
            "streams.code(path)",
            lambda path: streams.code(path=path, limit=100),
            arguments(path=(_one_file(), "path of code")),
        ),
        Call(
            "streams.noisy",
            lambda **a: streams.noisy(**a),
            arguments(
                source=(source(), "thing"),
                share=(0.25, "share"),
                generator=(np.random.default_rng(0), "NumPy's generator"),
            ),
        ),
        Call("streams.is_noise", streams.is_noise, arguments(source=(source(), "thing"))),
        Call("Source.file_at", source().file_at, arguments(step=(3, "count from 0"))),
    ]


def measured() -> list[Call]:
    items = arguments(answers=(VALUES, "answers"), values=(VALUES + 0.125, "answers"))
    recall = Signal(np.linspace(0, 1, 24).reshape(4, 2, 3), np.arange(4), "cosine")
    curve = measure.Forgetting(np.arange(5.0), np.array([1, 0.8, 0.6, 0.4, 0.2]))
    matrix = np.array([[0.9, 0.1], [0.5, 0.75]])
    ages = (np.arange(4.0), "numbers")
    theta, alpha, d = (0.5, "not negative"), (0.125, "share"), (4, "count")
    stream = streams.recall_pairs(3, 4, 3, generator=chance(), batch=2)

    def capacity(**given: Any) -> Any:
        given["generator"] = chance() if isinstance(given["generator"], Generator) else given["generator"]
        return measure.capacity_curve(**given)

    def uniform(text: Any) -> Any:
        return text * 0 + 8.0

    return [
        *(Call(f"measure.{name}", getattr(measure, name), items) for name in ("accuracy", "cosine", "relative_error")),
        Call(
            "measure.recalled",
            measure.recalled,
            arguments(memory=(TITANS, "memory"), state=(TITANS.init(2, KEYS), "state"), stream=(stream, "thing")),
        ),
        *(
            Call(
                f"measure.{name}",
                getattr(measure, name),
                arguments(recall=(recall, "thing"), written_at=(np.arange(3), "numbers")),
            )
            for name in ("forgetting_curve", "since_written")
        ),
        Call(
            "measure.effective_context",
            measure.effective_context,
            arguments(curve=(curve, "thing"), threshold=(0.5, "number")),
        ),
        Call(
            "measure.cache_bytes",
            measure.cache_bytes,
            arguments(tokens=(8, "count from 0"), width=d, layers=(2, "count"), number=(2, "count")),
        ),
        Call(
            "measure.state_bytes",
            measure.state_bytes,
            arguments(width=d, heads=(2, "count"), layers=(2, "count"), number=(2, "count")),
        ),
        Call("measure.cache_outgrows", measure.cache_outgrows, arguments(width=d, heads=(2, "count"))),
        Call("measure.half_life", measure.half_life, arguments(curve=(curve, "thing"))),
        *(
            Call(f"measure.{name}", getattr(measure, name), arguments(matrix=(matrix, "matrix")))
            for name in ("average_accuracy", "backward_transfer", "balance", "forgetting")
        ),
        Call(
            "measure.forward_transfer",
            measure.forward_transfer,
            arguments(matrix=(matrix, "matrix"), untrained=([0.1, 0.1], "numbers")),
        ),
        Call(
            "measure.capacity_curve",
            capacity,
            arguments(
                memory=(DELTA, "memory"),
                counts=([2, 4], "counts"),
                generator=(chance(), "generator"),
                trials=(2, "count"),
                inner_lr=(0.5, "number"),
                passes=(1, "count"),
                overlap=(0.5, "share"),
            ),
        ),
        Call("measure.chunk_sharpness", measure.chunk_sharpness, arguments(keys=(KEYS, "tensor"), period=(2, "count"))),
        Call(
            "measure.regression_error",
            measure.regression_error,
            arguments(
                examples=(streams.regression(6, 4, 3, generator=chance()), "thing"),
                periods=([1, 2], "counts"),
                inner_lrs=([0.5], "positives"),
            ),
        ),
        Call(
            "measure.retrieve",
            measure.retrieve,
            arguments(queries=(KEYS[0], "tensor"), documents=(KEYS[1], "tensor"), stages=([(2, 2), (4, 1)], "things")),
        ),
        Call(
            "measure.audit",
            measure.audit,
            arguments(
                reader=(uniform, "function"),
                text=(b"import email", "source"),
                positions=([1, 2], "counts?"),
                sums=([1], "counts?"),
                tolerance=(0.5, "positive"),
            ),
        ),
        Call("measure.funnel", measure.funnel, arguments(size=(2, "count"), keep=(4, "count"), width=(8, "count"))),
        Call("measure.best_linear_error", measure.best_linear_error, arguments(pairs=(8, "several counts"), d=d)),
        Call("measure.hebbian_crosstalk", measure.hebbian_crosstalk, arguments(pairs=(8, "several counts"), d=d)),
        Call("measure.decay", measure.decay, arguments(age=ages, forget=alpha)),
        Call("measure.delta_interference", measure.delta_interference, arguments(age=ages, inner_lr=theta, d=d)),
        Call("measure.delta_recall", measure.delta_recall, arguments(ages=ages, inner_lr=theta, d=d, forget=alpha)),
        Call("measure.hebbian_recall", measure.hebbian_recall, arguments(ages=ages, d=d, forget=alpha)),
        Call(
            "measure.ebbinghaus",
            measure.ebbinghaus,
            arguments(minutes=(np.arange(1.0, 5), "numbers"), k=(1.84, "positive"), c=(1.25, "positive")),
        ),
        Call("measure.forget_for", measure.forget_for, arguments(horizon=(10.0, "positive"), kept=(0.5, "share"))),
        Call(
            "measure.momentum_total_write",
            measure.momentum_total_write,
            arguments(inner_lr=(0.5, "number"), momentum=(0.5, "share")),
        ),
        Call(
            "measure.titans_steady_recall",
            measure.titans_steady_recall,
            arguments(inner_lr=theta, momentum=(0.5, "share"), forget=alpha),
        ),
        Call(
            "measure.stable_inner_lr",
            measure.stable_inner_lr,
            arguments(momentum=(0.5, "share"), forget=alpha, key_norm=(1.0, "positive")),
        ),
        Call(
            "measure.regained",
            measure.regained,
            arguments(before=(0.9, "number"), forgotten=(0.5, "number"), after=(0.75, "number")),
        ),
        Call("measure.savings", measure.savings, arguments(first=(10.0, "positive"), again=(5.0, "steps"))),
        Call(
            "measure.steps_to",
            measure.steps_to,
            arguments(curve=([0.1, 0.5, 0.9], "numbers"), criterion=(0.5, "number")),
        ),
    ]
