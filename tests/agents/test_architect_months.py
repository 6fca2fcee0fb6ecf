"""Three months as a whole: pieces, looks, answers, traces, and what stands in a file to go on from."""

from __future__ import annotations

import tempfile
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from nlviz import outer
from nlviz.agents import architect
from nlviz.agents.architect import pages
from nlviz.agents.architect.legacy import RENAMED_ON
from nlviz.agents.architect.lived import AGAIN

from ..full_disk import room_for
from .architect_folder import parcels_first

SOME = ("frozen", "n-gram cache", "retrieval", "one rate", "continuum")


@cache
def project() -> architect.Legacy:
    return parcels_first(Path(tempfile.mkdtemp()))


@cache
def whole() -> architect.Months:
    return architect.read_months(project(), SOME, each=2)


def same(one: architect.Months, other: architect.Months) -> None:
    """To the bit."""
    for name in ("bits", "surprise", "written", "moved", "held", "levels"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)
    for mine, yours in zip(one.checkpoints, other.checkpoints, strict=True):
        np.testing.assert_array_equal(mine.known, yours.known)
    for mine, yours in zip(one.answers, other.answers, strict=True):
        np.testing.assert_array_equal(mine.bits, yours.bits)
    assert one.taught == other.taught
    assert one.questions == other.questions


def test_every_day_is_a_piece_and_the_last_is_the_whole() -> None:
    pieces = [(piece.done, piece.total) for piece in architect.month_pieces(project(), ("frozen",), each=0)]
    assert pieces == [(day, 60) for day in range(1, 61)]
    early = next(architect.month_pieces(project(), SOME, each=2)).so_far()
    assert early.days == 1
    np.testing.assert_array_equal(early.bits, whole().bits[:, : project().a_day])
    assert early.checkpoints == early.answers == ()


def test_looks_are_re_read_and_never_written() -> None:
    """What the frozen reader knows of a week is the mean of its pages, the same at every look."""
    months = whole()
    assert [look.name for look in months.checkpoints] == list(architect.CHECKPOINTS)
    frozen = np.stack([look.known[0] for look in months.checkpoints])
    assert (frozen == frozen[0]).all()
    week = project().week(1)
    found = pages.pages_of(project().files, week)
    assert len(found) <= AGAIN
    model, text = outer.ByteModel.load(), project().bytes
    strips = pages.strips_of(model, [(text[at:stop], start - at) for at, start, stop in found])
    alone = architect.Frozen(model.head_weights().detach()).costs(strips).sum() / strips.counted.sum()
    assert frozen[0, 0] == pytest.approx(float(alone), abs=1e-5)
    # an arm that is asked often reads on as one that never was
    never = architect.read_months(project(), ("one rate",), each=0)
    np.testing.assert_array_equal(never.bits[0], months.bits[SOME.index("one rate")])


def test_a_candidate_costs_what_its_bytes_cost_after_the_prompt() -> None:
    months, model = whole(), outer.ByteModel.load()
    assert {one.about for one in months.questions} == set(architect.CLASSES)
    for at, one in enumerate(months.questions[:4]):
        for place, name in enumerate(one.candidates):
            said = one.prompts[0] + name.encode() + one.follows
            keys = model.keys(torch.tensor([list(said)], dtype=torch.uint8))[0, len(one.prompts[0]) :]
            logs = (keys @ model.head_weights().mT).log_softmax(-1)
            told = -logs.gather(-1, torch.tensor(list(said))[len(one.prompts[0]) :, None]).sum() / np.log(2)
            assert months.answers[0].bits[0, at, place] == pytest.approx(float(told), abs=1e-3)


def test_right_is_the_cheapest_candidate_at_its_truth() -> None:
    for look, at in zip(whole().answers, range(3), strict=True):
        for arm in range(len(SOME)):
            for place, one in enumerate(whole().questions):
                chosen = int(np.argmin(look.bits[arm, place, : len(one.candidates)]))
                assert look.right[arm, place] == (chosen == one.truth[at])


def test_the_lines_add_up_to_the_answer() -> None:
    """base and all lines together are the logits of the memory as it stands, which is read here by another way."""
    model = outer.ByteModel.load()
    memory = architect.Head(model.head_weights().detach())
    text, looked = project().bytes, 0
    for day in range(60):
        span = project().day(day)
        found = pages.pages_of(project().files, span)
        with torch.no_grad():
            memory.day(pages.strips_of(model, [(text[at:stop], start - at) for at, start, stop in found]))
        if day + 1 not in architect.CHECKPOINTS.values():
            continue
        for told, one in zip(whole().taught[looked], whole().questions, strict=True):
            said = [name.encode() + one.follows for name in one.candidates]
            right = one.truth[looked]
            fork = next(place for place in range(99) if len({name[place] for name in said}) > 1)
            prompt = one.prompts[looked] + said[right][: fork + 1]
            key = model.keys(torch.tensor([list(prompt)], dtype=torch.uint8))[0, -1].detach()
            logits, slow = (weights @ key for weights in (memory.weights, memory.start))
            others = [name[fork] for place, name in enumerate(said) if place != right]
            found_now = [
                float(w[said[right][fork]]) - np.mean([float(w[other]) for other in others]) for w in (logits, slow)
            ]
            assert told.logits == pytest.approx(found_now[0], abs=1e-3)
            assert told.base == pytest.approx(found_now[1], abs=1e-4)
            assert told.base + told.rest + sum(line.logits for line in told.teachers) == pytest.approx(
                told.logits, abs=1e-5
            )
        looked += 1


def test_a_teacher_is_a_line_that_was_read_by_then() -> None:
    for look, day in zip(whole().taught, architect.CHECKPOINTS.values(), strict=True):
        for told in look:
            for line in told.teachers:
                assert line.step < day * project().a_day
                place = project().place(line.step)
                assert (place.file, place.line, project().line(line.step)) == (line.file, line.line, line.text)
            sizes = [abs(line.logits) for line in told.teachers]
            assert sizes == sorted(sizes, reverse=True)


@pytest.mark.parametrize("arms", [SOME, ("continuum with sleep", "window", "surprise-gated")])
def test_stopped_anywhere_and_gone_on_with_is_the_whole_to_the_bit(arms: tuple[str, ...], tmp_path: Path) -> None:
    file, small = tmp_path / "run.safetensors", project()
    stops = (3, 7) if arms == SOME else (5,)
    for stop in stops:
        pieces = architect.month_pieces(small, arms, each=2, kept=file)
        done = next(piece.done for piece in pieces if piece.done >= stop)
        pieces.close()
        assert done == stop
    end = 21 if arms == SOME else 6
    pieces = architect.month_pieces(small, arms, each=2, kept=file)
    *_, last = islice(pieces, end - stops[-1] + 1)
    *_, other = islice(architect.month_pieces(small, arms, each=2), end)
    assert last.done == other.done == end
    same(last.so_far(), other.so_far())
    assert last.so_far().remarks == ()


def kept_to(file: Path, days: int, **more: Any) -> None:
    """A run that was killed after so many days: no piece is closed, the file is what the weeks left."""
    pieces = architect.month_pieces(project(), ("frozen", "one rate"), each=2, kept=file, **more)
    for _ in islice(pieces, days):
        pass


def gone_on(file: Path) -> architect.Months:
    return next(architect.month_pieces(project(), ("frozen", "one rate"), each=2, kept=file)).so_far()


@pytest.mark.parametrize("damage", ["cut", "turned", "emptied", "another file"])
def test_a_damaged_file_is_said_and_the_run_goes_on_from_the_one_before(damage: str, tmp_path: Path) -> None:
    file = tmp_path / "run.safetensors"
    kept_to(file, 10)
    raw = bytearray(file.read_bytes())
    if damage == "turned":
        raw[-5] ^= 1
    spoilt = {"cut": raw[: len(raw) // 2], "turned": raw, "emptied": b"", "another file": b"import email\n" * 99}[
        damage
    ]
    file.write_bytes(bytes(spoilt))
    months = gone_on(file)
    assert months.days == 5
    assert "run.safetensors cannot be used" in months.remarks[0]
    assert "goes on from day 5" in months.remarks[1]
    np.testing.assert_array_equal(months.bits, architect_bits(5))
    (tmp_path / "run.safetensors.before").write_bytes(b"")
    anew = gone_on(file)
    assert anew.days == 1
    assert "goes on from the first day" in anew.remarks[-1]


@cache
def architect_bits(days: int) -> np.ndarray:
    *_, last = islice(architect.month_pieces(project(), ("frozen", "one rate"), each=2), days)
    return last.so_far().bits


def test_a_run_of_another_text_or_of_other_settings_is_refused_and_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "run.safetensors"
    kept_to(file, 5)
    raw = file.read_bytes()
    with pytest.raises(ValueError, match="of another text or other settings'; expected this one"):
        architect.month_pieces(project(), ("frozen",), each=2, kept=file)
    with pytest.raises(ValueError, match="of another text or other settings'; expected this one"):
        architect.month_pieces(architect.legacy("email", limit=4_000, seed=1), ("frozen", "one rate"), kept=file)
    assert file.read_bytes() == raw


def test_on_a_full_disk_the_reading_goes_on_and_what_was_kept_stays(tmp_path: Path) -> None:
    file = tmp_path / "run.safetensors"
    kept_to(file, 5)
    raw = file.read_bytes()
    pieces = architect.month_pieces(project(), ("frozen", "one rate"), each=2, kept=file)
    with room_for(1000):
        *_, last = islice(pieces, 7)
    assert last.done == 11
    said = "day 10 could not be kept (File too large); run.safetensors still holds day 5; the reading goes on"
    assert last.so_far().remarks == (said,)
    assert file.read_bytes() == raw
    assert [one.name for one in tmp_path.iterdir()] == ["run.safetensors"]
    assert gone_on(file).days == 5


def test_arms_of_ones_own_are_read_by_name_and_no_file_can_know_them(tmp_path: Path) -> None:
    own = {"mine": lambda head: architect.Head(head, threshold=3.0), "clocks": lambda head: architect.Continuum(head)}
    first = next(architect.month_pieces(project(), own, each=0)).so_far()
    assert first.arms == ("mine", "clocks")
    assert first.levels[0, 0] > 0
    with pytest.raises(ValueError, match="expected None for arms of your own"):
        architect.month_pieces(project(), own, kept=tmp_path / "run.safetensors")


def test_a_timeline_has_a_row_a_day() -> None:
    found = architect.timeline(whole())
    np.testing.assert_allclose(found["bits"].values[7, 0], whole().bits[:, project().day(7)].mean(1), rtol=1e-5)
    assert found["bits"].names == SOME
    assert [(mark.time, mark.kind) for mark in found.marks] == [
        (4, "checkpoint"),
        (RENAMED_ON, "rename"),
        (19, "checkpoint"),
        (59, "checkpoint"),
    ]
    place = found["known"].names.index("one rate: Week 4")
    assert found["known"].values[2, 0, place] == whole().checkpoints[2].known[SOME.index("one rate"), 1]
    right = found["right"].values[1, 0, found["right"].names.index("retrieval: renamed")]
    about = [one.about == "renamed" for one in whole().questions]
    assert right == whole().answers[1].right[SOME.index("retrieval"), about].mean()
    assert found["levels"].names == architect.LEVELS


def test_a_day_is_a_trace_of_its_bytes() -> None:
    found, span = architect.day_trace(whole(), "one rate", 9), project().day(9)
    np.testing.assert_array_equal(found["bytes"].values[:, 0], project().bytes[span])
    np.testing.assert_array_equal(found["bits"].values[:, 0], whole().bits[SOME.index("one rate"), span])
    np.testing.assert_array_equal(found["frozen_bits"].values[:, 0], whole().bits[0, span])
    for token in found.tokens:
        assert found["bytes"].values[token.start : token.stop, 0].astype(np.uint8).tobytes().decode() == token.text
    assert "surprise" not in architect.day_trace(whole(), "retrieval", 9)
