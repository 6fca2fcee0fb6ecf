"""Every lab for everyone: axe-core's rules in each theme, the keyboard alone, less motion."""

from __future__ import annotations

import time
from itertools import pairwise, zip_longest
from typing import Any

import pytest
from playwright.sync_api import JSHandle, Page, expect

from .access import enter, faults, in_reading_order, tabbable, way
from .one_lab import OneLab
from .tab import Lab

pytestmark = pytest.mark.browser


@pytest.fixture
def one(opened_lab: OneLab) -> OneLab:
    """A lab as it is without a preset."""
    opened_lab.show(plain=True)
    return opened_lab


@pytest.fixture
def lab(one: OneLab) -> Lab:
    """The same, for who wants less motion."""
    one.look(motion=False)
    return one.lab


def test_axe_finds_no_grave_fault_in_a_lab(one: OneLab, lab: Lab) -> None:
    assert faults(one.tab.page, lab.root) == []


def test_axe_finds_no_grave_fault_on_the_projector(one: OneLab, lab: Lab) -> None:
    one.look(theme="projector", motion=False)
    assert faults(one.tab.page, lab.root) == []


def test_tab_reaches_every_control_in_reading_order_and_leaves(lab: Lab) -> None:
    stops = list(way(lab.root))
    assert len(stops) == tabbable(lab.root)
    assert [stop for stop in stops if not stop.name or stop.role in ("", "generic", "none")] == []
    assert [stop for stop in stops if stop.outline < 2 or stop.contrast < 3] == []
    assert [(first, second) for first, second in pairwise(stops) if not in_reading_order(first, second)] == []


# What a key does to a control of each kind: the keys there and back, and what they change.
KEYS = {
    "range": ("ArrowRight", "ArrowLeft", "(node) => node.value"),
    "number": ("ArrowUp", "ArrowDown", "(node) => node.value"),
    "select-one": ("ArrowDown", "ArrowUp", "(node) => node.selectedIndex"),
    "checkbox": ("Space", "Space", "(node) => node.checked"),
    "summary": ("Enter", "Enter", "(node) => node.parentElement.open"),
}
AT_THE_END = "(node) => (node.max ? node.value === node.max : node.length && node.selectedIndex === node.length - 1)"
CLICKS = "(node) => { node.clicked = 0; node.addEventListener('click', () => (node.clicked += 1)); }"


def test_every_control_works_by_keyboard(turned: OneLab, lab: Lab) -> None:
    page = turned.tab.page
    stops = list(way(lab.root))
    enter(lab.root)
    dead = []
    for stop, next_one in zip_longest(stops, stops[1:]):
        name = f"{stop.role} {stop.name}"
        page.keyboard.press("Tab")
        control = page.evaluate_handle("document.activeElement")
        if not _answers(page, control):
            dead.append(f"{name}: {control.evaluate('(node) => node.outerHTML')[:200]}")
        # A run that goes on has a button more, and the way of the Tab key would be another one: it is waited for, but
        # once for slider and number of a knob, and once for all buttons in a row.
        if next_one is None or (stop.role, next_one.role) not in (("slider", "spinbutton"), ("button", "button")):
            lab.answered()
        # "copy state" shows and selects what it could not copy
        if "copy state" not in name and not control.evaluate("(node) => node === document.activeElement"):
            dead.append(f"{name}: loses the focus")
    assert dead == []


def _answers(page: Page, control: JSHandle) -> bool:
    """Whether the control in focus does something when its keys are pressed; leaves it as it was.

    A knob that changes nothing beside the others says why: that is its answer.
    """
    keyboard = page.keyboard
    if control.evaluate("(node) => node.ariaDisabled === 'true'"):
        described = "(node) => document.getElementById(node.getAttribute('aria-describedby'))?.textContent"
        return bool(control.evaluate(described))
    kind = control.evaluate("(node) => node.type ?? node.tagName.toLowerCase()")
    if kind == "button":
        control.evaluate(CLICKS)
        keyboard.press("Enter")
        return control.evaluate("(node) => node.clicked === 1")
    if kind not in KEYS:
        return True
    there, back, state = KEYS[kind]
    if control.evaluate(AT_THE_END):
        there, back = back, there
    before = control.evaluate(state)
    for key, again in ((there, back), (back, there)):
        keyboard.press(key)
        if _becomes_other(control, state, before):
            keyboard.press(again)
            return True
    return False


def _becomes_other(control: JSHandle, state: str, before: Any) -> bool:
    """Whether a key comes to change this; a page that is busy with another picture may take its time."""
    for _ in range(100):
        if control.evaluate(state) != before:
            return True
        time.sleep(0.05)
    return False


def test_with_less_motion_play_takes_one_step(lab: Lab) -> None:
    lab.press(lab.frames, "Home")
    first = lab.label.inner_text()
    lab.root.get_by_role("button", name="play", exact=True).press("Enter")
    expect(lab.label).not_to_have_text(first)
    second = lab.label.inner_text()
    # as long as several steps would take if it played
    lab.root.page.wait_for_timeout(500)
    assert lab.label.inner_text() == second


def test_the_page_stayed_home_and_quiet(one: OneLab) -> None:
    assert one.tab.errors == []
    one.tab.assert_stayed_home()


def test_axe_finds_no_grave_fault_in_the_dark(one: OneLab) -> None:
    one.look(theme="dark", motion=False)
    assert faults(one.tab.page, one.lab.root) == []


@pytest.mark.parametrize("name", ["amnesia"], indirect=True, scope="session")
def test_the_ring_round_what_has_the_focus_is_seen_in_the_dark(one: OneLab) -> None:
    one.look(theme="dark", motion=False)
    assert [stop for stop in way(one.lab.root) if stop.contrast < 3] == []
