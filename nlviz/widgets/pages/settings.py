"""The runs that a page carries, so that its knobs answer without a kernel: computed by the lab itself, within a budget.

First the presets, then each knob swept from where the lab stands, then the first two knobs together. Of a number a few
values are taken, the ends and the middle first; a text of the reader's own needs a kernel.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterator, Mapping
from itertools import chain, product, zip_longest
from typing import Any

from nlviz.door.words import call, instance, number
from nlviz.widgets.lab import Lab
from nlviz.widgets.pages.messages import Buffer, Traits, traits_of

__all__ = ["MEGABYTES", "held_runs", "settings_of"]

MEGABYTES = 2.0
"""What the runs of one lab may take on a page if nobody says otherwise."""

_PLACES = (0, 6, 3, 1, 5, 2, 4)
# What a turn of a knob changes, and where it leaves them.
_CHANGE = ("knobs", "dead", "summary", "error", "share", "picture")

Setting = dict[str, Any]


def settings_of(lab: Lab) -> list[Setting]:
    """Knob values that are worth having on a page, each of all knobs, the most wanted first, none twice.

    >>> run = lambda n, on: trace.Trace({"x": (np.zeros((n, 1)), range(n))})
    >>> lab = widgets.Lab(run, lambda found: views.series(found, ["x"]), n=widgets.Whole(3, 1, 9), on=False)
    >>> from nlviz.widgets.pages.settings import settings_of
    >>> settings_of(lab)[:4]
    [{'n': 3, 'on': False}, {'n': 1, 'on': False}, {'n': 9, 'on': False}, {'n': 3, 'on': True}]
    """
    now = dict(instance("lab", lab, Lab).knobs)
    controls = [one for one in lab.form["controls"] if lab.form["only"] is None or one["name"] in lab.form["only"]]
    swept = {one["name"]: list(_values(one, now, lab.presets.values())) for one in controls}
    presets = [{**now, **preset} for preset in lab.form["presets"].values()]
    singles = [[{**now, name: value} for value in values] for name, values in swept.items()]
    sweeps = [one for one in chain.from_iterable(zip_longest(*singles)) if one is not None]
    names = [name for name, values in swept.items() if len(values) > 1][:2]
    pairs = sorted(product(*(enumerate(swept[name]) for name in names)), key=lambda pair: sum(at for at, _ in pair))
    grid = [{**now, **{name: value for name, (_, value) in zip(names, pair, strict=True)}} for pair in pairs]
    wanted: list[Setting] = []
    for one in (now, *presets, *sweeps, *grid):
        if one not in wanted:
            wanted.append(one)
    return wanted


def _values(control: Mapping[str, Any], now: Setting, presets: Any) -> Iterator[Any]:
    """Of one knob, the most telling first; none of a line of text."""
    match control["kind"]:
        case "choice":
            yield from control["options"]
        case "switch":
            yield from (False, True)
        case "number":
            scales = control.get("scales") or {"by": None, "options": {}}
            scale = scales["options"].get(now.get(scales["by"]), control)
            low, step = control["low"], scale["step"]
            steps = round((scale["high"] - low) / step)
            whole = isinstance(now[control["name"]], int)
            places = dict.fromkeys(round(steps * place / max(_PLACES)) for place in _PLACES)
            found = [float(f"{low + place * step:.12g}") for place in places]
            told = [preset[control["name"]] for preset in presets if control["name"] in preset]
            yield from dict.fromkeys(int(value) if whole else value for value in (*found, *told))


def held_runs(
    lab: Lab, *, megabytes: float = MEGABYTES, tell: Callable[[int, int], object] = lambda done, of: None
) -> list[Traits]:
    """The lab's traits after each of its `settings_of`, as far as they go into so many megabytes; none for 0.

    The lab runs each as if its knobs were turned, and stands in the end where it stood. What equals another run's is
    counted once, as large as it is packed, and so are words. tell: called after every run with how many are done, and
    of how many. Raises ValueError for a budget below 0, KeyboardInterrupt when a run is stopped.
    """
    budget = number("megabytes", megabytes, least=0.0) * 1e6
    call("tell", tell, "a function of how many are done, and of how many")
    if not budget or not lab.form["controls"]:
        return []
    wanted, start = settings_of(lab), dict(lab.knobs)
    runs, known, taken, words = list[Traits](), set[bytes](), 0, zlib.compressobj()
    try:
        for done, setting in enumerate(wanted, 1):
            if setting != lab.knobs:
                lab.set(**setting)
            found = _after(lab)
            taken += _written(found.state, words) + sum(_packed(buffer, known) for buffer in found.buffers)
            if taken > budget and runs:
                break
            runs.append(found)
            tell(done, len(wanted))
    finally:
        if lab.knobs != start:
            lab.set(**start)
    return runs


def _after(lab: Lab) -> Traits:
    """What a turn has changed; of one that failed no picture."""
    whole = traits_of(lab)
    kept = [name for name in _CHANGE if name != "picture" or not lab.error]
    places = [at for at, path in enumerate(whole.paths) if path[0] in kept]
    state = {name: whole.state[name] for name in kept}
    return Traits(state, [whole.paths[at] for at in places], [whole.buffers[at] for at in places])


def _written(state: Setting, words: Any) -> int:
    """The bytes that its words add behind those of the runs before, which `words` has compressed."""
    return (len(words.compress(json.dumps(state).encode())) + len(words.flush(zlib.Z_SYNC_FLUSH))) * 4 // 3


def _packed(buffer: Buffer, known: set[bytes]) -> int:
    """The bytes that it adds to a page, about."""
    text = bytes(buffer)
    if text in known:
        return 0
    known.add(text)
    return len(zlib.compress(text, 1)) * 4 // 3
