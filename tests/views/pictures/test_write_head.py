"""One write, part by part: the matrix, the pair, the recall of all items."""

from __future__ import annotations

import numpy as np
from by_hand import FIRST, SECOND, WRITES
from seeing import at, downwards, every, signal, traces_of
from traces import layout

from nlviz import views
from nlviz.views.drawing.theme import ROLES


def test_writing_goes_from_before_to_after() -> None:
    figure = views.writing(WRITES)
    [(place, _)] = traces_of(figure, "heatmap")
    read, error, write = (3 + part for part in range(3))
    for frame, matrix in ((read, FIRST), (error, FIRST), (write, SECOND)):
        assert at(figure, place, "z", frame).tolist() == matrix.tolist()
    (key, answer, recall) = (number for number, _ in traces_of(figure, "bar"))
    assert at(figure, key, "y", read).tolist() == [1, 0, 0]
    # before the write the second key is answered by nothing, after it by its value
    assert at(figure, answer, "y", read).tolist() == [0, 0]
    assert at(figure, answer, "y", write).tolist() == [0, -2]
    marks = next(number for number, trace in traces_of(figure, "scatter") if trace.mode == "markers")
    assert at(figure, marks, "y", read).tolist() == [0, -2]
    assert at(figure, recall, "x", write).tolist() == [0.5, 0.75]
    kept, not_yet = at(figure, recall, "x", read).tolist()
    assert kept == 1.0
    assert np.isnan(not_yet)


def test_the_error_stands_between_answer_and_target_only_while_it_is_spoken_of() -> None:
    figure = views.writing(WRITES)
    line = next(place for place, trace in traces_of(figure, "scatter") if trace.mode == "lines")
    read, error, write = (at(figure, line, "y", 3 + part) for part in range(3))
    assert np.isnan(read).all()
    assert np.isnan(write).all()
    # answers 0, 0; targets 0, −2
    assert error.reshape(2, 3)[:, :2].tolist() == [[0, 0], [0, -2]]
    assert list(every(figure)[line].x) == [0, 0, 0, 1, 1, 1]


def test_the_pointer_is_at_the_item_written_and_its_bar_comes_with_its_first_write() -> None:
    # item 1 first, then item 0
    figure = views.writing(WRITES.merge({"item": signal([1, 0])}))
    pointer = next(place for place, note in enumerate(layout(figure).annotations) if note.text == "◀")
    assert [float(at(figure, -1, f"annotations[{pointer}].y", frame)) for frame in range(6)] == [1, 1, 1, 0, 0, 0]
    recall = traces_of(figure, "bar")[-1][0]
    known = [np.isfinite(at(figure, recall, "x", frame)).tolist() for frame in range(6)]
    assert known == [[False, False]] * 2 + [[False, True]] * 3 + [[True, True]]
    assert at(figure, recall, "x", 2)[1] == 0.25
    axis = layout(figure)[every(figure)[recall].yaxis.replace("y", "yaxis")]
    assert downwards(axis)
    assert axis.title.text == "item"


def test_each_bar_has_its_role() -> None:
    figure = views.writing(WRITES)
    colours = [trace.marker.color for _, trace in traces_of(figure, "bar")]
    assert colours == [ROLES[role].color for role in ("slow", "fast", "truth")]


def test_frames_say_norm_and_mean_recall_of_what_is_stored() -> None:
    moving = views.frames(views.writing(WRITES))
    assert moving is not None
    assert moving["labels"][4] == "write 1: item 1 · error"
    assert moving["alts"][4] == (
        "Matrix memory at write 1: item 1 · error; its norm is 3; mean recall of the 1 item so far is 1.00."
    )
    assert moving["alts"][5].endswith("its norm is 3.61; mean recall of the 2 items so far is 0.62.")
