"""Every knob of every lab, turned wherever the others may stand: what changes nothing is greyed, nothing else is."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from itertools import product
from typing import Any

import pytest

from nlviz import labs, streams
from nlviz.widgets import Choice, Lab, Line, Number, Switch, Whole

# Small, where a lab is slow; digits without others beside, whose dots would move.
SMALL: dict[str, dict[str, Any]] = {
    "surprise": {"stream": streams.code(limit=150)},
    "digits": {"beside": (), "knobs": {"seeds": 1}},
    "forgetting": {"knobs": {"items": 16}},
    "gradient_memory": {"knobs": {"steps": 20}},
    "learning": {"knobs": {"steps": 2}},
    "prefixes": {"knobs": {"of": "code: which name was read"}},
    "sleep": {"knobs": {"length": 2048, "updates": 4}},
    "wiring": {"knobs": {"tokens": 6, "width": 8}},
}
# Learners take seconds each: two that learn their own features.
FEW: dict[str, dict[str, tuple[Any, ...]]] = {
    "amnesia": {"distance": (31, 13), "window": (8, 32), "others": (8, 0)},
    "architect": {
        **{"arm": ("surprise-gated", "frozen"), "gate": (2.0, 4.0)},
        **{"show": ("memory",), "question": (1, 2), "text": ("json",)},
    },
    "budget": {"memory": ("gated delta", "Titans"), "width": (16, 32)},
    "clockwork": {"burst": (8,), "period": (8, 32), "contradicts": (True,), "fast": ("lets go", "starts anew")},
    "digits": {"arm": ("fine-tuning", "replay"), "scenario": ("class-incremental",), "seeds": (1,)},
    "family": {"momentum": (0.0, 0.5), "erases": ("what is there", "nothing")},
    "forgetting": {"items": (16, 8), "inner_lr": (1.0, 0.05), "forget": (0.1, 0.0)},
    "gradient_memory": {"steps": (20, 40), "noise": (0.0, 20.0), "optimizer": ("momentum", "Muon"), "lr": (0.003, 0.3)},
    "inspector": {"arm": ("last 10", "delta"), "lie": ("one lie", "nothing")},
    "kept": {"meeting": ("each once", "overwritten"), "room": (0, 16)},
    "learning": {"rule": ("gradient", "plastic"), "asked": ("as trained", "noise × 3")},
    "segments": {"meeting": ("each once", "overwritten"), "sharpness": (0.0, 30.0)},
    "hope": {"text": ("random",), "chain": ("1 4 16",), "frozen": ("none", "all five"), "period": (1, 16)},
    # nets are trained once for each thing that is looked up
    "prefixes": {
        **{"of": ("code: which name was read",), "by": ("Matryoshka", "a net for each length")},
        **{"keep": (16, 4), "asked": (3, 9)},
    },
    "sleep": {
        "arm": ("sleep: replay", "fine-tuning", "no sleep"),
        **{"updates": (4, 8), "old": (0.5, 0.0), "rate": (1e-3,), "texts": ("email, then json",)},
    },
    "titans": {"inner_lr": (0.3, 0.0), "momentum": (0.6, 0.0), "forget": (0.1, 0.0)},
    "wiring": {"tokens": (6, 4), "width": (8,), "window": (6, 1), "persistent": (3, 0)},
}


class Turned:
    """A lab, and what it showed with every setting that was asked for."""

    def __init__(self, name: str) -> None:
        self.few = FEW.get(name, {})
        self.lab: Lab = getattr(labs, name)(**SMALL.get(name, {}))
        self.start = dict(self.lab.knobs)
        self.controls: Any = {n: c for n, c in self.lab._knobs.controls.items() if not c.hidden}
        self._seen: dict[tuple[Any, ...], tuple[tuple[str, str], dict[str, str]]] = {}

    def shown(self, knobs: dict[str, Any]) -> tuple[str, str]:
        """The picture and the words of a setting, without those about knobs."""
        return self._at(knobs)[0]

    def dead(self, knobs: dict[str, Any]) -> dict[str, str]:
        """What the page is told of a setting."""
        return self._at(knobs)[1]

    def _at(self, knobs: dict[str, Any]) -> tuple[tuple[str, str], dict[str, str]]:
        """Each setting is made once: a lab says what it says there wherever its knobs stood before."""
        key = tuple(knobs.values())
        if key not in self._seen:
            self.lab.set(**knobs)
            if self.lab.problem is not None:
                raise self.lab.problem
            words = [one for one in self.lab.summary.split(" · ") if "does nothing here" not in one]
            assert self.lab.figure is not None
            self._seen[key] = (str(self.lab.figure.to_json()), " · ".join(words)), dict(self.lab.dead)
        return self._seen[key]

    def values(self, name: str) -> list[Any]:
        """What a knob may stand at: all that is offered, of numbers the ends."""
        match self.controls[name]:
            case Choice() as choice:
                return list(self.few.get(name, choice.options))
            case Switch():
                return [False, True]
            case Line() as line:
                return [line.value, "another"]
            case Number() | Whole() as number:
                return list(self.few.get(name, (number.high, number.low)))
        raise AssertionError(f"{name} is of an unknown kind")

    def settings(self) -> Iterator[dict[str, Any]]:
        """All options with one another, every number at its low end, all presets where a lab is quick."""
        names = [n for n, c in self.controls.items() if isinstance(c, Choice | Switch)]
        yield from (self.start | dict(zip(names, c, strict=True)) for c in product(*map(self.values, names)))
        yield from (self.start | {name: self.values(name)[-1]} for name in self.controls if name not in names)
        if not self.few:
            yield from ({**self.start, **preset} for preset in self.lab.presets.values())

    def changes(self, knobs: dict[str, Any], name: str) -> bool:
        """Whether a knob, turned to anything else, changes what is shown."""
        before = self.shown(knobs)
        others = [value for value in self.values(name) if value != knobs[name]]
        return not others or any(self.shown(knobs | {name: value}) != before for value in others)


@pytest.mark.parametrize("name", labs.__all__)
def test_what_changes_nothing_is_greyed_and_nothing_else(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # the question is put at eight places of the text: a knob that moves the answer moves it there
    monkeypatch.setattr(import_module("nlviz.labs.amnesia"), "ASKED", 8)
    turned = Turned(name)
    for knobs in turned.settings():
        found = {knob for knob in turned.controls if not turned.changes(knobs, knob)}
        assert set(turned.dead(knobs)) == found, knobs


def test_with_own_functions_no_knob_is_named_that_is_not_there() -> None:
    own = [
        labs.write_head(step=lambda M, k, v, lr: M),
        labs.amnesia(step=lambda model, text, fast: (model.loss(text)[0], fast)),
    ]
    for lab in own:
        assert lab.problem is None
        assert lab.dead == {}
