"""The machinery of a lab: a player for recorded frames, knobs that run the model again.

It knows figures and NumPy, not models.
"""

from nlviz.widgets.controls import Choice, Control, Line, Number, Scale, Switch, Whole
from nlviz.widgets.lab import Lab, Shown
from nlviz.widgets.pages.export import exported
from nlviz.widgets.player import Player
from nlviz.widgets.progress import Progress

__all__ = [
    "Choice",
    "Control",
    "Lab",
    "Line",
    "Number",
    "Player",
    "Progress",
    "Scale",
    "Shown",
    "Switch",
    "Whole",
    "exported",
]
