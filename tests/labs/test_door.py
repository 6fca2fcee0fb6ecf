"""The door of the labs: bad arguments are refused before anything runs, and what a student's function gives is seen."""

# what is handed in here is wrong on purpose
# pyright: reportArgumentType=false

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from nlviz import labs, streams
from nlviz.labs.returned import one_number, rows, shaped

LABS = {name: getattr(labs, name) for name in labs.__all__}
every_lab = pytest.mark.parametrize("name", LABS)


@every_lab
@pytest.mark.parametrize("seed", [-1, 2.5, "3", True, None, np.ones(2), 2**70])
def test_a_seed_that_is_none_is_refused(name: str, seed: Any) -> None:
    with pytest.raises(ValueError, match=r"seed is .*; expected a whole number, at least 0"):
        LABS[name](seed=seed)


@every_lab
def test_words_almost_right_are_answered_with_the_nearest(name: str) -> None:
    with pytest.raises(ValueError, match=f"labs.{name} is 'sede'; expected one of .*; did you mean 'seed'"):
        LABS[name](sede=3)
    with pytest.raises(ValueError, match="knobs is 3; expected a Mapping"):
        LABS[name](knobs=3)
    with pytest.raises(TypeError, match=f"labs.{name}: too many positional arguments"):
        LABS[name](*[None] * 9)


OWN = {"write_head": "step", "erase_write": "step", "surprise": "step", "titans": "step", "amnesia": "step"}
OWN |= {"late_answer": "step", "mini_batches": "limit", "forgetting": "half_life", "digits": "keep"}


@pytest.mark.parametrize("name", OWN)
@pytest.mark.parametrize("value", ["clean", 3, Tensor, [len], lambda: None, lambda a, b, c, d, e, f, g, h: a])
def test_what_is_no_such_function_is_refused(name: str, value: Any) -> None:
    with pytest.raises(
        ValueError, match=rf"{OWN[name]} is .*; expected a function {OWN[name]}|expected a function read"
    ):
        LABS[name](**{OWN[name]: value})


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: labs.write_head("full"), "a preset is given as preset='full'"),
        (lambda: labs.write_head(rule="Hebian"), "did you mean 'Hebbian'"),
        (lambda: labs.digits(beside=["replya"]), "did you mean 'replay'"),
        (lambda: labs.digits(beside="replay"), r"put it in brackets: \['replay'\]"),
        (lambda: labs.surprise(b"x = 1"), r"stream is b'x = 1'; expected a Source; use streams\.code"),
        (lambda: labs.amnesia(lambda model, text, fast: None, preset="in veiw"), "preset 'in veiw'"),
        (lambda: labs.amnesia(lambda model, text, fast: None, preset="restarted"), "its presets are"),
        (lambda: labs.from_state("wirte_head"), "did you mean 'write_head'"),
        (lambda: labs.from_state(None), "state is None; expected a text"),  # pyright: ignore
    ],
)
def test_other_arguments_are_looked_at(make: Callable[[], Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        make()


SMALL = {"items": np.int64(4), "inner_lr": np.float32(1.0)}


def _hebb(M: Any, k: Any, v: Any, inner_lr: float) -> Any:
    return M + inner_lr * torch.outer(v, k)


@pytest.mark.parametrize(
    "turned",
    [
        lambda M: M.double(),
        lambda M: M.numpy(),
        lambda M: M.numpy().astype(np.float64)[::-1][::-1],
        lambda M: M.tolist(),
        lambda M: list(M),
        lambda M: M[None],
        lambda M: M + 0j,
        lambda M: M.clone().requires_grad_(),
    ],
)
def test_what_is_unambiguous_is_taken_from_a_rule_of_ones_own(turned: Callable[[Tensor], Any]) -> None:
    told = labs.write_head(step=lambda *given: turned(_hebb(*given)), knobs=SMALL, seed=np.int64(0))  # pyright: ignore
    assert told.problem is None
    assert told.summary == labs.write_head(step=_hebb, knobs={"items": 4}).summary


def test_a_rule_may_change_its_matrix_in_place() -> None:
    def step(M: Tensor, k: Tensor, v: Tensor, inner_lr: float) -> Tensor:
        M += inner_lr * torch.outer(v, k)
        k.zero_()
        v.zero_()
        return M

    told = labs.write_head(step=step, knobs=SMALL)
    assert told.summary == labs.write_head(step=_hebb, knobs=SMALL).summary


def _raises(*_: Any) -> Any:
    raise SystemExit("enough")


LIKE = torch.zeros(2, 3)


@pytest.mark.parametrize(
    ("returned", "words"),
    [
        (None, "does it end with `return`"),
        ("M", "returned 'M', expected a tensor of shape"),
        (dict, "returned the class dict"),
        (len, "returned builtin_function_or_method"),
        (3.0, r"returned shape \[\], expected \[2, 3\]"),
        (torch.zeros(3, 2), r"returned shape \[3, 2\], expected \[2, 3\]"),
        ([[1, 2, 3], [1]], "returned list, expected"),
        (np.full((2, 3), 1j), "expected a tensor"),
        (torch.full((2, 3), 1j), "complex numbers"),
    ],
)
def test_what_is_no_such_tensor_is_said(returned: Any, words: str) -> None:
    with pytest.raises(ValueError, match=rf"at token 3 your step (?s:.*){words}|{words}"):
        shaped("token 3", returned, LIKE, "M, [d_value, d_key]")


@pytest.mark.parametrize(
    "returned", [2, 2.0, np.int64(2), np.float32(2), torch.tensor(2.0), torch.tensor([2]), [2], 2 + 0j]
)
def test_one_number_of_any_kind_is_taken(returned: Any) -> None:
    assert one_number("the end", returned, "limit(keys)", "the largest") == 2.0


@pytest.mark.parametrize("returned", [None, "2", True, -1.0, np.nan, np.inf, [1, 2], torch.ones(2), 1j, len])
def test_what_is_no_such_number_is_said(returned: Any) -> None:
    with pytest.raises(ValueError, match=r"at the end your limit\(keys\) returned .*, expected one number"):
        one_number("the end", returned, "limit(keys)", "the largest")


def test_for_ever_is_a_half_life() -> None:
    assert one_number("the end", torch.tensor(np.inf), "half_life", "the age", endless=True) == np.inf
    assert one_number("the end", np.float32(np.inf), "half_life", "the age", endless=True) == np.inf


@pytest.mark.parametrize("returned", [[0, 2], (0, -3), [[0, 2]], np.array([0, 2]), torch.tensor([0.0, 2.0])])
def test_rows_of_any_kind_are_taken(returned: Any) -> None:
    assert rows("task 1", returned, 5, 3, "keep").tolist() == [0, 2]


@pytest.mark.parametrize(
    ("returned", "words"),
    [
        (None, "returned None"),
        ([0, 1, 2, 3], r"shape \[4\], expected at most 3"),
        ([5], "row 5"),
        ([0.5], "row 0.5"),
        ([float("nan")], "row nan"),
        ([True, False, True], r"mask\.nonzero"),
        ([[0, 1], [2, 3]], r"shape \[2, 2\]"),
    ],
)
def test_what_are_no_rows_is_said(returned: Any, words: str) -> None:
    with pytest.raises(ValueError, match=rf"at task 1 your keep returned .*{words}|{words}"):
        rows("task 1", returned, 5, 3, "keep")


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: labs.write_head(step=_raises, knobs=SMALL), "raised SystemExit: enough"),
        (lambda: labs.write_head(step=lambda *_: np.full((32, 32), np.nan), knobs=SMALL), "returned nan in M"),
        (lambda: labs.titans(step=lambda *_: None), "returned None, expected two matrices"),
        (lambda: labs.gradient_memory(step=lambda *_: (1, 2)), "returned shape [], expected [1, 2]"),
        (lambda: labs.forgetting(half_life=lambda ages, recall: None), "returned None"),
        (lambda: labs.forgetting(half_life=lambda ages, recall: -3), "returned -3, expected one number"),
        (lambda: labs.mini_batches(limit=lambda keys: float("inf")), "returned inf, expected one number"),
        (lambda: labs.amnesia(step=lambda model, text, fast: text), "expected (nats, fast)"),
        (lambda: labs.amnesia(step=lambda model, text, fast: (torch.full(text.shape, -1.0), None)), "expected −ln p"),
        (
            lambda: labs.digits(keep=lambda origin, room: None, knobs={"seeds": 1}),
            "your keep(origin, room) returned None",
        ),
        (lambda: labs.surprise(streams.code(limit=64), step=lambda surprise: 2.0 + 0 * surprise), "a share of 2"),
    ],
)
def test_what_goes_wrong_in_a_function_of_ones_own_is_said_in_the_lab(make: Callable[[], Any], words: str) -> None:
    lab = make()
    assert isinstance(lab.problem, ValueError)
    assert words in lab.error


@pytest.mark.parametrize("limit", [1, 2, 15, 16, 17, 255, 256, 257])
def test_a_short_text_is_read(limit: int) -> None:
    lab = labs.surprise(streams.code(limit=limit))
    assert lab.problem is None
    assert f"of {limit} bytes written" in lab.summary


@pytest.mark.parametrize(
    ("knobs", "words"),
    [
        ({"inner_lr": 0.0}, "inner_lr is 0, raise it"),
        ({"period": 64}, "shorter than one write of 64 bytes, lower the period"),
        ({"threshold": 8.0}, "lower its threshold"),
        ({"noise": 0.9}, "bytes written"),
    ],
)
def test_nothing_written_says_why_and_what_to_do(knobs: dict[str, Any], words: str) -> None:
    lab = labs.surprise(streams.code(limit=17), knobs=knobs)
    assert lab.problem is None
    assert words in lab.summary


def test_a_mini_batch_longer_than_the_stream_is_shown() -> None:
    for period in (4, 16, 64):
        assert labs.erase_write(knobs={"period": period}).problem is None
