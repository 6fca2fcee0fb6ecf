"""Formal languages in the small: what a layer can keep track of, at the length it was trained at and at twice that.

    python -m tests.benchmarks.languages                                    two seeds
    python -m tests.benchmarks.languages --seeds 5 --notes FILE --write     five, and the table goes to languages.md
    python -m tests.benchmarks.languages --quick                            two steps of each: only whether it runs

Each model reads symbols and says after every one of them in which state a small automaton, or a counter, now is.

parity    symbols 0 and 1; whether the ones so far are odd
(aa)*     a start, then only a; whether their number so far is odd. Without a start every read of a linear memory is the
          same vector, longer or shorter, and a norm behind it leaves nothing to tell them apart (DeltaNet: .50)
aⁿbⁿ      n times a, then b to the end; whether the b are fewer than the a, as many, or more (from the first b on)

Every model is one block, an embedding before it and a head behind it, of about `SIZE` parameters; all get the same
steps and batches, and one of `RATES`, that with the lower loss at the end of a training of `TUNING` steps with seed
`TUNED`, which is none of those shown. torch's LSTM stands in the mixer's place. DeltaNet is the `Delta` rule in an
`LMM` without convolution; with rates up to 2 its transition I − θkkᵀ may turn a direction round (Grazzi et al. 2024,
arXiv 2411.12537). Hope's rates stay below 1, but its targets are its own, v̂ = M v: a write is M(I + η(v − k)kᵀ),
which turns a direction round where v = −k. "Hope, v as target" gives all its memories v itself, and has no such write;
it is asked of parity alone, at Hope's learning rate.
A run of Hope takes a minute and more, of the others ten seconds. FILE keeps one line per run; with it a stopped
benchmark goes on.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Generator, Tensor, nn

from nlviz.memory import Delta
from nlviz.outer import LMM, Attention, Block, Hope, SelfModifying, parameters

from .sweeping import Sweep, asks, shown, started
from .training import learn, mean_and_spread

__all__ = ["LANGUAGES", "MIXERS", "Language", "Reader", "Words", "accuracy", "reader"]

WIDTH, SIZE, TIME, BATCH, STEPS = 16, 7_000, 16, 16, 300
RATES, TUNED, TUNING = (0.01, 0.03), 1_000, 200
GIVEN = "Hope, v as target"
PAGE = Path(__file__).with_suffix(".md")


class Words(NamedTuple):
    """symbols [batch, time], and what is to be said after each; −1 where nothing is asked."""

    symbols: Tensor
    states: Tensor


class Language(NamedTuple):
    """How its words are drawn, (batch, time, generator) -> Words, and how many states there are to tell apart."""

    draw: Callable[[int, int, Generator], Words]
    states: int


def _parity(batch: int, time: int, generator: Generator) -> Words:
    bits = torch.randint(2, (batch, time), generator=generator)
    return Words(bits, bits.cumsum(1) % 2)


def _pairs(batch: int, time: int, generator: Generator) -> Words:
    at = torch.arange(time).expand(batch, -1)
    return Words((at == 0).long(), torch.where(at > 0, at % 2, -1))


def _counted(batch: int, time: int, generator: Generator) -> Words:
    a = torch.randint(1, time // 2 + 1, (batch, 1), generator=generator)
    at = 1 + torch.arange(time)
    states = 1 + (at - 2 * a).sign()
    return Words((at > a).long(), torch.where(at > a, states, -1))


LANGUAGES = {"parity": Language(_parity, 2), "(aa)*": Language(_pairs, 2), "aⁿbⁿ": Language(_counted, 3)}


class _Lstm(nn.Module):
    """torch's LSTM in a mixer's place."""

    def __init__(self, width: int, generator: Generator) -> None:
        super().__init__()
        self.cell = nn.LSTM(width, width, batch_first=True)
        with torch.no_grad():
            for weight in self.cell.parameters():
                weight.uniform_(-(width**-0.5), width**-0.5, generator=generator)

    def forward(self, x: Tensor, state: Any = None) -> tuple[Tensor, Any]:
        return self.cell(x, state)


def _delta(width: int, generator: Generator, rate: float) -> nn.Module:
    return LMM(width, Delta(width, width), convolution=0, rate=rate, generator=generator)


def _hope(width: int, generator: Generator, own_targets: bool = True) -> nn.Module:
    memories = SelfModifying(width, unit_values=True, own_targets=own_targets, generator=generator)
    return Hope(width, memories=memories, generator=generator)


MIXERS: dict[str, Callable[[int, Generator], nn.Module]] = {
    "Hope": _hope,
    GIVEN: partial(_hope, own_targets=False),
    "LSTM": _Lstm,
    "DeltaNet (0, 2)": lambda width, chance: _delta(width, chance, 2.0),
    "DeltaNet (0, 1)": lambda width, chance: _delta(width, chance, 1.0),
    "attention": lambda width, chance: Attention(width, 4, generator=chance),
}


class Reader(nn.Module):
    """Embedding, one block, head: symbols [batch, time] -> logits of the states [batch, time, states]."""

    def __init__(self, mixer: nn.Module, states: int, width: int, expand: float, generator: Generator) -> None:
        super().__init__()
        self.embed = nn.Parameter(torch.randn(2, width, generator=generator))
        self.block = Block(mixer, width, expand, generator=generator)
        self.head = nn.Parameter(torch.randn(states, width, generator=generator) / width**0.5)

    def forward(self, symbols: Tensor) -> Tensor:
        x, _ = self.block(self.embed[symbols])
        return F.rms_norm(x, x.shape[-1:]) @ self.head.mT


def reader(mixer: str, language: str, seed: int) -> Reader:
    """A model of about SIZE parameters; the block's MLP makes up the difference."""

    def made(expand: float) -> Reader:
        chance = Generator().manual_seed(seed)
        return Reader(MIXERS[mixer](WIDTH, chance), LANGUAGES[language].states, WIDTH, expand, chance)

    return made(max(1, round((SIZE - parameters(made(0))) / (2 * WIDTH))) / WIDTH)


class Spoken:
    """A language as a task for `train`."""

    def __init__(self, language: str) -> None:
        self.language = LANGUAGES[language]

    def draw(self, batch: int, generator: Generator) -> Words:
        return self.language.draw(batch, TIME, generator)

    def loss(self, model: Reader, given: Words, state: Any) -> tuple[Tensor, Any]:
        logits = model(given.symbols)
        return F.cross_entropy(logits.flatten(0, 1), given.states.flatten(), ignore_index=-1), None


@torch.no_grad()
def accuracy(model: Reader, language: str, time: int, words: int = 256) -> float:
    """Share of right states over the last half of words of this length, every state weighing the same."""
    given = LANGUAGES[language].draw(words, time, Generator().manual_seed(12_345))
    said = model(given.symbols).argmax(-1)
    late = (torch.arange(time) >= time // 2).expand_as(said)
    shares = [
        (said == state)[late & (given.states == state)].double().mean() for state in range(LANGUAGES[language].states)
    ]
    return float(torch.stack(shares).mean())


class Run(NamedTuple):
    """One training: the mean loss of its last twenty steps, and the accuracy at the trained length and at twice it."""

    loss: float
    trained: float
    twice: float


def measured(mixer: str, language: str, seed: int, lr: float, steps: int = STEPS) -> Run:
    """One model, trained and read; of one that diverged the loss is inf, and it is read as it was before that step."""
    model = reader(mixer, language, seed)
    try:
        loss = statistics.mean(learn(model, Spoken(language), steps=steps, batch=BATCH, lr=lr, seed=seed)[-20:])
    except FloatingPointError as problem:
        print(f"{mixer}, {language}, lr {lr}, seed {seed}: {problem}", flush=True)
        loss = math.inf
    both = (accuracy(model, language, times * TIME) for times in (1, 2))
    return Run(loss, *both)


def tuned(sweep: Sweep, every: Sequence[tuple[str, str]], quick: bool) -> dict[tuple[str, str], float]:
    """For each the learning rate with the lower loss; the first where only the run is of interest."""
    if quick:
        return dict.fromkeys(every, RATES[0])
    grown = {(language, mixer): "Hope" if mixer == GIVEN else mixer for language, mixer in every}
    found = sweep(
        {
            f"{mixer}, {language}, lr {lr}": partial(measured, mixer, language, TUNED, lr, TUNING)
            for (language, _), mixer in grown.items()
            for lr in RATES
        }
    )
    losses = {one: [found[f"{mixer}, {one[0]}, lr {lr}"][0] for lr in RATES] for one, mixer in grown.items()}
    return {one: RATES[both.index(min(both))] for one, both in losses.items()}


Runs = dict[tuple[str, str], list[Run]]


def table(runs: Runs, rates: dict[tuple[str, str], float]) -> Iterator[str]:
    """Mean and deviation over the seeds, at the trained length and at twice it."""
    yield "| language | model | lr | trained length | twice | least of the seeds, twice |"
    yield "|---|---|---|---|---|---|"
    for (language, mixer), seeds in runs.items():
        trained, twice = ([getattr(one, name) for one in seeds] for name in ("trained", "twice"))
        lost = sum(math.isinf(one.loss) for one in seeds)
        cells = [language, mixer, f"{rates[language, mixer]:g}", mean_and_spread(trained), mean_and_spread(twice)]
        cells[-1] += f", {lost} diverged" * bool(lost)
        yield "| " + " | ".join([*cells, f"{min(twice):.2f}"]) + " |"


def main() -> None:
    chosen = asks(__doc__, seeds=2, quick="two steps of one seed").parse_args()
    seeds, steps = (1, 2) if chosen.quick else (chosen.seeds, STEPS)
    every = [(language, mixer) for language in LANGUAGES for mixer in MIXERS if mixer != GIVEN or language == "parity"]
    sweep = Sweep.of(chosen)
    rates = tuned(sweep, every, chosen.quick)
    found = sweep(
        {
            f"{mixer}, {language}, seed {seed}": partial(measured, mixer, language, seed, rates[language, mixer], steps)
            for seed in range(seeds)
            for language, mixer in every
        }
    )
    runs = {
        (language, mixer): [Run(*found[f"{mixer}, {language}, seed {seed}"]) for seed in range(seeds)]
        for language, mixer in every
    }
    shown(chosen, PAGE, "\n".join(table(runs, rates)))


if __name__ == "__main__":
    started()
