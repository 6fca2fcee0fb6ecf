"""The floors of the front end, as `tests/test_floors.py` has those of Python: imports go down, and in no circle."""

from __future__ import annotations

from pathlib import Path

import pytest

from nlviz.widgets.modules import imports
from tests.widgets.scripts import FILES, HOUSE, WIDGETS, named

# By the folder of `static`, or by the file that stands in it.
FLOORS = {
    "elements.js": 0,  # what any widget needs, a question too
    "page.js": 0,
    "themes.js": 0,
    "prose": 1,  # what links in the prose round a widget do
    "player": 1,  # a picture, its frames, and what a hand does to it
    "lab": 2,  # what a lab has besides
    "widget.js": 3,
    "pages": 4,  # where a widget stands
    "lessons": 5,
    "site": 6,  # a lesson as a page
    "teaching": 7,  # a lesson as slides
}
NEEDS = {"lessons": {"elements.js", "prose"}}
"""What a room may import at most, whatever its floor: a question is sent without the figures of a lab."""

every_file = pytest.mark.parametrize("path", FILES, ids=[named(path) for path in FILES])


def _room(path: Path) -> str:
    return path.relative_to(WIDGETS if path.is_relative_to(WIDGETS) else HOUSE).parts[0]


def _imported(path: Path, text: str) -> list[Path]:
    return [other for _, other in imports(text, path)]


def _faults(path: Path, text: str) -> list[str]:
    """What is wrong with the imports of the file at `path` that holds `text`."""
    room = _room(path)
    others = {_room(other) for other in _imported(path, text)} - {room}
    up = [other for other in sorted(others) if FLOORS[other] >= FLOORS[room]]
    return [
        *(f"{room} (floor {FLOORS[room]}) imports {one} (floor {FLOORS[one]}); imports only go down" for one in up),
        *(f"{room} imports {one}, which it is not to bring along" for one in sorted(others - NEEDS.get(room, others))),
    ]


def _circle(texts: dict[Path, str]) -> list[str]:
    """The files that lie on a circle of imports, or import one that does."""
    left = {path: set(_imported(path, text)) for path, text in texts.items()}
    while ready := [path for path, others in left.items() if not others & left.keys()]:
        for path in ready:
            del left[path]
    return sorted(named(path) for path in left)


@every_file
def test_imports_only_go_down(path: Path) -> None:
    assert _room(path) in FLOORS, f"{named(path)} is on no floor of the table; give it one"
    assert _faults(path, path.read_text(encoding="utf-8")) == []


def test_no_files_import_each_other_in_a_circle() -> None:
    assert _circle({path: path.read_text(encoding="utf-8") for path in FILES}) == []


def test_a_widget_in_a_notebook_brings_only_what_asks_for_the_rest() -> None:
    loader = WIDGETS / "pages" / "loader.js"
    assert _imported(loader, loader.read_text(encoding="utf-8")) == [WIDGETS / "pages" / "version.js"]


@pytest.mark.parametrize(
    ("file", "source"),
    [
        (WIDGETS / "elements.js", 'import { band } from "./player/shapes.js";'),
        (WIDGETS / "page.js", 'import { make } from "./elements.js";'),
        (WIDGETS / "player" / "heat.js", 'import { scaleOf } from "../lab/knobs.js";'),
        (WIDGETS / "lab" / "lab.js", 'import { render } from "../widget.js";'),
        (WIDGETS / "widget.js", 'import { createModel } from "./pages/model.js";'),
        (HOUSE / "lessons" / "static" / "sketch.js", 'import { svg } from "../../widgets/static/player/shapes.js";'),
    ],
)
def test_a_wrong_import_would_be_found(file: Path, source: str) -> None:
    assert len(_faults(file, source)) == 1


def test_a_right_import_is_left_alone() -> None:
    places = ("../elements.js", "../player/figure.js", "./knobs.js")
    source = "\n".join(f'import {{ some }} from "{place}";' for place in places)
    assert _faults(WIDGETS / "lab" / "lab.js", source) == []


def test_a_circle_would_be_found() -> None:
    heat, painter, shapes = (WIDGETS / "player" / f"{name}.js" for name in ("heat", "painter", "shapes"))
    texts = {
        heat: 'import { replace } from "./painter.js";\nimport { band } from "./shapes.js";',
        painter: 'import { paintHeatMap } from "./heat.js";',
        shapes: "",
    }
    assert _circle(texts) == ["player/heat.js", "player/painter.js"]
