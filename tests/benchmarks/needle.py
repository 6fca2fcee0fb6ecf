"""A needle in a stream longer than attention's window: who still knows it, by distance.

    python -m tests.benchmarks.needle                                     two seeds
    python -m tests.benchmarks.needle --seeds 5 --notes FILE --write      five, and the table goes to needle.md
    python -m tests.benchmarks.needle --quick                             its smallest corner

Every model is one block, a mixer and an MLP, width 32, of 18,000 parameters to within a promille (the MLP's width makes
up the difference). It is trained for 300 steps on 16 streams of 64 symbols with four questions each
(`outer.Needles`; AdamW, lr 8e-3, clip 1), then asked once per stream at each distance, 128 streams, up to 960: sixteen
times as far as it was ever trained. Windows and MAC's segments are 16 tokens; four persistent vectors in Titans' four.
Every memory is asked at three beginnings of its forget gate, at σ(−4) = 0.018 or σ(−8) = 0.0003 of M forgotten per
symbol, or without one: 64 symbols of training do not tell the three apart, 960 do. Linear attention is a Hebbian memory
without convolutions, and once more with the convolutions that Titans' four have.
A seed decides the initial weights and the streams, which are the same for every model. Guessing is 1/16.
One run takes 5 to 25 seconds of one core. FILE keeps one line per run; with it a
stopped benchmark goes on, and `--noted` shows what is done by then.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from torch import Generator, Tensor, nn

from nlviz.outer import LMM, TokenModel
from nlviz.outer.layers.lmm import Beginning
from nlviz.outer.models.architectures import ARCHITECTURES, architecture, deep_memory
from nlviz.outer.tasks.needles import VOCABULARY, Needles, asked_after, share_found

from .sweeping import Sweep, asks, shown, started
from .training import learn, mean_and_spread

WIDTH, SIZE, WINDOW, STEPS, BATCH, STREAMS = 32, 18_000, 16, 300, 16, 128
DISTANCES = (4, 15, 16, 32, 60, 240, 960)
PAGE = Path(__file__).with_suffix(".md")

DEEP: dict[str, Any] = {"memory": deep_memory, "period": 16, "rate": 0.1}


BEGINNINGS: dict[str, dict[str, Any]] = {
    "σ(−4)": {"beginning": Beginning(gates=(0.0, -2.0, -4.0)), "without": ()},
    "σ(−8)": {"beginning": Beginning(gates=(0.0, -2.0, -8.0)), "without": ()},
    "no gate": {"without": ("forget",)},
}
MEMORIES: dict[str, tuple[str, dict[str, Any]]] = {
    "LMM": ("LMM", {}),
    "LMM, deep": ("LMM", DEEP),
    "MAC": ("MAC", {}),
    "MAG": ("MAG", {}),
    "MAL": ("MAL", {}),
    "linear attention": ("linear attention", {}),
    "linear attention, convolved": ("linear attention", {"convolution": 4}),
}
MODELS: dict[tuple[str, str], tuple[str, dict[str, Any]]] = {
    **{
        (name, begun): (mixer, options | beginning)
        for name, (mixer, options) in MEMORIES.items()
        for begun, beginning in BEGINNINGS.items()
    },
    **{(name, "–"): (name, {}) for name in ARCHITECTURES if name in ("windowed attention", "full attention")},
}
"""What is trained, by its name and where its forgetting begins."""


class Found(NamedTuple):
    """The share of needles found at each of DISTANCES, and the mean α that the trained model forgets per symbol."""

    shares: list[float]
    forgets: float | None


def made(name: tuple[str, str], seed: int) -> TokenModel:
    """One of MODELS, untrained."""
    mixer, options = MODELS[name]
    chance = Generator().manual_seed(seed)
    return architecture(
        mixer, WIDTH, blocks=1, vocabulary=VOCABULARY, window=WINDOW, size=SIZE, generator=chance, **options
    )


def found(model: TokenModel, streams: int = STREAMS) -> list[float]:
    """The share of needles found at each of DISTANCES."""
    return [share_found(model, asked_after(d, streams, generator=Generator().manual_seed(d))) for d in DISTANCES]


def forgotten(model: TokenModel) -> float | None:
    """The mean share of M forgotten per symbol while the longest stream is read; None without a memory."""
    seen: list[float] = []

    def note(gate: float, layer: nn.Module, given: Any, made: Tensor) -> None:
        # a layer with a period makes the gates of no token first
        if made.numel():
            seen.append(gate * float(made[..., -1].sigmoid().mean()))

    for part in model.modules():
        if isinstance(part, LMM):
            gate = 0.0 if "forget" in part.without else 1.0
            part.gates.register_forward_hook(partial(note, gate))
    share_found(model, asked_after(DISTANCES[-1], 4, generator=Generator().manual_seed(0)))
    return sum(seen) / len(seen) if seen else None


def run(name: tuple[str, str], seed: int, steps: int = STEPS, streams: int = STREAMS) -> Found:
    """Train one model from one seed, and ask it."""
    model = made(name, seed)
    learn(model, Needles(), steps=steps, batch=BATCH, lr=8e-3, seed=seed)
    return Found(found(model, streams), forgotten(model))


def table(done: dict[tuple[str, str], list[Found]]) -> Iterator[str]:
    """The results as Markdown: mean and deviation over the seeds, for each distance."""
    heads = ("model", "forgetting begins at", "and ends at", "seeds", *(f"distance {d}" for d in DISTANCES))
    yield f"| {' | '.join(heads)} |"
    yield "|---" * len(heads) + "|"
    for name, seeds in ((name, seeds) for name, seeds in done.items() if seeds):
        cells = [mean_and_spread(at) for at in zip(*(one.shares for one in seeds), strict=True)]
        alphas = [one.forgets for one in seeds if one.forgets is not None]
        ends = f"{statistics.mean(alphas):.2g}" if alphas else "–"
        yield f"| {' | '.join((*name, ends, str(len(seeds)), *cells))} |"


def main() -> None:
    chosen = asks(__doc__, seeds=2, quick="two steps of one seed", noted=True).parse_args()
    seeds, steps, streams = (1, 2, 4) if chosen.quick else (chosen.seeds, STEPS, STREAMS)
    called = {name: [f"{' from '.join(name)}, seed {seed}" for seed in range(seeds)] for name in MODELS}
    found = Sweep.of(chosen)(
        {called[name][seed]: partial(run, name, seed, steps, streams) for seed in range(seeds) for name in MODELS}
    )
    done = {name: [Found(*found[one]) for one in called[name] if one in found] for name in MODELS}
    shown(chosen, PAGE, "\n".join(table(done)))


if __name__ == "__main__":
    started()
