"""Days and nights: what may move moves and nothing else, what is asked about is never read, and R is what was asked."""

from __future__ import annotations

import copy
from collections.abc import Iterator

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from nlviz import experiments, measure, streams
from nlviz.experiments.sleep import (
    ARMS,
    CONTROLS,
    Days,
    Look,
    Night,
    as_it_stands,
    as_said,
    course,
    days_of,
    dreams,
    matrix,
    pieces_of,
    taught,
    trace_of,
)
from nlviz.outer import ByteModel

TEXT = streams.code("email", limit=4200).bytes
SHORT = Night(updates=3, batch=4)
SMALL = ByteModel(d_key=8, d_embed=4, generator=torch.Generator().manual_seed(0)).double()


def chance(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.fixture(scope="module")
def days() -> Days:
    return days_of([("first", TEXT[:2100]), ("second", TEXT[2100:])])


@pytest.fixture(scope="module")
def lived(days: Days) -> dict[str, tuple[Look, ...]]:
    return {arm: last(course(arm, days, SHORT)) for arm in ARMS | CONTROLS}


def last(pieces: Iterator[tuple[int, tuple[Look, ...]]]) -> tuple[Look, ...]:
    *_, (_, looks) = pieces
    return looks


def test_what_is_asked_about_is_never_read(days: Days) -> None:
    first = days.days[0]
    assert first.asked.shape == (4, 128)
    np.testing.assert_array_equal(first.asked.flatten(), TEXT[1536:2048])
    # the rest after the last whole turn is read
    np.testing.assert_array_equal(first.read, np.concatenate([TEXT[:1536], TEXT[2048:2100]]))
    kept = {bytes(piece.tolist()) for piece in pieces_of(days.before.flatten())}
    assert not kept & {bytes(piece.tolist()) for piece in days.old}
    assert days.before.shape == (16, 128)
    assert days.old.shape == (48, 64)


def test_the_same_seed_gives_the_same_samples_and_another_does_not() -> None:
    one, again, other = (days_of([("a", TEXT)], seed=seed) for seed in (1, 1, 2))
    assert torch.equal(one.before, again.before)
    assert not torch.equal(one.before, other.before)
    assert not torch.equal(one.old, other.old)


def test_days_come_and_go_alike_for_all_arms(lived: dict[str, tuple[Look, ...]]) -> None:
    night = [0.0, 1 / 3, 2 / 3, 1.0]
    times = [(0, False, 1.0)]
    for day in (1, 2):
        times += [(day, False, part / 3) for part in (1, 2, 3)] + [(day, True, part) for part in night]
    for looks in lived.values():
        assert [(look.day, look.night, look.share) for look in looks] == times
        assert looks[0].bits == next(iter(lived.values()))[0].bits


@pytest.mark.parametrize("arm", ARMS | CONTROLS)
def test_only_what_an_arm_may_move_moves(arm: str, lived: dict[str, tuple[Look, ...]]) -> None:
    held, looks = (ARMS | CONTROLS)[arm], lived[arm]
    nights = [look for look in looks if look.night]
    assert all((look.fast == 0) == held.cleared for look in nights)
    evening = [look for look in looks if not look.night and look.day]
    assert all((look.fast > 0) == held.fast for look in evening)
    assert (looks[-1].slow > 0) == bool(held.replays)
    assert looks[4].slow == 0, "a night begins with the slow weights of the evening"
    assert looks[-1].slow > looks[7].slow or not held.replays


def test_without_sleep_every_morning_is_the_first(lived: dict[str, tuple[Look, ...]]) -> None:
    awake = matrix(lived["no sleep"])
    assert (awake == awake[0]).all()


def test_by_day_the_memory_is_that_of_a_reading(days: Days, lived: dict[str, tuple[Look, ...]]) -> None:
    state, trace = experiments.read(ByteModel.load(), days.days[0].read.numpy())
    held = getattr(state.memory, "state", state.memory)
    model, text = ByteModel.load(), days.days[0].asked
    logits = (model.keys(text) @ held.memory[0].mT)[:, 16:].flatten(0, 1)
    bits = F.cross_entropy(logits, text[:, 16:].long().flatten()).item() / np.log(2)
    look = lived["only fast"][3]
    assert look.bits[1] == pytest.approx(bits, rel=1e-4)
    assert look.fast == pytest.approx(trace["drift_norm"].values[-1, 0], rel=1e-4)


def test_a_course_is_the_same_whenever_and_with_however_many_threads(days: Days) -> None:
    before = torch.get_num_threads()
    found = []
    try:
        for threads in (1, 2):
            torch.set_num_threads(threads)
            found.append(last(course("sleep: dreams", days, SHORT)))
            assert torch.get_num_threads() == threads
    finally:
        torch.set_num_threads(before)
    assert found[0] == found[1]


def test_the_teacher_is_what_the_memory_says_and_without_one_the_model() -> None:
    text = torch.randint(0, 256, (3, 7), generator=chance(), dtype=torch.uint8)
    head = torch.randn(256, 8, generator=chance(1), dtype=torch.float64)
    keys = SMALL.keys(text)
    torch.testing.assert_close(as_said(SMALL, text, head).targets, (keys @ head.mT).softmax(-1))
    torch.testing.assert_close(as_said(SMALL, text).targets, (keys @ SMALL.head_weights().mT).softmax(-1))
    assert not as_said(SMALL, text).targets.requires_grad


def test_dreams_are_drawn_from_what_the_head_says() -> None:
    head = torch.full((256, 8), 0.0, dtype=torch.float64)
    said = SMALL.keys(torch.zeros(1, 1, dtype=torch.uint8))[0, 0]
    # the first key is the same for all: 500 times as likely a byte as all others together
    head[65] = said * np.log(500 * 255)
    made = dreams(SMALL, 200, head, length=1, generator=chance())
    assert (made == 65).double().mean() > 0.97
    one, again = (dreams(SMALL, 3, length=5, generator=chance(2)) for _ in range(2))
    assert torch.equal(one, again)


def test_what_a_dream_says_is_what_the_model_says_when_it_reads_it() -> None:
    """The byte drawn is the one read on: a model that only ever repeats the byte before it dreams of one byte."""
    model = ByteModel.load()
    made = dreams(model, 2, length=12, generator=chance(3))
    bits = F.cross_entropy((model.keys(made) @ model.head_weights().mT).flatten(0, 1), made.long().flatten()) / np.log(
        2
    )
    assert bits < 5, "text of its own is no surprise: bytes at random would cost more than 8"


def test_an_update_goes_down_the_gradient_of_the_divergence_from_the_teacher() -> None:
    text = torch.randint(0, 256, (4, 6), generator=chance(), dtype=torch.uint8)
    lesson = as_said(SMALL, text, torch.randn(256, 8, generator=chance(1), dtype=torch.float64))
    model = copy.deepcopy(SMALL)
    losses = [*taught(model, lesson, None, Night(updates=60, batch=4, rate=3e-2), generator=chance())]
    said = as_said(model, text).targets
    gap = F.kl_div(said.log(), lesson.targets, reduction="none").sum(-1).mean()
    first = F.kl_div(as_said(SMALL, text).targets.log(), lesson.targets, reduction="none").sum(-1).mean()
    assert gap < 0.3 * first
    entropy = -(lesson.targets * lesson.targets.log()).sum(-1).mean() / np.log(2)
    assert losses[-1] > entropy, "no lower than what the teacher itself leaves open"


def test_a_share_of_old_pieces_is_among_every_batch() -> None:
    """Old pieces teach one byte, those of the day another: the share decides which is learned."""
    text = torch.randint(0, 256, (8, 6), generator=chance(), dtype=torch.uint8)
    today, old = (as_it_stands(torch.full_like(text, byte)) for byte in (65, 66))
    for share, more in ((0.0, 65), (0.25, 65), (0.75, 66), (1.0, 66)):
        model = copy.deepcopy(SMALL)
        for _ in taught(model, today, old, Night(40, 4, share, 1e-2), generator=chance()):
            pass
        said = as_said(model, text[:, :1]).targets[0, 0]
        assert int(said.argmax()) == more
        assert (said[65 + 66 - more] > 0.05) == (share in (0.25, 0.75))


def test_the_matrix_has_the_start_and_every_morning(lived: dict[str, tuple[Look, ...]]) -> None:
    looks = lived["fine-tuning"]
    known = matrix(looks)
    assert known.shape == (3, 3)
    np.testing.assert_array_equal(known, [looks[at].bits for at in (0, 7, 14)])
    assert measure.forgetting(-known[1:, 1:]) == pytest.approx(known[2, 1] - known[1, 1])
    with pytest.raises(ValueError, match="the nights in looks is 1; expected 2, one after each day"):
        matrix(looks[:-1])


def test_a_course_on_its_way_leaves_gaps_in_the_trace(days: Days, lived: dict[str, tuple[Look, ...]]) -> None:
    run = trace_of({"only fast": lived["only fast"], "no sleep": lived["no sleep"][:5]}, days)
    assert np.isfinite(run["known"].values).all(-1).sum((0, 1)).tolist() == [15, 5]
    assert np.isfinite(run["fast_norm"].values).sum((0, 1)).tolist() == [15, 5]
    assert run["known"].names == ("before", "first", "second")
    spans = [("day 1", 1, 4), ("night 1", 4, 8), ("day 2", 8, 11), ("night 2", 11, 15)]
    assert [(token.text, token.start, token.stop) for token in run.tokens] == spans


def test_what_does_not_fit_is_refused_in_words(days: Days) -> None:
    with pytest.raises(ValueError, match=r"the bytes of 'a' is 1999; expected at least 2,048"):
        days_of([("a", TEXT[:1999])])
    with pytest.raises(ValueError, match="a day's name is 'a'; expected a name that no other text has"):
        days_of([("a", TEXT), ("a", TEXT)])
    with pytest.raises(ValueError, match="'nap'"):
        course("nap", days)
    with pytest.raises(ValueError, match="old"):
        course("no sleep", days, Night(old=1.5))
    with pytest.raises(ValueError, match=r"head is Tensor \[2, 2\]"):
        dreams(SMALL, 1, torch.ones(2, 2), generator=chance())
    with pytest.raises(ValueError, match="courses is 'empty'"):
        trace_of({}, days)
