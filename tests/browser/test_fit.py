"""A lab fits the page: what belongs together is seen together, no words lie on others, and a hand can drag its slider.

All labs stand in one notebook with one kernel; the tests turn the page's size and theme round them.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import pytest
from playwright.sync_api import Browser, ViewportSize, expect

from nlviz import labs

from .boxes import box, crossed, cut_off, dragged, out_of_sight, overlaps, sizes_over_all_frames, to_the_top, words
from .server import Server
from .tab import Lab, Tab
from .test_labs import CALLS

pytestmark = pytest.mark.browser

# The smallest laptop, with what a browser's own bars take of it; the same in half, enlarged, and a phone.
LAPTOP: ViewportSize = {"width": 1366, "height": 768 - 60}
HALF: ViewportSize = {"width": 683, "height": 708}
ENLARGED: ViewportSize = {"width": 911, "height": 472}
PHONE: ViewportSize = {"width": 390, "height": 844}
NAMES = list(CALLS)
MADE = "{name} = {call}\n{name}"


class Labs:
    """All labs on one page, by name."""

    def __init__(self, tab: Tab) -> None:
        self.tab = tab

    def __getitem__(self, name: str) -> Lab:
        return self.tab.lab(NAMES.index(name))

    def look(self, size: ViewportSize, theme: str = "light", *, files: bool = True) -> None:
        """Show all labs at a size and in a theme, with the file browser or without, once they are drawn so."""
        page = self.tab.page
        page.set_viewport_size(size)
        if page.evaluate("!jupyterapp.shell.leftCollapsed") != files:
            self.tab.command("application:toggle-left-area")
        self.tab.theme("Dark" if theme == "dark" else "Light")
        wanted = "projector" if theme == "projector" else "auto"
        self.tab.tell_kernel(f"for one in ({', '.join(NAMES)}): one.theme = {wanted!r}")
        for name in NAMES:
            expect(self[name].root).to_have_attribute("data-theme", theme)
        page.wait_for_function(_DRAWN)


# Every figure as wide and high as its place, and no drawing asked for, two turns of the display after a change.
_DRAWN = """() => new Promise((answer) => requestAnimationFrame(() => requestAnimationFrame(() => {
  const fits = ({ clientWidth, clientHeight, dataset, _fullLayout: { width, height } }) =>
    dataset.drawing === undefined && clientWidth === width && clientHeight === height;
  answer([...document.querySelectorAll(".nlviz-graph")].every(fits));
})))"""


_ROWS = """({ layout }) => Object.keys(layout)
  .filter((key) => /^yaxis/.test(key) && !layout[key].overlaying).map((key) => layout[key].domain)"""


@pytest.fixture(scope="module")
def shown(chromium: Browser, server: Server) -> Iterator[Labs]:
    """The notebook with all labs, run."""
    context = chromium.new_context(viewport=LAPTOP)
    tab = Tab(context.new_page(), server)
    tab.run_cells("fit.ipynb", "from nlviz import labs", *(MADE.format(name=n, call=c) for n, c in CALLS.items()))
    for number in range(len(NAMES)):
        tab.lab(number)
    yield Labs(tab)
    tab.theme("Light")
    context.close()
    server.stop_kernels()


def told(faults: dict[str, list[str]]) -> str:
    """All faults, lab by lab."""
    return "\n".join(f"{name}: {fault}" for name, found in faults.items() for fault in found)


def test_every_lab_is_here() -> None:
    assert set(NAMES) == set(labs.__all__)


@pytest.mark.parametrize("theme", ["light", "dark", "projector"])
def test_on_a_laptop_title_knobs_picture_and_slider_are_seen_together(shown: Labs, theme: str) -> None:
    shown.look(LAPTOP, theme)
    faults: dict[str, list[str]] = {}
    for name in NAMES:
        hidden = out_of_sight(shown[name])
        seen = words(shown[name])
        assert len(seen) > 10
        faults[name] = [*hidden, *overlaps(seen), *cut_off(shown[name], seen), *crossed(shown[name])]
        picture = box(shown[name].figure)
        assert picture[3] - picture[1] >= 280
    assert not any(faults.values()), told(faults)
    assert shown.tab.errors == []


@pytest.mark.parametrize(("size", "files"), [(HALF, False), (HALF, True), (ENLARGED, True), (PHONE, False)])
def test_on_less_the_page_scrolls_and_no_words_lie_on_others(shown: Labs, size: ViewportSize, files: bool) -> None:
    shown.look(size, files=files)
    faults: dict[str, list[str]] = {}
    for name in NAMES:
        lab = shown[name]
        # on a phone a mark may lie on a tick: it has no other place
        seen = words(lab, marks=size is not PHONE)
        faults[name] = [*overlaps(seen), *cut_off(lab, seen)]
        # nothing is wider than the lab, and a picture this narrow has its panels in one column
        assert lab.root.evaluate("(root) => root.scrollWidth <= root.clientWidth"), name
        rows = sorted(lab.graph.evaluate(_ROWS))
        assert all(top <= bottom for (_, top), (bottom, _) in pairwise(rows)), name
    assert faults == {name: [] for name in NAMES}
    assert shown.tab.errors == []


def test_nothing_changes_its_size_while_frames_change(shown: Labs) -> None:
    shown.look(LAPTOP)
    for name in NAMES:
        assert len(sizes_over_all_frames(shown[name])) == 1, name


@pytest.mark.parametrize("name", NAMES)
def test_a_slow_drag_goes_one_way_and_ends_where_the_hand_ends(shown: Labs, name: str) -> None:
    lab = shown[name]
    to_the_top(lab)
    last = int(lab.frames.get_attribute("max") or 0)
    moves = 60 if name == "surprise" else 20
    there, back = dragged(lab, moves), dragged(lab, moves, back=True)
    assert there == sorted(there)
    assert back == sorted(back, reverse=True)
    assert (there[-1], back[-1]) == (last, 0)
    # no jumps: the hand goes the same way at every move
    most = 3 * last / moves + 2
    assert max(after - before for before, after in pairwise(there)) <= most
    assert shown.tab.errors == []


def test_over_every_lab_two_loops_stand_in_the_title_line_and_light_what_acts(shown: Labs) -> None:
    shown.look(LAPTOP)
    for name in NAMES:
        emblem = shown[name].root.locator(".nlviz-head > .nlviz-emblem")
        left, top, right, bottom = box(emblem)
        assert (round(right - left), round(bottom - top)) == (40, 40), name
        assert emblem.get_attribute("aria-hidden") == "true", "what acts stands in words beside the slider"
        title = box(shown[name].root.locator(".nlviz-title"))
        assert top <= title[1] <= title[3] <= bottom, f"{name}: beside its title"
    lab = shown["one_write"]
    lit = lab.root.locator(".nlviz-emblem .nlviz-acts")
    expect(lit).to_have_count(1)
    lab = shown["two_loops"]
    for key, loop in (("Home", "outer"), ("End", "inner")):
        lab.press(lab.frames, key)
        expect(lab.root.locator(f".nlviz-emblem .nlviz-{loop}.nlviz-acts")).to_have_count(1)
