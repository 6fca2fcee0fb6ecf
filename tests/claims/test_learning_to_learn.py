"""What is asked in public of learning to learn: four arms on one stream, who trains the views, W_0, the sign of θ."""

from __future__ import annotations

import math
import platform
from functools import cache

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from nlviz.experiments.learning_to_learn import (
    FOUR,
    PLAIN,
    WRITTEN,
    LearnedViews,
    Signed,
    four_arms,
    learned_views,
    signs,
    starts,
)
from nlviz.outer import ByteModel, WindowModel
from nlviz.streams import code

from .holding import Claims
from .seeds import SEEDS

pytestmark = pytest.mark.claim

TEXTS = ("email", "json", "http", "plotly", "encodings")
LENGTH = 600
TUNED, DYNAMIC, IN_CONTEXT, FAST = range(4)

same_python = pytest.mark.skipif(
    platform.python_version() != ByteModel.note()["python"], reason="another Python has other texts"
)


@cache
def gains() -> np.ndarray:
    """Bits per byte saved [texts, sessions, arms]: a text, another, the first again, and how the first goes on."""
    found = []
    for package, other in zip(TEXTS, (*TEXTS[1:], TEXTS[0]), strict=True):
        text, between = code(package, limit=2 * LENGTH).bytes, code(other, limit=LENGTH).bytes
        sessions = [("a", text[:LENGTH]), ("b", between), ("a again", text[:LENGTH]), ("a goes on", text[LENGTH:])]
        found.append(four_arms(sessions)["session_gain"].values[:, 0])
    return np.array(found, dtype=float)


def saved(session: int, arm: int) -> np.ndarray:
    return gains()[:, session, arm]


@same_python
def test_within_a_session_writing_all_weights_or_one_matrix_saves_alike(claims: Claims) -> None:
    """A first text, five of them: dynamic evaluation saves .27 bits, test-time training .26, fine-tuning nothing."""
    for arm, prose in ((TUNED, "0.00"), (DYNAMIC, ".27"), (IN_CONTEXT, ".09"), (FAST, ".26")):
        claims.says(prose, saved(0, arm), FOUR[arm])
    claims.more(0.05, np.abs(saved(0, DYNAMIC) - saved(0, FAST)), "level", share=1)


@same_python
def test_on_another_text_what_was_kept_is_in_the_way(claims: Claims) -> None:
    """Fine-tuning costs .01; dynamic evaluation saves .22 where test-time training, begun anew, saves .26."""
    for arm, prose in ((TUNED, "-.01"), (DYNAMIC, ".22"), (FAST, ".26")):
        claims.says(prose, saved(1, arm), FOUR[arm])
    claims.more(0.05, saved(1, TUNED), "fine-tuning is no help", share=1)
    claims.more(saved(1, FAST), saved(1, DYNAMIC), "beginning anew is better", by=-0.01, share=1)


@same_python
def test_the_first_text_again_is_known_only_where_slow_weights_moved(claims: Claims) -> None:
    """.40 by fine-tuning, .91 by dynamic evaluation; .09 and .26 by the others, as the first time, to the bit."""
    for arm, prose in ((TUNED, ".40"), (DYNAMIC, ".91"), (IN_CONTEXT, ".09"), (FAST, ".26")):
        claims.says(prose, saved(2, arm), FOUR[arm])
    claims.more(saved(2, DYNAMIC), saved(2, TUNED), "both kept, one writes on", by=0.2, share=1)
    for arm in (IN_CONTEXT, FAST):
        np.testing.assert_array_equal(saved(2, arm), saved(0, arm))


@same_python
def test_of_how_it_goes_on_half_as_much_is_known(claims: Claims) -> None:
    """Bytes nobody has read: fine-tuning .21, dynamic evaluation .49, test-time training .29."""
    for arm, prose in ((TUNED, ".21"), (DYNAMIC, ".49"), (FAST, ".29")):
        claims.says(prose, saved(3, arm), FOUR[arm])
    claims.more(saved(2, TUNED), saved(3, TUNED), "fine-tuning: less than of the text itself", by=0.05)
    claims.more(saved(3, DYNAMIC), saved(3, FAST), "dynamic evaluation is ahead", by=0.05)


@torch.no_grad()
def pays(window: int) -> list[float]:
    """Bits per byte of every text, by a window so wide."""
    model, given = WindowModel.load(), torch.tensor(np.stack([code(one, limit=LENGTH).bytes for one in TEXTS]))
    logits = model(given, window=window)[0] @ model.head_weights().mT
    lost = F.cross_entropy(logits.mT, given.long(), reduction="none").mean(1)
    return (lost / math.log(2)).tolist()


@same_python
def test_most_of_what_context_gives_is_there_after_eight_bytes(claims: Claims) -> None:
    """One byte in view: 5.3 bits; eight: 3.75; sixty-four: 3.65."""
    one, eight, whole = (pays(window) for window in (1, 8, 64))
    claims.says("5.3", one, "one byte")
    claims.says("3.75", eight, "eight")
    claims.says("3.65", whole, "sixty-four")
    claims.more(one, eight, "a word helps", by=1.0, share=1)
    claims.more(eight, whole, "more than a word helps", by=0.02, share=1)


@cache
def viewed(loss: str, writes: bool = True, unit_values: bool = False) -> list[LearnedViews]:
    how = {"loss": loss, "writes": writes, "unit_values": unit_values}
    return [learned_views(PLAIN.but(seed=seed), seed=seed, **how) for seed in SEEDS]


def of(found: list[LearnedViews], name: str) -> list[float]:
    return [getattr(one, name) for one in found]


def test_the_inner_loop_runs_during_training_too(claims: Claims) -> None:
    """On in both: error .22. On in training alone .69, on at test alone .95, off in both .67."""
    on, off = viewed("outer"), viewed("outer", writes=False)
    for prose, values, what in (
        (".22", of(on, "written"), "on, on"),
        (".69", of(on, "unwritten"), "on, off"),
        (".95", of(off, "written"), "off, on"),
        (".67", of(off, "unwritten"), "off, off"),
    ):
        claims.says(prose, values, what)
    claims.more(of(off, "written"), of(off, "unwritten"), "untrained writes do harm", by=0.1, share=1)


def test_views_trained_by_the_answers_say_what_the_key_does_not(claims: Claims) -> None:
    """Of v, .31 is told by k; the memory misses more than v is long, and the answers are right."""
    outer = viewed("outer")
    claims.says(".31", of(outer, "told"), "told")
    claims.says(".01", of(outer, "likeness"), "cosine of θ_K and θ_V")
    claims.more(of(outer, "inner"), 1.0, "the inner loss stays large", share=1)


def test_views_trained_by_the_inner_loss_leave_nothing_to_write(claims: Claims) -> None:
    """The inner loss falls to 0 by v → 0, or, where v must be of length 1, by v = W_0 k. Never by θ_K = θ_V."""
    free, unit = viewed("inner"), viewed("inner", unit_values=True)
    claims.more(0.001, [*of(free, "inner"), *of(unit, "inner")], "nothing is missed", share=1)
    claims.more(0.05, of(free, "length"), "v has shrunk to nothing", share=1)
    claims.says("1.00", of(unit, "told"), "v is told by k")
    claims.more(0.6, np.abs([*of(free, "likeness"), *of(unit, "likeness")]), "and is not k", share=1)


def test_what_is_written_by_such_views_cannot_be_read_again(claims: Claims) -> None:
    """Errors 1.00 and 1.9, with the inner loop off too; with θ_Q and R taught anew .67, as where nothing is written."""
    free, unit = viewed("inner"), viewed("inner", unit_values=True)
    claims.says("1.00", of(free, "written"), "v → 0")
    claims.says("1.9", of(unit, "written"), "v = W_0 k")
    for found in (free, unit):
        apart = np.abs(np.subtract(of(found, "written"), of(found, "unwritten")))
        claims.more(0.01, apart, "on or off is the same", share=1)
    claims.says(".67", of(unit, "retaught"), "v = W_0 k, taught anew")
    claims.more(of(free, "retaught"), 0.6, "v → 0, taught anew", share=1)


@cache
def begun() -> list[dict[str, list[float]]]:
    return [starts(PLAIN.but(seed=seed), steps=60, seed=seed) for seed in SEEDS]


def after(name: str, writes: int) -> list[float]:
    return [found[name][WRITTEN.index(writes)] for found in begun()]


def test_a_learned_start_is_worth_most_before_anything_is_written(claims: Claims) -> None:
    """Error after 0, 8, 24, 96 writes: from zero 1, .26, .27, .25; from a learned start .67, .22, .21, .18."""
    for prose, writes in zip(("1.00", ".26", ".27", ".25"), WRITTEN, strict=True):
        claims.says(prose, after("zero", writes), f"zero, {writes}")
    for prose, writes in zip((".67", ".22", ".21", ".18"), WRITTEN, strict=True):
        claims.says(prose, after("learned, kept", writes), f"learned, {writes}")
    worth = [np.subtract(after("zero", one), after("learned, kept", one)) for one in WRITTEN]
    claims.more(worth[0], worth[1], "more at 0 than at 8", by=0.2, share=1)


def test_forgetting_to_zero_makes_a_start_for_one_length(claims: Claims) -> None:
    """1.4 before any write, worse than nothing; .24 at 24, as trained; .25 at 96, where nothing is left of it."""
    name = "learned, forgotten to zero"
    for prose, writes in zip(("1.4", ".28", ".24", ".25"), WRITTEN, strict=True):
        claims.says(prose, after(name, writes), f"{name}, {writes}")
    claims.more(after(name, 0), 1.0, "worse than an empty memory", by=0.1, share=1)
    claims.more(0.01, np.abs(np.subtract(after(name, 96), after("zero", 96))), "as from zero in the end", share=1)


def test_forgetting_to_itself_keeps_what_the_start_knows(claims: Claims) -> None:
    """.66, .23, .23, .22: at 96 writes still .03 better than from zero; without any forgetting it is .18."""
    name = "learned, forgotten to itself"
    for prose, writes in zip((".66", ".23", ".23", ".22"), WRITTEN, strict=True):
        claims.says(prose, after(name, writes), f"{name}, {writes}")
    claims.more(after("zero", 96), after(name, 96), "better than from zero", by=0.02, share=1)
    claims.more(after(name, 96), after("learned, kept", 96), "forgetting nothing is better here", by=0.02, share=1)


@cache
def signed(together: bool, all_free: bool = False, steps: int = 100) -> dict[str, list[Signed]]:
    """By the sign in training, one for each seed."""
    how = {"together": together, "all_free": all_free, "steps": steps}
    found = [signs(PLAIN.but(seed=seed), seed=seed, **how) for seed in SEEDS]
    return {name: [one[name] for one in found] for name in found[0]}


def test_token_by_token_a_turned_sign_cannot_be_absorbed(claims: Claims) -> None:
    """θ > 0: .24, on longer streams .20. θ < 0: .45, and 6.2. Turned after training: 1,200; 1.8."""
    up, down = signed(together=False, steps=60).values()
    claims.says(".24", [one.trained for one in up], "θ > 0")
    claims.says(".20", [one.longer for one in up], "θ > 0, longer")
    claims.says(".45", [one.trained for one in down], "θ < 0")
    claims.says("6.2", [one.longer for one in down], "θ < 0, longer")
    claims.says("1.8", [one.turned for one in down], "θ < 0, turned")
    claims.says("1200", [one.turned for one in up], "θ > 0, turned")


def test_all_tokens_at_once_the_readout_absorbs_the_sign(claims: Claims) -> None:
    """.39 and .39, one update of the whole stream from W_0 = 0; turned after training 2.9."""
    up, down = signed(together=True).values()
    for runs, name in ((up, "θ > 0"), (down, "θ < 0")):
        claims.says(".39", [one.trained for one in runs], name)
        claims.says("2.9", [one.turned for one in runs], f"{name}, turned")
    apart = np.subtract([one.trained for one in up], [one.trained for one in down])
    claims.more(0.01, np.abs(apart), "the same", share=1)


def test_with_a_learned_start_and_learned_views_it_is_nearly_absorbed(claims: Claims) -> None:
    """.31 and .32: as all that the paper trains."""
    up, down = signed(together=True, all_free=True, steps=120).values()
    claims.says(".31", [one.trained for one in up], "θ > 0")
    claims.says(".32", [one.trained for one in down], "θ < 0")
    apart = np.subtract([one.trained for one in down], [one.trained for one in up])
    claims.more(0.05, apart, "hardly worse", share=1)
