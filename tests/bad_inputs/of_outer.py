"""Calls of outer: slow weights."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Generator, nn

from nlviz import experiments, memory, outer
from nlviz.experiments import continual, learning_to_learn

from .call import FOLDER, GATES, KEYS, PAIRS, TITANS, Call, arguments, chance, source

FAMILY = learning_to_learn.Family(2, 4, 4)
LEARNER = learning_to_learn.arm("rates", FAMILY, (0.1, 0.1, 0.1))


class Few:
    """A task small enough to be drawn in no time."""

    def draw(self, batch: int, generator: Generator) -> torch.Tensor:
        return torch.randn(batch, 3, 4, generator=generator)

    def loss(self, model: nn.Module, given: torch.Tensor, state: Any) -> tuple[torch.Tensor, Any]:
        return model(given).square().mean(), state


def slow() -> list[Call]:
    width, heads, made_by = (8, "count"), (2, "count"), (chance(), "generator")
    of = arguments(width=width, memory=(memory.Titans(4, 4), "memory"), heads=heads, period=(2, "count without end"))
    maybe = arguments(generator=(chance(), "as it is"))
    around = arguments(
        width=width,
        memory=(memory.Titans(8, 8), "memory"),
        heads=heads,
        persistent=(2, "count from 0"),
        generator=made_by,
    )
    del around["generator"]
    model = outer.TokenModel([outer.Attention(8, 2)], 8, vocabulary=64)
    linear, blocks = nn.Linear(4, 2), (0.5, "not negative")
    reader = outer.ByteModel(8, 8, generator=chance())
    filler = source().bytes
    state = TITANS.init(2, KEYS)
    outer.save(FOLDER / "state.safetensors", state)

    def trained(**given: Any) -> Any:
        return [report.loss for report in outer.train(**given)]

    def read(**given: Any) -> Any:
        return experiments.read(**given).trace["bits"]

    def forward(layer: nn.Module) -> Callable[..., Any]:
        return lambda x: layer(x)[0]

    x = torch.randn(2, 3, 8, generator=chance())
    layer = outer.MemoryLayer(8, memory.Titans(4, 4), generator=chance())
    return [
        Call("outer.MemoryLayer", outer.MemoryLayer, of | maybe),
        Call("outer.MemoryLayer()", forward(layer), arguments(x=(x, "tensor"))),
        Call(
            "outer.SelfModifying",
            outer.SelfModifying,
            arguments(
                width=width,
                loss=("literal", "word"),
                hidden=(4, "count from 0"),
                period=(4, "count"),
                rate=(0.5, "number"),
                own_targets=(True, "flag"),
                unit_values=(True, "flag"),
                convolution=(4, "count from 0"),
                order=("forget first", "word"),
                momentum=(True, "flag"),
                own_queries=(True, "flag"),
            ),
        ),
        Call(
            "outer.Matryoshka",
            outer.Matryoshka,
            arguments(
                prefixes=([2, 4], "counts"),
                classes=(3, "count"),
                tied=(True, "flag"),
                unit=(True, "flag"),
                importance=([1.0, 0.5], "positives?"),
            ),
        ),
        Call("Matryoshka()", outer.Matryoshka((2, 8), 3, generator=chance()), arguments(z=(x[:, 0], "tensor"))),
        Call(
            "Matryoshka.cascade",
            outer.Matryoshka((2, 8), 3, generator=chance()).cascade,
            arguments(z=(x[:, 0], "tensor"), sure=(0.5, "share")),
        ),
        Call("outer.SelfModifying()", forward(outer.SelfModifying(8, generator=chance())), arguments(x=(x, "tensor"))),
        Call(
            "outer.ContinuumBlocks",
            outer.ContinuumBlocks,
            arguments(
                width=width,
                periods=((1, 4), "counts"),
                hidden=(4, "count?"),
                joined=("nested", "word"),
                rate=(0.5, "not negative"),
                mean=(True, "flag"),
            ),
        ),
        Call(
            "outer.ContinuumBlocks()", forward(outer.ContinuumBlocks(8, generator=chance())), arguments(x=(x, "tensor"))
        ),
        Call("outer.Hope", outer.Hope, arguments(width=width, periods=((1, 4), "counts"), block_rate=blocks)),
        Call("outer.Hope()", forward(outer.Hope(8, generator=chance())), arguments(x=(x, "tensor"))),
        Call(
            "outer.HopeAttention",
            outer.HopeAttention,
            arguments(width=width, periods=((1, 4), "counts"), heads=heads, window=(4, "count?"), block_rate=blocks),
        ),
        Call(
            "outer.PeriodicUpdates",
            outer.PeriodicUpdates,
            arguments(
                blocks=([linear], "things"), periods=((4,), "counts"), lr=(0.1, "not negative"), mean=(True, "flag")
            ),
        ),
        Call(
            "outer.TTTLayer",
            outer.TTTLayer,
            arguments(
                width=width,
                heads=heads,
                kind=("mlp", "word"),
                period=(4, "count without end?"),
                start=("learned", "word"),
                norm=(True, "flag"),
                bias=(True, "flag"),
                rate=(0.5, "number"),
                position=("mean", "word"),
            ),
        ),
        Call(
            "outer.LMM",
            outer.LMM,
            of | arguments(convolution=(4, "count from 0"), persistent=(2, "count from 0"), rate=(1.0, "number")),
        ),
        *(
            Call(
                f"outer.{name}",
                getattr(outer, name),
                around
                | arguments(**{"segment" if name == "MAC" else "window": (4, "count" if name == "MAC" else "count?")}),
            )
            for name in ("MAC", "MAG", "MAL")
        ),
        Call("outer.Attention", outer.Attention, arguments(width=width, heads=heads, window=(4, "count?"))),
        Call(
            "outer.Block",
            outer.Block,
            arguments(mixer=(outer.Attention(8, 2), "model"), width=width, expand=(2.0, "not negative")),
        ),
        Call("outer.ByteModel", outer.ByteModel, arguments(d_key=(8, "count"), d_embed=(8, "count"))),
        Call("outer.Convolution", outer.Convolution, arguments(width=width, kernel=(4, "count"))),
        Call("outer.Gating", outer.Gating, arguments(width=width)),
        Call("outer.PersistentMemory", outer.PersistentMemory, arguments(count=(2, "count from 0"), width=width)),
        Call(
            "outer.TokenModel",
            outer.TokenModel,
            arguments(
                mixers=([outer.Attention(8, 2)], "things"),
                width=width,
                vocabulary=(16, "count"),
                expand=(2.0, "not negative"),
            ),
        ),
        Call("outer.WindowModel", outer.WindowModel, arguments(width=width, heads=heads, window=(8, "count"))),
        Call("outer.MemoryModel", outer.MemoryModel, arguments(width=width, heads=heads, memories=(1, "count"))),
        Call(
            "outer.architecture",
            outer.architecture,
            arguments(
                name=("LMM", "word"),
                width=width,
                generator=made_by,
                vocabulary=(16, "count"),
                blocks=(1, "count"),
                window=(4, "count"),
                heads=heads,
                persistent=(2, "count from 0"),
            ),
        ),
        Call(
            "outer.Facts",
            outer.Facts,
            arguments(filler=(filler, "numbers"), time=(128, "count"), farthest=(68, "count")),
        ),
        Call(
            "outer.ManyFacts",
            outer.ManyFacts,
            arguments(filler=(filler, "numbers"), time=(128, "count"), most=(2, "count")),
        ),
        Call("outer.Needles", outer.Needles, arguments(time=(64, "count"), questions=(2, "count"))),
        Call(
            "outer.Recalls",
            outer.Recalls,
            arguments(counts=((4,), "counts"), vocabulary=(64, "count"), rewrites=(0.5, "share")),
        ),
        Call(
            "outer.asked_after",
            outer.asked_after,
            arguments(distance=(9, "count"), streams=(2, "count from 0"), generator=made_by),
        ),
        Call(
            "outer.asked_at",
            outer.asked_at,
            arguments(
                distance=(60, "count"),
                filler=(filler, "numbers"),
                streams=(2, "count from 0"),
                generator=made_by,
                before=(8, "count from 0"),
                others=(0, "count from 0"),
            ),
        ),
        Call(
            "outer.pairs_asked",
            outer.pairs_asked,
            arguments(
                count=(4, "count"),
                streams=(2, "count from 0"),
                generator=made_by,
                vocabulary=(64, "count"),
                rewrites=(0.5, "share"),
            ),
        ),
        Call("outer.linear_memory", outer.linear_memory, arguments(width=width, generator=made_by)),
        Call("outer.deep_memory", outer.deep_memory, arguments(width=width, generator=made_by, layers=(2, "count"))),
        Call("outer.parameters", outer.parameters, arguments(model=(model, "model"))),
        Call(
            "outer.share_found",
            outer.share_found,
            arguments(model=(model, "model"), hidden=(outer.asked_after(9, 2, generator=chance()), "thing")),
        ),
        Call(
            "outer.save",
            outer.save,
            arguments(path=(FOLDER / "s.safetensors", "path to write"), state=(state, "nest")),
        ),
        Call("outer.load", outer.load, arguments(path=(FOLDER / "state.safetensors", "path"), like=(state, "thing"))),
        Call(
            "experiments.read",
            read,
            arguments(
                model=(reader, "model"),
                source=(source(), "source"),
                inner_lr=(0.5, "number"),
                period=(4, "count without end"),
                threshold=(1.0, "number?"),
                momentum=(0.5, "number"),
                forget=(0.125, "share"),
                rows=(8, "count?"),
            ),
        ),
        Call(
            "experiments.reader_of",
            lambda text, **given: experiments.reader_of(**given)(text),  # pyright: ignore
            arguments(
                model=(reader, "model"),
                text=(torch.tensor([[105, 109]]), "as it is"),
                memory=(None, "optional function"),
                inner_lr=(0.5, "number"),
                period=(4, "count without end"),
                threshold=(1.0, "number?"),
                momentum=(0.5, "number"),
                forget=(0.125, "share"),
            ),
        ),
        Call(
            "experiments.two_views",
            experiments.two_views,
            arguments(
                learns=(True, "flag"),
                directions=(4, "count"),
                inner_lr=(0.2, "number"),
                generator=(chance(), "generator"),
            ),
        ),
        Call(
            "outer.train",
            trained,
            arguments(
                model=(linear, "model"),
                task=(Few(), "thing"),
                steps=(1, "count"),
                optimizer=(torch.optim.SGD(linear.parameters(), 0.0), "thing"),
                batch=(2, "count"),
                seed=(0, "seed"),
                truncate=(2, "count?"),
                clip=(1.0, "positive?"),
            ),
        ),
        Call(
            "outer.Learner",
            outer.Learner,
            arguments(
                d_key=(4, "count"),
                d_value=(3, "count"),
                cues=(1, "count"),
                contexts=(2, "count"),
                rule=("plastic", "word"),
                hidden=(4, "count"),
                generator=(chance(), "generator"),
            ),
        ),
        Call(
            "learning_to_learn.Family",
            learning_to_learn.Family,
            arguments(
                items=(2, "count"),
                writes=(4, "count"),
                width=(4, "count"),
                changes=(0.5, "share"),
                strangers=(0.5, "share"),
                jitter=(0.5, "not negative"),
                nuisance=(0.5, "not negative"),
                blurred=(0.5, "not negative"),
                common=(0.5, "share"),
                seed=(0, "seed"),
            ),
        ),
        Call(
            "learning_to_learn.hand_set",
            learning_to_learn.hand_set,
            arguments(family=(FAMILY, "thing"), gated=(False, "flag"), seed=(0, "seed"), batch=(2, "count")),
        ),
        Call(
            "learning_to_learn.arm",
            learning_to_learn.arm,
            arguments(
                name=("gates", "word"), family=(FAMILY, "thing"), rates=((0.1, 0.1, 0.1), "thing"), seed=(0, "seed")
            ),
        ),
        Call(
            "learning_to_learn.recall_error",
            learning_to_learn.recall_error,
            arguments(model=(LEARNER, "thing"), family=(FAMILY, "thing"), seed=(0, "seed"), batch=(2, "count")),
        ),
        Call(
            "outer.unroll_by",
            outer.unroll_by,
            arguments(
                algorithm=("first order", "word"),
                memory=(memory.DeepMemory(4, 3), "memory"),
                pairs=(PAIRS, "pairs"),
                gates=(GATES, "gates"),
                cut=(2, "count"),
            ),
        ),
        Call("outer.detach", outer.detach, arguments(state=(state, "as it is"))),
        Call(
            "continual.FineTuning",
            continual.FineTuning,
            arguments(lr=(0.1, "positive"), hidden=(4, "count"), passes=(1, "count")),
        ),
        Call(
            "continual.EWC",
            continual.EWC,
            arguments(lr=(0.1, "positive"), hidden=(4, "count"), passes=(1, "count"), strength=(1.0, "not negative")),
        ),
        Call(
            "continual.Replay",
            continual.Replay,
            arguments(
                lr=(0.1, "positive"),
                hidden=(4, "count"),
                passes=(1, "count"),
                room=(5, "count from 0"),
                keep=(continual.balanced, "function"),
            ),
        ),
        Call(
            "continual.FastHead",
            continual.FastHead,
            arguments(
                rule=(memory.Hebbian, "function or class"),
                gates=(continual.SetGates(), "function"),
                features=(8, "count"),
                scale=(1.0, "positive"),
            ),
        ),
        Call(
            "continual.SetGates",
            continual.SetGates,
            arguments(
                inner_lr=(1.0, "number"), momentum=(0.5, "number"), forget=(0.125, "share"), pulse=(0.5, "share")
            ),
        ),
        Call("continual.arms", continual.arms, arguments(scale=(2.0, "positive"))),
    ]
