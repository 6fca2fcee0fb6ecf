"""Source code as a stream: every span points at what it says, and nothing a user's folder holds goes unreported."""

from __future__ import annotations

import codecs
import io
import sys
import tokenize
from pathlib import Path

import numpy as np
import pytest

from nlviz.streams.code import Source, code, standard_library


@pytest.fixture(scope="module")
def email() -> Source:
    return code("email", limit=60_000)


def test_every_token_is_the_text_its_span_covers(email: Source) -> None:
    assert len(email) == 60_000
    assert len(email.tokens) > 5_000
    for token in email.tokens:
        assert email.bytes[token.start : token.stop].tobytes().decode() == token.text
        assert token.text.strip()


def test_tokens_are_in_order_and_only_whitespace_is_left_between_them() -> None:
    source = code("json")
    covered = np.zeros(len(source), bool)
    for before, after in zip(source.tokens, source.tokens[1:], strict=False):
        assert before.stop <= after.start
    for token in source.tokens:
        covered[token.start : token.stop] = True
    # a backslash that continues a line is the one thing tokenize has no token for
    assert set(source.bytes[~covered].tobytes().decode()) <= set(" \n\t\f\\")


def test_files_cover_the_stream_and_hold_what_is_on_disk(email: Source) -> None:
    import email as package

    assert package.__file__
    assert email.files[0].name == "email/__init__.py"
    assert [file.start for file in email.files[1:]] == [file.stop for file in email.files[:-1]]
    assert email.files[-1].stop == len(email)
    assert email.file_at(0) == email.files[0]
    second = email.files[1]
    assert email.file_at(second.start) == second
    on_disk = Path(package.__file__).read_bytes()
    assert email.bytes[: email.files[0].stop].tobytes() == on_disk
    with pytest.raises(IndexError, match="60000 is outside"):
        email.file_at(60_000)


def test_a_limit_gives_the_beginning_of_the_whole(email: Source) -> None:
    whole = code("email")
    assert np.array_equal(whole.bytes[:60_000], email.bytes)
    assert tuple(token for token in whole.tokens if token.stop <= 60_000) == email.tokens


def write(folder: Path, **files: bytes) -> Path:
    for name, content in files.items():
        (folder / f"{name}.py").write_bytes(content)
    return folder


def test_multi_byte_text_keeps_its_spans(tmp_path: Path) -> None:
    text = "größe = 'λ → 𝔐'  # naïve\nx = größe\n"
    source = code(path=write(tmp_path, a=text.encode()))
    assert source.text == text
    assert [token.text for token in source.tokens] == ["größe", "=", "'λ → 𝔐'", "# naïve", "x", "=", "größe"]
    last = source.tokens[-1]
    assert source.bytes[last.start : last.stop].tobytes() == "größe".encode()
    assert last.kind == "NAME"


def test_a_limit_inside_a_character_loses_its_token_and_nothing_else(tmp_path: Path) -> None:
    source = code(path=write(tmp_path, a="x = λ\n".encode()), limit=5)
    assert len(source) == 5
    assert source.text == "x = �"
    assert [token.text for token in source.tokens] == ["x", "="]


@pytest.mark.parametrize("quote", ["'", '"""'])
def test_an_f_string_is_one_token_on_every_python(tmp_path: Path, quote: str) -> None:
    whole = f"f{quote}é {{x!r:>{{w}}}} {{{{ }}}} end{quote}"
    source = code(path=write(tmp_path, a=f"y = {whole} + f{quote}{{1}}{quote}\n".encode()))
    assert [(token.text, token.kind) for token in source.tokens][2:4] == [(whole, "STRING"), ("+", "OP")]


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"a = 1\r\nb = 2\r\n", "a = 1\nb = 2\n"),
        (b"a = 1\rb = 2", "a = 1\nb = 2\n"),
        (codecs.BOM_UTF8 + b"a = 1\n", "a = 1\n"),
        ("# -*- coding: latin-1 -*-\na = 'é'\n".encode("latin-1"), "# -*- coding: latin-1 -*-\na = 'é'\n"),
        (b"a = 1\n\x0cb = 2\n", "a = 1\n\x0cb = 2\n"),
    ],
    ids=["crlf", "cr and no last line end", "byte-order mark", "latin-1 cookie", "form feed"],
)
def test_files_are_read_as_python_reads_them(tmp_path: Path, raw: bytes, text: str) -> None:
    source = code(path=write(tmp_path, a=raw))
    assert source.text == text
    assert source.skips == {}
    assert source.tokens[-1].stop == len(text.encode()) - 1


def test_broken_files_are_skipped_counted_and_named(tmp_path: Path) -> None:
    write(
        tmp_path,
        good=b"a = 1\n",
        latin=b"a = '\xe9'\n",
        cookie=b"# coding: no-such-codec\n",
        old=b"print 'hello'\n",
        brackets=b"f(1,\n",
        null=b"a = '\x00'\n",
    )
    (tmp_path / "gone.py").symlink_to(tmp_path / "nowhere.py")
    source = code(path=tmp_path)
    assert source.skips == {"broken": 3, "undecodable": 2, "unreadable": 1}
    assert {skipped.name: skipped.reason for skipped in source.skipped}["latin.py"] == "undecodable"
    assert all(skipped.detail for skipped in source.skipped)
    assert [file.name for file in source.files] == ["good.py"]
    assert source.text == "a = 1\n"


def test_a_very_deep_expression_is_skipped_not_fatal(tmp_path: Path) -> None:
    source = code(path=write(tmp_path, deep=b"x = " + b"(" * 300 + b")" * 300 + b"\n", good=b"a = 1\n"))
    assert source.skips == {"broken": 1}


def test_code_with_doubtful_escapes_is_read_without_a_warning(tmp_path: Path) -> None:
    assert len(code(path=write(tmp_path, a=b"a = '\\d'\nb = 1 is 1\n"))) > 0


def test_order_tests_hidden_folders_and_environments(tmp_path: Path) -> None:
    names = [
        "b/z.py",
        "a.py",
        "b/a.py",
        "c/d/e.py",
        "tests/t.py",
        "b/test/t.py",
        "idle_test/t.py",
        ".venv/v.py",
        "env/lib/v.py",
        "contest/k.py",
    ]
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(f"name = {name!r}\n")
    (tmp_path / "env" / "pyvenv.cfg").touch()
    (tmp_path / "notes.txt").write_text("no code")
    source = code(path=tmp_path)
    assert [file.name for file in source.files] == ["a.py", "b/a.py", "b/z.py", "c/d/e.py", "contest/k.py"]
    assert source.text == "".join(f"name = {file.name!r}\n" for file in source.files)
    assert code(path=str(tmp_path)).text == source.text


def test_a_tests_folder_named_outright_is_read(tmp_path: Path) -> None:
    folder = tmp_path / "tests"
    folder.mkdir()
    assert code(path=write(folder, a=b"a = 1\n")).files[0].name == "a.py"


def test_links_are_read_once_and_cycles_end(tmp_path: Path) -> None:
    room, door = tmp_path / "room", tmp_path / "door"
    room.mkdir()
    write(room, a=b"a = 1\n")
    (room / "again.py").symlink_to(room / "a.py")
    (room / "cycle").symlink_to(room, target_is_directory=True)
    door.symlink_to(room, target_is_directory=True)
    assert [file.name for file in code(path=room).files] == ["a.py"]
    assert code(path=door).text == "a = 1\n"


def test_one_file_is_a_path_too(tmp_path: Path) -> None:
    write(tmp_path, a=b"a = 1\n", b=b"b = 1\n")
    assert code(path=tmp_path / "b.py").text == "b = 1\n"


def test_an_empty_file_is_an_empty_span_not_a_failure(tmp_path: Path) -> None:
    source = code(path=write(tmp_path, a=b"", b=b"b = 1\n"))
    assert [(file.name, file.stop - file.start) for file in source.files] == [("a.py", 0), ("b.py", 6)]
    assert source.file_at(0).name == "b.py"


def test_packages_by_import_name_are_found_without_being_imported() -> None:
    assert "xmlrpc" not in sys.modules
    both = code(["xmlrpc", "textwrap"])
    assert {file.name.split("/")[0] for file in both.files} == {"xmlrpc", "textwrap.py"}
    assert "xmlrpc" not in sys.modules
    assert all(file.name.startswith("xml/etree/") for file in code("xml.etree").files)
    assert code("xml.etree.ElementPath").files[0].name == "xml/etree/ElementPath.py"
    assert any(file.name == "anywidget/widget.py" for file in code("anywidget").files)


def test_a_file_of_the_same_name_does_not_stand_in_for_the_standard_library(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, email=b"mine = True\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert "mine" not in code("email", limit=2_000).text


@pytest.mark.parametrize(
    ("package", "message"),
    [
        ("no_such_package", "'no_such_package' is not installed"),
        ("email.no_such_module", "no such submodule"),
        ("math", "no Python source on disk"),
        ("sys", "no Python source on disk"),
        ("", "is not installed"),
        ("../email", "is no import name"),
        ("email.", "is no import name"),
        ("email.mime/text", "is no import name"),
    ],
)
def test_a_package_that_cannot_be_read_says_why(package: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        code(package)


def test_a_path_that_cannot_be_read_says_why(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="does not exist"):
        code(path=tmp_path / "nowhere")
    with pytest.raises(ValueError, match=r"no readable Python source: there is no \.py file"):
        code(path=tmp_path)
    (tmp_path / "notes.txt").touch()
    with pytest.raises(ValueError, match=r"no \.py file"):
        code(path=tmp_path / "notes.txt")
    with pytest.raises(ValueError, match=r"its files were skipped \(1 broken\)"):
        code(path=write(tmp_path, a=b"f(\n"))
    with pytest.raises(ValueError, match="both package 'json' and path"):
        code("json", path=tmp_path)
    with pytest.raises(ValueError, match="limit is 0"):
        code(limit=0)


def test_the_standard_library_is_listed_without_its_tests() -> None:
    names = standard_library()
    assert {"email", "json", "os", "textwrap"} <= set(names)
    assert not {"test", "sys", "math"} & set(names)
    assert list(names) == sorted(names)


def test_kinds_are_those_of_tokenize(tmp_path: Path) -> None:
    text = "def f(x):\n    return x + 1  # why\n"
    expected = [
        tokenize.tok_name[token.type]
        for token in tokenize.generate_tokens(io.StringIO(text).readline)
        if token.string.strip()
    ]
    assert [token.kind for token in code(path=write(tmp_path, a=text.encode())).tokens] == expected
