"""Calls of trace, views, widgets, labs and lessons."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import plotly.graph_objects as go

from nlviz import labs, lessons, views, widgets
from nlviz.trace import Mark, Signal, Token, Trace

from .call import FOLDER, Call, arguments


def traces() -> list[Call]:
    held = Trace({"bits": Signal(np.ones((3, 1)), np.arange(3), "bits")}, (Token("a", 0, 1),), (Mark(1, "switch"),))
    file = FOLDER / "run.npz"
    held.save(file)
    return [
        Call("Trace.load", Trace.load, arguments(path=(file, "path"))),
        Call("Trace.save", held.save, arguments(path=(FOLDER / "new.npz", "path to write"))),
        Call("Trace", Trace, arguments(signals=(dict(held.signals), "things"))),
        Call("Trace.marked", held.marked, arguments(kind=("switch", "title"))),
    ]


def pictures() -> list[Call]:
    from tests.views import traces as made
    from tests.views.budgets import kept_trace, raced_trace, slid_trace
    from tests.views.influences import influence_trace
    from tests.views.inspected import inspected_trace
    from tests.views.monthly import months_trace
    from tests.views.nights import nights_trace
    from tests.views.prefixed import prefixed_trace
    from tests.views.sessions import four_arms_trace

    code, pairs, over = made.code_trace(400), made.pair_trace(), made.overwriting_trace()
    look = arguments(theme=("light", "word"))
    row = look | arguments(stream=(0, "count from 0"))
    curves = [views.Curve("delta", np.arange(4.0), np.arange(4.0))]
    figure = go.Figure(go.Scatter(x=[0, 1], y=[0, 1]))
    drawn: dict[str, tuple[Trace, dict[str, Any]]] = {
        "clockwork": (made.clocked_trace(), row),
        "erasing": (over, row),
        "forgetting": (made.fading_trace(), row),
        "four_arms": (four_arms_trace(), look),
        "gradient_memory": (made.rolled_trace(), look),
        "heat_map": (pairs, row),
        "hope": (made.hoped_trace(), row),
        "influence": (influence_trace(), row),
        "inspector": (inspected_trace(), row),
        "keeping": (kept_trace(), look),
        "landing": (pairs, row),
        "learning": (made.learned_trace(), look),
        "mini_batches": (made.batches_trace(), look),
        "nesting": (made.nested_trace(), look),
        "prefixes": (prefixed_trace(), look),
        "race": (raced_trace(), look),
        "recall_matrix": (pairs, row),
        "remembering": (made.told_trace(), row),
        "reading": (code, row | arguments(threshold=(2.0, "number?"), by=("bits", "word"))),
        "segments": (slid_trace(), look),
        "series": (
            code,
            row | arguments(names=(("bits",), "things"), threshold=(2.0, "number?"), limit=(100, "count")),
        ),
        "sleep": (nights_trace(), look),
        "surprise_on_tokens": (
            code,
            row | arguments(signal=("bits", "word"), lines=(5, "count"), columns=(40, "count")),
        ),
        "tasks": (made.tasks_trace(), look),
        "timeline": (months_trace(), row),
        "titans": (made.event_trace(), row),
        "two_loops": (made.read_twice(), row),
        "wiring": (made.wired_trace(), row),
        "writing": (pairs, row),
    }
    return [
        *(
            Call(f"views.{name}", getattr(views, name), arguments(trace=(trace, "trace")) | more)
            for name, (trace, more) in drawn.items()
        ),
        Call("views.standings", views.standings, arguments(trace=(made.tasks_trace(), "trace"))),
        Call(
            "views.forgetting_curve",
            views.forgetting_curve,
            look | arguments(curves=(curves, "things"), theory=(curves, "things"), title=("t", "title")),
        ),
        Call(
            "views.describe",
            lambda **a: views.describe(**a),
            arguments(figure=(figure, "thing"), alt=("words", "title")),
        ),
        Call("views.alt_text", views.alt_text, arguments(figure=(views.describe(go.Figure(figure), "words"), "thing"))),
        Call("views.frames", views.frames, arguments(figure=(figure, "thing"))),
        Call(
            "views.animate",
            lambda **a: views.animate(go.Figure(figure), **a),
            arguments(
                tracks=([views.Track(0, "y", np.ones((2, 2)))], "things"),
                labels=(["a", "b"], "things"),
                noun=("step", "title"),
                start=(0, "count from 0"),
            ),
        ),
    ]


def shown() -> list[Call]:
    plain = arguments(seed=(0, "seed"))
    presets = {
        "amnesia": "in view",
        "architect": "levels",
        "budget": "equal work",
        "clockwork": "short burst",
        "digits": "forgets",
        "erase_write": "overwrite",
        "family": "KDA",
        "forgetting": "no gate",
        "gradient_memory": "momentum",
        "hope": "Hope",
        "kept": "each once",
        "learning": "gates",
        "mini_batches": "bold",
        "one_write": "keys apart",
        "prefixes": "cut off",
        "segments": "each once",
        "sleep": "replay",
        "surprise": "clean",
        "titans": "event",
        "two_loops": "twice",
        "wiring": "MAC",
        "write_head": "clean",
    }
    cheap = {"erase_write", "family", "forgetting", "hope", "one_write", "titans", "wiring", "write_head"}
    # the dear ones are refused before they compute; a good call of them is the browser's own test
    made = [
        Call(
            f"labs.{name}",
            partial(getattr(labs, name)),
            plain | arguments(preset=(preset, "word?"), theme=("auto", "word")),
        )
        for name, preset in presets.items()
        if name in cheap
    ]
    own = [
        Call(f"labs.{name}(step)", getattr(labs, name), arguments(step=(None, "optional function")))
        for name in ("erase_write", "titans", "write_head")
    ]
    figure = go.Figure(go.Scatter(x=[0], y=[0]))
    return [
        *made,
        *own,
        Call(
            "widgets.Number",
            widgets.Number,
            arguments(value=(1.0, "number"), low=(0.0, "number"), high=(2.0, "number"), step=(0.5, "positive?")),
        ),
        Call(
            "widgets.Whole",
            widgets.Whole,
            arguments(value=(1, "integer"), low=(0, "integer"), high=(2, "integer"), step=(1, "count")),
        ),
        Call("widgets.Choice", widgets.Choice, arguments(value=("a", "word"), options=(["a", "b"], "things"))),
        Call("widgets.Line", widgets.Line, arguments(value=("a line", "as it is"), most=(20, "count"))),
        Call("widgets.Switch", widgets.Switch, arguments(value=(True, "flag"))),
        Call("widgets.Player", widgets.Player, arguments(figure=(figure, "as it is"), theme=("auto", "word"))),
        Call(
            "widgets.Lab",
            widgets.Lab,
            arguments(run=(lambda: Trace({}), "function"), view=(lambda trace: figure, "function")),
        ),
        Call("lessons.hint", lessons.hint, arguments(id=("02.1", "word"), number=(1, "count?"))),
        Call("lessons.solution", lessons.solution, arguments(id=("02.1", "word"))),
        Call("lessons.check", lessons.check, arguments(id=("02.1", "word"), answer=(abs, "as it is"))),
        Call("lessons.glossary", lessons.glossary, arguments(name=("momentary surprise", "word?"))),
        Call("lessons.predict", lessons.predict, arguments(id=("02.1", "word"))),
        Call("lessons.language", lessons.language, arguments(code=("en", "word?"))),
    ]
