"""Hope's parts: which of the five memories and of the chain's blocks every token writes."""

from __future__ import annotations

from typing import Any, Unpack

import numpy as np
import torch
from torch import Generator, Tensor

from nlviz import views
from nlviz.labs.entrance import lab
from nlviz.outer import Hope, SelfModifying
from nlviz.outer.layers.self_modifying import FIVE
from nlviz.trace import Signal, Trace
from nlviz.widgets import Choice, Lab, Shown

__all__ = ["hope"]

TEXTS = ("a motif", "one token", "random")
LOSSES = ("dot product", "literal")
SLOW = "never"
CHAINS = ("1 4 16", "4 16", "16 4 1", "1 1 1", SLOW)
NONE, ALL = "none", "all five"
WIDTH, TIME, MOTIF = 16, 48, 8
_PLAIN: dict[str, Any] = {"text": TEXTS[0], "chain": CHAINS[0], "frozen": NONE, "loss": LOSSES[0], "period": 1}
PRESETS: dict[str, dict[str, Any]] = {
    "Hope": _PLAIN,
    "chunks": _PLAIN | {"period": 16},
    "frozen rates": _PLAIN | {"frozen": "rates"},
    "chain alone": _PLAIN | {"frozen": ALL},
    "memories alone": _PLAIN | {"chain": SLOW},
    "as printed": _PLAIN | {"loss": LOSSES[1], "text": TEXTS[1]},
}


@lab()
def hope(preset: str = "Hope", *, seed: int = 0, **shown: Unpack[Shown]) -> Lab:
    """Hope's block diagram while it reads: the parts that a token writes light up, the others wait or stand still.

    The layer is real, `outer.Hope` of width 16 with its slow weights as drawn, and so is every number: ‖ΔM‖ of the five
    memories that rewrite themselves, and of the blocks of the chain behind them. It reads 48 tokens.
    preset: "Hope", "chunks" (the memories make keys and gradients at weights up to 16 tokens old), "frozen rates" (M_η
    stays at its start), "chain alone" (all five are frozen), "memories alone" (the chain stays as trained), "as
    printed" (one token again and again, by the ½‖·‖² loss). seed: of text and slow weights. shown: see `widgets.Shown`.
    Knobs: text (a motif of 8 tokens again and again, one token, or all at random), chain (periods of its blocks, in the
    order in which a token meets them), frozen (memories that stay at their start), loss (which loss the memories
    descend), period (tokens that see the same old memories).
    Source: Behrouz et al. 2025 (arXiv 2512.24695) eq. 83–97.
    """

    def run(text: str, chain: str, frozen: str, loss: str, period: int) -> Trace:
        source = Generator().manual_seed(seed)
        tokens = _tokens(text, source)
        held = FIVE if frozen == ALL else () if frozen == NONE else (frozen,)
        # where nothing is written a chunk is none; in pieces of another length sums would round otherwise
        how: Any = {"loss": loss, "period": 1 if frozen == ALL else period, "frozen": held, "unit_values": True}
        layer = Hope(
            WIDTH,
            _periods(chain),
            memories=SelfModifying(WIDTH, **how, generator=source),
            block_rate=float(chain != SLOW),
            generator=source,
        )
        with torch.no_grad():
            trace = layer.watched(tokens).trace
        periods = np.array([[_periods(chain)]], dtype=float)
        return trace.merge({"period": Signal(periods, np.arange(1), "tokens")}, notes={"frozen": " ".join(held)})

    return Lab(
        run,
        views.hope,
        name="hope",
        title="Hope's parts",
        summary=_summary,
        presets=PRESETS,
        preset=preset,
        dead=_dead,
        given={"seed": seed},
        **shown,  # pyright: ignore[reportArgumentType] (it holds only what Shown lists)
        text=Choice(TEXTS[0], TEXTS),
        chain=Choice(CHAINS[0], CHAINS, label="chain, periods"),
        frozen=Choice(NONE, (NONE, *FIVE, ALL), label="frozen memories"),
        loss=Choice(LOSSES[0], LOSSES, label="loss of a write"),
        period=Choice(1, (1, 4, 16), label="memories' period"),
    )


def _periods(chain: str) -> tuple[int, ...]:
    return tuple(map(int, (CHAINS[0] if chain == SLOW else chain).split()))


def _tokens(text: str, source: Generator) -> Tensor:
    """[1, time, width]; which text it is changes no number that is drawn after it."""
    drawn = torch.randn(1, TIME, WIDTH, generator=source)
    length = {TEXTS[0]: MOTIF, TEXTS[1]: 1}.get(text, TIME)
    return drawn[:, :length].repeat(1, TIME // length, 1)


def _dead(frozen: str, **_: Any) -> dict[str, str]:
    """Why a knob changes nothing as the others stand, by its name."""
    return dict.fromkeys(("loss", "period"), "all five memories are frozen") if frozen == ALL else {}


def _summary(trace: Trace) -> str:
    """How large the writes of the memory that is read were, at first and at last, and how often blocks were written."""
    writes, blocks = trace["write_norm"].values[:, 0], trace["level_writes"].values[:, 0]
    first, last = (float(writes[part, -1].mean()) for part in (slice(None, MOTIF), slice(-MOTIF, None)))
    said = [f"‖ΔM‖ of M_memory in the first {MOTIF} tokens {first:.2f}, in the last {last:.2f}"]
    ticks = ", ".join(map(str, (blocks > 0).sum(0).tolist()))
    said.append(f"writes of the chain: {ticks}" if (blocks > 0).any() else "the chain is not written")
    return " · ".join(said)
