"""What is planted is one change, in code that runs."""

from __future__ import annotations

from .faults import faults

SOURCE = '''
def f(x: tuple[int, str]) -> tuple[float, int]:
    """Says 1 + 1."""
    if x < 3:
        return x @ x - 1
    return -x
'''


def test_words_and_annotations_are_left_alone() -> None:
    found = [(fault.line, fault.what) for fault in faults(SOURCE)]
    assert found == [
        (4, "if x < 3: never"),
        (4, "x < 3: the other way"),
        (4, "3 is 4"),
        (5, "x @ x - 1: another operator"),
        (5, "x @ x: factors exchanged"),
        (5, "1 is 2"),
        (6, "-x: no minus"),
    ]


def test_one_change_each() -> None:
    by_name = {fault.what: fault.source for fault in faults(SOURCE)}
    assert "return x @ x + 1" in by_name["x @ x - 1: another operator"]
    assert "if x < 3:" in by_name["x @ x - 1: another operator"]
    assert "if x >= 3:" in by_name["x < 3: the other way"]
    assert "if False:" in by_name["if x < 3: never"]
    assert "return +x" in by_name["-x: no minus"]
