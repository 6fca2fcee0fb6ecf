"""What one kernel takes of the machine: bare, with torch, after each lesson's cells, and after turns of knobs.

    python -m tests.benchmarks.kernel_memory --write      into kernel_memory.md; some ten minutes on two cores

Resident pages in all, and those that are the kernel's alone: what a further student costs where the kernels of one
machine share the rest, as the pages of torch's libraries. A kernel whose figures were let go is as large after fifteen
turns of every lab's first knob as after five.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

import nbformat
import psutil
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager

from tests.benchmarks.sweeping import put_table, started

PAGE = Path(__file__).with_suffix(".md")
NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
PATIENCE = 600
BARE = {
    "no cell": [],
    "`import torch`": ["import torch"],
    "`from nlviz import labs`": ["from nlviz import labs; labs.write_head"],
}
TURN = """
import ipywidgets
from nlviz.widgets import Lab
for _lab in [one for one in ipywidgets.Widget.widgets.values() if isinstance(one, Lab)]:
    for _knob in [one for one in _lab.form["controls"] if one["kind"] == "number"][:1]:
        _steps = max(1, round((_knob["high"] - _knob["low"]) / _knob["step"]))
        for _turn in range(5):
            _lab.set(**{_knob["name"]: _knob["low"] + _knob["step"] * round(_turn * 2 % 5 / 5 * _steps)})
"""
"""Five turns of the first number of every lab there is in the kernel."""


def main() -> None:
    """Measure one kernel after another, and print or write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lessons", nargs="*", help="the first digits of some lessons (default: all)")
    parser.add_argument("--write", action="store_true", help="put the table into the page")
    chosen = parser.parse_args()
    lines = list(table(chosen.lessons))
    if chosen.write:
        put_table(PAGE, "\n".join(lines) + "\n")


def table(lessons: Sequence[str]) -> Iterator[str]:
    """A line for each kernel, as it is measured."""
    yield said("| a kernel after | resident, MB | its own | 5 turns of every lab: resident, MB | 15 turns |")
    yield said("|---|--:|--:|--:|--:|")
    for name, cells in BARE.items():
        yield said(f"| {name} | {' | '.join(f'{size:.0f}' for size in kernel(cells)[:2])} | | |")
    for path in sorted(NOTEBOOKS.glob("[0-9]*.ipynb")):
        if not lessons or path.name[:2] in lessons:
            cells = [cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
            yield said(f"| {path.name[:2]} | {' | '.join(f'{size:.0f}' for size in kernel(cells, turns=3))} |")


def kernel(cells: Sequence[str], turns: int = 0) -> list[float]:
    """Resident megabytes and its own, after these cells; resident after five turns, and after all of them."""
    manager = KernelManager()
    manager.start_kernel(cwd=str(NOTEBOOKS))
    client = manager.blocking_client()
    try:
        client.start_channels()
        client.wait_for_ready(timeout=PATIENCE)
        process = psutil.Process(pid(client))
        for cell in cells:
            run(client, cell)
        info = process.memory_full_info()
        sizes = [info.rss, info.uss]
        for _ in range(turns):
            run(client, TURN)
            sizes.append(process.memory_info().rss)
        return [size / 2**20 for size in sizes[:3] + sizes[-1:]]
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def pid(client: BlockingKernelClient) -> int:
    """The kernel's own."""
    asked = client.execute("import os", user_expressions={"pid": "os.getpid()"})
    while (reply := client.get_shell_msg(timeout=PATIENCE))["parent_header"]["msg_id"] != asked:
        pass
    return int(reply["content"]["user_expressions"]["pid"]["data"]["text/plain"])


def run(client: BlockingKernelClient, code: str) -> None:
    """A cell; one that raises is said, and the rest goes on, as a student would."""
    reply = client.execute_interactive(code, timeout=PATIENCE, allow_stdin=False, output_hook=lambda message: None)
    if reply["content"]["status"] != "ok":
        print(reply["content"]["ename"], reply["content"]["evalue"][:200])


def said(line: str) -> str:
    """A line of the table, also on the screen: the whole takes minutes."""
    print(line, flush=True)
    return line


if __name__ == "__main__":
    started()
