"""One lab in a notebook of JupyterLab, opened once for all its tests: turned, judged, looked at in any size."""

from __future__ import annotations

import re

from playwright.sync_api import ViewportSize, expect

from .tab import Lab, Tab

# The smallest laptop, with what a browser's own bars take of it.
LAPTOP: ViewportSize = {"width": 1366, "height": 768 - 60}
_PRESET = re.compile(r"preset='[^']*'(, )?")
_FILE = "lab.ipynb"
_MADE = "{variable} = {call}\n{variable}"
_START = "MADE = [{variables}]; START = [dict(one.knobs) for one in MADE]"
_PUT_BACK = "[one.set(**start) for one, start in zip(MADE, START) if one.knobs != start]"
_CLOSE = "[one.close() for one in MADE]"
# Every figure as wide and high as its place, and no drawing asked for, two turns of the display after a change.
_DRAWN = """() => new Promise((answer) => requestAnimationFrame(() => requestAnimationFrame(() => {
  const fits = ({ clientWidth, clientHeight, dataset, _fullLayout: { width, height } }) =>
    dataset.drawing === undefined && clientWidth === width && clientHeight === height;
  answer([...document.querySelectorAll(".nlviz-graph")].every(fits));
})))"""


# Every figure as wide and high as its place: what is painted quickly is, Plotly may yet draw it.
_FITS = _DRAWN.replace("dataset.drawing === undefined && ", "")


class OneLab:
    """A lab as it is called, and as it is without the preset of its call if it has one: one or two on the page."""

    def __init__(self, tab: Tab, name: str, call: str) -> None:
        self.tab, self.name = tab, name
        self._calls = dict.fromkeys((call, _PRESET.sub("", call)))

    def open(self) -> None:
        """Show it in place of whatever is shown, in the same kernel as the one before."""
        self.tab.clear()
        variables = [f"lab_{number}" for number in range(len(self._calls))]
        made = [_MADE.format(variable=v, call=c) for v, c in zip(variables, self._calls, strict=True)]
        start = _START.format(variables=", ".join(variables))
        self.tab.run_cells(_FILE, "from nlviz import labs", *made, start)
        for number in range(len(made)):
            self.tab.lab(number)

    def close(self) -> None:
        """Leave its kernel to the next; a page that is opened on a kernel would bring back whatever lives there."""
        if self.is_there:
            self.tab.theme("Light")
            self.tab.tell_kernel(_CLOSE)
        self.tab.clear()

    @property
    def is_there(self) -> bool:
        """Whether it still stands on the page."""
        return self.tab.page.locator(".nlviz").count() == len(self._calls)

    @property
    def lab(self) -> Lab:
        """As it is called: from a preset in which every knob matters."""
        return self.tab.lab(0)

    @property
    def plain(self) -> Lab:
        """As it opens without a preset: some knobs may change nothing then."""
        return self.tab.lab(len(self._calls) - 1)

    def put_back(self) -> None:
        """Set the knobs to where they started."""
        self.tab.tell_kernel(_PUT_BACK)
        for number in range(len(self._calls)):
            self.tab.lab(number).rest()

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
        roots = page.locator(".nlviz")
        if roots.first.get_attribute("data-theme") != theme:
            self.tab.tell_kernel(f"for one in MADE: one.theme = {'projector' if theme == 'projector' else 'auto'!r}")
        for root in roots.all():
            expect(root).to_have_attribute("data-theme", theme)
        page.wait_for_function(_DRAWN)
