"""What a fixed state is worth beside a window, which tokens a cache should keep, and what lies along a slider.

That both ends of the slider are their known forms to 1e-10 is no matter of seeds: tests/inner/test_segments.py.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest

from nlviz import measure
from nlviz.experiments import budget
from nlviz.memory.cached import KEEPS

from .holding import Claims
from .seeds import SEEDS, chance

pytestmark = pytest.mark.claim

ROOM = 16


@cache
def reach(width: int) -> np.ndarray:
    """The effective context of a gated delta memory in streams of eight times its width, for every seed, at the gates
    of `labs.budget`; there a point is an eighth of the width, here four tokens at every width."""
    answers = budget.memorised("gated delta", width, **budget.TUNED["gated delta"][width])
    curves = (
        budget.recall_by_age(answers, width, 8 * width, generator=chance(seed), streams=2048 // width) for seed in SEEDS
    )
    return np.array([measure.effective_context(curve) for curve in curves])


def window(width: int, equal: str) -> int:
    """The tokens of a window that costs as much: it keeps, and multiplies by, two widths a token."""
    cost = budget.costs("gated delta", width, 0)
    return (cost.numbers if equal == "bytes" else cost.operations) // (2 * width)


@cache
def kept(meeting: str) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Recall with 16 tokens beside a memory by the way to choose them, and without any, as `labs.kept` shows it."""
    found = np.array([budget.choose(meeting, KEEPS[0], ROOM, seed=seed)["by_room"].values[:, 0] for seed in SEEDS])
    with_room = found[:, budget.ROOMS.index(ROOM)]
    return dict(zip(KEEPS, with_room.T, strict=True)), found[:, 0, 0]


@cache
def along(meeting: str) -> dict[int, np.ndarray]:
    """Recall by the length of a segment, 0 for the whole stream, as `labs.segments` shows it."""
    runs = [budget.slide(meeting, seed=seed)["recall"] for seed in SEEDS]
    lengths = [*runs[0].times[:-1].tolist(), 0]
    return dict(zip(lengths, np.array([run.values[:, 0].mean(-1) for run in runs]).T, strict=True))


def test_in_bytes_a_narrow_state_loses_to_a_window_and_a_wide_one_wins(claims: Claims) -> None:
    """Gated delta reaches 3.6 tokens at width 16, 17.7 at 32, 69 at 64; a window of equal bytes 8, 16 and 32."""
    for width, said, other in ((16, "3.6", 8), (32, "17.7", 16), (64, "69", 32)):
        assert window(width, "bytes") == other
        claims.says(said, reach(width), f"reach at width {width}")
    claims.more(window(16, "bytes"), reach(16), "the window at 16", share=1)
    claims.more(reach(64), window(64, "bytes"), "the memory at 64", share=1)


def test_at_equal_work_the_window_reaches_further_at_every_width(claims: Claims) -> None:
    for width, tokens in ((16, 32), (32, 64), (64, 128)):
        assert window(width, "work") == tokens
        claims.more(tokens, reach(width), f"the window at {width}", share=1)


def test_surprise_keeps_rare_things_better_than_dice(claims: Claims) -> None:
    """Rare among common, room for 16: .89 by the size of the write, .65 by dice, .61 without a cache."""
    ways, alone = kept("rare among common")
    claims.says(".89", ways["largest write"], "largest write")
    claims.says(".65", ways["random"], "dice")
    claims.says(".61", alone, "without")
    claims.more(ways["largest write"], ways["random"], "surprise ahead of dice", by=0.15, share=1)


def test_where_all_comes_once_or_half_is_noise_surprise_is_no_better_than_dice(claims: Claims) -> None:
    """Each once .52 and .52, half noise .92 and .94."""
    for meeting, said in {"each once": (".52", ".52"), "half noise": (".92", ".94")}.items():
        ways, _ = kept(meeting)
        claims.says(said[0], ways["largest write"], f"{meeting}, largest write")
        claims.says(said[1], ways["random"], f"{meeting}, dice")
        claims.more(0.01, ways["largest write"] - ways["random"], f"{meeting}: no better", share=1)


def test_where_keys_are_overwritten_every_cache_but_the_newest_harms(claims: Claims) -> None:
    """.88 without, .89 with the newest, .70 by the size of the write, .65 by dice."""
    ways, alone = kept("overwritten")
    claims.says(".88", alone, "without")
    for way, said in {"newest": ".89", "largest write": ".70", "random": ".65"}.items():
        claims.says(said, ways[way], way)
    claims.more(alone, ways["largest write"], "none ahead of surprise", by=0.1, share=1)


@pytest.mark.parametrize(
    ("meeting", "said"),
    [
        ("each once", {1: "1.00", 4: ".87", 16: ".69", 0: ".45"}),
        ("rare among common", {1: "1.00", 16: ".72", 64: ".58", 0: ".61"}),
        ("overwritten", {1: ".83", 4: ".42", 16: ".48", 0: ".88"}),
    ],
)
def test_along_the_slider_from_attention_to_one_memory(claims: Claims, meeting: str, said: dict[int, Any]) -> None:
    """Each once 1.00 … .45; with keys overwritten the middle is worse than both ends."""
    shares = along(meeting)
    for length, number in said.items():
        claims.says(number, shares[length], f"{meeting}, segments of {length or 'all'}")
    if meeting == "overwritten":
        claims.more(np.minimum(shares[1], shares[0]), shares[16], "both ends ahead of the middle", by=0.2, share=1)
