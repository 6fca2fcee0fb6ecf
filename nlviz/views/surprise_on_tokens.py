"""Surprise on tokens: source code as it stands in the file, each byte coloured by what it cost."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any, NamedTuple

import numpy as np
import plotly.graph_objects as go

from nlviz.door.words import count, text
from nlviz.trace import Trace
from nlviz.views.drawing.code_grid import Pages, TokenPiece, lay_out
from nlviz.views.drawing.frames import LAYOUT, NOWHERE, Link, Track, animate
from nlviz.views.drawing.sheet import Panel, column, counted, mean, panel, plain, reach, sheet, with_unit
from nlviz.views.drawing.theme import ROLES, SURPRISE
from nlviz.views.entry import enter, unrecorded

__all__ = ["CodePage", "Grid", "code_page", "surprise_on_tokens"]


class CodePage(NamedTuple):
    """What a page of code adds to a figure that moves.

    tracks and links for `animate`; for every frame a label and the byte it stands on; the grid, for panels beside it.
    """

    grid: Grid
    tracks: list[Track]
    links: list[Link]
    labels: list[str]
    steps: np.ndarray


def surprise_on_tokens(
    trace: Trace, signal: str = "bits", *, stream: int = 0, lines: int = 22, columns: int = 80, theme: str = "light"
) -> go.Figure:
    """Real code with each byte's background as strong as its `signal`: where does the reader stumble?

    One cell is one byte. Underlined bytes were written into the memory (signal "written", 0 or 1, if recorded). The
    box is on the
    token being read: one frame per token, or per line of a token that spans several; pages of `lines` rows turn by
    themselves.
    Shapes: the signal is [time, batch] and `stream` picks one row of the batch. Unit: the signal's, per byte.
    Raises ValueError for a signal with other axes, KeyError if it was not recorded.
    """
    lines, columns = count("lines", lines), count("columns", columns)
    seen = enter(trace, {text("signal", signal): "time batch"}, _may(signal), stream=stream, theme=theme, kinds=("",))
    if seen.nothing:
        return unrecorded(seen, "byte")
    trace, stream, theme, _ = seen
    said = with_unit(signal, trace[signal].unit)
    title = plain(f"The stronger the colour, the more the byte surprised: {said}", trace, "byte")
    figure = sheet(title, _alt(trace, signal, stream), theme=theme)
    page = code_page(figure, trace, signal, up=(0.0, 0.94), stream=stream, lines=lines, columns=columns)
    return animate(figure, page.tracks, page.labels, noun="token", links=page.links)


def _may(signal: str) -> dict[str, str]:
    return dict.fromkeys((f"frozen_{signal}", "written", "noise"), "time batch") | {"bytes": "time _"}


def code_page(
    figure: go.Figure,
    trace: Trace,
    signal: str,
    *,
    up: tuple[float, float] = (0.0, 1.0),
    heading: str = "",
    stream: int = 0,
    lines: int = 22,
    columns: int = 80,
) -> CodePage:
    """Draws coloured code over the share `up` of the figure's height; other panels can share its frames."""
    text = lay_out(trace, columns)
    width = 1 + max(40, int(text.cells[:, 1].max()))
    lines = min(lines, len(text.lines))
    x = {
        "title": {"text": "column (one cell per byte)"},
        "range": [-0.7, width - 0.3],
        "fixedrange": True,
        "showgrid": False,
    }
    if up[0] > 0:
        # What stands below needs the room more than the numbers of the columns do.
        x |= {"showticklabels": False, "ticks": "", "title": {}}
    y = {"title": {"text": "line"}, "range": [lines - 0.4, -0.6], "fixedrange": True, "showgrid": False}
    y |= {"tickmode": "array", "tickvals": list(range(lines)), "ticks": ""}
    here = panel(figure, (0.0, 1.0), up, heading=heading, x=x, y=y)
    grid = Grid(here, trace, text, lines, width, stream)
    # letters last: the line under a written byte must not hide an underscore
    turning = [*_cells(figure, grid, signal), *_written(figure, grid), *_letters(figure, grid), _numbers(figure, grid)]
    pages = np.array([piece.row // lines for piece in text.pieces], dtype=np.int32)
    tracks = [Track(track.trace, track.path, track.values, pages) for track in turning] + _box(figure, grid)
    _key(figure, grid, signal, up[1])
    steps = np.array([piece.stop - 1 for piece in text.pieces])
    return CodePage(grid, tracks, [_link(grid, turning[0].trace, pages)], _labels(grid, signal), steps)


def _link(grid: Grid, trace: int, pages: np.ndarray) -> Link:
    """From each cell to its token."""
    lines = grid.frames()
    spare = np.full((grid.pages * grid.lines - len(lines), grid.width), NOWHERE, dtype=np.int32)
    return Link(trace, np.concatenate([lines, spare]).reshape(grid.pages, grid.lines, grid.width), pages)


class Grid(NamedTuple):
    """Where the code is drawn, and what: pages of `lines` rows and `width` cells."""

    here: Panel
    trace: Trace
    text: Pages
    lines: int
    width: int
    stream: int

    @property
    def pages(self) -> int:
        return -(-len(self.text.lines) // self.lines)

    def frames(self) -> np.ndarray:
        """Which frame each cell of each line belongs to, [rows, width]; NOWHERE between tokens."""
        frames = np.full((len(self.text.lines), self.width), NOWHERE, dtype=np.int32)
        for frame, piece in enumerate(self.text.pieces):
            frames[piece.row, piece.left : piece.right] = frame
        return frames

    def at_steps(self, name: str, steps: np.ndarray) -> np.ndarray:
        """The signal at each time step: the measurement that covers it, NaN after the last one."""
        values, times = column(self.trace[name], self.stream), self.trace[name].times
        return np.append(values, np.nan)[np.minimum(np.searchsorted(times, steps), len(values))]


def _key(figure: go.Figure, grid: Grid, signal: str, top: float) -> None:
    """What the colours mean. The range ends at the 99th percentile: one enormous byte must not bleach all others."""
    kept = counted(grid.trace, signal, grid.stream)
    kept = kept[np.isfinite(kept)]
    kept = np.sort(kept)[: max(1, int(0.99 * kept.size))]
    bar = {"orientation": "h", "x": 1.0, "xanchor": "right", "y": top, "yanchor": "bottom", "ypad": 2, "len": 0.3}
    bar["title"] = {"text": f"{with_unit(signal, grid.trace[signal].unit)} ", "side": "right"}
    figure.layout[SURPRISE] = {"cmin": 0, "cmax": reach(kept, grid.trace), "colorbar": bar}


def _numbers(figure: go.Figure, grid: Grid) -> Track:
    """Line numbers as far as they are worth saying: the page's first and each fifth; none where a long line goes on."""
    lines = np.array(grid.text.lines)
    said = [
        str(line) if line and (row % grid.lines == 0 or line % 5 == 0) else ""
        for row, line in enumerate(lines.tolist())
    ]
    said += [""] * (grid.pages * grid.lines - len(said))
    pages = [said[start : start + grid.lines] for start in range(0, len(said), grid.lines)]
    path = f"{grid.here.y.replace('y', 'yaxis')}.ticktext"
    figure.layout[path] = pages[0]
    return Track(LAYOUT, path, pages)


def _cells(figure: go.Figure, grid: Grid, signal: str) -> list[Track]:
    """The colours, and what the pointer finds under each."""
    row, place, step, token = grid.text.cells.T
    where = (row // grid.lines, row % grid.lines, place)
    z = np.full((grid.pages, grid.lines, grid.width), np.nan, dtype=np.float32)
    z[where] = grid.at_steps(signal, step)
    words = np.full(z.shape, "", dtype=object)
    names = [*(f"{escape(_short(token.text), quote=False)} · {token.kind}" for token in grid.trace.tokens), "blank"]
    words[where] = [f"byte {at} · {names[which]}" for at, which in zip(step.tolist(), token.tolist(), strict=True)]
    said = f"%{{z:.2f}} {grid.trace[signal].unit or signal}"
    index = len(figure.data)
    hover = f"%{{text}}<br>{said}<extra></extra>"
    figure.add_trace(
        go.Heatmap(z=z[0], text=words[0].tolist(), coloraxis=SURPRISE, hovertemplate=hover, hoverongaps=False).update(
            grid.here.axes()
        )
    )
    return [Track(index, "z", z), Track(index, "text", words.tolist())]


def _letters(figure: go.Figure, grid: Grid) -> list[Track]:
    """One letter per cell: at every width of the page it stands on the colour of its own byte."""
    pages: list[list[Any]] = [[] for _ in range(grid.pages)]
    for glyph in grid.text.glyphs:
        pages[glyph.row // grid.lines].append((glyph.column, glyph.row % grid.lines, escape(glyph.text, quote=False)))
    x = _padded([[letter[0] for letter in page] for page in pages])
    y = _padded([[letter[1] for letter in page] for page in pages])
    letters = [[letter[2] for letter in page] for page in pages]
    index = len(figure.data)
    figure.add_trace(
        go.Scatter(x=x[0], y=y[0], text=letters[0], mode="text", hoverinfo="skip", showlegend=False).update(
            grid.here.axes()
        )
    )
    return [Track(index, "x", x), Track(index, "y", y), Track(index, "text", letters)]


def _written(figure: go.Figure, grid: Grid) -> list[Track]:
    """A line under every byte that was written, one path for the page."""
    if "written" not in grid.trace:
        return []
    row, place, step, _ = grid.text.cells.T
    under = grid.at_steps("written", step) > 0
    row, place = row[under], place[under]
    pages = [row // grid.lines == page for page in range(grid.pages)]
    x = _padded([(place[page][:, None] + [-0.45, 0.45, np.nan]).ravel() for page in pages])
    y = _padded([(row[page][:, None] % grid.lines + [0.48, 0.48, np.nan]).ravel() for page in pages])
    index, role = len(figure.data), ROLES["write"]
    figure.add_trace(
        go.Scatter(x=x[0], y=y[0], mode="lines", line_color=role.color, hoverinfo="skip", showlegend=False).update(
            grid.here.axes()
        )
    )
    return [Track(index, "x", x), Track(index, "y", y)]


def _box(figure: go.Figure, grid: Grid) -> list[Track]:
    """The cursor: a box round the current token."""
    rows = [(piece.left, piece.right, piece.row % grid.lines) for piece in grid.text.pieces]
    left, right, row = np.array(rows, dtype=float).T
    edges = {"x0": left - 0.5, "x1": right - 0.5, "y0": row - 0.5, "y1": row + 0.5}
    number = len(list(figure.select_shapes()))
    first = {side: float(values[0]) for side, values in edges.items()}
    figure.add_shape(type="rect", xref=grid.here.x, yref=grid.here.y, **first)
    return [Track(LAYOUT, f"shapes[{number}].{side}", values) for side, values in edges.items()]


def _labels(grid: Grid, signal: str) -> list[str]:
    """Per frame what is read and what it cost on average, in a few words."""
    unit, pieces = grid.trace[signal].unit or signal, grid.text.pieces
    per_byte = unit if "per byte" in unit else f"{unit} per byte"
    frozen = f"frozen_{signal}"  # of the same measure: bits beside a gradient would compare nothing
    sums = {
        name: np.append(0.0, np.cumsum(np.nan_to_num(grid.at_steps(name, np.arange(grid.text.last)))))
        for name in (signal, frozen, "written")
        if name in grid.trace
    }

    def said(piece: TokenPiece) -> str:
        total = {name: sum_[piece.stop] - sum_[piece.start] for name, sum_ in sums.items()}
        count = piece.stop - piece.start
        text = _short(grid.trace.tokens[piece.token].text)
        words = f"byte {piece.start}: {text} · {total[signal] / count:.1f} {per_byte}"
        if frozen in total:
            words += f", frozen {total[frozen] / count:.1f}"
        return words + (f" · {total['written']:.0f} of {count} written" if "written" in total else "")

    return [said(piece) for piece in pieces]


def _short(text: str, limit: int = 24) -> str:
    words = " ".join(text.split())
    return words if len(words) <= limit else f"{words[: limit - 1]}…"


def _padded(rows: Sequence[Any]) -> np.ndarray:
    """Rows of different length as one array, NaN at their ends."""
    filled = np.full((len(rows), max([1, *map(len, rows)])), np.nan, dtype=np.float32)
    for index, row in enumerate(rows):
        filled[index, : len(row)] = row
    return filled


def _alt(trace: Trace, signal: str, stream: int) -> str:
    values, times = column(trace[signal], stream), trace[signal].times
    unit = trace[signal].unit or signal
    sums = np.append(0.0, np.cumsum(np.nan_to_num(values)))
    spans = np.searchsorted(times, [(token.start, token.stop) for token in trace.tokens]).reshape(-1, 2)
    cost = sums[spans[:, 1]] - sums[spans[:, 0]]
    names = ", ".join(_short(trace.tokens[index].text) for index in np.argsort(-cost, kind="stable")[:3])
    said = (
        f"Text of {len(trace.tokens)} tokens, each byte coloured by {signal}: {mean(values):.2f} {unit} on average, "
        f"most on {names}."
    )
    if "written" in trace:
        said += f" {mean(column(trace['written'], stream)):.0%} of the bytes were written, and are underlined."
    return said
