"""Searches and memories of prefixes against plain loops, the library's own delta rule, and counts by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Generator

from nlviz import outer, streams
from nlviz.experiments import budget
from nlviz.experiments.budget import Embedded, Levels, Search
from nlviz.inner import unroll
from nlviz.memory import Delta, Gates, Pairs


def chance(seed: int = 0) -> Generator:
    return Generator().manual_seed(seed)


def drawn(documents: int = 40, queries: int = 12, width: int = 8, kinds: int = 5) -> tuple[Embedded, Search]:
    """Random embeddings, and what they are drawn by lot."""
    of = Embedded(*(torch.randn(n, width, generator=chance(n), dtype=torch.float64) for n in (documents, queries)))
    truth, asked = (torch.arange(n) % kinds for n in (documents, queries))
    return of, Search(truth, asked, of, (2, width), lambda *_: of)


@pytest.fixture(scope="module")
def found() -> tuple[streams.Source, budget.Places]:
    source = streams.code("email", limit=6_000)
    return source, budget.places(outer.ByteModel.load(), source)


def test_places_are_the_states_of_a_reader_that_has_read_what_stands_before(
    found: tuple[streams.Source, budget.Places],
) -> None:
    source, places = found
    model, text = outer.ByteModel.load(), torch.tensor(source.bytes)
    for row in (0, 40, len(places.names) - 1):
        name = places.names[row]
        for state, at in ((places.before[row], name.start), (places.after[row], name.stop)):
            # the piece it stands in begins with the 128 bytes before; ahead of the text stand line ends
            start = at // 512 * 512 - 128
            ahead = torch.full((max(0, -start),), ord("\n"), dtype=torch.uint8)
            read = model.keys(torch.cat([ahead, text[max(0, start) : at + 1]])[None])[0, -1]
            torch.testing.assert_close(state, read * 224**0.5, atol=1e-4, rtol=1e-4)


def test_asked_about_are_later_places_whose_name_stands_among_the_documents(
    found: tuple[streams.Source, budget.Places],
) -> None:
    _, places = found
    texts = [name.text for name in places.names]
    expected = [row for row in range(100, 150) if texts[row] in set(texts[:100])]
    assert budget.asked_about(places, 100, 50).tolist() == expected
    search = budget.code_search(places, "which name was read", documents=100, queries=50)
    for query, row in enumerate(expected):
        same = {at for at in range(100) if texts[at] == texts[row]}
        assert set((search.truth == search.asked[query]).nonzero()[:, 0].tolist()) == same
    torch.testing.assert_close(search.raw.test, places.after[expected])


def test_an_excerpt_is_the_line_of_a_name(found: tuple[streams.Source, budget.Places]) -> None:
    source, places = found
    said = budget.excerpts(source, places, [2, 8])
    assert said == ("def ⟨message_from_string⟩(s, *args, **kws…", "from email.⟨parser⟩ import Parser")


def test_all_nets_but_the_plain_one_are_trained_by_their_own_prefixes() -> None:
    of, search = drawn()
    asked = []

    def learn(prefixes: object, generator: Generator) -> Embedded:
        asked.append((tuple(prefixes), generator.initial_seed()))  # pyright: ignore
        return of

    pieces = budget.shortened(search._replace(learn=learn), seed=7)
    steps = []
    while True:
        try:
            steps.append(next(pieces))
        except StopIteration as end:
            made = end.value
            break
    assert asked == [((2, 8), 7), ((8,), 7), ((2,), 7)]
    assert steps == [(1, 3), (2, 3), (3, 3)]
    assert [made.by(way, 2) is of for way in budget.WAYS] == [True, False, True, True]


def test_a_coarse_level_alone_is_the_delta_rule_on_prefixes() -> None:
    of, search = drawn()
    keys, queries = (F.normalize(part[:, :3], dim=-1) for part in of)
    pairs = Pairs(keys[None], F.one_hot(search.truth).double()[None])
    run = unroll(Delta(3, 5), pairs, Gates.constant(pairs, 0.4))
    right = (Delta(3, 5).read(run.state, queries[None])[0].argmax(-1) == search.asked).double().mean()
    for levels in (Levels(0, 3, fine_lr=0.4), Levels(3, 8, every=10**6, coarse_lr=0.4, fine_lr=0.0)):
        assert budget.prefix_memory(of, search, levels).right == pytest.approx(float(right))


def test_two_levels_are_the_equations_in_a_plain_loop() -> None:
    of, search = drawn()
    keys, queries = (part.numpy() for part in of)
    coarse, fine = np.zeros((5, 2)), np.zeros((5, 8))
    for token, (key, kind) in enumerate(zip(keys, search.truth.tolist(), strict=True)):
        short, whole = key[:2] / np.linalg.norm(key[:2]), key / np.linalg.norm(key)
        left = np.eye(5)[kind] - coarse @ short
        coarse += 0.3 * np.outer(left, short)
        if token % 3 == 0 and left @ left >= 0.8:
            fine += 0.5 * np.outer(left - fine @ whole, whole)
    short = queries[:, :2] / np.linalg.norm(queries[:, :2], axis=1, keepdims=True)
    said = short @ coarse.T + queries / np.linalg.norm(queries, axis=1, keepdims=True) @ fine.T
    found = budget.prefix_memory(of, search, Levels(2, 8, every=3, surprise=0.8, fine_lr=0.5))
    assert found.right == pytest.approx(np.mean(said.argmax(1) == search.asked.numpy()))


@pytest.mark.parametrize(
    ("levels", "cost", "written"),
    [
        (Levels(0, 8), 16.0, 1.0),
        (Levels(0, 8, every=4), 4.0, 0.25),
        (Levels(2, 8, every=4), 4.0 + 4.0, 0.25),
        # it never is as surprised as that: read, and not written
        (Levels(0, 8, surprise=1e6), 8.0, 0.0),
        (Levels(2, 8, surprise=1e6, alone=True), 4.0, 0.0),
        (Levels(0, 8, surprise=1e-12, fine_lr=0.0), 16.0, 1.0),
    ],
)
def test_costs_are_what_the_writes_multiply(levels: Levels, cost: float, written: float) -> None:
    assert budget.prefix_memory(*drawn(), levels)[1:] == (cost, written)


def test_alone_the_coarse_level_says_nothing() -> None:
    of, search = drawn()
    mine = Levels(2, 8, alone=True, coarse_lr=0.9)
    assert budget.prefix_memory(of, search, mine).right == budget.prefix_memory(of, search, Levels(0, 8)).right
