"""MQAR: how many pairs a state of a thousand numbers holds, by the rule that writes it; beside attention and theory.

    python -m tests.benchmarks.mqar                                     two seeds
    python -m tests.benchmarks.mqar --seeds 5 --notes FILE --write      five, and the tables go to mqar.md
    python -m tests.benchmarks.mqar --quick                             its smallest corner

Keys and values are 512 symbols each (`outer.Recalls`). Every model is one block of width 64, a mixer of one head and an
MLP, with the same convolutions after each of q, k and v, kernel 4. All begin alike: W_q = W_k, the convolution of k one
symbol behind that of q, so that a value is found by the key before it, and every forget gate at σ(−8), for σ(−4) would
halve what is known in 38 symbols. Two rows have no convolution, as the control. But for full attention every model
carries 1,200 to 1,300 numbers of the past.
Each is trained for 500 steps on 16 streams of 1 to 32 pairs, every other batch with half of them rewrites (AdamW,
lr 4e-3, clip 1), and asked with up to 128 pairs, 64 streams. The same seed gives every model the same streams.
One run takes about ten seconds of one core. FILE keeps one line per run; with it a stopped benchmark goes on, and
`--noted` shows what is done by then.
Beside them, untrained: random unit keys and values for a memory of the same size, and the laws of `measure`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from nlviz.inner import unroll_blocks
from nlviz.measure import best_linear_error, hebbian_crosstalk
from nlviz.memory import Delta, GatedDelta, Gates, Hebbian, LinearMemory, Pairs, Titans
from nlviz.outer import (
    LMM,
    Asked,
    Attention,
    Recalls,
    TokenModel,
    carried,
    pairs_asked,
    parameters,
    share_recalled,
)
from nlviz.outer.layers.convolution import Convolution
from nlviz.outer.layers.lmm import Beginning

from .sweeping import Sweep, asks, shown, started
from .training import learn, mean_and_spread

WIDTH, D, VOCABULARY, STEPS, BATCH, STREAMS = 64, 32, 1024, 500, 16, 64
KERNEL, HEADS = 4, 1
TAUGHT, COUNTS, REWRITES = (1, 2, 4, 8, 16, 32), (4, 8, 16, 32, 64, 128), 0.5
PAGE = Path(__file__).with_suffix(".md")

# Titans carries a past surprise as large as its memory: both together are as large as the others' memory alone.
RULES: dict[str, LinearMemory] = {
    "Hebbian": Hebbian(D, D),
    "Delta": Delta(D, D),
    "GatedDelta": GatedDelta(D, D),
    "Titans": Titans(22, 23),
}
WINDOWS: dict[str, int | None] = {"attention, as large": 6, "full attention": None}
QUERIES, KEYS = (1.0, 0.0, 0.0, 0.0), (0.0, 1.0, 0.0, 0.0)
BEGINNING = Beginning((0.0, -2.0, -8.0), QUERIES, KEYS, alike=True)
BARE = ", no convolution"
MODELS = (*RULES, *WINDOWS, f"Delta{BARE}", f"full attention{BARE}")


class Both:
    """Every other batch with rewrites, so that one model learns both questions."""

    def __init__(self, counts: Sequence[int]) -> None:
        self.tasks = [Recalls(counts, rewrites=share) for share in (0.0, REWRITES)]
        self.drawn = 0

    def draw(self, batch: int, generator: Generator) -> Asked:
        """Streams of the task whose turn it is."""
        self.drawn += 1
        return self.tasks[self.drawn % 2].draw(batch, generator)

    def loss(self, model: Any, given: Asked, state: Any) -> tuple[Tensor, Any]:
        """As `Recalls`."""
        return self.tasks[0].loss(model, given, state)


def made(name: str, seed: int) -> TokenModel:
    """One of MODELS, untrained."""
    chance, kernel, bare = Generator().manual_seed(seed), 0 if name.endswith(BARE) else KERNEL, name.removesuffix(BARE)
    mixer = lookup(WINDOWS[bare], kernel, chance) if bare in WINDOWS else memory(RULES[bare], kernel, chance)
    return TokenModel([mixer], WIDTH, vocabulary=VOCABULARY, expand=2, generator=chance)


def memory(rule: LinearMemory, kernel: int, chance: Generator) -> LMM:
    """A mixer with a memory."""
    begun = BEGINNING if kernel else BEGINNING._replace(queries=None, keys=None)
    return LMM(WIDTH, rule, convolution=kernel, beginning=begun, generator=chance)


def lookup(window: int | None, kernel: int, chance: Generator) -> Attention:
    """A mixer that keeps the past as it was, from the same beginning."""
    mixer = Attention(WIDTH, HEADS, window=window, generator=chance)
    with torch.no_grad():
        queries, keys, _ = mixer.into.weight.chunk(3)
        queries.copy_(keys)
    if kernel:
        convolution = Convolution(3 * WIDTH, kernel, generator=chance)
        with torch.no_grad():
            queries, keys, _ = convolution.weight.chunk(3, 1)
            queries.copy_(torch.tensor(QUERIES)[:, None].expand_as(queries))
            keys.copy_(torch.tensor(KEYS)[:, None].expand_as(keys))
        # behind the projection, as in an LMM; whole texts only, for its tail is not kept
        mixer.add_module("convolution", convolution)
        mixer.into.register_forward_hook(lambda layer, given, made: convolution(made)[0])
    return mixer


def run(name: str, seed: int, steps: int = STEPS, streams: int = STREAMS) -> list[list[float]]:
    """Train one model from one seed; the share it recalls of pairs told once, and with rewrites, by their number."""
    model = made(name, seed)
    learn(model, Both(TAUGHT), steps=steps, batch=BATCH, lr=4e-3, seed=seed)
    return [
        [
            share_recalled(model, pairs_asked(n, streams, generator=Generator().manual_seed(n), rewrites=share))
            for n in COUNTS
        ]
        for share in (0.0, REWRITES)
    ]


def untrained(rule: str, seed: int, count: int, rewrites: float, streams: int = STREAMS) -> float:
    """The same question to one matrix with random unit keys and values; "best" is the best matrix there is."""
    chance = Generator().manual_seed(seed)
    text, asked, value = pairs_asked(count, streams, generator=chance, rewrites=rewrites)
    book = F.normalize(torch.randn(VOCABULARY, D, generator=chance), dim=-1)
    questions = book[text.roll(1, 1)]
    if rule == "best":
        # of the newest values alone
        at = asked[0].nonzero()[:, 0]
        matrix = torch.linalg.lstsq(questions[:, at], book[value[:, at]]).solution.mT
    else:
        told = text[:, : 2 * count].unflatten(1, (count, 2))
        pairs = Pairs(book[told[..., 0]], book[told[..., 1]])
        memory = {"Hebbian": Hebbian, "Delta": Delta}[rule](D, D)
        matrix = unroll_blocks(memory, pairs, Gates.constant(pairs)).state.memory
    half = VOCABULARY // 2
    said = half + (questions @ matrix.mT @ book[half:].mT).argmax(-1)
    return float((said == value)[asked].double().mean())


def state_size(name: str, model: TokenModel) -> str:
    """How many numbers of the past a stream carries; a last write that its rule never looks at is none."""
    bare = name.removesuffix(BARE)
    if bare == "full attention":
        return f"{2 * WIDTH} a symbol"
    unread = D**2 if bare in RULES and "momentum" not in RULES[bare].obeys else 0
    # attention's convolution carries its tail too, though here it is not asked to
    tail = 3 * WIDTH * (KERNEL - 1) if bare in WINDOWS else 0
    return f"{carried(model(torch.zeros(1, 96, dtype=torch.long))[1]) - unread + tail:,}"


def table(shares: dict[str, list[list[list[float]]]], seeds: int, rewrites: int) -> Iterator[str]:
    """The results as Markdown: mean and deviation over the seeds, for each number of pairs."""
    yield "| model | parameters | state | seeds | " + " | ".join(f"N = {n}" for n in COUNTS) + " |"
    yield "|---" * (4 + len(COUNTS)) + "|"
    for name, runs in ((name, runs) for name, runs in shares.items() if runs):
        model = made(name, 0)
        cells = [mean_and_spread(at) for at in zip(*(one[rewrites] for one in runs), strict=True)]
        yield (
            f"| {name} | {parameters(model):,} | {state_size(name, model)} | {len(runs)} | " + " | ".join(cells) + " |"
        )
    for rule in ("Hebbian", "Delta", "best"):
        cells = [
            mean_and_spread([untrained(rule, seed, n, REWRITES * rewrites) for seed in range(seeds)]) for n in COUNTS
        ]
        yield f"| *untrained, {rule}* | 0 | {D**2:,} | {seeds} | " + " | ".join(cells) + " |"
    if not rewrites:
        for words, law in (("(N − 1)/d", hebbian_crosstalk), ("max(0, 1 − d/N)", best_linear_error)):
            yield f"| *error, {words}* | | | | " + " | ".join(f"{float(law(n, D)):.2f}" for n in COUNTS) + " |"


def main() -> None:
    chosen = asks(__doc__, seeds=2, quick="two steps of one seed", noted=True).parse_args()
    torch.set_num_threads(1)
    seeds, how = (1, {"steps": 2, "streams": 2}) if chosen.quick else (chosen.seeds, {})
    called = {name: [f"{name}, seed {seed}" for seed in range(seeds)] for name in MODELS}
    found = Sweep.of(chosen)(
        {called[name][seed]: partial(run, name, seed, **how) for seed in range(seeds) for name in MODELS}
    )
    shares = {name: [found[one] for one in called[name] if one in found] for name in MODELS}
    pages = [
        f"{heading}\n\n" + "\n".join(table(shares, seeds, rewrites))
        for rewrites, heading in enumerate(("Pairs told once:", "Half of the N pairs rewrite a key told before:"))
    ]
    shown(chosen, PAGE, "\n\n".join(pages))


if __name__ == "__main__":
    started()
