"""A long run in a real JupyterLab: progress, Stop, others meanwhile, an interrupt, a restart; knobs out of sight.

The tests share a notebook and find it as it was at first; those that need another come last.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import WebSocketRoute, expect

from .slow import SLOW
from .tab import SCREENSHOTS, Lab, Tab
from .toy import TOY

pytestmark = pytest.mark.browser


MAKES = """
Lab(slowly, slow_view, name="hill", title="A slow hill", height=Number(1.0, 0.0, 2.0, 0.5, unit="m"),
    pieces=Whole(200, 2, 500), summary=lambda trace: f"{len(trace['value'].values)} pieces")
"""
"""A lab whose first run takes some seconds."""

CELLS = (TOY + SLOW, "slow = slow_lab()\nslow", "quick = lab()\nquick")
PUT_BACK = "slow.set(height=1.0, pieces=3); quick.set(height=1.0, wave='line', break_it=False)"


@pytest.fixture(scope="module")
def shared(desk: Tab) -> Iterator[Tab]:
    """A notebook with a slow lab and a quick one."""
    desk.clear()
    desk.run_cells("slow.ipynb", *CELLS)
    yield desk
    desk.clear()
    desk.server.stop_kernels()


@pytest.fixture
def slow(shared: Tab) -> Tab:
    """The shared notebook, put back to how it was."""
    # a test may have left a long run, or its last words on their way
    shared.tell_kernel("slow.stop()")
    shared.lab(0).rest()
    shared.tell_kernel(PUT_BACK)
    expect(shared.lab(0).summary).to_have_text("3 pieces")
    expect(shared.lab(1).summary).to_have_text("highest 1.00 m")
    for lab in (shared.lab(0), shared.lab(1)):
        expect(lab.status).to_have_text("")
        lab.rest()
    return shared


def start(lab: Lab) -> None:
    """Begin a run of about ten seconds, and wait until it shows how far it is."""
    lab.root.get_by_role("button", name="long").press("Enter")
    expect(lab.root.locator(".nlviz-progress")).to_be_visible()


def far(lab: Lab) -> float:
    return float(lab.root.locator("progress").evaluate("(bar) => bar.value"))


# Every text that comes to stand in a node, from now on.
KEEP_WORDS = """(node) => {
    node.said = [];
    const observer = new MutationObserver(() => node.said.push(node.textContent));
    observer.observe(node, { childList: true, characterData: true });
}"""


def press_stop_and_time(lab: Lab, how: str) -> dict[str, float]:
    """Milliseconds from the hand on Stop to the word that it has stopped, and to the picture of what there is."""
    return lab.root.evaluate(
        """(root, how) => new Promise((done) => {
            const summary = root.querySelector(".nlviz-summary"), before = summary.textContent;
            const start = performance.now(), times = {};
            const look = () => {
                if (root.querySelector(".nlviz-progress").hidden) times.stopped ??= performance.now() - start;
                if (summary.textContent !== before) {
                    times.shown = performance.now() - start;
                    observer.disconnect();
                    done(times);
                }
            };
            const observer = new MutationObserver(look);
            observer.observe(root, { subtree: true, childList: true, attributes: true, characterData: true });
            if (how === "Escape") {
                const key = new KeyboardEvent("keydown", { key: "Escape", bubbles: true });
                root.querySelector(".nlviz-knobs input").dispatchEvent(key);
            } else [...root.querySelectorAll("button")].find((one) => one.textContent === "Stop").click();
        })""",
        how,
    )


def test_progress_moves_and_another_lab_answers_meanwhile(slow: Tab) -> None:
    lab, other = slow.lab(0), slow.lab(1)
    start(lab)
    first = far(lab)
    expect(lab.root.locator(".nlviz-far")).to_have_text(
        re.compile(r"^[\d,]+ of 40,000 tokens · [\d,]+ tokens/s · \d+ s left$")
    )
    lab.keep(slow, "progress")
    with other.changing():
        other.press(other.knob("height"), "ArrowRight")
    expect(other.summary).to_have_text("highest 1.50 m")
    slow.tell_kernel("quick.set(height=0.5)")
    expect(other.summary).to_have_text("highest 0.50 m")
    slow.page.wait_for_function("(first) => document.querySelector('progress').value > first + 0.05", arg=first)
    expect(lab.root.locator(".nlviz-progress")).to_be_visible()
    assert first < far(lab) < 1
    assert slow.errors == []


@pytest.mark.parametrize("how", ["Stop", "Escape"])
def test_stop_ends_a_run_and_shows_what_there_is(slow: Tab, how: str) -> None:
    lab = slow.lab(0)
    times = []
    for number in range(5):
        # words that differ from those of a stop, which is timed by their change
        lab.root.get_by_role("button", name="short").press("Enter")
        expect(lab.summary).to_have_text("2 pieces")
        start(lab)
        slow.page.wait_for_timeout(60 * number)  # another moment of the run
        times.append(press_stop_and_time(lab, how))
        expect(lab.summary).to_have_text(re.compile(r"^stopped after [\d,]+ of 40,000 tokens · \d+ pieces$"))
        expect(lab.status).to_have_text("")
        assert re.match(r"Stopped after [\d,]+ of 40,000 tokens\. A line", str(lab.figure.get_attribute("aria-label")))
        expect(lab.root.locator(".nlviz-title")).to_contain_text("Stopped after")
    lab.keep(slow, "stopped")
    print("\nms to stop, to show:", [{name: round(ms) for name, ms in time.items()} for time in times])
    # the word first, at once; the picture when it is drawn. How soon, on a quiet machine, is printed for who looks.
    assert all(time["stopped"] <= time["shown"] for time in times)


def test_a_newer_turn_overtakes_a_long_run(slow: Tab) -> None:
    lab = slow.lab(0)
    start(lab)
    lab.summary.evaluate(KEEP_WORDS)
    lab.root.get_by_role("button", name="short").press("Enter")
    expect(lab.summary).to_have_text("2 pieces")
    # the long run, of 400, never came to its end
    assert "400 pieces" not in lab.summary.evaluate("(node) => node.said")
    expect(lab.root.locator(".nlviz-progress")).to_be_hidden()
    expect(lab.status).to_have_text("")
    expect(lab.knob("pieces")).to_have_value("2")


def test_a_cell_that_keeps_the_kernel_busy_is_named(slow: Tab, tmp_path: Path) -> None:
    lab, enough = slow.lab(1), tmp_path / "enough"
    slow.page.evaluate(
        "(code) => window.jupyterapp.shell.currentWidget.context.sessionContext.session.kernel"
        ".requestExecute({ code })",
        # until the words were read, however long that takes
        f"import os\nwhile not os.path.exists({str(enough)!r}): time.sleep(0.05)",
    )
    slow.page.wait_for_function(
        "window.jupyterapp.shell.currentWidget.context.sessionContext.session.kernel.status === 'busy'"
    )
    lab.press(lab.knob("height"), "ArrowRight")
    expect(lab.status).to_contain_text("busy with another cell: your turn waits")
    lab.keep(slow, "busy")
    enough.touch()
    expect(lab.summary).to_have_text("highest 1.50 m")
    expect(lab.status).to_have_text("")


def test_knobs_out_of_sight_are_said_in_words(slow: Tab) -> None:
    lab = slow.lab(0)
    lab.press(lab.root.locator("summary", has_text="hide or show knobs"), "Enter")
    lab.press(lab.root.get_by_role("checkbox", name="show pieces"), "Space")
    expect(lab.knob("pieces").first).to_be_hidden()
    expect(lab.root.locator(".nlviz-held")).to_have_text("set and out of sight: pieces 3")
    lab.keep(slow, "knobs_hidden")
    lab.press(lab.root.get_by_role("checkbox", name="show all"), "Space")
    expect(lab.root.locator(".nlviz-held")).to_be_hidden()


def test_the_state_can_be_copied(slow: Tab) -> None:
    lab = slow.lab(0)
    with lab.changing():
        lab.press(lab.knob("height"), "ArrowRight")
    lab.root.get_by_role("button", name="copy state").press("Enter")
    field = lab.root.get_by_label("state of this lab")
    expect(field).to_have_value("hill?preset=short&height=1.5&pieces=3&seed=3")
    expect(lab.root.locator(".nlviz-said")).to_have_text(re.compile("copied|press Ctrl"))
    lab.keep(slow, "state")


def test_a_line_dragged_in_the_figure_turns_its_knob(slow: Tab) -> None:
    lab = slow.lab(1)
    drag = """(root, value) => root.dispatchEvent(
        new CustomEvent("nlviz-knob", { detail: { name: "height", value } }))"""
    for asked, kept in ((1.4, "1.5"), (9.0, "2"), (-3.0, "0")):
        lab.root.evaluate(drag, asked)
        expect(lab.knob("height")).to_have_value(kept)
        expect(lab.summary).to_have_text(f"highest {float(kept):.2f} m")


def test_a_cell_that_makes_a_lab_says_how_far_it_is_and_leaves_no_gap(tab: Tab) -> None:
    tab.write("made.ipynb", TOY + SLOW, MAKES)
    tab.open("made.ipynb")
    tab.page.evaluate("() => void jupyterapp.commands.execute('notebook:run-all-cells')")
    line = tab.page.get_by_role("status").filter(has_text="A slow hill is being made: ")
    expect(line).to_have_text(re.compile(r" [\d,]+ of 20,000 tokens, about \d+ s left$"))
    tab.page.screenshot(path=SCREENSHOTS / "made.png")
    shown = tab.lab(0)
    expect(line).to_have_count(0)
    expect(shown.summary).to_have_text("200 pieces")
    # what is left of the line takes no room over the lab
    heights = "(areas) => areas.filter((one) => !one.textContent.trim()).map((one) => one.offsetHeight)"
    assert max(tab.page.locator(".jp-OutputArea-child").evaluate_all(heights), default=0) <= 2
    assert tab.errors == []


def test_an_interrupt_of_the_kernel_leaves_a_lab_that_works(tab: Tab) -> None:
    tab.run_cells("interrupted.ipynb", *CELLS)
    lab = tab.lab(0)
    start(lab)
    kernel = tab.server.ask("api/kernels")[0]
    tab.server.ask(f"api/kernels/{kernel['id']}/interrupt", method="POST")
    expect(lab.summary).to_have_text(re.compile(r"^interrupted after [\d,]+ of 40,000 tokens · \d+ pieces$"))
    lab.keep(tab, "interrupted")
    lab.root.get_by_role("button", name="short").press("Enter")
    expect(lab.summary).to_have_text("2 pieces")


def test_an_interrupted_cell_leaves_a_lab_that_works(tab: Tab) -> None:
    tab.run_cells("interrupted.ipynb", *CELLS)
    lab = tab.lab(0)
    tab.page.evaluate(
        "window.jupyterapp.shell.currentWidget.context.sessionContext.session.kernel"
        ".requestExecute({ code: 'slow.set(pieces=400)' })"
    )
    expect(lab.root.locator(".nlviz-far")).to_contain_text("a cell runs it: interrupt the kernel to stop")
    kernel = tab.server.ask("api/kernels")[0]
    tab.server.ask(f"api/kernels/{kernel['id']}/interrupt", method="POST")
    expect(lab.summary).to_have_text(re.compile(r"^interrupted after "))
    expect(lab.root.locator(".nlviz-progress")).to_be_hidden()


def lose_the_word_of_a_restart(tab: Tab) -> None:
    """Keep from the page what a starting kernel says of itself once, as a slow reconnection does."""

    def between(page_side: WebSocketRoute) -> None:
        server_side = page_side.connect_to_server()
        server_side.on_message(
            lambda message: None if b'"execution_state": "starting"' in bytes_of(message) else page_side.send(message)
        )

    tab.page.route_web_socket(re.compile("/channels"), between)


def bytes_of(message: str | bytes) -> bytes:
    return message.encode() if isinstance(message, str) else message


def go_on_telling_of_progress(tab: Tab) -> None:
    """After every word of a kernel that goes, the page hears once more how far the run is: such words can come late."""
    said: list[str | bytes] = []

    def between(page_side: WebSocketRoute) -> None:
        server_side = page_side.connect_to_server()
        goes: list[bool] = []

        def hand_on(message: str | bytes) -> None:
            page_side.send(message)
            if b'"kind": "progress"' in bytes_of(message):
                said[:] = [message]
            elif said and (goes or b"shutdown_reply" in bytes_of(message)):
                goes[:] = [True]
                page_side.send(said[0])

        server_side.on_message(hand_on)

    tab.page.route_web_socket(re.compile("/channels"), between)


@pytest.mark.parametrize(("word", "running"), [("heard", True), ("late", True), ("lost", True), ("lost", False)])
def test_a_restarted_kernel_is_said_to_be_gone_and_frames_still_play(fresh: Tab, word: str, running: bool) -> None:
    if word == "lost":
        lose_the_word_of_a_restart(fresh)
    if word == "late":
        go_on_telling_of_progress(fresh)
    fresh.run_cells("restarted.ipynb", *CELLS)
    lab, other = fresh.lab(0), fresh.lab(1)
    if running:
        start(lab)
    kernel = fresh.server.ask("api/kernels")[0]
    fresh.server.ask(f"api/kernels/{kernel['id']}/restart", method="POST")
    for one in (lab, other):
        expect(one.status).to_contain_text("The kernel is gone: the frames still play.")
    expect(lab.root.locator(".nlviz-progress")).to_be_hidden()
    with other.changing():
        other.press(other.frames, "End")
    other.press(other.knob("height"), "ArrowRight")
    expect(other.status).to_contain_text("run this cell again")
    other.keep(fresh, "gone")
