"""`make quick` runs what stands nearest to a change, and leaves the long ones to `make test`."""

from __future__ import annotations

import pytest

from .quick import ALWAYS, BOOK, ROOT, lab, nearest, notebook


@pytest.mark.parametrize(
    ("changed", "tests"),
    [
        ("nlviz/memory/gating.py", ["tests/memory/test_gating.py"]),
        ("nlviz/views/drawing/frames.py", ["tests/views/drawing/test_frames.py"]),
        ("nlviz/inner/blocks/of_none.py", ["tests/inner"]),
        ("nlviz/trace/files.py", ["tests/test_trace.py"]),
        ("nlviz/measure/curves.py", ["tests/test_measure.py"]),
        ("nlviz/widgets/static/player/heat.js", ["tests/widgets"]),
        ("tests/streams/test_pairs.py", ["tests/streams/test_pairs.py"]),
        ("tests/views/by_hand.py", ["tests/views"]),
        ("tests/recipes/following.py", []),
        ("tests/claims/holding.py", []),
        ("tests/claims/test_holding.py", ["tests/claims/test_holding.py"]),
        ("README.md", []),
        ("nlviz/__init__.py", []),
    ],
)
def test_a_change_has_its_nearest_tests(changed: str, tests: list[str]) -> None:
    assert nearest([changed]) == sorted([*tests, *ALWAYS])
    assert all((ROOT / name).exists() for name in nearest([changed]))


def test_a_room_holds_its_files() -> None:
    changed = ["nlviz/inner/blocks/of_none.py", "tests/inner/test_norms.py", "tests/browser/test_labs.py"]
    assert nearest(changed) == sorted(["tests/inner", *ALWAYS])


def test_one_notebook_and_one_lab_are_chosen() -> None:
    changed = ["nlviz/labs/remarks_of_none.py", "nlviz/labs/titans.py", "notebooks/04_surprise.ipynb"]
    assert notebook(changed) == "notebooks/04_surprise.ipynb"
    assert notebook(["notebooks/gone.ipynb"]) == BOOK
    assert lab(changed).endswith("[titans]")
    assert lab([]).endswith("[write_head]")
