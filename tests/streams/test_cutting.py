"""Cutting source into tokens: right bytes and spans whatever the file is like, and no more work than is wanted."""

from __future__ import annotations

import io
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

from nlviz.streams import Source, code
from nlviz.streams.cutting import Lines, cut

LONG = "x = [" + ", ".join(["12345678"] * 20_000) + "]\n"


class Counted(io.StringIO):
    """A file that knows how many characters were asked of it."""

    taken = 0

    def readline(self, size: int | None = -1, /) -> str:
        line = super().readline(-1 if size is None else size)
        self.taken += len(line)
        return line


class Weighed(str):
    """A line that counts the characters that are sliced out of it."""

    sliced = 0

    def __getitem__(self, part: object) -> str:
        found = super().__getitem__(part)  # pyright: ignore[reportArgumentType, reportCallIssue]
        Weighed.sliced += len(found)
        return found


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Where each token that was cut begins."""
    begun: list[int] = []
    plain = tokenize.generate_tokens

    def counting(readline: object) -> Iterator[tokenize.TokenInfo]:
        for token in plain(readline):  # pyright: ignore[reportArgumentType]
            begun.append(token.start[1])
            yield token

    monkeypatch.setattr(tokenize, "generate_tokens", counting)
    return begun


def file(folder: Path, content: str | bytes) -> Path:
    (folder / "a.py").write_bytes(content.encode() if isinstance(content, str) else content)
    return folder / "a.py"


def test_of_a_long_line_only_what_is_wanted_is_cut(tmp_path: Path, steps: list[int]) -> None:
    source = code(path=file(tmp_path, LONG), limit=4_000)
    assert len(source) == 4_000
    assert len(steps) < 4_000 / 5 + 10
    assert max(steps) <= 4_000 + 10


def test_of_many_lines_only_what_is_wanted_is_read() -> None:
    lines = Counted("x = 1\n" * 100_000)
    text, tokens = cut(Lines(lines), 600)
    assert lines.taken < 700
    assert text.decode() == "x = 1\n" * (lines.taken // 6)
    assert tokens[-1].stop >= 599


def test_of_blank_lines_only_what_is_wanted_is_read() -> None:
    lines = Counted("\n" * 100_000)
    cut(Lines(lines), 600)
    assert lines.taken < 700


def test_every_character_of_a_long_line_is_encoded_once() -> None:
    """In order, place after place: as many characters as the line has, not as many for every token."""
    Weighed.sliced = 0
    lines = Lines(io.StringIO(LONG))
    lines.next()
    lines.read = [Weighed(line) for line in lines.read]
    places = range(0, len(LONG), 10)
    assert [lines.bytes_before((1, place)) for place in places] == list(places)
    assert 0 < Weighed.sliced <= len(LONG)


def test_only_complete_statements_of_a_cut_file_are_parsed(tmp_path: Path) -> None:
    good = "@thing\ndef f():\n    return 1\n\nif 1:\n    a = 1\nelse:\n    b = 2\n"
    text = good + "y = 2\n" * 30 + "f(1,\n"
    for limit in range(1, 80):
        assert code(path=file(tmp_path, text), limit=limit).text == text[:limit]
    with pytest.raises(ValueError, match="1 broken"):
        code(path=file(tmp_path, "print 'hello'\n" + "y = 2\n" * 100), limit=100)


STRANGE = {
    "long string": "x = '" + "λ" * 5_000 + "'\ny = 1\n",
    "long name": "n" * 70_000 + " = 1\n",
    "triple quotes over lines": 'x = """é\n\n  \tü"""; y = 2\n',
    "continued by backslash": "x = 1 + \\\n    2\n",
    "tabs": "if 1:\n\tx = 1\n\tif 2:\n\t\ty = 'é\t'\n",
    "form feeds": "\x0cx = 1\n\x0c\ny = 2\n",
    "comment at the end, no line end": "x = 1  # naïve",
    "nested as deep as goes": "x = " + "[" * 90 + "]" * 90 + "\n",
    "f-strings": "x = f'é{y!r:>{w}}' f\"{{}}\" + f'''\n{z}\n'''\n",
    "separators that end no line": "x = '\u2028\x1c\x85' # \u2029\ny = 1\n",
    "one long line of letters of two bytes": "x = [" + ", ".join(["'éé'"] * 3_000) + "]\n",
    "only blanks": "   \n\t\n\n",
    "only a comment": "# all\n",
}


@pytest.mark.parametrize("name", STRANGE)
@pytest.mark.parametrize("limit", [None, 7, 1_000])
def test_spans_are_exactly_what_the_tokens_say(tmp_path: Path, name: str, limit: int | None) -> None:
    text = STRANGE[name]
    source, every = code(path=file(tmp_path, text), limit=limit), code(path=tmp_path / "a.py")
    whole = text if text.endswith("\n") else text + "\n"
    assert source.bytes.tobytes() == whole.encode()[:limit]
    assert_spanned(source)
    assert source.tokens == tuple(token for token in every.tokens if token.stop <= len(source))


def assert_spanned(source: Source) -> None:
    end = 0
    for token in source.tokens:
        assert end <= token.start < token.stop <= len(source)
        assert source.bytes[token.start : token.stop].tobytes().decode() == token.text
        end = token.stop


def test_a_limit_at_every_byte_is_the_beginning_of_the_whole(tmp_path: Path) -> None:
    text = "".join(STRANGE[name] for name in ("tabs", "f-strings", "triple quotes over lines", "form feeds"))
    whole = code(path=file(tmp_path, text))
    for limit in range(1, len(text.encode()) + 2):
        part = code(path=tmp_path / "a.py", limit=limit)
        assert part.bytes.tobytes() == whole.bytes.tobytes()[:limit]
        assert part.tokens == tuple(token for token in whole.tokens if token.stop <= limit)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"x = '\xff'\n", "undecodable"),
        ("x = 1\n".encode("utf-16"), "undecodable"),
        (b"# coding: rot13\nx = 1\n", "undecodable"),
        (b"x = 1\x00\n", "broken"),
        (b"x = 'a\n", "broken"),
        (b"if 1:\nx\n", "broken"),
        (b"x = (1\n", "broken"),
        (b'x = """\n', "broken"),
        (b"  x = 1\n y = 2\n", "broken"),
        (b"x = " + b"-" * 100_000 + b"1\n", "broken"),
        (b"x = " + b"9" * 5_000 + b"\n", "broken"),
    ],
)
def test_what_cannot_be_read_is_skipped_by_its_reason(tmp_path: Path, raw: bytes, reason: str) -> None:
    file(tmp_path, raw)
    (tmp_path / "good.py").write_text("y = 1\n")
    source = code(path=tmp_path)
    assert source.skips == {reason: 1}
    assert source.text == "y = 1\n"
