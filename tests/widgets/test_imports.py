"""The machinery of a lab knows figures, not models."""

from __future__ import annotations

import re
import subprocess
import sys

from tests.widgets.scripts import FILES, WIDGETS


def test_widgets_import_no_torch_and_no_figure_widget() -> None:
    code = "import sys, nlviz.widgets; print({'torch', 'plotly.graph_objs._figurewidget'} & set(sys.modules))"
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert printed.strip() == "set()"


def test_nothing_is_asked_of_the_network() -> None:
    for file in [*FILES, *WIDGETS.rglob("*.css"), *WIDGETS.rglob("*.ts")]:
        # the name of SVG's namespace is no address that anything is asked of
        said = file.read_text(encoding="utf-8").replace('"http://www.w3.org/2000/svg"', "")
        assert not re.search(r"(https?|wss?):?//", said), file.name
