"""Knobs, declared as values: what a learner may turn, between which ends, and what it is called.

A control checks a value (`check`) and describes itself to the page (`describe`), which draws a native HTML input.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol

__all__ = ["Choice", "Control", "Number", "Scale", "Switch", "Whole"]


class Control(Protocol):
    """A knob of a lab. `value` is where it starts; a hidden knob is passed to the run but not shown."""

    @property
    def value(self) -> Any: ...

    @property
    def label(self) -> str: ...

    @property
    def hidden(self) -> bool: ...

    def check(self, name: str, value: object) -> Any:
        """The value as the run gets it. Raises ValueError with value, expectation and remedy."""
        ...

    def describe(self) -> dict[str, Any]:
        """What the page needs to draw it, as JSON."""
        ...

    def words(self, value: Any) -> str:
        """The value as a reader sees it, with its unit."""
        ...


@dataclass(frozen=True, kw_only=True)
class _Labelled:
    label: str = ""
    hidden: bool = False


@dataclass(frozen=True)
class Scale:
    """Another range of a number: from its low to this high, in this step and unit."""

    high: float
    step: float
    unit: str = ""


@dataclass(frozen=True)
class Number(_Labelled):
    """A real number in [low, high], moved in steps (a hundredth of the range if not given); `unit` stands beside it.

    scales: where another knob decides what the number measures: that knob's name, and for some of its options the
    scale the page shows. Turning that knob there keeps the place on the slider. `check` knows the widest range only.

        Number(0.0, 0.0, 8.0, 0.1, unit="bits", scales=("metric", {"gradient": Scale(1.5, 0.02)}))
    """

    value: float
    low: float
    high: float
    step: float | None = None
    unit: str = ""
    scales: tuple[str, Mapping[str, Scale]] | None = None

    def __post_init__(self) -> None:
        _check_range(self.value, self.low, self.high, self.step)
        for option, scale in self.scales[1].items() if self.scales else ():
            if not self.low < scale.high <= self.high or scale.step <= 0:
                raise ValueError(
                    f"the scale for {option!r} ends at {scale.high:g} in steps of {scale.step:g}; "
                    f"give an end above {self.low:g}, at most {self.high:g}, and a step above 0"
                )

    def check(self, name: str, value: object) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise ValueError(f"{name} = {value!r} is not a number; give one from {self.low:g} to {self.high:g}")
        return float(_within(name, value, self.low, self.high))

    def describe(self) -> dict[str, Any]:
        step = (self.high - self.low) / 100 if self.step is None else self.step
        told = {"kind": "number", "low": self.low, "high": self.high, "step": step, "unit": self.unit}
        if self.scales is None:
            return told
        by, scales = self.scales
        return told | {"scales": {"by": by, "options": {option: asdict(scale) for option, scale in scales.items()}}}

    def words(self, value: float) -> str:
        return f"{value:g} {self.unit}".rstrip()


@dataclass(frozen=True)
class Whole(_Labelled):
    """A whole number from low to high, moved in steps."""

    value: int
    low: int
    high: int
    step: int = 1
    unit: str = ""

    def __post_init__(self) -> None:
        _check_range(self.value, self.low, self.high, self.step)

    def check(self, name: str, value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int | float) or value != value // 1:
            raise ValueError(f"{name} = {value!r} is not a whole number; give one from {self.low} to {self.high}")
        return int(_within(name, value, self.low, self.high))

    def describe(self) -> dict[str, Any]:
        return {"kind": "number", "low": self.low, "high": self.high, "step": self.step, "unit": self.unit}

    def words(self, value: int) -> str:
        return f"{value} {self.unit}".rstrip()


@dataclass(frozen=True)
class Choice(_Labelled):
    """One of a few options, each a string or a number."""

    value: str | float
    options: Sequence[str | float]

    def __post_init__(self) -> None:
        self.check("the first value", self.value)

    def check(self, name: str, value: object) -> str | float:
        for option in self.options:
            if option == value:
                return option
        raise ValueError(f"{name} = {value!r} is no option; choose one of {', '.join(map(repr, self.options))}")

    def describe(self) -> dict[str, Any]:
        return {"kind": "choice", "options": list(self.options)}

    def words(self, value: str | float) -> str:
        return str(value)


@dataclass(frozen=True)
class Switch(_Labelled):
    """On or off."""

    value: bool

    def check(self, name: str, value: object) -> bool:
        if not isinstance(value, bool):
            raise ValueError(f"{name} = {value!r} is a switch; give True or False")
        return value

    def describe(self) -> dict[str, Any]:
        return {"kind": "switch"}

    def words(self, value: bool) -> str:
        return "on" if value else "off"


def _check_range(value: float, low: float, high: float, step: float | None) -> None:
    if not low < high:
        raise ValueError(f"a knob from {low:g} to {high:g} cannot move; give low < high")
    if step is not None and step <= 0:
        raise ValueError(f"step {step:g} does not move a knob; give a step above 0")
    _within("the first value", value, low, high)


def _within(name: str, value: float, low: float, high: float) -> float:
    if not low <= value <= high:
        raise ValueError(f"{name} = {value:g} is outside the knob's range; give a value from {low:g} to {high:g}")
    return value
