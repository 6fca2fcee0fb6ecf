"""A browser tab that keeps to this machine, and the few things a test does with a notebook in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nbformat
from playwright.sync_api import ConsoleMessage, Error, Locator, Page, Route, TimeoutError, ViewportSize

from .server import Server

DESK: ViewportSize = {"width": 1280, "height": 900}
SCREENSHOTS = Path(__file__).parent / "screenshots"
_AWAY = re.compile(r"^(?!(https?|wss?)://(127\.0\.0\.1|localhost)[:/]|data:|blob:|about:)")
# what a test means must come; how soon is the machine's affair, and it may do five other things meanwhile
_PATIENCE_MS = 150_000
_RUN_MS = 600_000  # a notebook takes up to a minute alone, and longer beside other tests
# Unsaved changes are a test's own: nobody is asked about them.
_CLOSE_ALL = "[...jupyterapp.shell.widgets('main')].forEach((one) => one.dispose())"
_KERNEL = "window.jupyterapp?.shell.currentWidget?.context?.sessionContext?.session?.kernel"


def _is_jupyterlabs(error: Error) -> bool:
    """An output replaced while JupyterLab lays its area out anew: it says so, and draws the new one all the same."""
    return "removeChild" in str(error) and "/static/lab/" in (error.stack or "") and "blob:" not in (error.stack or "")


def _is_anywidgets(words: str) -> bool:
    """A widget that took two seconds to start, as on a busy machine: whoever needs it waits for it."""
    return "[anywidget] Failed to initialize model" in words


class Tab:
    """One page on one server.

    `left` lists every request that wanted to leave the machine, `errors` what the console complained of.
    """

    def __init__(self, page: Page, server: Server) -> None:
        self.page, self.server = page, server
        self.left: list[str] = []
        self.errors: list[str] = []
        page.set_default_timeout(_PATIENCE_MS)
        page.context.route(_AWAY, self._refuse)
        page.on("websocket", lambda socket: self.left.append(socket.url) if _AWAY.match(socket.url) else None)
        page.on("console", self._listen)
        page.on("pageerror", self._fail)

    def _refuse(self, route: Route) -> None:
        self.left.append(route.request.url)
        route.abort()

    def _fail(self, error: Error) -> None:
        if not _is_jupyterlabs(error) and not _is_anywidgets(str(error)):
            self.errors.append(str(error))

    def _listen(self, message: ConsoleMessage) -> None:
        # JupyterLab asks for a workspace that does not exist yet and logs the 404; that is not ours.
        theirs = "removeChild" in message.text and "/static/lab/" in message.location["url"]  # see _is_jupyterlabs
        theirs = theirs or "Failed to load resource" in message.text or _is_anywidgets(message.text)
        if message.type == "error" and not theirs:
            self.errors.append(message.text)

    def assert_stayed_home(self) -> None:
        """No request was made to anything but this machine."""
        assert self.left == [], f"requests that wanted to leave the machine: {self.left}"

    def command(self, name: str, *, patience: float = _PATIENCE_MS, **arguments: Any) -> None:
        """One of JupyterLab's commands, waited for."""
        self._await("jupyterapp.commands.execute(...argument)", [name, arguments], patience)

    def _await(self, promise: str, argument: Any, patience: float = _PATIENCE_MS) -> None:
        # A promise inside `evaluate` is waited for without end; a flag on the page is waited for with a time-out.
        script = f"window.done = false; {promise}.then(() => (window.done = true))"
        self.page.evaluate(f"(argument) => {{ {script} }}", argument)
        self.page.wait_for_function("window.done", timeout=patience)

    def open(self, notebook: str) -> None:
        """Open a notebook of the server's folder in place of any other and wait for its kernel.

        JupyterLab itself is loaded once: that takes five times as long as a notebook in it.
        """
        if self.page.evaluate("typeof jupyterapp === 'undefined'"):
            self.page.goto(f"{self.server.url}/lab/tree/{notebook}?reset&token={self.server.token}")
        else:
            self.page.evaluate(_CLOSE_ALL)
            self.command("docmanager:open", path=notebook, factory="Notebook")
        self.page.wait_for_selector(".jp-Notebook .jp-Cell")
        # The indicator reads "idle" before there is a kernel at all; a run then would ask for one in a dialogue.
        self.page.wait_for_function(f"{_KERNEL}?.connectionStatus === 'connected' && {_KERNEL}.status === 'idle'")

    def clear(self) -> None:
        """JupyterLab as a test finds it: no notebook, nothing pressed or complained of; a box that asks is no start."""
        page = self.page
        page.set_viewport_size(DESK)
        page.emulate_media(reduced_motion="no-preference")
        page.mouse.move(0, 0)
        if page.locator(".jp-Dialog").count():
            page.goto("about:blank")
        elif page.evaluate("typeof jupyterapp !== 'undefined'"):
            page.evaluate(_CLOSE_ALL)
            self.show_files(True)
        self.left.clear()
        self.errors.clear()

    def show_files(self, shown: bool) -> None:
        """Show JupyterLab's file browser, or hide it."""
        if self.page.evaluate("!jupyterapp.shell.leftCollapsed") != shown:
            self.command("application:toggle-left-area")

    def run_all(self) -> None:
        """Run every cell and wait until the last one has finished."""
        self.command("notebook:run-all-cells", patience=_RUN_MS)

    def run_first(self, count: int) -> None:
        """Run so many cells from the top, one by one, as Shift-Enter does."""
        for _ in range(count):
            self.command("notebook:run-cell-and-select-next", patience=_RUN_MS)

    def tell_kernel(self, source: str) -> None:
        """Run Python in the notebook's kernel, and wait for it."""
        self._await(f"{_KERNEL}.requestExecute({{ code: argument }}).done", source)

    def write(self, name: str, *sources: str) -> None:
        """Make a notebook of these code cells."""
        cells = [nbformat.v4.new_code_cell(source) for source in sources]
        # Without a kernel named JupyterLab would ask which one.
        about = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
        nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=about), self.server.folder / name)

    def run_cells(self, name: str, *sources: str) -> None:
        """Make a notebook of these code cells, open it and run it from top to bottom."""
        self.write(name, *sources)
        self.open(name)
        self.run_all()

    def theme(self, name: str) -> None:
        """Switch JupyterLab to "Light" or "Dark", if it is not."""
        if self.page.evaluate("document.body.dataset.jpThemeLight") == str(name == "Light").lower():
            return
        self.command("apputils:change-theme", theme=f"JupyterLab {name}")
        self.page.wait_for_function(f"document.body.dataset.jpThemeLight === '{str(name == 'Light').lower()}'")
        self.page.wait_for_selector("#jupyterlab-splash", state="detached")

    def lab(self, number: int = 0) -> Lab:
        """The lab or player shown as number 0, 1, … on the page, once it has painted."""
        root = self.page.locator(".nlviz").nth(number)
        try:
            root.locator(".js-plotly-plot .main-svg").first.wait_for()
        except TimeoutError as late:
            late.add_note(f"lab {number} has not painted; {self.what_is_seen()}")
            raise
        return Lab(root)

    def what_is_seen(self) -> str:
        """What stands below the cells, and what the console complained of: for a failure nobody is there to look at."""
        outputs = self.page.locator(".jp-Cell-outputArea").all_inner_texts()
        return f"below the cells: {[text[:80] for text in outputs]}; console: {self.errors}"

    def keep(self, name: str) -> Path:
        """A screenshot for a person to look at."""
        SCREENSHOTS.mkdir(exist_ok=True)
        path = SCREENSHOTS / f"{name}.png"
        self.page.screenshot(path=path)
        return path


# Everything the figure of a lab draws, as text.
_DATA = """(root) => {
  const graph = root.querySelector(".js-plotly-plot");
  const look = (path) => ["d", "opacity", "visibility"].map((name) => path.getAttribute(name)).join(" ");
  const over = [...graph.querySelectorAll(":is(.nlviz-over, .nlviz-under) [data-shape] path")].map(look);
  const { data, layout: { annotations } } = graph;
  const plain = (key, value) => (ArrayBuffer.isView(value) ? Array.from(value) : value);
  return JSON.stringify([data, annotations, over], plain);
}"""
_ANSWERED = """(root) => root.querySelector(".nlviz-figure").getAttribute("aria-busy") !== "true"
  && !root.querySelector(".nlviz-progress:not([hidden])")"""
_RESTS = """(root) => root.querySelector(".nlviz-figure").getAttribute("aria-busy") !== "true"
  && !root.querySelector(".nlviz-graph[data-drawing]")"""


class Lab:
    """A lab on the page: what it shows, and its controls as a keyboard finds them."""

    def __init__(self, root: Locator) -> None:
        self.root = root
        self.graph = root.locator(".js-plotly-plot")
        self.figure = root.locator(".nlviz-figure")
        self.frames = root.locator(".nlviz-frames")
        self.label = root.locator(".nlviz-label")
        self.summary = root.locator(".nlviz-summary")
        self.problem = root.locator(".nlviz-problem")
        self.status = root.locator(".nlviz-status")

    def knob(self, label: str) -> Locator:
        """The input that carries this label."""
        return self.root.get_by_label(label, exact=True)

    def press(self, control: Locator, *keys: str) -> None:
        """Focus a control and press keys on it."""
        control.focus()
        for key in keys:
            self.root.page.keyboard.press(key)

    def data(self) -> str:
        """Everything the figure draws, as text: equal texts are equal pictures."""
        return self.root.evaluate(_DATA)

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Whatever happens inside must change what the figure draws; waits for it."""
        root = self.root.element_handle()
        root.evaluate(f"(root) => {{ root.wasDrawn = ({_DATA})(root); }}")
        yield
        try:
            self.root.page.wait_for_function(f"(root) => ({_DATA})(root) !== root.wasDrawn", arg=root, polling=50)
        except TimeoutError as late:
            raise AssertionError("the figure's data did not change") from late

    def answered(self) -> None:
        """Wait until the kernel has answered whatever was asked for, drawn or not."""
        self.root.page.wait_for_function(_ANSWERED, arg=self.root.element_handle())

    def rest(self) -> None:
        """Wait until what was asked for is answered and drawn: the picture neither waits nor is being drawn anew."""
        self.root.page.wait_for_function(_RESTS, arg=self.root.element_handle())

    def keep(self, tab: Tab, name: str) -> None:
        """Scroll to the lab and keep a screenshot."""
        self.root.scroll_into_view_if_needed()
        tab.keep(name)
