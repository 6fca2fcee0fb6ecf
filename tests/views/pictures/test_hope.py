"""Which box is filled at which token and how strongly, what it says, and what an arrow touches."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from seeing import at_frame, named, traces_of
from traces import hoped_trace, layout

from nlviz import views
from nlviz.views.drawing.theme import ROLES


def fills(figure: Any, frame: int) -> list[float]:
    """How strongly every part is filled, the memories first."""
    shapes = layout(at_frame(figure, frame)).shapes
    return [shape.opacity for shape in shapes if shape.fillcolor == ROLES["fast"].color and shape.xref == "x"]


def said(figure: Any, frame: int) -> list[str]:
    """The words in the boxes of what learns."""
    notes = layout(at_frame(figure, frame)).annotations
    return [note.text for note in notes if note.xref == "x" and note.text and "<br>" in note.text]


def test_a_box_is_filled_by_the_root_of_its_own_share_and_says_its_number() -> None:
    figure = views.hope(hoped_trace(12, (1, 4)))
    first, third, last = (fills(figure, frame) for frame in (0, 3, 11))
    assert first == pytest.approx([0.75] * 5 + [0.75, 0.0])
    assert third == pytest.approx([0.75 * 0.8**1.5] * 5 + [0.75, 0.75], rel=1e-5)
    assert last[0] == pytest.approx(0.75 * 0.8**5.5, rel=1e-5)
    assert said(figure, 0)[0] == "M<sub>k</sub><br>● 1.0"
    assert said(figure, 0)[4] == "M<sub>memory</sub>, read at q<br>● 2.0"


def test_a_block_off_its_tick_stays_dark_and_says_how_many_tokens_wait() -> None:
    figure = views.hope(hoped_trace(12, (1, 4)))
    waiting = [said(figure, frame)[6] for frame in range(4)]
    assert [words.split("<br>")[1] for words in waiting] == [
        "○ 1 of 4",
        "○ 2 of 4",
        "○ 3 of 4",
        "● 1.0",
    ]
    assert [fills(figure, frame)[6] > 0 for frame in range(4)] == [False, False, False, True]


def test_what_is_never_written_is_cold_and_says_so() -> None:
    figure = views.hope(hoped_trace(12, (1, 16), frozen=2))
    boxes = [one for one in layout(figure).shapes if one.type == "rect" and one.xref == "x" and one.line.width == 2]
    cold = [box for box in boxes if box.line.color == ROLES["slow"].color]
    assert len(boxes) == 8
    assert len(cold) == 3, "M_η, the block that never ticks, and q"
    assert said(figure, 5)[2] == "M<sub>η</sub><br>frozen"
    assert said(figure, 5)[6].endswith("<br>as trained")


def test_the_rows_show_every_write_and_lead_to_its_token() -> None:
    trace = hoped_trace(12, (1, 4))
    figure = views.hope(trace)
    [(place, cells)] = traces_of(figure, "heatmap")
    z = np.asarray(cells.z)
    np.testing.assert_allclose(z[6], [0, 0, 0, 1] * 3)
    np.testing.assert_allclose(z[4], 0.8 ** (np.arange(12) / 2), rtol=1e-5)
    np.testing.assert_allclose(np.asarray(cells.customdata)[4], trace["write_norm"].values[:, 0, 4])
    moving = views.frames(figure)
    assert moving is not None
    [link] = [one for one in moving["links"] if "trace" in one]
    assert link["trace"] == place
    assert link["frames"][0, 3].tolist() == list(range(12))
    assert moving["labels"][0] == "token 0 writes k, v, η, α, M, f1"
    assert moving["labels"][3].endswith("M, f1, f2")
    assert moving["acts"] == ["inner write"] * 12


def test_it_opens_where_most_is_written_and_the_title_counts() -> None:
    figure = views.hope(hoped_trace(12, (1, 4)))
    assert views.frames(figure)["start"] == 11  # pyright: ignore[reportOptionalSubscript]
    assert "Five memories rewrite themselves; in 12 tokens the block of period 4 is" in layout(figure).title.text
    assert "3 times" in layout(figure).title.text
    once = layout(views.hope(hoped_trace(12, (1, 8), frozen=0))).title.text.replace("<br>", " ")
    assert once == "Four memories rewrite themselves; in 12 tokens the block of period 8 is written once"


def test_eta_and_alpha_are_what_was_recorded() -> None:
    figure = views.hope(hoped_trace(12))
    np.testing.assert_allclose(np.asarray(named(figure, "η").y, float), np.linspace(0.6, 0.4, 12))
    np.testing.assert_allclose(np.asarray(named(figure, "α").y, float), 0.02)


@pytest.mark.parametrize("periods", [(1,), (1, 4), (1, 4, 16)])
def test_every_arrow_begins_and_ends_at_the_edge_of_a_box(periods: tuple[int, ...]) -> None:
    figure = views.hope(hoped_trace(12, periods))
    arrows = [note for note in layout(figure).annotations if note.showarrow]
    assert len(arrows) == 10 + 1 + len(periods)
    boxes = [one for one in layout(figure).shapes if one.type == "rect" and one.xref == "x" and one.line.width == 2]
    ends = [(note.x, note.y) for note in arrows] + [(note.ax, note.ay) for note in arrows]
    touched = {place for place, box in enumerate(boxes) for x, y in ends if _on_edge(box, x, y)}
    assert touched == set(range(len(boxes)))
    # what touches none begins at x or ends at y
    assert all(y < 0.7 or y > 9 for x, y in ends if not any(_on_edge(box, x, y) for box in boxes))


def _on_edge(box: Any, x: float, y: float) -> bool:
    inside = box.x0 - 1e-6 <= x <= box.x1 + 1e-6 and box.y0 - 1e-6 <= y <= box.y1 + 1e-6
    return inside and min(abs(x - box.x0), abs(x - box.x1), abs(y - box.y0), abs(y - box.y1)) < 1e-6
