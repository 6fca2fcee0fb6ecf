"""A lab fits the page: what belongs together is seen together, no words lie on others, a hand can drag its slider."""

from __future__ import annotations

from itertools import pairwise

import pytest
from playwright.sync_api import ViewportSize, expect

from .boxes import (
    blank,
    box,
    crossed,
    dragged,
    kept_in_sight,
    narrow,
    out_of_sight,
    overlaps,
    sizes_over_all_frames,
    to_the_top,
    words,
)
from .one_lab import LAPTOP, OneLab
from .whole import cut_off

pytestmark = pytest.mark.browser

# A laptop's page in half, enlarged, and a phone.
HALF: ViewportSize = {"width": 683, "height": 708}
ENLARGED: ViewportSize = {"width": 911, "height": 472}
PHONE: ViewportSize = {"width": 390, "height": 844}

_ROWS = """({ layout }) => Object.keys(layout)
  .filter((key) => /^yaxis/.test(key) && !layout[key].overlaying).map((key) => layout[key].domain)"""


@pytest.mark.parametrize("theme", ["dark", "light", "projector"])
def test_on_a_laptop_title_knobs_picture_and_slider_are_seen_together(one: OneLab, theme: str) -> None:
    one.look(LAPTOP, theme)
    lab = one.lab
    hidden = out_of_sight(lab)
    seen = words(lab)
    assert len(seen) > 10
    assert [*hidden, *overlaps(seen), *cut_off(lab, seen), *crossed(lab)] == []
    assert blank(lab) == []
    picture = box(lab.figure)
    assert picture[3] - picture[1] >= 280
    lab.keep(one.tab, f"{one.name}_{theme}")
    assert one.tab.errors == []


@pytest.mark.parametrize(
    ("size", "files"),
    [(HALF, False), (HALF, True), (ENLARGED, True), (PHONE, False)],
    ids=["half", "half_beside_files", "enlarged", "phone"],
)
def test_on_less_they_are_seen_together_too(one: OneLab, size: ViewportSize, files: bool) -> None:
    one.look(size, files=files)
    lab = one.lab
    hidden = out_of_sight(lab)
    # on a phone a mark may lie on a tick: it has no other place
    seen = words(lab, marks=size is not PHONE)
    short = [] if files or size is not HALF else narrow(lab)
    assert [*hidden, *short, *overlaps(seen), *cut_off(lab, seen), *kept_in_sight(lab)] == []
    # nothing is wider than the lab, and a picture this narrow has its panels in one column
    assert lab.root.evaluate("(root) => root.scrollWidth <= root.clientWidth")
    rows = sorted(lab.graph.evaluate(_ROWS))
    assert all(top <= bottom for (_, top), (bottom, _) in pairwise(rows))
    assert one.tab.errors == []


# Presets of labs that take seconds for each: here those alone that grey other knobs than the lab as it opens.
FEW: dict[str, tuple[str, ...]] = {
    "amnesia": ("fast weights",),
    "digits": ("adds",),
    **dict.fromkeys(("gradient_memory", "learning", "prefixes", "sleep"), ()),
}


def test_every_preset_fits_a_projector(turned: OneLab) -> None:
    turned.look(LAPTOP, "projector")
    # a preset says all knobs, so it is the same one whichever lab it is pressed in
    lab, hidden = turned.lab, list[str]()
    presets = lab.root.get_by_role("group", name="presets")
    *names, _ = presets.get_by_role("button").all_inner_texts()
    for name in FEW.get(turned.name, names):
        presets.get_by_role("button", name=name, exact=True).click()
        lab.answered()
        turned.settle()
        hidden += [f"{name}: {one}" for one in out_of_sight(lab)]
    assert hidden == []
    assert turned.tab.errors == []


def test_nothing_changes_its_size_while_frames_change(one: OneLab) -> None:
    one.look()
    assert len(sizes_over_all_frames(one.lab)) == 1


def test_a_slow_drag_goes_one_way_and_ends_where_the_hand_ends(one: OneLab) -> None:
    one.look()
    lab = one.lab
    to_the_top(lab)
    last = int(lab.frames.get_attribute("max") or 0)
    moves = 60 if one.name == "surprise" else 20
    # as slowly back as there would only take as long once more
    there, back = dragged(lab, moves), dragged(lab, moves // 2, back=True)
    assert there == sorted(there)
    assert back == sorted(back, reverse=True)
    assert (there[-1], back[-1]) == (last, 0)
    # no jumps: the hand goes the same way at every move
    most = 3 * last / moves + 2
    assert max(after - before for before, after in pairwise(there)) <= most
    assert max(before - after for before, after in pairwise(back)) <= 2 * most
    assert one.tab.errors == []


def test_two_loops_stand_in_the_title_line(one: OneLab) -> None:
    one.look()
    emblem = one.lab.root.locator(".nlviz-head > .nlviz-emblem")
    left, top, right, bottom = box(emblem)
    assert (round(right - left), round(bottom - top)) == (40, 40)
    assert emblem.get_attribute("aria-hidden") == "true", "what acts stands in words beside the slider"
    title = box(one.lab.root.locator(".nlviz-title"))
    assert top <= title[1] <= title[3] <= bottom, "beside its title"


@pytest.mark.parametrize(
    ("name", "key", "loop"),
    [("one_write", "Home", "inner"), ("two_loops", "Home", "outer"), ("two_loops", "End", "inner")],
    indirect=["name"],
    scope="session",
)
def test_the_loop_that_acts_is_lit(one: OneLab, key: str, loop: str) -> None:
    one.look()
    one.lab.press(one.lab.frames, key)
    lit = one.lab.root.locator(".nlviz-emblem .nlviz-acts")
    expect(lit).to_have_count(1)
    expect(one.lab.root.locator(f".nlviz-emblem .nlviz-{loop}.nlviz-acts")).to_have_count(1)
