"""State strings: a lab as one line of text, "surprise?preset=noisy&threshold=2.4&seed=3".

Numbers stand as Python writes them, so that a lab made from its string is the same to the bit; a switch is on or off;
OWN stands for what cannot be written, a student's function or stream.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, quote

import numpy as np

from nlviz.door.words import text as text_of

__all__ = ["OWN", "Own", "parsed", "written"]

_SWITCH = {True: "on", False: "off"}


class Own:
    """What a lab was given that cannot be written as text."""

    def __repr__(self) -> str:
        return "own"


OWN = Own()


def written(name: str, values: Mapping[str, object]) -> str:
    """The state string of the lab called `name`; values: what it holds, in the order to be read; None is left out."""
    pairs = [f"{_escaped(key)}={_escaped(_said(value))}" for key, value in values.items() if value is not None]
    return name + ("?" + "&".join(pairs) if pairs else "")


def parsed(state: str) -> tuple[str, dict[str, object]]:
    """The lab's name and what it holds, numbers as numbers. Raises ValueError for what is no state string."""
    name, _, query = text_of("state", state).strip().partition("?")
    try:
        pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=True) if query else []
    except ValueError:
        pairs = None
    if pairs is None or not name.isidentifier():
        raise ValueError(
            f"{state!r} is no state of a lab; expected NAME?knob=value&knob=value, as in "
            "'surprise?preset=noisy&threshold=2.4': copy it with 'copy state' or print(lab.state())"
        )
    names = [key for key, _ in pairs]
    twice = next((key for key in names if names.count(key) > 1), None)
    if twice is not None:
        raise ValueError(f"{state!r} gives {twice!r} twice; leave one of them out")
    return name, {key: _meant(text) for key, text in pairs}


def _said(value: Any) -> str:
    # a number of NumPy's writes itself with its kind: 8 is meant by np.int64(8)
    value = value.item() if isinstance(value, np.generic) else value
    if isinstance(value, bool):
        return _SWITCH[value]
    if isinstance(value, int | float):
        return repr(value)
    if not isinstance(value, str):
        return repr(OWN)
    # A text that would be read as something else stands in quotes.
    return value if _meant(value) == value else f"'{value}'"


def _meant(text: str) -> object:
    if text in _SWITCH.values():
        return text == _SWITCH[True]
    if text == repr(OWN):
        return OWN
    if re.fullmatch(r"-?\d+", text):
        return int(text)
    if re.fullmatch(r"-?\d+(\.\d+)?(e[+-]?\d+)?", text):
        return float(text)
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] == "'" else text


def _escaped(text: str) -> str:
    """For reading by people: only what has a meaning in a query is escaped, and a space is a plus."""
    return re.sub(r"[%&=?#+;\x00-\x1f]", lambda found: quote(found[0], safe=""), text).replace(" ", "+")
