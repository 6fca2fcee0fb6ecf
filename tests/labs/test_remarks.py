"""A knob that does nothing says so once it is turned; titles and summaries hold in every regime."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from nlviz import labs, memory, views
from nlviz.labs.remarks import disobeyed

DEAD: list[tuple[str, dict[str, Any], str]] = [
    ("forgetting", {"forget": 0.5}, "forget α moves only the dots of other rules: Delta does not obey it"),
    ("forgetting", {"timing": "in one pulse"}, "forgets does nothing here: Delta never forgets, and for the others"),
    ("write_head", {"forget": 0.3, "rule": "Delta"}, "forget α does nothing here: Delta does not obey it"),
    ("write_head", {"items": 1, "rule": "Delta"}, "rule does nothing here: all rules write a first pair alike"),
    ("amnesia", {"memory": "fast weights", "window": 64}, "window does nothing here: the model with fast weights"),
    ("amnesia", {"restart": "fast weights kept"}, "a frozen model has no fast weights to keep: it is off and on"),
    ("amnesia", {"distance": 14, "others": 3}, "other facts does nothing here: none fits in between"),
    ("wiring", {"kind": "LMM", "window": 9}, "window, segment does nothing here: LMM has no attention"),
    ("wiring", {"kind": "LMM", "persistent": 8}, "persistent p does nothing here: LMM reads p before the text"),
    ("titans", {"pulsed": True}, "forget only at ◆ does nothing here: forget is 0"),
    ("titans", {"pulsed": True, "forget": 0.1, "event": "always"}, "does nothing here: ◆ stands at every token"),
    ("erase_write", {"period": 16}, "2 writes are fewer than a mini-batch of 16: nothing was written"),
]


@pytest.mark.parametrize(("name", "knobs", "words"), DEAD)
def test_a_knob_that_does_nothing_says_why(name: str, knobs: dict[str, Any], words: str) -> None:
    lab = getattr(labs, name)(knobs=knobs)
    assert not lab.error
    assert words in lab.summary


@pytest.mark.parametrize("name", ["forgetting", "write_head", "amnesia", "wiring", "titans", "erase_write"])
def test_a_lab_as_it_opens_says_nothing_of_its_knobs(name: str) -> None:
    lab = getattr(labs, name)()
    assert not lab.trace.noted("remarks")
    for preset in lab.presets:
        assert "does nothing" not in getattr(labs, name)(preset=preset).summary


def test_the_scale_of_features_is_one_thing_to_a_head_and_nothing_to_a_net() -> None:
    lab = labs.digits(knobs={"arm": "Hebbian", "scale": 4.0, "seeds": 1}, beside=[])
    assert "does nothing" not in lab.summary
    assert lab.dead == {}
    lab = labs.digits(knobs={"scale": 4.0, "seeds": 1}, beside=[])
    assert "features' scale does nothing here: fine-tuning learns its own features" in lab.summary
    lab = labs.digits(knobs={"scale": 4.0, "seeds": 1}, beside=["Hebbian"])
    assert "moves only the dots of Hebbian: fine-tuning learns its own features" in lab.summary
    assert lab.dead == {}


def test_what_a_memory_obeys_is_asked_of_it_behind_a_gate_too() -> None:
    every = ("inner_lr", "momentum", "forget")
    assert set(disobeyed(memory.Delta(4, 4), *every)) == {"momentum", "forget"}
    assert set(disobeyed(memory.SurpriseGate(memory.GatedDelta(4, 4), 0.1), *every)) == {"momentum"}
    assert disobeyed(memory.Delta(4, 4), "inner_lr") == {}


def _title(lab: Any) -> str:
    return lab.figure.layout.title.text.replace("<br>", " ")


@pytest.mark.parametrize(
    ("inner_lr", "words"),
    [
        (4.0, "all mini-batches diverge"),
        (2.0, "no mini-batch learns: the error stays or grows"),
        (1.0, "a mini-batch of 1 learns best; 2 of the 7 sizes diverge"),
        (0.25, "a mini-batch of 32 learns best, of 64 worst"),
        (1 / 64, "the size of the mini-batch hardly matters"),
    ],
)
def test_none_is_best_among_the_lost(inner_lr: float, words: str) -> None:
    assert words in _title(labs.mini_batches(knobs={"inner_lr": inner_lr}))


@pytest.mark.parametrize(("inner_lr", "beyond"), [(2.0, "100"), (4.0, "100,000,000")])
def test_what_diverges_is_no_overshoot(inner_lr: float, beyond: str) -> None:
    lab = labs.titans(knobs={"inner_lr": inner_lr})
    assert lab.summary.startswith(f"beyond {beyond}: diverging · ")
    assert _title(lab) == f"What became of the event? Beyond {beyond}: diverging"
    assert "overshoot" not in lab.summary
    assert "recall in the end" not in lab.summary


def test_nothing_written_is_no_erasing() -> None:
    assert "Nothing is written" in _title(labs.erase_write(knobs={"period": 64}))
    assert "delta first takes" in _title(labs.erase_write())


def test_a_colour_that_stays_does_not_fade() -> None:
    lab = labs.forgetting()
    assert "its colour fades" in _title(lab)
    assert lab.trace is not None
    recall = lab.trace["recall"]
    kept = recall._replace(values=np.where(np.isfinite(recall.values), 0.9, np.nan))
    said = views.forgetting(lab.trace.merge({"recall": kept})).layout.title.text  # pyright: ignore[reportAttributeAccessIssue]
    assert "its colour stays" in said
