"""Amnesia: every knob and preset, what the signals are, the student's own reading, and what goes wrong with it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from showing import of, shown
from torch import Generator, Tensor

from nlviz import labs, streams
from nlviz.outer import MemoryModel, WindowModel, answer_probability, asked_at
from nlviz.views.drawing.frames import frames
from nlviz.widgets import Lab


def answered(lab: Lab) -> float:
    return of(lab, "answered").item()


def read(model: MemoryModel, text: Tensor, fast: Any) -> tuple[Tensor, Any]:
    nats, state = model.loss(text, model.wake(fast))
    return nats, state.blocks[1]


def test_the_first_frame_already_teaches() -> None:
    lab = labs.amnesia()
    assert answered(lab) > 0.95
    assert "PBQ=3973 told once · asked 31 bytes later, with 32 in view: P(answer) 0.99" in lab.summary
    assert "slow weights moved by 0 · fast weights: none" in lab.summary
    lab.set(distance=33)
    assert answered(lab) < 0.05


@pytest.mark.parametrize(
    ("preset", "low", "high"),
    [
        ("in view", 0.9, 1.0),
        ("out of view", 0.0, 0.01),
        ("restarted", 0.0, 0.01),
        ("fast weights", 0.9, 1.0),
        ("crowded", 0.0, 0.6),
    ],
)
def test_presets_show_what_they_are_called_for(preset: str, low: float, high: float) -> None:
    lab = labs.amnesia(preset=preset)
    assert low <= answered(lab) <= high
    assert not of(lab, "slow_change").any()
    assert of(lab, "fast_norm").any() == (preset in ("fast weights", "crowded"))


@pytest.mark.parametrize(("restart", "high"), [("none", True), ("off and on", False), ("fast weights kept", True)])
def test_fast_weights_survive_a_restart_only_if_kept(restart: str, high: bool) -> None:
    lab = labs.amnesia(preset="fast weights", knobs={"restart": restart})
    assert (answered(lab) > 0.9) == high
    assert len(shown(lab).marked("restart")) == (restart != "none")


def test_a_window_has_no_fast_weights_to_keep() -> None:
    kept, lost = (
        labs.amnesia(preset="restarted", knobs={"restart": restart}) for restart in ("fast weights kept", "off and on")
    )
    np.testing.assert_array_equal(of(kept, "bits"), of(lost, "bits"))


@pytest.mark.parametrize("memory", ["frozen window", "fast weights"])
def test_the_answer_is_what_the_models_say(memory: str) -> None:
    code = streams.code(limit=60_000).bytes
    told = asked_at(40, code, streams=1, generator=Generator().manual_seed(3), before=24)
    lab = labs.amnesia(seed=3, knobs={"distance": 40, "memory": memory, "window": 48})
    model, window = (WindowModel.load(), 48) if memory == "frozen window" else (MemoryModel.load(), None)
    expected = answer_probability(model, told, window=window).item()
    assert answered(lab) == pytest.approx(expected, rel=1e-3)
    # asked on the side, where the text itself asks, it gives the same
    assert of(lab, "answer")[-1] == pytest.approx(expected, rel=1e-3)


def test_what_is_in_view_begins_anew_with_a_session() -> None:
    lab = labs.amnesia(preset="restarted")
    (mark,) = shown(lab).marked("restart")
    seen = of(lab, "seen")
    assert seen[mark.time - 1] == mark.time - 1
    assert seen[mark.time] == 0
    assert of(labs.amnesia(preset="fast weights"), "seen").max() == 5


def test_where_the_curves_end_the_text_itself_asks() -> None:
    lab = labs.amnesia(knobs={"distance": 40})
    (asked,) = shown(lab).marked("asked")
    assert asked.time == shown(lab)["answer"].times[-1] == shown(lab)["fast_norm"].times[-1]
    text = "".join(token.text for token in shown(lab).tokens)
    fact = "".join(token.text for token in shown(lab).tokens if token.kind == "fact")
    assert text[asked.time :].startswith(f"↵{fact[:4]}")
    assert lab.figure is not None
    assert f"asked at {asked.time}" in str(lab.figure.layout["annotations"])


@pytest.mark.parametrize(
    ("knob", "value"),
    [("memory", "fast weights"), ("window", 30), ("distance", 40), ("others", 1), ("restart", "off and on")],
)
def test_every_knob_changes_what_is_read(knob: str, value: Any) -> None:
    lab = labs.amnesia()
    before = of(lab, "bits")
    lab.set(**{knob: value})
    after = of(lab, "bits")
    assert after.shape != before.shape or not np.allclose(after, before)


def test_too_many_facts_for_the_distance_are_said_in_words() -> None:
    lab = labs.amnesia(knobs={"others": 4})
    assert not lab.error
    assert lab.summary.endswith("of 4 other facts 1 fits in between: raise the distance")
    assert "fit" not in labs.amnesia(knobs={"others": 4, "distance": 60}).summary


def test_the_picture_opens_at_the_answer() -> None:
    lab = labs.amnesia()
    assert lab.figure is not None
    moving = frames(lab.figure)
    assert moving is not None
    assert moving["labels"][moving["start"]].startswith("byte 55: 3 · ")
    assert "a fact at byte 24 that is asked for at byte 55" in repr(lab)


def test_your_own_reading_takes_the_place_of_ours() -> None:
    mine, ours = labs.amnesia(step=read, preset="fast weights"), labs.amnesia(preset="fast weights")
    np.testing.assert_allclose(of(mine, "bits"), of(ours, "bits"), atol=1e-4)
    np.testing.assert_allclose(of(mine, "fast_norm"), of(ours, "fast_norm"), rtol=1e-4)
    assert set(mine.knobs) == {"distance", "others", "restart"}
    assert set(mine.presets) == {"fast weights", "crowded"}
    assert "your own reading" in repr(mine)
    assert set(labs.amnesia(step=read).presets) == {"fast weights", "crowded"}


def test_a_reading_that_hands_nothing_over_forgets() -> None:
    lab = labs.amnesia(step=lambda model, text, fast: (model.loss(text)[0], fast), preset="fast weights")
    assert answered(lab) < 0.01


@pytest.mark.parametrize(
    ("own", "said"),
    [
        (lambda model, text, fast: model.loss(text)[0], "returned Tensor, expected (nats, fast)"),
        (lambda model, text, fast: model.loss(text), "handed over ModelState, expected fast weights or None"),
        (lambda model, text, fast: (model.loss(text)[0].mean(), None), "returned shape [], expected [1, "),
        (lambda model, text, fast: text.wake(model), "your read(model, text, fast) raised AttributeError"),
    ],
)
def test_what_is_wrong_with_your_own_reading_is_said_in_the_lab(own: Any, said: str) -> None:
    assert said in labs.amnesia(step=own, preset="fast weights").error


def test_weights_that_do_move_are_seen() -> None:
    """The line of the slow weights is measured, not drawn: a reading that changes them lifts it."""

    def trains(model: MemoryModel, text: Tensor, fast: Any) -> tuple[Tensor, Any]:
        model.head.weight.mul_(1.01)
        return read(model, text, fast)

    lab = labs.amnesia(step=trains, preset="fast weights")
    assert (np.diff(of(lab, "slow_change")) > 0).all()
    assert lab.figure is not None
    assert "no slow weight moved" not in lab.figure.to_dict()["layout"]["title"]["text"]


def test_the_state_string_makes_it_again() -> None:
    lab = labs.amnesia(preset="crowded", seed=3, knobs={"distance": 120})
    again = labs.from_state(lab.state())
    assert again.knobs == lab.knobs
    np.testing.assert_array_equal(of(again, "bits"), of(lab, "bits"))
    assert torch.is_grad_enabled()


def test_it_reads_in_short_pieces_so_that_a_stop_is_heard() -> None:
    lab = labs.amnesia()
    pieces = list(lab._turns._run(**lab.knobs))
    assert len(pieces) > 40
    done = [piece.done for piece in pieces]
    assert done == sorted(done)
    assert all(piece.total == 59 and piece.noun == "bytes" for piece in pieces)
