"""The door of streams: every argument of every public name with every kind of bad input, and fair input in any form."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pytest
import torch

from nlviz import streams
from nlviz.streams.code import standard_library

from ..bad_inputs.__main__ import tried
from ..bad_inputs.call import Call, source
from ..bad_inputs.of_streams import drawn

CALLS = drawn()
LEGAL = {
    ("streams.needle", "distance", "too small"),  # no hay is a needle alone
    ("streams.code", "package", "a list"),  # several packages
    ("streams.code", "limit", "huge"),  # all there is
    ("streams.code(path)", "path", "None"),  # the package then
    ("streams.code(path)", "path", "a folder"),
    ("streams.code(path)", "path", "empty"),
}


@pytest.mark.parametrize("call", CALLS, ids=[call.name for call in CALLS])
def test_bad_input_is_refused_in_words_and_fair_input_taken(call: Call) -> None:
    found = tried(call)
    assert len(found) > 3
    wrong = [one for one in found if one[2] not in ("refused", "fair") and (call.name, *one[:2]) not in LEGAL]
    assert not wrong


def test_every_public_function_is_tried() -> None:
    public = {name for name in streams.__all__ if inspect.isfunction(getattr(streams, name))}
    assert public <= {call.name.removeprefix("streams.") for call in CALLS}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"package": []}, "package is .*at least 1 of import names"),
        ({"package": ["email", 3]}, "package is 3"),
        ({"package": None}, "package is None"),
        ({"path": b""}, "path is b''"),
        ({"path": 3}, "path is 3"),
        ({"limit": 0}, "limit is 0"),
        ({"limit": 2.5}, "limit is 2.5"),
        ({"limit": True}, "limit is True"),
    ],
)
def test_code_says_what_it_was_given(given: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        streams.code(**given)


def test_a_limit_is_a_number_of_any_kind() -> None:
    for limit in (100, 100.0, np.int64(100), torch.tensor(100)):
        assert len(streams.code(limit=limit)) == 100  # pyright: ignore[reportArgumentType]


def test_a_byte_of_nothing_is_outside() -> None:
    with pytest.raises(IndexError, match="byte 0 is outside the stream; it has no bytes"):
        streams.Source(np.zeros(0, np.uint8), (), ()).file_at(0)
    with pytest.raises(ValueError, match="step is -1"):
        source().file_at(-1)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"bytes": "x = 1"}, "bytes is 'x = 1'"),
        ({"bytes": np.zeros((2, 1))}, "bytes is"),
        ({"bytes": [256]}, "bytes is .*0 to 255"),
        ({"bytes": [0.5]}, "bytes is .*0 to 255"),
        ({"tokens": 3}, "tokens is 3"),
        ({"tokens": ["x"]}, r"tokens\[0\] is 'x'"),
        ({"files": ["x"]}, r"files\[0\] is 'x'"),
    ],
)
def test_a_source_of_ones_own_is_looked_at(given: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        streams.Source(**({"bytes": [120], "tokens": (), "files": ()} | given))


def test_a_source_of_ones_own_may_be_lists() -> None:
    own = streams.Source([120, 32], [("x", 0, 1)], [("a.py", 0, 2)])  # pyright: ignore[reportArgumentType]
    assert own.text == "x "
    assert own.bytes.dtype == np.uint8
    assert own.tokens[0].text == "x"
    assert own.file_at(1).name == "a.py"
    assert not streams.is_noise(own).any()


def test_nothing_stays_nothing() -> None:
    nothing = streams.Source(np.zeros(0, np.uint8), (), ())
    assert len(streams.noisy(nothing, 0.5, np.random.default_rng(0))) == 0
    assert streams.is_noise(nothing).shape == (0,)
    assert (nothing.text, nothing.skips) == ("", {})


def test_the_standard_library_needs_nothing() -> None:
    assert "email" in standard_library()
