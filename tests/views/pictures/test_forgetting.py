"""Items by writes, recall by age, keeping against learning."""

from __future__ import annotations

import numpy as np
import pytest
from seeing import at_frame, downwards, every, named, traces_of
from traces import fading_trace, layout

from nlviz import views
from nlviz.views.drawing.theme import ROLES


def test_forgetting_has_its_rows_and_its_standing() -> None:
    trace = fading_trace(6)
    figure = views.forgetting(trace)
    [(_, cells)] = traces_of(figure, "heatmap")
    z = np.asarray(cells.z)
    # item 2 after write 4 is two writes old, and unknown before its own
    assert z[2, 4] == pytest.approx(np.exp(-2 / 8))
    assert np.isnan(z[4, 2])
    assert list(named(figure, "measured").y)[3] == pytest.approx(np.exp(-3 / 8))
    assert list(named(figure, "theory").y)[3] == pytest.approx(np.exp(-3 / 9))
    hebbian = views.standings(trace)[0]
    dot = next(one for one in every(figure) if one.name == "Hebbian")
    assert (dot.x[0], dot.y[0]) == pytest.approx((hebbian.stability[0], hebbian.plasticity[0]))
    assert dot.marker.color == ROLES["fast"].color


def test_the_curtain_opens_and_a_switch_stands_before_its_item() -> None:
    figure = views.forgetting(fading_trace(6))
    moving = views.frames(figure)
    assert moving is not None
    [(_, cells)] = traces_of(figure, "heatmap")
    assert list(cells.x) == [*range(6)]
    assert downwards(layout(figure)[cells.yaxis.replace("y", "yaxis")])
    for frame in range(6):
        # what is right of the write has not happened
        assert layout(at_frame(figure, frame)).shapes[1].x0 == frame + 0.5
    line = layout(figure).shapes[0]
    assert (line.x0, line.x1) == (2.5, 2.5), "the context changes before item 3"
    assert (moving["start"], moving["labels"][2]) == (5, "write 2: item 2")


def test_what_was_measured_is_warm_and_the_law_is_grey() -> None:
    trace = fading_trace(6)
    figure = views.forgetting(trace)
    roles = {"measured": "fast", "theory": "theory", "without its gate": "slow"}
    for name, role in roles.items():
        assert named(figure, name).line.color == ROLES[role].color
    assert [named(figure, name).opacity for name in roles] == [1, 1, 0.35]
    assert list(named(figure, "without its gate").y) == pytest.approx([0.6] * 6)
    assert f"1.00 for the newest, {np.exp(-5 / 8):.2f} for one 5 writes old" in views.alt_text(figure)
    assert "Hebbian: stability" in views.alt_text(figure)


def test_what_is_recalled_as_its_opposite_is_in_sight() -> None:
    trace = fading_trace(6)
    curve = trace["by_age"].values - 0.8
    axis = layout(views.forgetting(trace.merge({"by_age": trace["by_age"]._replace(values=curve)}))).yaxis2
    assert axis.range[0] == pytest.approx(1.1 * curve.min())
    assert layout(views.forgetting(trace)).yaxis2.range[0] == 0
