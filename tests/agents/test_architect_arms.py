"""Every arm beside a plain loop, or another implementation of it; and none of them knows a byte before it scores it."""

from __future__ import annotations

import math
from collections import Counter
from functools import cache
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from nlviz import experiments, inner, measure, memory, outer
from nlviz.agents import architect
from nlviz.agents.architect import Strips, caches
from nlviz.agents.architect.arms import THRESHOLD
from nlviz.agents.architect.caches import followers
from nlviz.agents.architect.pages import PAGE, WARM, pages_of, strips_of
from nlviz.agents.architect.passages import Passages
from nlviz.agents.architect.taught import Asked, shares
from nlviz.streams.code import File

WIDTH, DAY = 8, 64


@cache
def stream() -> tuple[Tensor, Tensor, Tensor]:
    """A head, keys and bytes of thirteen days, in float64."""
    chance = Generator().manual_seed(5)
    keys = F.normalize(torch.randn(13 * DAY, WIDTH, generator=chance, dtype=torch.float64), dim=-1)
    head = torch.randn(256, WIDTH, generator=chance, dtype=torch.float64)
    return head, keys, torch.randint(0, 256, (13 * DAY,), generator=chance)


def days(arm: architect.Arm) -> np.ndarray:
    """Bits of all days."""
    _, keys, given = stream()
    found = []
    for start in range(0, len(given), DAY):
        here = slice(start, start + DAY)
        pages = Strips(given[here][None].to(torch.uint8), torch.ones(1, DAY, dtype=torch.bool), keys[here][None])
        found.append(arm.day(pages).bits.numpy())
    return np.concatenate(found)


def plain(*, threshold: float = -1.0, shares: tuple[float, float] | None = None, window: int = 0) -> np.ndarray:
    """The same in NumPy, a byte at a time."""
    head, keys, given = (one.numpy() for one in stream())
    fast, week, month, bits = np.zeros_like(head), np.zeros_like(head), np.zeros_like(head), []

    def read(start: int, stop: int) -> list[float]:
        found = []
        for chunk in range(start, stop, 16):
            change = np.zeros_like(head)
            for at in range(chunk, min(chunk + 16, stop)):
                logits = (head + fast + week + month) @ keys[at]
                p = np.exp(logits - logits.max())
                p /= p.sum()
                found.append(-math.log2(p[given[at]]))
                if found[-1] > threshold:
                    change += np.outer(p - np.eye(256)[given[at]], keys[at])
            fast[:] -= change
        return found

    for day, start in enumerate(range(0, len(given), DAY), start=1):
        if window:
            fast[:] = 0
            read(max(0, start - window), start)
        bits += read(start, start + DAY)
        if shares:
            week += shares[0] * fast
            fast[:] = 0
            if day % 5 == 0:
                month += shares[1] * week
                week[:] = 0
    return np.array(bits)


def test_every_head_is_a_plain_loop() -> None:
    head = stream()[0]
    np.testing.assert_allclose(days(architect.Head(head)), plain(), rtol=1e-12)
    np.testing.assert_allclose(
        days(architect.Head(head, threshold=THRESHOLD + 6)), plain(threshold=THRESHOLD + 6), rtol=1e-12
    )
    np.testing.assert_allclose(days(architect.Continuum(head)), plain(shares=(0.5, 0.5)), rtol=1e-12)
    np.testing.assert_allclose(days(architect.Window(head, length=96)), plain(window=96), rtol=1e-12)


def test_the_continuum_is_the_nested_one_of_the_paper() -> None:
    """A slower level learns from the gradients that the faster one met; where it ticks, the faster starts from it."""
    head, keys, given = stream()
    deep = memory.DeepMemory(WIDTH, 256, memory.cross_entropy, initial=head)
    periods = ((16, 1.0), (DAY, 0.5), (5 * DAY, 0.25))
    levels = [memory.Level(deep, period=period, rate=rate, mean=False) for period, rate in periods]
    pairs = memory.Pairs(keys[None], F.one_hot(given, 256)[None].to(keys))
    gates = memory.Gates.constant(pairs, 1.0)
    run = inner.unroll(memory.Continuum(levels, "nested"), pairs, gates, period=16, read_first=True)
    told = F.cross_entropy(run.outputs[0], given, reduction="none") / math.log(2)
    np.testing.assert_allclose(days(architect.Continuum(head)), told, rtol=1e-10)


AS_READING = {"frozen": {"inner_lr": 0.0}, "one rate": {}, "surprise-gated": {"threshold": THRESHOLD}}


@pytest.mark.parametrize(("arm", "how"), AS_READING.items())
def test_a_single_page_is_read_as_reading_reads_it(arm: str, how: dict[str, Any]) -> None:
    text = np.frombuffer(b"def read(self):\n    return self.text\n" * 9, np.uint8)[:PAGE]
    found = architect.reader(arm)(torch.tensor(text)[None])[0]
    told = experiments.read(outer.ByteModel.load(), text, **how).trace["bits"].values[:, 0]
    np.testing.assert_allclose(found, told, atol=2e-4)


def test_pages_cover_a_span_once_each_warmed_by_what_stands_before_in_its_file() -> None:
    files = [File("a", 0, 700), File("b", 700, 2000)]
    found = pages_of(files, slice(100, 1500))
    assert [(start, stop) for _, start, stop in found] == [(100, 612), (612, 700), (700, 1212), (1212, 1500)]
    assert [start - warm for warm, start, _ in found] == [WARM, WARM, 0, WARM]
    model, text = outer.ByteModel.load(), torch.randint(32, 120, (90,), dtype=torch.uint8)
    strips = strips_of(model, [(text.numpy(), 30), (text[:40].numpy(), 0)])
    torch.testing.assert_close(strips.asked[:60], model.keys(text[None])[0, 30:])
    torch.testing.assert_close(strips.given[60:], text[:40].long())


def test_the_n_grams_are_those_of_counting() -> None:
    """Interpolated Witten–Bell, from the text alone."""
    text = b"abcabcabdabcabcabdabcabcabcabd" * 3
    head = torch.zeros(256, outer.ByteModel.load().d_key)
    found = caches.NGrams(head).day(strips_of(outer.ByteModel.load(), [(text, 0)])).bits.numpy()
    for at in range(len(text)):
        p = 1 / 256
        for order in caches.ORDERS:
            if at < order:
                break
            context = text[at - order : at]
            after = Counter(text[one + order] for one in range(at - order) if text[one : one + order] == context)
            if after:
                p = (after[text[at]] + len(after) * p) / (sum(after.values()) + len(after))
        assert found[at] == pytest.approx(-math.log2(p), rel=1e-5)


def test_followers_are_of_the_longest_context_that_stands_there() -> None:
    assert followers(b"12345678a 12345678b 5678c", b"12345678", ord("a")) == (1, 2, 2)
    assert followers(b"xxxx5678c", b"12345678", ord("c")) == (1, 1, 1)
    assert followers(b"nothing", b"12345678", ord("a")) == (0, 0, 0)


def test_a_passage_is_found_by_its_rare_words() -> None:
    held = Passages()
    held.add(b"\n".join(b"common = value_%d" % at for at in range(40)))
    held.add(b"common = parcel\nweight = common\n")
    assert held.found([b"parcel weight"])[0].startswith(b"common = parcel")
    assert held.found([b"unheard"]) == [b""]


@pytest.mark.parametrize("threshold", [None, THRESHOLD + 6])
def test_what_is_known_is_the_sum_of_what_every_write_added(threshold: float | None) -> None:
    """For any key and any weights on the logits, to the last digits: a·Wk = a·W_0 k + Σ −θ (a·g_i)(k_i·k)."""
    head, keys, given = stream()
    arm, chance = architect.Head(head, threshold=threshold, rate=0.7), Generator().manual_seed(1)
    arm.writes = []
    paid = arm.read(keys, given)
    asked = Asked(*(torch.randn(5, width, generator=chance, dtype=torch.float64) for width in (WIDTH, 256)))
    found = shares(asked, keys, torch.cat(arm.writes), arm.rate)
    told, slow = (((asked.keys @ weights.mT) * asked.towards).sum(-1) for weights in (arm.weights, head))
    torch.testing.assert_close(found.sum(0) + slow, told, rtol=0, atol=1e-9)
    assert (found[paid.written == 0] == 0).all()


AUDITED = np.frombuffer(b"class Parcel:\n    def weight(self):\n        return self.mass + 1\n\n", np.uint8)


@pytest.mark.parametrize("arm", [arm for arm in architect.ARMS if arm != "continuum with sleep"])
def test_no_arm_leaks(arm: str) -> None:
    found = measure.audit(architect.reader(arm, a_day=32), AUDITED, positions=[9, 40, 63], sums=[44])
    assert found.clean, str(found)


def test_a_night_knows_nothing_of_the_days_to_come() -> None:
    """Six days of 16 bytes, with a night after the fifth."""
    read, text = architect.reader("continuum with sleep", a_day=16), torch.tensor(AUDITED)[None].repeat(1, 2)[:, :96]
    before = read(text)
    for place in (40, 90):
        changed = text.clone()
        changed[0, place] += 1
        after = read(changed)
        torch.testing.assert_close(after[:, :place], before[:, :place])
        assert (after[:, place:] - before[:, place:]).abs().max() > 0.1
    awake = architect.reader("continuum", a_day=16)(text)
    torch.testing.assert_close(before[:, :80], awake[:, :80], atol=1e-3, rtol=1e-3)
    assert (before[:, 80:] - awake[:, 80:]).abs().max() > 1e-3
