"""`nlviz audit`: ours are cleared; a reader of one's own, given as a file and a name, is found out."""

from __future__ import annotations

from pathlib import Path

import pytest

from nlviz.cli import main

HONEST = "import torch\n\n\ndef bits(text):\n    return torch.full(text.shape, 8.0)\n"
LEAKY = "def bits(text):\n    return 8 - text.roll(-1, 1) / 256\n"


def test_our_readers_have_no_leak(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", "email", "--bytes", "24"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("24 bytes of email, one changed at a time")
    assert said.endswith("no leaks found in what was tried\n")
    assert said.count("✓") == 25
    assert "frozen\n" in said


@pytest.mark.parametrize(("source", "status", "words"), [(HONEST, 0, "✓ future byte"), (LEAKY, 1, "✗ future byte")])
def test_a_reader_of_ones_own(
    source: str, status: int, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mine, code = tmp_path / "mine.py", tmp_path / "code"
    mine.write_text(source, encoding="utf-8")
    code.mkdir()
    (code / "one.py").write_text("x = 1\n" * 9, encoding="utf-8")
    assert main(["audit", str(code), "--reader", f"{mine}:bits"]) == status
    said = capsys.readouterr().out
    assert words in said
    assert f"54 bytes of {code}" in said
    assert ("no leaks found" in said) != bool(status)
