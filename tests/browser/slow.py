"""A lab that takes its time, as source for a test notebook: pieces of 20 ms, a partial result, a toy view."""

SLOW = """
import time

from nlviz.widgets import Progress, Whole

def slowly(height, pieces):
    made = []

    def so_far():
        steps = np.arange(len(made))
        return Trace({"value": Signal(np.array(made)[:, None], steps, "m")})

    for piece in range(pieces):
        time.sleep(0.02)
        made.append(height * piece / pieces)
        yield Progress(100 * (piece + 1), 100 * pieces, partial=so_far)
    return so_far()


def slow_view(trace):
    value = trace["value"].values[:, 0]
    figure = go.Figure(go.Scatter(y=value, mode="lines+markers"), layout={"title": "A slow hill", "height": 300})
    return describe(figure, f"A line of {len(value)} points")


def slow_lab():
    return Lab(slowly, slow_view, name="hill", title="A slow hill", given={"seed": 3},
               summary=lambda trace: f"{len(trace['value'].values)} pieces",
               height=Number(1.0, 0.0, 2.0, 0.5, unit="m"), pieces=Whole(3, 2, 500),
               presets={"short": {"pieces": 2}, "long": {"pieces": 400}})
"""
