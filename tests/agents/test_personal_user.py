"""The simulated user: who likes what on which day; and every arm beside a loop in NumPy."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import pytest
import torch
from torch import Generator

from nlviz.agents import personal
from nlviz.agents.personal import Life
from nlviz.measure import cosine

from ..benchmarks import personal as benchmark
from ..benchmarks.training import tables


@cache
def users(drift: float = 0.05) -> Life:
    return personal.life(6, generator=Generator().manual_seed(3), drift=drift)


def test_every_second_taste_is_another_one_between_the_two_days_and_then_the_old_one() -> None:
    met = users(0.0)
    assert met.changed.tolist() == [False, True] * 4
    before, new, after = (met.tastes[:, day - 1] for day in (14, 15, 31))
    torch.testing.assert_close(before, after)
    torch.testing.assert_close(new[:, ~met.changed], before[:, ~met.changed])
    assert cosine(new, before)[:, met.changed].abs().mean() < 0.4
    torch.testing.assert_close(met.others[:, 14, met.changed], before[:, met.changed])
    torch.testing.assert_close(met.tastes[:, 29], new)


def test_tastes_turn_by_as_much_every_day() -> None:
    met = users(0.1)
    still = met.tastes[:, :, ~met.changed]
    angle = cosine(still[:, 1:], still[:, :-1])
    torch.testing.assert_close(angle, torch.full_like(angle, math.cos(0.1)))


def test_what_is_said_is_near_the_taste_of_the_day_in_a_context_near_its_topic() -> None:
    met, user = users(), torch.arange(6)[:, None]
    meant = met.topics[user, met.topic], met.tastes[user, met.day - 1, met.topic]
    for said, middle in zip(met.pairs, meant, strict=True):
        near = cosine(said, middle)
        torch.testing.assert_close(near, torch.full_like(near, 0.95))
    assert met.until(0) == 0
    assert met.until(2) == 12
    assert met.until(99) == 270
    often = torch.bincount(met.topic.flatten(), minlength=8)
    assert often[0] > often[3] > often[7] > 0


def by_hand(arm: str, met: Life, user: int, cut: int, asked: np.ndarray) -> np.ndarray:
    """What an arm answers, as a plain loop over one user's interactions."""
    given, (keys, values) = personal.TUNED[arm], (one[user].double().numpy() for one in met.pairs)
    if arm in ("last 10", "recency"):
        known = range(max(0, cut - 10) if arm == "last 10" else 0, cut)
        life = given.get("half_life", math.inf)
        weights = np.array([math.exp(given["sharp"] * keys[i] @ asked) * 0.5 ** ((cut - 1 - i) / life) for i in known])
        return (weights / weights.sum()) @ values[list(known)]
    fast, slow, waiting = np.zeros((16, 16)), np.zeros((16, 16)), np.zeros((16, 16))
    for i in range(min(cut, 60) if arm == "frozen" else cut):
        forget = given.get("forget", 0.0)
        kept = fast * (1 - forget) if arm == "gated" else fast
        push = given["inner_lr"] * np.outer(values[i] - (kept + slow) @ keys[i], keys[i])
        fast = kept + push
        if arm == "continuum":
            # what the fast map lets go is a share of what it showed before this write
            fast = fast - forget * kept
            waiting = waiting + given["slow"] * push
            if (i + 1) % round(given["period"]) == 0:
                slow, waiting = slow + waiting, np.zeros((16, 16))
    return (fast + slow) @ asked


@pytest.mark.parametrize("arm", personal.ARMS)
def test_an_arm_is_its_loop(arm: str) -> None:
    met, cuts = users(), [1, 7, 59, 130]
    found = personal.answers(arm, met, cuts, met.topics[:, None].expand(-1, 4, -1, -1))
    for user, (at, cut), topic in ((0, (0, 1), 2), (1, (1, 7), 0), (4, (2, 59), 7), (5, (3, 130), 1)):
        one = by_hand(arm, met, user, cut, met.topics[user, topic].double().numpy())
        np.testing.assert_allclose(found[user, at, topic], one, atol=2e-5)


@pytest.mark.parametrize("arm", personal.ARMS)
def test_answers_are_shares_of_what_was_said(arm: str) -> None:
    met, cuts = users(), [0, 40, 200]
    asked = met.topics[:, None].expand(-1, 3, -1, -1)
    share = personal.shares(arm, met, cuts, asked)
    torch.testing.assert_close(
        share @ met.pairs.values[:, None], personal.answers(arm, met, cuts, asked), atol=1e-5, rtol=1e-4
    )
    for at, cut in enumerate(cuts):
        assert not share[:, at, :, cut:].any(), "nothing is known of what was not yet said"


def test_evenings_are_answers_after_the_day() -> None:
    met = users()
    found = personal.evenings("delta", met)
    torch.testing.assert_close(found[:, 9], personal.answers("delta", met, [60], met.topics[:, None])[:, 0])
    assert torch.equal(personal.evenings("frozen", met)[:, 9], personal.evenings("frozen", met)[:, 44])


def test_who_answers_with_the_taste_is_never_wrong_and_who_answers_with_the_other_always() -> None:
    met = users()
    right, other = personal.known(met.tastes, met), personal.known(met.others, met)
    assert right.hit.all()
    assert not right.error.any()
    assert not other.hit.any()
    assert (personal.known(torch.zeros_like(met.tastes), met).error - 1).abs().max() < 1e-5


@pytest.mark.parametrize(
    ("arm", "setting", "said"),
    [
        ("delta", {"forget": 0.1}, "numbers for inner_lr"),
        ("gated", {"inner_lr": 0.5, "forget": 2.0}, "up to 1"),
        ("deltas", None, "did you mean 'delta'"),
    ],
)
def test_constants_that_an_arm_has_not_are_refused(arm: str, setting: dict[str, float] | None, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        personal.evenings(arm, users(), setting)


def test_the_constants_are_those_of_the_page() -> None:
    (rows,) = (one for one in tables(benchmark.PAGE) if "its constants" in one[0])
    page = {
        row["arm"]: {k: float(v) for k, v in (one.split(" ") for one in row["its constants"].split(", "))}
        for row in rows
    }
    assert page == personal.TUNED


@pytest.mark.parametrize("arm", personal.ARMS)
def test_every_arm_is_tried_at_as_many_settings_within_its_ranges(arm: str) -> None:
    wide = benchmark.settings(arm, 8)
    near = benchmark.settings(arm, 8, wide[3])
    assert len(wide) == len(near) == 8
    for one in (*wide, *near):
        assert tuple(one) == personal.KNOBS[arm]
        assert all(benchmark.RANGES[k][0] * 0.999 <= x <= benchmark.RANGES[k][1] * 1.001 for k, x in one.items())
