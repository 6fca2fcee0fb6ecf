"""Two loops: which part acts in which frame, and what is known and written by then."""

from __future__ import annotations

import numpy as np
import pytest
from seeing import at, every, signal, traces_of
from traces import code_trace, layout, read_twice, tasks_trace, told_trace

from nlviz import views
from nlviz.trace import Token, Trace
from nlviz.views.drawing.sheet import sheet
from nlviz.views.pictures.loops import PARTS, draw_loops

# Six bytes: "aé" is three letters with its line's end, read twice; the third byte of each reading is not written.
BITS = [3.0, 2.0, 2.0, 1.0, 0.5, 3.0]
TWICE = Trace(
    {
        "bits": signal(BITS[:4] + BITS[:4]),
        "frozen_bits": signal([3.0, 2.0, 2.0, 1.0, 4.0, 2.0, 1.0, 1.0]),
        "drift_norm": signal([1.0, 1.5, 2.0, 2.0, 3.0, 3.0, 3.5, 3.5]),
        "written": signal([1, 1, 1, 0, 1, 1, 1, 0]),
        "bytes": signal([97, 195, 169, 10] * 2),
    },
    tuple(
        Token(letter, start + at_, start + stop, f"reading {time}")
        for time, start in ((1, 0), (2, 4))
        for letter, at_, stop in (("a", 0, 1), ("é", 1, 3), ("\n", 3, 4))
    ),
    notes={"trained": "7 times round"},
)
FIGURE = views.two_loops(TWICE)
LIT = {name: place for place, name in ((1, "outer"), (3, "inner"))}


def lit(frame: int) -> set[str]:
    """The loops of which a part is thick."""
    return {name for name, place in LIT.items() if np.isfinite(at(FIGURE, place, "x", frame)).any()}


def test_the_outer_loop_acts_first_and_never_again() -> None:
    assert [lit(frame) for frame in range(3)] == [{"outer"}] * 3
    assert all("outer" not in lit(frame) for frame in range(3, 21))


def test_a_letter_is_read_then_known_then_written() -> None:
    # the second reading's "a" is the fourth letter: frames 12, 13, 14
    (cells, _), *_ = traces_of(FIGURE, "heatmap")
    known = [np.isfinite(at(FIGURE, cells, "z", frame)).sum() for frame in (12, 13, 14)]
    assert known == [4, 5, 5]
    curve = len(every(FIGURE)) - 1
    assert [np.isfinite(at(FIGURE, curve, "y", frame)).sum() for frame in (12, 13, 14)] == [4, 4, 5]
    assert np.nanmax(at(FIGURE, cells, "z", 13)) == 1.0, "4 bits frozen, 3 while writing"


def test_each_part_lights_another_arrow_and_a_byte_that_is_not_written_none() -> None:
    places = [tuple(at(FIGURE, LIT["inner"], "x", frame)[:2]) for frame in (12, 13, 14)]
    assert len(set(places)) == 3
    assert [lit(frame) for frame in (9, 10, 11)] == [{"inner"}, {"inner"}, set()], "the line's end is not written"


def test_the_box_stands_round_all_bytes_of_a_letter_and_a_click_goes_there() -> None:
    moving = views.frames(FIGURE)
    assert moving is not None
    edges = {one["path"]: one["values"][6] for one in moving["tracks"] if one["path"].startswith("shapes[0]")}
    assert edges["shapes[0].x1"] - edges["shapes[0].x0"] == 2.0
    link = moving["links"][0]
    assert link["frames"][0][0].tolist()[:3] == [5, 8, 8]
    assert moving["labels"][8].startswith("reading 1, byte 1: é · write")
    assert moving["labels"][0] == "before you came: outer loop, read · 7 times round"


def test_it_opens_in_the_middle_of_the_second_reading() -> None:
    moving = views.frames(FIGURE)
    assert moving is not None
    assert moving["labels"][moving["start"]].startswith("reading 2, byte 5: é · write")


@pytest.mark.parametrize(
    ("bits", "written", "title"),
    [
        ([4.0] * 4 + [1.0] * 4, 1.0, "Read again, it costs 1.0 bits a byte; without the inner loop 2.0"),
        ([4.0] * 4 + [3.0] * 4, 1.0, "The writes did harm: read again, 3.0 bits a byte; without the inner loop 2.0"),
        ([4.0] * 4 + [2.0] * 4, 1.0, "The writes changed little: read again, 2.0 bits a byte"),
        ([2.0] * 8, 0.0, "The inner loop stands still: read again, 2.0 bits a byte, as frozen"),
    ],
)
def test_the_title_is_true_of_the_run(bits: list[float], written: float, title: str) -> None:
    values = {"bits": bits, "frozen_bits": [2.0] * 8, "written": [written] * 8}
    figure = views.two_loops(TWICE.merge({name: signal(rows) for name, rows in values.items()}))
    assert layout(figure).title.text.replace("<br>", " ").startswith(title)


def test_the_title_of_more_than_two_readings_says_that_it_is_a_mean() -> None:
    figure = views.two_loops(read_twice(times=3))
    assert " on average; " in layout(figure).title.text.replace("<br>", " ")
    assert "average" not in layout(views.two_loops(read_twice())).title.text
    still = views.two_loops(read_twice(times=1).merge({"written": signal([0.0] * 17)}))
    assert "stands still: read once, " in layout(still).title.text


def test_the_heading_tells_the_greatest_gain_and_not_the_greatest_loss() -> None:
    frozen, heading = signal([1.0] * 8), lambda one: [note.text for note in layout(one).annotations]
    harmed = views.two_loops(TWICE.merge({"bits": signal([5.0, 0.8] + [1.0] * 6), "frozen_bits": frozen}))
    assert "Warm: cheaper, by up to 0.2 bits" in heading(harmed)
    assert layout(harmed).coloraxis2.cmax == 8.0, "the colours are for losses too"
    only_harmed = views.two_loops(TWICE.merge({"bits": signal([5.0] * 8), "frozen_bits": frozen}))
    assert "No letter is cheaper" in heading(only_harmed)


def test_a_loss_is_told_as_one_and_nothing_has_no_minus() -> None:
    harmed = TWICE.merge({"bits": signal([1.01] + [2.0] * 7), "frozen_bits": signal([1.0] * 8)})
    moving = views.frames(views.two_loops(harmed))
    assert moving is not None
    assert [words.split(" · ")[2] for words in moving["labels"][4:8:3]] == [
        "1.0 bits, +0.0 saved",
        "2.0 bits, −1.0 saved",
    ]
    assert "writing has saved 0.0 bits" in moving["alts"][4]
    assert "writing has cost 2.0 bits" in moving["alts"][7]


def test_rounding_is_not_drawn_as_a_way() -> None:
    still = views.two_loops(TWICE.merge({"drift_norm": signal([1e-7] * 8)}))
    assert layout(still).yaxis3.range[1] >= 0.01


def test_rounding_is_not_drawn_as_a_gain() -> None:
    rounded = signal([1.0, 1.0 - 1e-6] * 4)
    figure = views.two_loops(TWICE.merge({"bits": rounded, "frozen_bits": signal([1.0] * 8)}))
    assert layout(figure).coloraxis2.cmax > 0.05
    assert "No letter is cheaper" in [note.text for note in layout(figure).annotations]


def test_read_once_there_is_nothing_to_come_back() -> None:
    figure = views.two_loops(read_twice(times=1))
    assert "Read once, so nothing comes back yet" in layout(figure).title.text
    assert len(views.frames(figure)["labels"]) % len(PARTS) == 0  # pyright: ignore[reportOptionalSubscript]


def test_without_a_note_no_outer_loop_acts() -> None:
    figure = views.two_loops(Trace(dict(TWICE), TWICE.tokens))
    assert len(views.frames(figure)["labels"]) == 18  # pyright: ignore[reportOptionalSubscript]


def test_another_part_is_refused() -> None:
    with pytest.raises(ValueError, match=r"an act is 'inner reed'; expected one of .*; did you mean 'inner read'"):
        draw_loops(sheet("Two loops", "none", theme="light"), (0.0, 1.0), (0.0, 1.0), ["inner reed"])


def test_other_labs_say_what_acts() -> None:
    """For the emblem over them: a token without a write, and a model without fast weights."""
    code = code_trace(400)
    written = views.frames(views.reading(code))
    quiet = code.merge({"written": code["written"]._replace(values=np.zeros_like(code["written"].values))})
    assert written is not None
    assert set(written["acts"]) == {"inner", "inner read error"}
    assert set(views.frames(views.reading(quiet))["acts"]) == {"inner read error"}  # pyright: ignore
    trained = views.frames(views.tasks(tasks_trace().merge(notes={"loop": "outer"})))
    assert trained is not None
    assert set(trained["acts"]) == {"outer"}
    told = told_trace()
    frozen = told.merge({"fast_norm": told["fast_norm"]._replace(values=np.zeros_like(told["fast_norm"].values))})
    for trace, act in ((told, "inner"), (frozen, "")):
        assert set(views.frames(views.remembering(trace))["acts"]) == {act}  # pyright: ignore
