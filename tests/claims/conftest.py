"""The fixture by which a claim is made, and where it is kept for `python -m tests.claims`."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest

from .holding import Claims


@pytest.fixture
def claims() -> Claims:
    return Claims()


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: Any) -> Generator[None, Any, Any]:
    result = yield
    made = pyfuncitem.funcargs.get("claims")
    if made is not None:
        pyfuncitem.user_properties.extend(("claim", list(claim)) for claim in made.made)
        made.check()
    return result
