"""The knobs of one lab: what each may be set to, where they start, what the page and a reader are told of them."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from nlviz.door.words import instance, several, text
from nlviz.widgets.controls import Control, Line, Switch
from nlviz.widgets.returned import reasons_of

__all__ = ["MOST_KNOBS", "Knobs"]

MOST_KNOBS = 5


class Knobs:
    """Controls by name. presets: values by name, checked.

    run: what they turn; it must take each of them. shown_by: other words of whoever makes the lab, for a refusal.
    dead: called as the run is, says why some of them change nothing as the others stand, by name; "" if one does.
    Raises ValueError for controls that do not fit the run, and for presets they do not take.
    """

    def __init__(
        self,
        controls: Mapping[str, Control | bool],
        run: Callable[..., Any],
        presets: Any,
        shown_by: Iterable[str],
        dead: Callable[..., Mapping[str, str]] | None = None,
    ) -> None:
        self._dead = dead
        self.controls: dict[str, Control] = {
            name: _control(name, control, shown_by) for name, control in controls.items()
        }
        _check_fit(run, self.controls)
        if dead is not None:
            _check_takes("dead", dead, self.controls)
        table: Mapping[Any, Any] = instance("presets", {} if presets is None else presets, Mapping, "{'high': {…}}")
        self.presets: dict[str, dict[str, Any]] = {
            text("the name of a preset", name): self.checked(values) for name, values in table.items()
        }

    def checked(self, values: Any) -> dict[str, Any]:
        """The values as the run gets them. Raises ValueError for what is no knob, and a value it does not take."""
        table: Mapping[Any, Any] = instance("knobs", values, Mapping, "give them by name: {'name': value}")
        self.check_names(table)
        return {name: self.controls[name].check(name, value) for name, value in table.items()}

    def check_names(self, names: Iterable[Any]) -> None:
        """Raise ValueError if one of them is no knob."""
        for name in names:
            if not isinstance(name, str) or name not in self.controls:
                known = ", ".join(self.controls) or "none"
                raise ValueError(f"this lab has no knob {name!r}; its knobs are {known}")

    def start(self, preset: str | None, values: Any) -> dict[str, Any]:
        """Where the knobs start: their own values, those of the preset over them, and `values` over both."""
        return {**self.defaults(), **(self._preset(preset) if preset is not None else {}), **self.checked(values or {})}

    def _preset(self, name: Any) -> dict[str, Any]:
        if not isinstance(name, str) or name not in self.presets:
            known = ", ".join(map(repr, self.presets)) or "none"
            raise ValueError(f"this lab has no preset {name!r}; its presets are {known}")
        return self.presets[name]

    def defaults(self) -> dict[str, Any]:
        """Each knob's own value."""
        return {name: control.value for name, control in self.controls.items()}

    def nearest(self, values: Mapping[str, Any]) -> tuple[str | None, dict[str, Any]]:
        """The preset that comes nearest to these values, and those that differ from it."""
        # without presets the knobs are told from where they start
        bases = {name: {**self.defaults(), **preset} for name, preset in self.presets.items()} or {
            None: self.defaults()
        }
        differing = {
            name: {knob: value for knob, value in values.items() if value != base[knob]} for name, base in bases.items()
        }
        preset = min(differing, key=lambda name: len(differing[name]))
        return preset, differing[preset]

    def dead(self, values: Mapping[str, Any]) -> dict[str, str]:
        """The knobs that change nothing as the others stand, by name: why. What a lab has no knob for has no reason.

        Raises ValueError for what is no table of reasons, and whatever the function itself raises.
        """
        reasons = {} if self._dead is None else reasons_of(self._dead(**values))
        return {name: why for name, why in reasons.items() if why and name in self.controls}

    def remarks(self, values: Mapping[str, Any], dead: Mapping[str, str]) -> list[str]:
        """What is said of a dead knob that was turned; a lab as it opens says nothing of its knobs."""
        turned = {name for name, control in self.controls.items() if values[name] != control.value}
        reasons = {name: why for name, why in dead.items() if name in turned}
        return [f"{_label(name, self.controls[name])} does nothing here: {why}" for name, why in reasons.items()]

    def form(self, title: str, only: Sequence[str] | None, start: Mapping[str, Any]) -> dict[str, Any]:
        """What the page draws once: the title, the knobs (`only` says which are in sight at first), the presets.

        A preset sets every knob but a reader's own line, so that what a button says is what is seen; start: what
        "reset" sets.
        """
        # a lone name is a sequence too, of its letters
        chosen = None if only is None else [only] if isinstance(only, str) else list(several("only", only))
        self.check_names(chosen or ())
        controls = [
            {"name": name, "label": _label(name, control), **control.describe()}
            for name, control in self.controls.items()
            if not control.hidden
        ]
        plain = {name: value for name, value in self.defaults().items() if not isinstance(self.controls[name], Line)}
        presets = {name: {**plain, **values} for name, values in self.presets.items()}
        return {"title": title, "controls": controls, "presets": presets, "start": dict(start), "only": chosen}

    def words(self, values: Mapping[str, Any]) -> str:
        """What all are set to, for a reader."""
        return " · ".join(f"{_label(name, one)} {one.words(values[name])}" for name, one in self.controls.items())


def _control(name: str, control: Any, shown_by: Iterable[str]) -> Control:
    if isinstance(control, bool):
        return Switch(control)
    if isinstance(control, type) or not isinstance(control, Control):
        value = "…" if isinstance(control, type) else repr(control)
        raise ValueError(
            f"{name} = {control!r} is no control; give Number({value}, low, high), Whole, Choice, Line or Switch; "
            f"how a lab is shown is set by {', '.join(shown_by)}"
        )
    return control


def _check_fit(run: Callable[..., Any], controls: dict[str, Control]) -> None:
    visible = [name for name, control in controls.items() if not control.hidden]
    if len(visible) > MOST_KNOBS:
        raise ValueError(
            f"{len(visible)} visible knobs ({', '.join(visible)}); a lab shows at most {MOST_KNOBS}: "
            "give the others hidden=True"
        )
    _check_takes("the run", run, controls)


def _check_takes(whose: str, function: Callable[..., Any], controls: dict[str, Control]) -> None:
    try:
        takes = inspect.signature(function)
    except (TypeError, ValueError):  # some that are built in do not say what they take
        return
    try:
        takes.bind(**dict.fromkeys(controls))
    except TypeError as problem:
        raise ValueError(
            f"{whose} cannot take the knobs {', '.join(controls) or '(none)'}: {problem}; "
            f"give one control for each parameter of {whose}"
        ) from None


def _label(name: str, control: Control) -> str:
    return control.label or name.replace("_", " ")
