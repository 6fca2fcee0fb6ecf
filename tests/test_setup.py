"""`setup`: seeds, says what is here, and says in words what is missing."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import version
from typing import Any

import numpy as np
import pytest
import torch
from IPython.core.interactiveshell import InteractiveShell

from nlviz import setup
from nlviz._setup import _misfits


@pytest.fixture(autouse=True)
def denormals() -> Iterator[None]:
    """`setup` flushes them for the whole process, and hypothesis refuses to draw numbers after that."""
    yield
    torch.set_flush_denormal(False)


def test_the_generator_is_seeded_and_torchs_own_is_left_alone():
    before = torch.get_rng_state()
    first, again, other = (torch.rand(3, generator=setup(seed)) for seed in (7, 7, 8))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert torch.equal(torch.get_rng_state(), before)


def test_one_line_says_what_is_here(capsys: pytest.CaptureFixture[str]):
    setup(seed=3)
    said = capsys.readouterr().out
    assert said.count("\n") == 1
    assert said.startswith("nlviz on cpu, 1 thread, seed 3 · Python ")
    assert f"plotly {version('plotly')}" in said


def test_a_device_that_is_not_here_is_refused():
    with pytest.raises(
        ValueError, match=r"device 'toaster' is not on this machine, which has .*cpu; use one of these or"
    ):
        setup(device="toaster")


@pytest.mark.parametrize(
    ("named", "words"),
    [
        ({"seed": "0"}, "seed is '0'; expected a whole number"),
        ({"seed": 1.5}, "seed is 1.5; expected a whole number"),
        ({"seed": 2**70}, "expected a whole number"),
        ({"threads": 0}, "threads is 0; expected a whole number, at least 1"),
        ({"threads": 10**9}, "threads is 1000000000; expected a whole number"),
        ({"device": "cpu:9"}, "device 'cpu:9' is not on this machine"),
        ({"device": "cuda:x"}, "device 'cuda:x' is not on this machine"),
        ({"device": 3}, "device 3 is not on this machine"),
    ],
)
def test_what_is_no_setting_is_refused(named: dict[str, Any], words: str):
    with pytest.raises(ValueError, match=words):
        setup(**named)


def test_numbers_and_devices_of_any_kind_are_taken():
    taken = torch.rand(3, generator=setup(np.int64(7), threads=np.int32(1), device=torch.device("cpu")))  # pyright: ignore
    assert torch.equal(taken, torch.rand(3, generator=setup(7)))


def test_what_is_missing_or_does_not_fit_is_said_in_words():
    asked = ["plotly<1", "no-such-package>=2", "numpy", "titans-pytorch; extra == 'bench'"]
    assert _misfits(asked) == [f"plotly is {version('plotly')}, needed is <1", "no-such-package is missing"]


def test_a_cell_run_too_early_says_what_to_do(capsys: pytest.CaptureFixture[str]):
    shell = InteractiveShell.instance()
    try:
        shell.run_cell("from nlviz import setup\nsetup()\nshare = gated_recall(delta)")
        said = capsys.readouterr().out
    finally:
        InteractiveShell.clear_instance()
        torch.set_flush_denormal(False)
    assert "name 'gated_recall' is not defined" in said
    assert "`gated_recall` is made in another cell: Run → Run All Above" in said
