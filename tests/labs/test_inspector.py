"""The memory inspector: its run is the agent's own, presets show what they say, and every knob changes the picture."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from showing import of, shown
from torch import Generator

from nlviz import labs, memory
from nlviz.agents import personal
from nlviz.agents.personal import ARMS, LIES
from nlviz.memory import Gates

KNOBS = [("arm", "recency"), ("tastes", "stay"), ("drift", 0.2), ("lie", "one lie"), ("forget", 32)]


@pytest.mark.parametrize(("knob", "value"), KNOBS)
def test_every_knob_changes_the_picture(knob: str, value: Any) -> None:
    lab = labs.inspector()
    before = {name: of(lab, name) for name in ("influence", "surprise", "error")}
    lab.set(**{knob: value})
    # drift and tastes move what is said, not the shares; a lie leaves its context as it was
    moved = "surprise" if knob in ("drift", "lie", "tastes") else "influence"
    assert np.nanmax(np.abs(before[moved] - of(lab, moved))) > 0.01


@pytest.mark.parametrize("arm", ARMS)
def test_answers_are_shares_of_what_was_said_and_nothing_comes_from_later(arm: str) -> None:
    trace = personal.inspected(arm)
    share = trace["influence"].values[:, 0]
    assert not np.triu(share).any()
    met = personal.life(1, generator=Generator().manual_seed(0), a_day=2, topics=5)
    said = met.pairs.values[0]
    answers = personal.answers(arm, met, range(90), met.pairs.keys[:, :, None])[0, :, 0]
    surprise = (said - answers).norm(dim=-1)
    torch.testing.assert_close(torch.from_numpy(trace["surprise"].values[:, 0]), surprise, atol=1e-5, rtol=0)
    error = personal.course(arm, met).error[0].mean(-1)
    torch.testing.assert_close(torch.from_numpy(trace["error"].values[:, 0, 0]), error, atol=1e-5, rtol=0)


def test_a_struck_interaction_is_in_no_answer_and_the_run_is_that_of_a_profile_that_forgot_it() -> None:
    trace = personal.inspected("delta", forget=32)
    assert not trace["influence"].values[:, 0, 31].any()
    assert np.isnan(trace["surprise"].values[:, 0]).nonzero()[0].tolist() == [31]
    met = personal.life(1, generator=Generator().manual_seed(0), a_day=2, topics=5)
    ada = personal.profile("ada", memory.Delta(16, 16), **personal.TUNED["delta"])
    ada = ada.tell(met.pairs.keys[0], met.pairs.values[0]).forget([31])[0]
    error = (ada.ask(met.topics[0]) - met.tastes[0, -1]).square().sum(-1).mean()
    assert trace["error"].values[-1, 0, 0] == pytest.approx(float(error), abs=1e-5)
    whole = personal.inspected("delta")
    assert np.abs(whole["error"].values - trace["error"].values)[:15].max() == 0


@pytest.mark.parametrize("lie", LIES)
def test_lies_stand_where_they_are_planted_and_are_as_surprising_as_the_words_say(lie: str) -> None:
    lab = labs.inspector(knobs={"lie": lie})
    planted = np.flatnonzero(of(lab, "lie"))
    assert planted.tolist() == {"nothing": [], "small steps": list(range(44, 54))}.get(lie, [44])
    if lie == "nothing":
        return
    met, at, _ = _poisoned(lie)
    gates = Gates.constant(met.pairs, **personal.TUNED["delta"])
    surprise = personal.surprises(memory.Delta(16, 16), met.pairs, gates)[0, at].numpy()
    np.testing.assert_allclose(of(lab, "surprise").ravel()[at], surprise, atol=1e-5)


def _poisoned(lie: str) -> Any:
    chance = Generator().manual_seed(0)
    return personal.poisoned(personal.life(1, generator=chance, a_day=2, topics=5), lie, 44, generator=chance)


def test_it_opens_at_what_is_argued_about() -> None:
    words = [token.text for token in shown(labs.inspector()).tokens]
    opens = {preset: int("".join(shown(labs.inspector(preset)).noted("opens"))) for preset in labs.inspector().presets}
    assert words[opens["change"]] in ("music", "sport")
    assert opens["change"] >= 28
    assert opens["calm"] == 89
    assert words[opens["forget one"]] == words[31]
    assert opens["forget one"] > 31
    assert words[opens["one lie"]] == "coffee" == words[opens["small steps"]]


def test_the_summary_says_what_is_kept_and_how_well_the_user_is_known() -> None:
    lab = labs.inspector(knobs={"arm": "recency"})
    error = of(lab, "error")[5:]
    error = error.reshape(len(error), -1)
    assert lab.summary == (
        f"recency holds 2,880 numbers · mean error from day 6 {error[:, 0].mean():.2f}, frozen profile "
        f"{error[:, 1].mean():.2f}"
    )
    assert labs.inspector("forget one").summary.endswith("interaction 32 was never told")
    assert labs.inspector(knobs={"arm": "frozen"}).summary.count("·") == 1


def test_a_seed_is_another_user() -> None:
    assert np.abs(of(labs.inspector(seed=0), "influence") - of(labs.inspector(seed=1), "influence")).max() > 0.1


def test_what_the_levels_give_is_all_of_the_answer_and_the_slow_one_only_what_it_had_at_its_last_tick() -> None:
    trace = personal.inspected("continuum")
    given = trace["levels"].values[:, 0]
    assert trace["levels"].names == personal.LEVELS
    np.testing.assert_allclose(given[1:].sum(-1), 1.0, atol=1e-5)
    period = round(personal.TUNED["continuum"]["period"])
    assert not given[1:period, 1].any()
    assert given[period:, 1].any()
    assert "levels" not in personal.inspected("delta")
