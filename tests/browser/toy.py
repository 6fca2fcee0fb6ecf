"""A lab small enough to know by heart, as source for a test notebook: a run of NumPy, a view with frames."""

TOY = """
import time

import numpy as np
import plotly.graph_objects as go
from nlviz.trace import Signal, Trace
from nlviz.views.drawing.frames import LAYOUT, Handle, Link, Span, Track, animate, describe, handle
from nlviz.widgets import Choice, Lab, Number, Player, Switch


RUNS = []
PAUSE = 0.0


def run(height, wave, break_it):
    RUNS.append(height)
    time.sleep(PAUSE)
    if break_it:
        raise ValueError("height 3 is not a hill; give one from 0 to 2")
    steps = np.arange(12)
    value = height * (np.sin(steps) if wave == "sine" else steps / 11)
    return Trace({"value": Signal(value[:, None], steps, "m")})


def view(trace):
    value = trace["value"].values[:, 0]
    figure = go.Figure([
        go.Scatter(x=trace["value"].times, y=value, name="value"),
        go.Heatmap(z=np.zeros((4, 4)), zmin=-2, zmax=2, xaxis="x2", yaxis="y2"),
    ])
    figure.update_layout(title="A hill, step by step", height=320, xaxis={"domain": [0, 0.6], "title": "step"},
                         yaxis={"title": "height (m)", "range": [-0.2, 2.2]}, xaxis2={"domain": [0.7, 1]},
                         yaxis2={"anchor": "x2"},
                         shapes=[{"type": "line", "x0": 0, "x1": 0, "y0": 0, "y1": 1, "yref": "paper"}])
    grids = value[:, None, None] * np.ones((4, 4))
    ends = [Track(LAYOUT, f"shapes[0].{end}", np.arange(12)) for end in ("x0", "x1")]
    tracks = [Track(1, "z", grids), *ends]
    labels = [f"step {step}: {v:.2f} m" for step, v in enumerate(value)]
    describe(figure, f"A line that ends at {value[-1]:.2f} m")
    level = {"type": "line", "xref": "x domain", "x0": 0, "x1": 1, "yref": "y", "y0": value.max(), "y1": value.max()}
    figure.add_shape(**level)
    handle(figure, Handle("height", 1, 0.0, 2.0))
    # the map's cells are the first steps, in the order of reading
    links = [Link(1, np.arange(16).reshape(1, 4, 4) % 12), Span("x", np.arange(12))]
    alts = [f"The marker at {label}" for label in labels]
    return animate(figure, tracks, labels, noun="step", links=links, alts=alts)


def parts():
    # two steps of three parts each
    figure = go.Figure(go.Scatter(y=[0, 0]), layout={"yaxis": {"range": [0, 6]}, "height": 240, "title": "Parts"})
    rows = np.arange(6)[:, None] * np.ones(2)
    labels = [f"step {step}: {part}" for step in range(2) for part in ("read", "error", "write")]
    return Player(animate(figure, [Track(0, "y", rows)], labels, noun="part", parts=("read", "error", "write")))


def lab():
    return Lab(run, view, title="A hill", summary=lambda trace: f"highest {trace['value'].values.max():.2f} m",
               height=Number(1.0, 0.0, 2.0, 0.5, unit="m"), wave=Choice("line", ["line", "sine"]),
               break_it=Switch(False, label="break it"), presets={"flat": {"height": 0.0}, "high": {"height": 2.0}})
"""
