"""Code on a grid: bytes and characters, lines and tabs, pages that turn."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go
import pytest
from traces import CODE, code_trace, tokens_of

from nlviz import views
from nlviz.trace import Signal, Token, Trace
from nlviz.views.drawing.code_grid import lay_out


def read(code: str, tokens: tuple[Token, ...] | None = None) -> Trace:
    """A trace of `code` whose bits are the byte's own number: what is drawn can be told from where."""
    raw = np.frombuffer(code.encode(), np.uint8)
    times = np.arange(len(raw))
    signals = {"bytes": Signal(raw[:, None], times), "bits": Signal(times[:, None].astype(float), times, "bits")}
    return Trace(signals, tokens_of(code) if tokens is None else tokens)


def shown(pages) -> list[str]:
    """The rows as a reader sees them, by the glyphs' cells."""
    rows = [[" "] * (pages.columns + 1) for _ in pages.lines]
    for glyph in pages.glyphs:
        rows[glyph.row][int(glyph.column)] = glyph.text
    return ["".join(row).rstrip() for row in rows]


def test_ascii_code_stands_as_in_the_file():
    code = "import os\n\n\ndef read(path):\n    return os.fspath(path)  # why\n"
    pages = lay_out(read(code))
    assert shown(pages) == code.splitlines()
    assert pages.lines == (1, 2, 3, 4, 5)


def test_every_byte_has_its_cell_and_no_two_share_one():
    trace = read(CODE.replace("\t", " "))
    pages = lay_out(trace)
    steps = pages.cells[:, 2]
    assert np.array_equal(steps, np.arange(len(trace["bytes"].values)))
    assert len(np.unique(pages.cells[:, :2], axis=0)) == len(steps)


def test_a_character_of_two_bytes_stands_between_its_two_cells():
    pages = lay_out(read("é = 1\n"))
    first, equals = pages.glyphs[:2]
    assert (first.text, first.column) == ("é", 0.5)
    assert (equals.text, equals.column) == ("=", 3)
    assert pages.cells[:2, 2].tolist() == [0, 1]
    assert pages.pieces[0][2:] == (0, 2, 0, 2)


def test_a_string_over_several_lines_has_a_piece_on_each():
    code = 'x = """one\n  two\n\nthree"""\n'
    pages = lay_out(read(code))
    string = [piece for piece in pages.pieces if piece.token == 2]
    assert [piece.row for piece in string] == [0, 1, 3]
    assert [code.encode()[piece.start : piece.stop].decode() for piece in string] == ['"""one', "two", 'three"""']
    assert shown(pages) == code.splitlines()


def test_a_tab_reaches_the_next_stop_and_is_one_time_step():
    pages = lay_out(read("if x:\n\ty = 1\n"))
    row = pages.cells[pages.cells[:, 0] == 1]
    assert (row[row[:, 2] == 6][:, 1]).tolist() == [0, 1, 2, 3]
    assert next(glyph for glyph in pages.glyphs if glyph.text == "y").column == 4


def test_a_long_line_goes_on_in_a_row_without_a_number():
    pages = lay_out(read("a = '" + "b" * 100 + "'\nc = 1\n"), columns=60)
    assert pages.lines == (1, 0, 2)
    assert pages.cells[:, 1].max() <= 60


def test_a_line_of_exactly_the_width_keeps_its_end_in_its_row():
    pages = lay_out(read("a" * 60 + "\nb\n"), columns=60)
    assert pages.lines == (1, 2)
    assert tuple(pages.cells[60]) == (0, 60, 60, -1)


def test_tokens_that_carry_their_own_line_ends_need_no_bytes():
    tokens = (
        Token("a", 0, 1, "NAME"),
        Token("\n", 1, 2, "NEWLINE"),
        Token("    ", 2, 6, "INDENT"),
        Token("b", 6, 7, "NAME"),
    )
    bare = Trace({"bits": Signal(np.ones((7, 1)), np.arange(7), "bits")}, tokens)
    assert shown(lay_out(bare)) == ["a", "    b"]


def test_a_token_read_in_one_step_shows_all_its_letters():
    bare = Trace({"bits": Signal(np.ones((2, 1)), np.arange(2))}, (Token("key 3 ", 0, 1), Token("key 4", 1, 2)))
    pages = lay_out(bare)
    assert shown(pages) == ["key 3 key 4"]
    assert sorted(set(pages.cells[:, 2].tolist())) == [0, 1]


def test_tokens_without_steps_or_inside_others_are_not_drawn_twice():
    tokens = (
        Token("f(x)", 0, 4, "STRING"),
        Token("x", 2, 3, "NAME"),
        Token("", 4, 4, "DEDENT"),
        Token("y", 5, 6, "NAME"),
    )
    bare = Trace({"bits": Signal(np.ones((6, 1)), np.arange(6))}, tokens)
    assert shown(lay_out(bare)) == ["f(x) y"]


def test_markup_in_code_stays_code():
    figure = views.surprise_on_tokens(read("a = '<b>&lt;</b>'\n"))
    letters = figure.data[1].text
    assert "&lt;" in letters
    assert "<" not in letters


def test_without_tokens_it_says_what_to_add():
    wordless = Trace({"bits": Signal(np.ones((3, 1)), np.arange(3), "bits")})
    with pytest.raises(ValueError, match=r"no tokens.*trace\.merge"):
        lay_out(wordless)
    said = views.alt_text(views.surprise_on_tokens(wordless))
    assert "no tokens" in said
    assert "trace.merge(tokens=source.tokens)" in said


def test_every_byte_is_coloured_by_its_own_bits():
    trace = read(CODE.replace("\t", " "))
    figure = views.surprise_on_tokens(trace, lines=10)
    moving = views.frames(figure)
    assert moving is not None
    z = next(views.Track(**track) for track in moving["tracks"] if track["path"] == "z")
    values = np.asarray(z.values)
    assert np.array_equal(np.sort(values[np.isfinite(values)]), np.arange(len(trace["bits"].values)))


def test_the_page_turns_with_the_cursor_and_is_stored_once():
    trace = code_trace(3000)
    figure = views.surprise_on_tokens(trace, lines=12)
    moving = views.frames(figure)
    assert moving is not None
    by_path = {track["path"]: track for track in moving["tracks"]}
    pages = by_path["z"]["index"]
    rows = lay_out(trace).lines
    assert len(by_path["z"]["values"]) == -(-len(rows) // 12) < len(moving["labels"])
    assert (np.diff(pages) >= 0).all()
    assert pages[0] == 0
    assert pages[-1] == len(by_path["z"]["values"]) - 1
    inside = by_path["shapes[0].y0"]["values"]
    assert inside.min() >= -0.5
    assert by_path["shapes[0].y1"]["values"].max() <= 11.5


def test_written_bytes_are_underlined_and_no_others():
    trace = read("abc = 1\n")
    chosen = np.array([0, 1, 0, 0, 0, 0, 1, 0.0])
    figure = views.surprise_on_tokens(trace.merge({"written": Signal(chosen[:, None], np.arange(8))}))
    line = next(drawn for drawn in figure.data if isinstance(drawn, go.Scatter) and drawn["mode"] == "lines")
    under = np.asarray(line["x"], dtype=float)
    assert np.allclose(under[np.isfinite(under)], [0.55, 1.45, 5.55, 6.45])
