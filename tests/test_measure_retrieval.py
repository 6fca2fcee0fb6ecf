"""Retrieval in stages, against a plain search by NumPy."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Generator

from nlviz import measure


def drawn(queries: int = 7, documents: int = 40, width: int = 16) -> tuple[torch.Tensor, torch.Tensor]:
    chance = Generator().manual_seed(0)
    found = torch.randn(documents, width, generator=chance, dtype=torch.float64)
    noise = torch.randn(queries, width, generator=chance, dtype=torch.float64)
    return found[:queries] + 0.8 * noise, found


def cosines(query: np.ndarray, documents: np.ndarray, size: int) -> np.ndarray:
    q, d = query[:size], documents[:, :size]
    return d @ q / np.linalg.norm(d, axis=1) / np.linalg.norm(q)


def searched(query: np.ndarray, documents: np.ndarray, stages: list[tuple[int, int]]) -> list[int]:
    """One query, document by document."""
    listed = list(range(len(documents)))
    for size, keep in stages:
        near = cosines(query, documents, size)
        listed = sorted(listed, key=lambda row: -near[row])[:keep]
    return listed


@pytest.mark.parametrize(
    "stages", [[(16, 1)], [(4, 10), (16, 3)], [(2, 20), (4, 10), (8, 5), (16, 1)]], ids=["plain", "rerank", "funnel"]
)
def test_stages_find_what_a_plain_search_finds(stages: list[tuple[int, int]]) -> None:
    queries, documents = drawn()
    expected = [searched(query, documents.numpy(), stages) for query in queries.numpy()]
    assert measure.retrieve(queries, documents, stages).nearest.tolist() == expected


def test_the_cost_counts_every_number_compared() -> None:
    queries, documents = drawn()
    assert measure.retrieve(queries, documents, [(16, 1)]).cost == 40 * 16
    assert measure.retrieve(queries, documents, [(4, 10), (16, 1)]).cost == 40 * 4 + 10 * 16


def test_a_prefix_is_scaled_before_it_is_compared() -> None:
    # by the dot product the long one would win; by its direction the short one is nearer
    documents = torch.tensor([[9.0, 9.0, 0.0], [0.1, 0.0, 5.0]])
    assert measure.retrieve(torch.tensor([[1.0, 0.0, 0.0]]), documents, [(2, 1)]).nearest.tolist() == [[1]]


def test_of_equals_the_first_is_found() -> None:
    documents = torch.ones(5, 3)
    assert measure.retrieve(torch.ones(2, 3), documents, [(1, 3), (3, 1)]).nearest.tolist() == [[0], [0]]


def test_a_shortlist_of_all_is_the_plain_search_and_one_of_one_is_the_prefix_alone() -> None:
    queries, documents = drawn()
    plain = measure.retrieve(queries, documents, [(16, 1)]).nearest
    torch.testing.assert_close(measure.retrieve(queries, documents, [(4, 40), (16, 1)]).nearest, plain)
    short = measure.retrieve(queries, documents, [(4, 1)]).nearest
    torch.testing.assert_close(measure.retrieve(queries, documents, [(4, 1), (16, 1)]).nearest, short)


def test_a_funnel_halves_the_list_and_doubles_the_numbers() -> None:
    assert measure.funnel(8, 20, 64) == ((8, 20), (16, 10), (32, 5), (64, 1))
    assert measure.funnel(5, 3, 12) == ((5, 3), (10, 1), (12, 1))
    assert measure.funnel(64, 20, 64) == ((64, 1),)


@pytest.mark.parametrize(
    ("stages", "words"),
    [
        ([], r"stages is \[\]; expected at least 1"),
        ([(4, 10), (4, 1)], r"size of stages\[1\] is 4; expected more numbers than the stage before, 4"),
        ([(4, 2), (8, 3)], r"keep of stages\[1\] is 3; expected at most the 2 documents that are left"),
        ([(17, 1)], r"size of stages\[0\] is 17; expected .* at most 16"),
        ([(4,)], r"stages\[0\] is \(4,\); expected two numbers"),
    ],
)
def test_stages_that_ask_for_more_than_there_is_are_refused(stages: list[tuple[int, ...]], words: str) -> None:
    queries, documents = drawn()
    with pytest.raises(ValueError, match=words):
        measure.retrieve(queries, documents, stages)  # pyright: ignore[reportArgumentType]


def test_no_queries_are_answered_by_nothing() -> None:
    _, documents = drawn()
    found = measure.retrieve(documents[:0], documents, [(4, 10), (16, 2)])
    assert found.nearest.shape == (0, 2)
