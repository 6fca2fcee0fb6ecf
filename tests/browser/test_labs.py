"""Every lab in a real browser: opened, scrubbed, every knob moved by keyboard, pressed all over."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from nlviz import labs

from .hands import cells, holds_focus, presses, type_commands
from .one_lab import OneLab

pytestmark = pytest.mark.browser

# From a preset in which every knob matters: without a threshold, which surprise is compared to it does not.
CALLS = {
    "amnesia": "labs.amnesia()",
    # an arm that has a gate and is not the last
    "architect": "labs.architect(preset='gate')",
    # keys that can be more alike yet
    "attention_map": "labs.attention_map(knobs={'overlap': 0.4})",
    # from bytes: with equal work the bytes of a number do nothing
    "budget": "labs.budget(preset='equal bytes')",
    "clockwork": "labs.clockwork()",
    "digits": "labs.digits(preset='corrects', beside=())",
    "erase_write": "labs.erase_write(preset='busy')",
    # momentum and forgetting: else order and output gate do nothing
    "family": "labs.family(preset='MDN')",
    "forgetting": "labs.forgetting(preset='decay')",
    "gradient_memory": "labs.gradient_memory()",
    "hope": "labs.hope()",
    # tastes that stay: the other option is the last one, below which there is nothing
    "inspector": "labs.inspector(preset='calm')",
    "kept": "labs.kept(preset='rare')",
    "late_answer": "labs.late_answer()",
    "learning": "labs.learning()",
    "mini_batches": "labs.mini_batches()",
    "one_write": "labs.one_write()",
    "prefixes": "labs.prefixes()",
    "segments": "labs.segments()",
    # short days and nights: every turn of a knob lives through them again
    "sleep": "labs.sleep(knobs={'updates': 8, 'length': 2048})",
    "surprise": "labs.surprise(preset='gated')",
    "titans": "labs.titans(preset='hold it')",
    "two_loops": "labs.two_loops()",
    "wiring": "labs.wiring()",
    "write_head": "labs.write_head()",
}


def test_every_lab_is_here():
    assert set(CALLS) == set(labs.__all__)


def test_every_knob_of_a_lab_changes_its_picture(turned: OneLab) -> None:
    tab, lab = turned.tab, turned.lab
    with lab.changing():
        lab.press(lab.frames, "Home", "ArrowRight")
    sliders = lab.root.locator(".nlviz-knobs input[type=range], .nlviz-knobs select").all()
    assert 1 <= len(sliders) <= 5
    for slider in sliders:
        there_and_back = (
            ("ArrowRight", "ArrowLeft") if slider.get_attribute("type") == "range" else ("ArrowDown", "ArrowUp")
        )
        for key in there_and_back:
            # what moved is drawn anew when the hand rests, which would be taken for the answer of a long run
            lab.rest()
            with lab.changing():
                lab.press(slider, key)
            expect(lab.status).to_have_text("")
            expect(lab.problem).to_be_hidden()
    for field in lab.root.locator(".nlviz-knobs input[type=text]").all():
        field.fill("  a line of  my own ")
        with lab.changing():
            field.press("Enter")
        expect(field).to_have_value("a line of my own")
    assert tab.errors == []
    tab.assert_stayed_home()


def test_a_press_anywhere_on_a_lab_keeps_the_keys_from_the_notebook(turned: OneLab) -> None:
    tab, lab = turned.tab, turned.lab
    before = cells(tab.page)
    for place in presses(lab.root, 3, 6):
        assert holds_focus(lab.root), place
        type_commands(tab.page)
        assert cells(tab.page) == before, place
    assert tab.errors == []
