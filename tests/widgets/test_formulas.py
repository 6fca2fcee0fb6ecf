"""Formulas on a page that cannot typeset: every one of the lessons reads as text there."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest

from nlviz.widgets.pages.formulas import formulas_in_text

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (r"$\tfrac12\,\lVert M k - v\rVert^2$", "½ ‖M k − v‖<sup>2</sup>"),
        (r"$M \leftarrow M - \theta\,(M k - v)\,k^\top$", "M ← M − θ (M k − v) kᵀ"),
        (r"$\frac{\theta}{1 - \eta}$ and $\lambda_{\max} < 2$", "θ/(1 − η) and λ<sub>max</sub> &lt; 2"),
        ("$$x_t = 1$$", '\n<p class="formula">x<sub>t</sub> = 1</p>\n'),
        (r"$\begin{pmatrix}1&-2\\.5&0\end{pmatrix}v$", "(1 −2; .5 0)v"),
        ("`$x$` and\n\n    $y$\n", "`$x$` and\n\n    $y$\n"),
        (r"$\|v - M k\|$", "‖v − M k‖"),
        (r"$\wp$ is no sign of ours", r"$\wp$ is no sign of ours"),
    ],
)
def test_a_formula_reads_as_text(written: str, read: str) -> None:
    assert formulas_in_text(written) == read


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_formula_of_the_course_is_known(path: Path) -> None:
    for cell in nbformat.read(path, 4).cells:  # pyright: ignore[reportGeneralTypeIssues]
        if cell.cell_type == "markdown":
            found = formulas_in_text(cell.source)
            assert not [line for line in found.splitlines() if "$" in line or "\\" in line]
