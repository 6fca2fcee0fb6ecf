"""Calls of memory and inner: fast weights and their loop."""

from __future__ import annotations

from functools import partial

import torch

from nlviz import inner, memory
from nlviz.inner import probes
from nlviz.memory import Gates

from .call import DELTA, GATES, KEYS, PAIRS, TITANS, VALUES, Call, arguments, chance


def memories() -> list[Call]:
    widths = arguments(d_key=(4, "count"), d_value=(3, "count"))
    state = TITANS.init(2, KEYS)
    seen = arguments(memory=(TITANS, "memory"), state=(state, "state"), pairs=(PAIRS, "pairs in hand"))
    rules = ("Hebbian", "Delta", "GatedDelta", "Titans", "Oja", "KDA")
    numbers = {
        "MomentumDelta": ("output",),
        "GDN2": ("erase", "write_share"),
        "Comba": ("softer",),
        "RWKV7": ("mix",),
        "RecursiveLeastSquares": ("ridge",),
    }
    net = memory.MLP((6,))
    of_window = arguments(window=(3, "count"), fade=(0.5, "share"))
    drawn = net.draw(4, 3, chance())
    bytes_ = memory.DeepMemory(4, 3, memory.cross_entropy)
    in_bits = seen | arguments(memory=(bytes_, "memory"), state=(bytes_.init(2, KEYS), "state"))
    return [
        *(Call(f"memory.{rule}", getattr(memory, rule), widths) for rule in rules),
        *(
            Call(
                f"memory.{rule}", getattr(memory, rule), widths | arguments(**{name: (1.0, "number") for name in names})
            )
            for rule, names in numbers.items()
        ),
        Call("memory.Omega", memory.Omega, widths | of_window),
        Call(
            "memory.DeepMemory",
            memory.DeepMemory,
            widths
            | arguments(
                objective=(memory.squared_error, "thing"),
                decay=("zero", "word"),
                position=("mean", "word"),
                rule=(memory.Momentum(), "thing"),
                net=(memory.MLP(), "thing"),
                initial=(torch.ones(3, 4), "tensor?"),
            ),
        ),
        Call(
            "memory.MLP",
            memory.MLP,
            arguments(bias=(True, "flag"), residual=(False, "flag"), activation=(memory.silu, "thing")),
        ),
        Call("memory.MLP.hidden", lambda width: memory.MLP((width,)), arguments(width=(4, "count"))),
        Call("memory.MLP.draw", net.draw, widths | arguments(generator=(chance(), "generator"))),
        Call(
            "memory.Adam",
            memory.Adam,
            arguments(first=(0.9, "share"), second=(0.99, "share"), epsilon=(1e-8, "not negative")),
        ),
        Call("memory.Plastic", memory.Plastic, arguments(coefficients=(torch.ones(3, 4), "tensor"))),
        Call(
            "memory.Learned.draw",
            memory.Learned.draw,
            arguments(hidden=(6, "count"), generator=(chance(), "generator")),
        ),
        Call(
            "memory.Level",
            memory.Level,
            arguments(
                memory=(memory.DeepMemory(4, 3), "thing"),
                period=(4, "count"),
                rate=(0.5, "number"),
                mean=(True, "flag"),
                forget=(0.1, "share"),
            ),
        ),
        Call(
            "memory.Continuum",
            memory.Continuum,
            arguments(levels=([memory.Level(memory.DeepMemory(4, 3))], "things"), joined=("nested", "word")),
        ),
        Call("memory.MemoryRule", memory.MemoryRule, arguments(kind=(memory.Hebbian, "function or class"))),
        Call(
            "memory.SurpriseGate",
            memory.SurpriseGate,
            arguments(
                gated=(DELTA, "memory"),
                threshold=(0.5, "number"),
                softness=(0.1, "not negative"),
                metric=(memory.gradient_norm, "function"),
            ),
        ),
        Call(
            "memory.ProgressGate",
            memory.ProgressGate,
            arguments(gated=(DELTA, "memory"), threshold=(0.5, "number"), softness=(0.1, "not negative")),
        ),
        Call(
            "memory.Cached",
            memory.Cached,
            arguments(
                beside=(DELTA, "memory"),
                room=(2, "count from 0"),
                keep=("newest", "word"),
                sharpness=(2.0, "not negative"),
                level=(0.5, "number"),
                seed=(1, "count from 0"),
            ),
        ),
        Call("memory.huber", memory.huber, arguments(delta=(1.0, "positive"))),
        Call("memory.l_p", memory.l_p, arguments(p=(1.5, "positive"))),
        *(
            Call(f"memory.{metric}", getattr(memory, metric), seen)
            for metric in ("gradient_norm", "past_surprise", "prediction_error", "total_surprise")
        ),
        *(Call(f"memory.{metric}", getattr(memory, metric), in_bits) for metric in ("bits", "entropy")),
        Call(
            "memory.inner_rate",
            memory.inner_rate,
            arguments(
                inputs=(KEYS, "tensor in hand"),
                gate=(torch.ones(4), "tensor in hand"),
                bias=(0.1, "number"),
                base=(1.0, "number"),
            ),
        ),
        Call("memory.position_factors", memory.position_factors, arguments(period=(4, "count"))),
        Call(
            "memory.ttt_linear",
            memory.ttt_linear,
            arguments(
                width=(4, "count"),
                initial=(chance(), "thing?"),
                position=("mean", "word"),
                bias=(True, "flag"),
                residual=(True, "flag"),
            ),
        ),
        Call(
            "memory.ttt_mlp",
            memory.ttt_mlp,
            arguments(
                width=(4, "count"),
                initial=(chance(), "thing"),
                position=("sum", "word"),
                bias=(True, "flag"),
                expand=(2, "count"),
            ),
        ),
        Call(
            "memory.Gates.constant",
            Gates.constant,
            arguments(
                pairs=(PAIRS, "thing"), inner_lr=(0.5, "number"), momentum=(0.5, "number"), forget=(0.5, "share")
            ),
        ),
        Call(
            "Delta.write",
            DELTA.write,
            arguments(
                state=(DELTA.init(2, KEYS), "state"), pairs=(PAIRS, "pairs in hand"), gates=(GATES, "gates in hand")
            ),
        ),
        Call(
            "Delta.read", DELTA.read, arguments(state=(DELTA.init(2, KEYS), "state"), queries=(KEYS, "tensor in hand"))
        ),
        Call("Delta.init", DELTA.init, arguments(batch=(2, "count from 0"))),
        Call(
            "DeepMemory.write",
            memory.DeepMemory(4, 3, initial=drawn, net=net).write,
            arguments(
                state=(memory.DeepMemory(4, 3, initial=drawn, net=net).init(2, KEYS), "thing"),
                pairs=(PAIRS, "pairs in hand"),
                gates=(GATES, "gates in hand"),
            ),
        ),
    ]


def loops() -> list[Call]:
    run = arguments(
        memory=(TITANS, "memory"),
        pairs=(PAIRS, "pairs"),
        gates=(GATES, "gates"),
        queries=(KEYS, "tensor?"),
        state=(TITANS.init(2, KEYS), "state?"),
        read_first=(True, "flag"),
        probes=([probes.surprise], "probes"),
    )
    deep = memory.DeepMemory(4, 3)
    dual = run | arguments(memory=(deep, "memory"), state=(deep.init(2, KEYS), "state?"))
    items = arguments(keys=(KEYS, "tensor"), values=(VALUES, "tensor"), every=(2, "count"))
    return [
        Call("inner.unroll", inner.unroll, run | arguments(period=(2, "count without end"))),
        Call("inner.unroll_blocks", inner.unroll_blocks, run | arguments(block=(4, "count without end"))),
        Call(
            "inner.fastest",
            inner.fastest,
            run | arguments(period=(1, "count without end"), block=(4, "count without end")),
        ),
        Call(
            "inner.unroll_segments",
            inner.unroll_segments,
            arguments(
                memory=(TITANS, "memory"),
                pairs=(PAIRS, "pairs"),
                gates=(GATES, "gates"),
                segment=(2, "count without end"),
                sharpness=(0.5, "not negative"),
                joined=("gated", "word"),
            ),
        ),
        Call(
            "inner.read_segments",
            inner.read_segments,
            arguments(
                memory=(TITANS, "memory"),
                state=(inner.unroll_segments(TITANS, PAIRS, GATES, segment=2).state, "thing"),
                queries=(KEYS, "tensor in hand"),
                segment=(2, "count without end"),
                sharpness=(0.5, "not negative"),
                joined=("gated", "word"),
            ),
        ),
        *_influences(),
        Call("inner.unroll_dual", inner.unroll_dual, dual | arguments(period=(2, "count without end"))),
        Call(
            "inner.Probe",
            inner.Probe,
            arguments(
                name=("mine", "title"),
                measure=(abs, "function"),
                unit=("u", "title"),
                every=(2, "count"),
                per=("token", "word"),
            ),
        ),
        Call(
            "probes.recall",
            lambda **a: inner.unroll(TITANS, PAIRS, GATES, probes=[probes.recall(**a)]).trace["recall"],
            items,
        ),
        Call(
            "probes.share",
            lambda **a: inner.unroll(TITANS, PAIRS, GATES, probes=[probes.share(**a)]).trace["share"],
            items,
        ),
        Call("probes.weights", probes.weights, arguments(every=(2, "count"), layer=(0, "seed"))),
        Call("Probe.sampled", probes.surprise.sampled, arguments(every=(2, "count"))),
    ]


def _influences() -> list[Call]:
    asked = arguments(
        memory=(TITANS, "memory"),
        pairs=(PAIRS, "pairs"),
        gates=(GATES, "gates"),
        queries=(KEYS, "tensor?"),
        read_first=(True, "flag"),
    )
    listed = arguments(window=(4, "count without end?"), top=(2, "count without end?"))
    return [
        Call("inner.influence", inner.influence, asked | listed),
        Call(
            "inner.unroll_micro_steps",
            inner.unroll_micro_steps,
            arguments(
                memory=(DELTA, "memory"),
                keys=(KEYS[:, :, None], "tensor in hand"),
                values=(VALUES[:, :, None], "tensor in hand"),
                inner_lr=(0.5, "number"),
                forget=(0.5, "share"),
                read_first=(True, "flag"),
            ),
        ),
        Call("inner.strike", partial(inner.strike, tokens=[1]), asked),
    ]
