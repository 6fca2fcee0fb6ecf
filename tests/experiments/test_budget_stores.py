"""A cache in the place of a memory, recall by age of what is trained, and names in a text, against plain counts."""

from __future__ import annotations

import math

import pytest
import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from nlviz import outer
from nlviz.experiments import budget


def chance(seed: int = 0) -> Generator:
    return Generator().manual_seed(seed)


def lookup(window: int | None) -> budget.Lookup:
    return budget.Lookup(6, 4, window=window, generator=chance()).double()


@pytest.mark.parametrize("window", [None, 1, 3])
def test_a_lookup_is_its_softmax_written_out(window: int | None) -> None:
    layer, x = lookup(window), torch.randn(2, 7, 6, generator=chance(1), dtype=torch.double)
    (keys, values), gates, queries = layer.stream(x)
    reads = torch.zeros_like(values)
    for row in range(2):
        for now in range(7):
            weights = torch.zeros(7, dtype=torch.double)
            for past in range(max(0, now + 1 - (window or 7)), now + 1):
                kept = math.prod(1 - gates.forget[row, past + 1 : now + 1].detach())
                weights[past] = (16 * queries[row, now] @ keys[row, past]).exp() * gates.inner_lr[row, past] * kept
            reads[row, now] = weights / weights.sum() @ values[row]
    torch.testing.assert_close(layer(x)[0], layer.answered(reads, x))


@pytest.mark.parametrize("window", [None, 1, 3])
def test_any_split_gives_the_numbers_of_the_whole(window: int | None) -> None:
    layer, x = lookup(window), torch.randn(2, 9, 6, generator=chance(1), dtype=torch.double)
    whole, end = layer(x)
    pieces, state = [], None
    for piece in (x[:, :2], x[:, 2:2], x[:, 2:7], x[:, 7:]):
        y, state = layer(piece, state)
        pieces.append(y)
    torch.testing.assert_close(torch.cat(pieces, 1), whole)
    assert state is not None
    for mine, other in zip(state.memory, end.memory, strict=True):
        torch.testing.assert_close(mine, other)
    assert end.memory.keys.shape[1] == (9 if window is None else window - 1)


def test_layers_beside_each_other_are_added_and_carry_a_state_each() -> None:
    parts = [lookup(3), outer.LMM(6, budget.CONTENDERS["gated delta"].make(4), generator=chance()).double()]
    both, x = budget.Beside(*parts), torch.randn(1, 6, 6, generator=chance(2), dtype=torch.double)
    torch.testing.assert_close(both(x)[0], parts[0](x)[0] + parts[1](x)[0])
    first, state = both(x[:, :4])
    torch.testing.assert_close(torch.cat([first, both(x[:, 4:], state)[0]], 1), both(x)[0])


@pytest.mark.parametrize("name", budget.STORES)
def test_every_pair_is_asked_of_the_state_when_all_are_told(name: str) -> None:
    """Stream by stream, each text read again with its question behind it."""
    model, pairs, streams = budget.store_model(name, 4, generator=chance()), 6, 3
    found = budget.told_recall(model, pairs, generator=chance(3), streams=streams)
    text = outer.pairs_asked(pairs, streams, generator=chance(3)).text[:, : 2 * pairs]
    right = torch.zeros(pairs, dtype=torch.double)
    for row in text:
        for place in range(pairs):
            key, value = row[2 * place : 2 * place + 2]
            asked = torch.cat([row, key[None], value[None]])[None]
            said = model(asked)[0][0, -1] @ model.head_weights().mT
            right[pairs - 1 - place] += (said.argmax() == value).double() / streams
    assert found.recall.tolist() == right.tolist()


def test_a_store_that_has_learned_its_pairs_knows_them_as_far_as_its_window_goes() -> None:
    seen = budget.trained_recall("window of as many bytes", 8)
    assert seen.recall[:2].min() > 0.9
    assert seen.recall[2:].max() < 0.2


def names() -> budget.Named:
    return budget.named(torch.zeros(3, 512, dtype=torch.long), generator=chance())


def test_a_letter_that_is_asked_is_told_by_the_name_before_it_and_nothing_else() -> None:
    text, asked = names()
    for row, place in asked.nonzero().tolist():
        kind, before = int(asked[row, place]), bytes(text[row].tolist())
        line = before.rindex(b"\n", 0, place) + 1
        shown = before[line:place]
        first = before.index(b"\n" + shown)
        assert 3 <= len(shown) < 5
        assert before[first + 1 + len(shown)] == before[place]
        assert (8 <= line - first - 1 <= 24) if kind == 1 else (64 <= line - first - 1 <= 384)


def test_names_leave_all_other_bytes_as_they_were() -> None:
    text, asked = names()
    assert int((asked > 0).sum()) == 3 * 6 * 2 * 2
    written = text > 0
    assert int(written.sum()) == 3 * 24 * 7
    assert bool((text[written] == ord("\n")).sum() == 3 * 24 * 2)


class Oracle:
    """Says of a byte what came eight-byte slots before it, so many bytes back."""

    def __init__(self, back: int) -> None:
        self.back = back

    def __call__(self, text: Tensor) -> tuple[Tensor, None]:
        return F.one_hot(text.roll(self.back, 1), 256).double(), None

    def head_weights(self) -> Tensor:
        return torch.eye(256, dtype=torch.double)


def test_what_looks_eight_bytes_back_completes_the_names_of_eight_bytes_back() -> None:
    text, asked = names()
    found = budget.completed(Oracle(8), budget.Named(text, asked))
    same = text == text.roll(8, 1)
    expected = [same[asked == kind].double().mean().item() for kind in (1, 2)]
    assert (found.near, found.far) == pytest.approx(expected)
    assert found.near > 0.2 > found.far


def test_readers_have_as_many_parameters_and_silence_ends() -> None:
    for name in budget.READERS:
        model = budget.reader(name, generator=chance(), size=61_000)
        assert abs(outer.parameters(model) - 61_000) <= 48
    memory = budget.reader("memory", generator=chance())
    text = names().text[:1, :64]
    before = memory(text)[0]
    with budget.silenced(memory):
        assert not torch.allclose(memory(text)[0], before)
    torch.testing.assert_close(memory(text)[0], before)


def test_letters_that_can_be_known_weigh_more() -> None:
    source = torch.zeros(600, dtype=torch.long)
    model = budget.reader("window", generator=chance())
    plain, weighted = (budget.NamesTask(source, time=128, weight=weight) for weight in (0.0, 2.0))
    given = plain.draw(2, chance(1))
    nats = model.loss(given.text)[0]
    expected = nats.mean() + 2 * nats[given.asked > 0].mean()
    torch.testing.assert_close(weighted.loss(model, given, None)[0], expected)
    alone = budget.NamesTask(source, time=128, names=False).draw(2, chance(1))
    assert not alone.text.any()
    assert not alone.asked.any()
