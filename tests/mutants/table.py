"""Faults a picture must not have unseen: chosen by hand, spread over all files that draw.

Each is one text of a file and what a tired hand would have written in its place. `tests/mutants/test_planted.py` holds
the table to the files; `python -m tests.mutants.planted` plants them.
"""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["PLANTED", "Chosen"]


class Chosen(NamedTuple):
    """A fault and who must see it.

    file: under nlviz/views. pictures: those whose golden sketches see it, "" if none can. means: in a few words.
    old, new: what stands there once, and what is planted. others: tests that see it by what the picture means, where
    those are not the file's own.
    """

    file: str
    pictures: str
    means: str
    old: str
    new: str
    others: str = ""

    @property
    def tests(self) -> str:
        """Where it must be seen without a sketch, under tests/views."""
        folder, _, name = self.file.rpartition("/")
        return self.others or (f"pictures/test_{name}" if folder == "pictures" else "test_meaning.py")


PLANTED = (
    Chosen("heat_map.py", "writing", "axes exchanged",
           "[:, stream])\n\n\ndef opening", "[:, stream].swapaxes(1, 2))\n\n\ndef opening"),
    Chosen("heat_map.py", "heat_map", "matrix upside down",
           '"range": [height - 0.5, -0.5]', '"range": [-0.5, height - 0.5]'),
    Chosen("heat_map.py", "heat_map", "sign",
           '- 1, "z", values)', '- 1, "z", -values)'),
    Chosen("recall_matrix.py", "recall_matrix", "axes exchanged",
           "finite(values[::step, stream]).T,", "finite(values[::step, stream]),"),
    Chosen("recall_matrix.py", "recall_matrix", "least said to be best",
           "int(np.nanargmax(last)), int(np.nanargmin(last))", "int(np.nanargmin(last)), int(np.nanargmax(last))"),
    Chosen("recall_matrix.py", "recall_matrix", "off by one frame",
           "times[ends] + half)", "times[ends] - half)"),
    Chosen("series.py", "series", "log for linear",
           '"nticks": 5}\n    # above', '"nticks": 5, "type": "log"}\n    # above'),
    Chosen("series.py", "series", "unit wrong",
           "with_unit(group[0], trace[group[0]].unit)", 'with_unit(group[0], "bits")'),
    Chosen("forgetting_curve.py", "forgetting_curve", "x for y",
           "envelope(np.asarray(line.x), finite(np.asarray(line.y, dtype=float)))",
           "envelope(finite(np.asarray(line.y, dtype=float)), np.asarray(line.x))"),
    Chosen("forgetting_curve.py", "forgetting_curve", "law drawn as measured",
           'role="theory", name=line.name, dash=dash', 'role="fast", name=line.name, dash=dash'),
    Chosen("surprise_on_tokens.py", "surprise_on_tokens", "one byte late",
           "z[where] = grid.at_steps(signal, step)", "z[where] = grid.at_steps(signal, step - 1)"),
    Chosen("surprise_on_tokens.py", "surprise_on_tokens", "cursor one row high",
           "piece.row % grid.lines) for piece",
           "(piece.row - 1) % grid.lines) for piece"),
    Chosen("drawing/code_grid.py", "surprise_on_tokens", "letters half a cell off",
           "at + (width - 1) / 2", "at + width / 2", "drawing/test_code_grid.py"),
    Chosen("drawing/decimate.py", "series", "peaks lost",
           "-np.inf, padded).argmax(axis=1)", "-np.inf, padded).argmin(axis=1)", "drawing/test_decimate.py"),
    Chosen("drawing/decimate.py", "reading", "mean of all so far for the last",
           "starts = np.maximum(ends - window, 0)", "starts = np.zeros_like(ends)", "drawing/test_decimate.py"),
    Chosen("drawing/lines.py", "series", "cursor runs backwards",
           '.{end}", times)', '.{end}", times[::-1])'),
    Chosen("drawing/sheet.py", "", "first stream for second",
           "[:, stream, 0])", "[:, 0, 0])", "test_streams.py"),
    Chosen("drawing/theme.py", "", "known drawn as unlearned",
           "_through_zero(surface.unlearn, surface.paper, surface.know)",
           "_through_zero(surface.know, surface.paper, surface.unlearn)"),
    Chosen("pictures/amnesia.py", "remembering", "what comes in view for what came",
           "_rows(page.grid, byte - back, byte)", "_rows(page.grid, byte, byte + back)"),
    Chosen("pictures/amnesia.py", "remembering", "off by one measurement",
           'side="right") - 1', 'side="left") - 1'),
    Chosen("pictures/amnesia.py", "remembering", "colours of two roles exchanged",
           '("slow: ‖Wₜ − W₀‖", "slow")', '("slow: ‖Wₜ − W₀‖", "fast")'),
    Chosen("pictures/digits.py", "tasks", "axes exchanged",
           'np.asarray(trace["R"].values, np.float32)[:, 0]',
           'np.asarray(trace["R"].values, np.float32)[:, 0].swapaxes(1, 2)'),
    Chosen("pictures/digits.py", "tasks", "another measure's number",
           "x=[dot.accuracy[0] for", "x=[dot.plasticity[0] for"),
    Chosen("pictures/erase_write.py", "erasing", "before and after swapped",
           "for matrix in (before, after)]", "for matrix in (after, before)]"),
    Chosen("pictures/erase_write.py", "erasing", "the patch for the new matrix",
           "[was, was, writes + 1, 1]", "[was, was, 1, writes + 1]"),
    Chosen("pictures/forgetting.py", "forgetting", "order reversed",
           "times + 0.5)", "times[::-1] + 0.5)"),
    Chosen("pictures/forgetting.py", "forgetting", "measured drawn as its ghost",
           '"by_age": ("measured", "fast")', '"by_age": ("measured", "slow")'),
    Chosen("pictures/line_bars.py", "reading", "cumulated for per byte",
           "values[row, place] = grid.at_steps(name, step)",
           "values[row, place] = np.nancumsum(grid.at_steps(name, step))"),
    Chosen("pictures/line_bars.py", "reading", "letters not under their bars",
           "[int(glyph.column)] =", "[int(glyph.column) - 1] ="),
    Chosen("pictures/mini_batches.py", "mini_batches", "worst starred as best",
           "powers[np.argmin(_log", "powers[np.argmax(_log"),
    Chosen("pictures/mini_batches.py", "mini_batches", "linear for log",
           'np.clip(_log(_middle(trace, "error")), _LOW', 'np.clip(_middle(trace, "error"), _LOW'),
    Chosen("pictures/standings.py", "tasks", "axes exchanged",
           "x=[dot.stability[0]], y=[dot.plasticity[0]]", "x=[dot.plasticity[0]], y=[dot.stability[0]]"),
    Chosen("pictures/surprise.py", "reading", "names of two curves exchanged",
           '{"bits": ("writing", "fast")}) | {"frozen_bits": ("frozen", "slow")}',
           '{"bits": ("frozen", "slow")}) | {"frozen_bits": ("writing", "fast")}'),
    Chosen("drawing/labels.py", "", "words on the line",
           "(low[inside] < box.high + gap)", "(low[inside] > box.high + gap)", "drawing/test_labels.py"),
    Chosen("pictures/boxes.py", "wiring", "arrows end in the middle of boxes",
           "return self.x + dx * min(sides), self.y + dy * min(sides)", "return self.x, self.y",
           "pictures/test_wiring.py"),
    Chosen("pictures/surprise.py", "reading", "no gap where noise was",
           "trailing_mean(counted(trace, name, stream)", "trailing_mean(column(trace[name], stream)"),
    Chosen("pictures/titans_map.py", "titans", "linear for log",
           '"type": "log"', '"type": "linear"', "pictures/test_titans.py"),
    Chosen("pictures/titans.py", "titans", "old value drawn as new",
           '("recall of the old value", "slow"), ("recall of the new value", "fast")',
           '("recall of the new value", "fast"), ("recall of the old value", "slow")'),
    Chosen("pictures/wiring.py", "wiring", "sign",
           "1.0 if name[0] in _FROM_MEMORY", "-1.0 if name[0] in _FROM_MEMORY"),
    Chosen("pictures/wiring.py", "wiring", "cache drawn as memory",
           "envelope(times, kept[:, place])", "envelope(times, kept[:, 1 - place])"),
    Chosen("pictures/write_head.py", "writing", "recall of before the write",
           '"x", known, shown.complete)', '"x", known, shown.steps)'),
    Chosen("pictures/write_head.py", "writing", "pointer at the time, not the item",
           '.y", items, shown.steps)', '.y", np.arange(len(items)), shown.steps)'),
    Chosen("pictures/write_parts.py", "writing", "before and after swapped",
           "[before, before, now], whole", "[now, now, before], whole"),
)  # fmt: skip
