"""Knobs, declared as values: what a learner may turn, between which ends, and what it is called.

A control checks a value (`check`) and describes itself to the page (`describe`), which draws a native HTML input.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol, runtime_checkable

from nlviz.door import words as door

__all__ = ["Choice", "Control", "Line", "Number", "Scale", "Switch", "Whole"]


@runtime_checkable
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

    def _settle(self, **values: Any) -> None:
        """Keep what was looked at, in its plain kind."""
        looked = {"label": door.text("label", self.label), "hidden": door.flag("hidden", self.hidden), **values}
        for name, value in looked.items():
            object.__setattr__(self, name, value)


@dataclass(frozen=True)
class Scale:
    """Another range of a number: from its low to this high, in this step and unit."""

    high: float
    step: float
    unit: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "high", door.number("high", self.high))
        object.__setattr__(self, "step", door.number("step", self.step, above=0.0))
        door.text("unit", self.unit)


@dataclass(frozen=True)
class Number(_Labelled):
    """A real number in [low, high], moved in steps (a hundredth of the range if not given); `unit` stands beside it.

    scales: where another knob decides what the number measures: that knob's name, and for some of its options the
    scale the page shows. Turning that knob there keeps the place on the slider. `check` knows the widest range only.
    complement: of a share, what its rest is called: "keep" has a forget of 0.05 read "0.05 = keep 0.95".

        Number(0.0, 0.0, 8.0, 0.1, unit="bits", scales=("metric", {"gradient": Scale(1.5, 0.02)}))

        >>> widgets.Number(1.0, 0.0, 2.0, 0.5).check("inner_lr", 0.3)
        0.3
        >>> widgets.Number(0.0, 0.0, 1.0, complement="keep").words(0.05)
        '0.05 = keep 0.95'
    """

    value: float
    low: float
    high: float
    step: float | None = None
    unit: str = ""
    scales: tuple[str, Mapping[str, Scale]] | None = None
    complement: str = ""

    def __post_init__(self) -> None:
        low, high = _ends(door.number("low", self.low), door.number("high", self.high))
        step = None if self.step is None else door.number("step", self.step, above=0.0)
        texts = {name: door.text(name, getattr(self, name)) for name in ("unit", "complement")}
        self._settle(low=low, high=high, step=step, **texts)
        self._settle(value=self.check("the first value", self.value), scales=self._looked_scales())

    def _looked_scales(self) -> tuple[str, dict[str, Scale]] | None:
        if self.scales is None:
            return None
        remedy = 'give (knob, {option: Scale(high, step)}), as ("metric", {"gradient": Scale(1.5, 0.02)})'
        pair = self.scales if isinstance(self.scales, tuple) and len(self.scales) == 2 else (None, None)
        table: Mapping[str, Scale] = door.instance("scales", pair[1], Mapping, remedy)
        for option, scale in table.items():
            door.instance(f"the scale for {option!r}", scale, Scale)
            door.number(f"the high of the scale for {option!r}", scale.high, above=self.low, most=self.high)
        return door.text("the knob of scales", pair[0]), dict(table)

    def check(self, name: str, value: object) -> float:
        return door.number(name, value, least=self.low, most=self.high)

    def describe(self) -> dict[str, Any]:
        step = (self.high - self.low) / 100 if self.step is None else self.step
        told = {"kind": "number", "low": self.low, "high": self.high, "step": step, "unit": self.unit}
        if self.complement:
            told["complement"] = self.complement
        if self.scales is None:
            return told
        by, scales = self.scales
        return told | {"scales": {"by": by, "options": {option: asdict(scale) for option, scale in scales.items()}}}

    def words(self, value: float) -> str:
        rest = f" = {self.complement} {1 - value:g}" if self.complement else ""
        return f"{value:g} {self.unit}".rstrip() + rest


@dataclass(frozen=True)
class Whole(_Labelled):
    """A whole number from low to high, moved in steps.

    >>> widgets.Whole(16, 1, 96).check("items", 12.0)
    12
    """

    value: int
    low: int
    high: int
    step: int = 1
    unit: str = ""

    def __post_init__(self) -> None:
        low, high = _ends(*(door.count(end, getattr(self, end), least=-door.MOST) for end in ("low", "high")))
        self._settle(low=low, high=high, step=door.count("step", self.step), unit=door.text("unit", self.unit))
        self._settle(value=self.check("the first value", self.value))

    def check(self, name: str, value: object) -> int:
        return door.count(name, value, least=self.low, most=self.high)

    def describe(self) -> dict[str, Any]:
        return {"kind": "number", "low": self.low, "high": self.high, "step": self.step, "unit": self.unit}

    def words(self, value: int) -> str:
        return f"{value} {self.unit}".rstrip()


@dataclass(frozen=True)
class Choice(_Labelled):
    """One of a few options, each a string or a number.

    >>> widgets.Choice("clean", ("clean", "noisy")).check("preset", "noisy")
    'noisy'
    """

    value: str | float
    options: Sequence[str | float]

    def __post_init__(self) -> None:
        options = door.several("options", self.options, least=1, what="options")
        self._settle(options=tuple(_plain(option) for option in options))
        self._settle(value=self.check("the first value", self.value))

    def check(self, name: str, value: object) -> str | float:
        return door.choice(name, value, self.options)

    def describe(self) -> dict[str, Any]:
        return {"kind": "choice", "options": list(self.options)}

    def words(self, value: str | float) -> str:
        return str(value)


@dataclass(frozen=True)
class Line(_Labelled):
    """A line of text, the reader's own, of at most `most` bytes; blanks in a row count as one. Presets leave it alone.

    >>> widgets.Line("my cat", 20).check("line", " my  dog ")
    'my dog'
    """

    value: str
    most: int

    def __post_init__(self) -> None:
        self._settle(most=door.count("most", self.most, of="bytes"))
        self._settle(value=self.check("the first value", self.value))

    def check(self, name: str, value: object) -> str:
        said = " ".join(door.text(name, value).split())
        size = len(said.encode(errors="replace"))
        if not 0 < size <= self.most:
            door.refuse(name, value, f"a line of 1 to {self.most} bytes", f"this one has {size}")
        return said

    def describe(self) -> dict[str, Any]:
        return {"kind": "line", "most": self.most}

    def words(self, value: str) -> str:
        return f"“{value}”"


@dataclass(frozen=True)
class Switch(_Labelled):
    """On or off.

    >>> widgets.Switch(True).check("pulsed", False)
    False
    """

    value: bool

    def __post_init__(self) -> None:
        self._settle(value=self.check("the first value", self.value))

    def check(self, name: str, value: object) -> bool:
        return door.flag(name, value)

    def describe(self) -> dict[str, Any]:
        return {"kind": "switch"}

    def words(self, value: bool) -> str:
        return "on" if value else "off"


def _ends(low: float, high: float) -> tuple[Any, Any]:
    if not low < high:
        raise ValueError(f"a knob from {low:g} to {high:g} cannot move; give low < high")
    return low, high


def _plain(option: Any) -> str | float:
    """An option as Python's own text or number."""
    if not isinstance(option, str):
        door.number("an option", option, remedy="give texts or numbers")
        return option.item() if hasattr(option, "item") else option
    return str(option)
