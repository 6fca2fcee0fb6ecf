"""The ablation after Titans' Table 5: what ablation.md says follows from its table, and one row is trained again.

The whole of it takes minutes: `python -m tests.benchmarks.ablation --seeds 5 --write`.
"""

from __future__ import annotations

import re
from typing import NamedTuple

import pytest

from nlviz.outer import LMM, parameters

from ..benchmarks import ablation

pytestmark = pytest.mark.claim


class Read(NamedTuple):
    """A row of the table: how many diverged, change from LMM, in how many seeds it is worse, and the paper's figure."""

    diverged: int
    change: float
    worse: str
    paper: float | None


def rows() -> dict[str, Read]:
    page = ablation.PAGE.read_text(encoding="utf-8").partition("|---|")[2].partition("<!-- end -->")[0]
    found = {}
    for line in page.splitlines()[1:]:
        name, bits, change, worse, paper, _ = (cell.strip() for cell in line.strip("|").split("|"))
        lost = re.search(r"(\d) diverged", bits)
        found[name] = Read(int(lost[1]) if lost else 0, float(change or 0), worse, float(paper) if paper else None)
    return found


def test_every_row_stands_in_the_table_beside_the_papers_figure() -> None:
    assert {name: row.paper for name, row in rows().items()} == {row.name: row.paper for row in ablation.ROWS}
    assert all(abs(parameters(ablation.made(row, 0)) - ablation.SIZE) <= ablation.WIDTH for row in ablation.ROWS)


def test_the_convolution_is_worth_most_and_what_is_written_nothing() -> None:
    read = rows()
    convolution = read["no convolution"]
    assert convolution.diverged == 1
    assert convolution.worse == "4 of 4"
    assert convolution.change > 0.15
    for name in ("no momentum", "no forgetting", "nothing written"):
        assert abs(read[name].change) < 0.01, name
        assert read[name].diverged == 0


def test_the_papers_order_does_not_appear() -> None:
    read = rows()
    assert read["no forgetting"].worse == "5 of 5"
    assert read["linear memory"].worse == read["no persistent memory"].worse == "1 of 5"
    assert read["MAC"].worse == "5 of 5"
    assert read["MAC"].change > read["MAG"].change > 0.02
    assert sum(row.diverged for row in read.values()) == 2


def test_a_memory_that_is_trained_this_briefly_can_be_switched_off() -> None:
    text, held_out = ablation.texts(300_000)
    model = ablation.made(ablation.ROWS[0], 0)
    ablation.learn(model, ablation.Code(text, ablation.TIME), steps=60, batch=ablation.BATCH, lr=8e-3, seed=0)
    mixer = model.blocks[0].mixer
    assert isinstance(mixer, LMM)
    bits = []
    for rate in (mixer.rate, 0.0):
        mixer.rate = rate
        bits.append(ablation.bits_per_byte(model, held_out[:16_384], ablation.TIME))
    assert bits[0] < 5
    assert abs(bits[1] - bits[0]) < 0.02
