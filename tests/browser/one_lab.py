"""One lab in a notebook of JupyterLab, opened once for all its tests: turned, judged, looked at in any size."""

from __future__ import annotations

import re

from playwright.sync_api import ViewportSize, expect

from .tab import Lab, Tab

# The smallest laptop, with what a browser's own bars take of it.
LAPTOP: ViewportSize = {"width": 1366, "height": 768 - 60}
_PRESET = re.compile(r"preset='[^']*'(, )?")
_FILE = "lab.ipynb"
_MADE = "made = {call}\nmade"
_START = "start = dict(made.knobs)"
_PUT_BACK = "if made.knobs != start: made.set(**start)"
# The figure as wide and high as its place, and no drawing asked for, two turns of the display after a change.
_DRAWN = """() => new Promise((answer) => requestAnimationFrame(() => requestAnimationFrame(() => {
  const fits = ({ clientWidth, clientHeight, dataset, _fullLayout: { width, height } }) =>
    dataset.drawing === undefined && clientWidth === width && clientHeight === height;
  answer([...document.querySelectorAll(".nlviz-graph")].every(fits));
})))"""


# Every figure as wide and high as its place: what is painted quickly is, Plotly may yet draw it.
_FITS = _DRAWN.replace("dataset.drawing === undefined && ", "")


class OneLab:
    """A lab as it is called, from a preset in which every knob matters; or without, where some may change nothing."""

    def __init__(self, tab: Tab, name: str, call: str) -> None:
        self.tab, self.name = tab, name
        self._call, self._shown = call, ""

    def show(self, *, plain: bool = False) -> None:
        """Have it on the page, without its preset if it is to be plain: one at a time, each is drawn at every size."""
        call = _PRESET.sub("", self._call) if plain else self._call
        if self._is_there and self._shown == call:
            return
        self.close()
        self.tab.run_cells(_FILE, "from nlviz import labs", _MADE.format(call=call), _START)
        self._shown = call
        self.lab.rest()

    def close(self) -> None:
        """Leave its kernel to the next; a page that is opened on a kernel would bring back whatever lives there."""
        if self._is_there:
            self.tab.theme("Light")
            self.tab.tell_kernel("made.close()")
        self._shown = ""
        self.tab.clear()

    @property
    def _is_there(self) -> bool:
        """Whether it still stands on the page."""
        return bool(self._shown) and self.tab.page.locator(".nlviz").count() == 1

    @property
    def lab(self) -> Lab:
        """What stands on the page."""
        return self.tab.lab(0)

    def put_back(self) -> None:
        """Set the knobs to where they started."""
        self.tab.tell_kernel(_PUT_BACK)
        self.lab.rest()

    def settle(self) -> None:
        """Wait until figures have the size of their places; Plotly may draw later what was painted quickly."""
        self.tab.page.wait_for_function(_FITS)

    def look(
        self, size: ViewportSize = LAPTOP, theme: str = "light", *, files: bool = True, motion: bool = True
    ) -> None:
        """Show it at a size and in a theme, with the file browser or without, with motion or less, once drawn so."""
        page = self.tab.page
        page.set_viewport_size(size)
        page.emulate_media(reduced_motion="no-preference" if motion else "reduce")
        self.tab.show_files(files)
        self.tab.theme("Dark" if theme == "dark" else "Light")
        root = page.locator(".nlviz")
        if root.get_attribute("data-theme") != theme:
            self.tab.tell_kernel(f"made.theme = {'projector' if theme == 'projector' else 'auto'!r}")
        expect(root).to_have_attribute("data-theme", theme)
        page.wait_for_function(_DRAWN)
