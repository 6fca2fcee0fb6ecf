"""nlviz: see nested learning. Slow weights, fast weights, and what an inner loop did, token by token.

The house, ground floor first; an import may only go down:

    door       every input is looked at here, once
    trace      what was measured, as NumPy arrays
    memory     fast weights: what a memory is, and the rules that write it
    views      a trace becomes a Plotly figure (no torch here)
    streams    what is to be remembered: pairs, overwrites, needles, drifts, digits, source code
    inner      the inner loop: token by token, and the same answer in blocks
    widgets    the machinery of a lab: player, knobs, pages that need no notebook
    measure    forgetting curves, half-lives, capacity, what is left of several tasks, theory lines
    outer      slow weights: the models the memories sit in
    labs       one call each: a run, a view, a few knobs
    lessons    predict, check, hint, solution, glossary, and all their words
    commands   what is done from a terminal, one file each: demo, lab, doctor, export, training; `cli` finds them

`import nlviz` loads none of them; ask for the room you need, as in `from nlviz import labs`.
"""

from nlviz._setup import setup

__all__ = ["setup"]
__version__ = "0.1.0"
