"""What a budget buys, against plain counts: costs, recall by age, what is kept, and prefixes of embeddings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Generator

from nlviz import inner, memory, outer, streams
from nlviz.experiments import budget
from nlviz.memory.cached import KEEPS


def chance(seed: int = 0) -> Generator:
    return Generator().manual_seed(seed)


def test_attention_over_all_is_right_about_all_and_a_window_about_its_tokens_alone() -> None:
    whole = budget.recall_by_age(budget.attended, 32, 64, generator=chance())
    np.testing.assert_array_equal(whole.recall, np.ones(16))
    seen = budget.recall_by_age(lambda stream: budget.attended(stream, 16), 32, 64, generator=chance())
    np.testing.assert_array_equal(seen.recall[:4], np.ones(4))
    assert seen.recall[4:].max() < 0.2
    np.testing.assert_array_equal(seen.ages, np.arange(16) * 4 + 1.5)


@pytest.mark.parametrize("name", budget.CONTENDERS)
def test_recall_by_age_asks_for_every_item_once(name: str) -> None:
    """Item by item and stream by stream, by a loop."""
    width, tokens = 8, 12
    answers = budget.memorised(name, width, inner_lr=0.3, forget=0.1)
    found = budget.recall_by_age(answers, width, tokens, generator=chance(), streams=2)
    stream = streams.recall_pairs(tokens, width, generator=chance(), batch=2)
    said, right = answers(stream), np.zeros(tokens)
    for row in range(2):
        for item in range(tokens):
            near = [float(F.cosine_similarity(said[row, item], value, dim=0)) for value in stream.values[row]]
            right[tokens - 1 - item] += (int(np.argmax(near)) == item) / 2
    np.testing.assert_allclose(found.recall, right.reshape(3, 4).mean(1))


@pytest.mark.parametrize("name", budget.CONTENDERS)
def test_a_memory_keeps_the_numbers_it_is_said_to(name: str) -> None:
    made = budget.CONTENDERS[name].make(8)
    pairs = memory.Pairs(torch.ones(1, 1, 8), torch.ones(1, 1, 8))
    state = made.write(made.init(1), pairs, memory.Gates.constant(pairs, 0.1, 0.1))
    held = {"memory": state.memory, "past_surprise": state.past_surprise, "coming": getattr(state, "coming", ())}
    needed = ("memory", "past_surprise", "coming") if name == "Titans" else ("memory", "coming")
    assert budget.costs(name, 8, 0).numbers == sum(outer.carried(held[part]) for part in needed)


def test_attention_costs_two_numbers_and_two_products_a_token_and_width() -> None:
    assert budget.costs("attention", 64, 100) == (2 * 64 * 100, 2 * 64 * 100)


@pytest.mark.parametrize("meeting", budget.MEETINGS)
def test_room_for_everything_that_never_changes_is_enough(meeting: str) -> None:
    found = budget.kept_recall(meeting, "newest", 150, generator=chance(), streams=2)
    # an old value of a key is kept as long as the new one
    assert found > 0.7 if meeting in ("overwritten", "alike") else found == 1.0


def test_one_segment_is_a_memory_without_a_cache() -> None:
    alone = budget.kept_recall("overwritten", "newest", 0, generator=chance(), streams=2)
    assert budget.segment_recall("overwritten", 10**6, generator=chance(), streams=2) == alone


def test_rare_items_come_once_and_common_ones_eight_times() -> None:
    stream = budget.MEETINGS["rare among common"](chance(), 2)
    counts = stream.item.bincount()
    assert counts.tolist() == [8] * 16 + [1] * 16
    torch.testing.assert_close(stream.pairs.keys, stream.keys[:, stream.item])


def test_a_plain_encoder_is_a_matryoshka_of_one_head() -> None:
    """Its loss is the cross-entropy of its last layer: the same steps by torch's own modules."""
    task = streams.digits("domain-incremental", generator=chance())[0]
    heads = outer.Matryoshka((4,), 10, generator=chance())
    encoder = budget.Encoder(heads, 8, generator=chance(1))
    logits = torch.relu(task.train.images @ encoder.first.weight.T) @ encoder.second.weight.T
    logits = logits @ heads.heads[0].weight.T + heads.biases[0]  # pyright: ignore
    loss = heads.loss(encoder(task.train.images), task.train.labels)
    torch.testing.assert_close(loss, F.cross_entropy(logits, task.train.labels))


def test_training_makes_the_first_numbers_worth_having() -> None:
    task = streams.digits("domain-incremental", generator=chance())[0]
    right = {}
    for name, prefixes in {"plain": (16,), "matryoshka": (2, 16)}.items():
        heads = outer.Matryoshka(prefixes, 10, generator=chance())
        of = budget.embedded(budget.train_encoder(heads, task.train, generator=chance(), steps=300), task)
        right[name] = [budget.nearest_right(of, task, size) for size in (2, 16)]
    assert right["matryoshka"][0] > right["plain"][0] + 0.1
    assert min(right["matryoshka"][1], right["plain"][1]) > 0.9


def test_principal_directions_keep_all_distances_and_put_the_widest_first() -> None:
    numbers = torch.randn(40, 6, generator=chance(), dtype=torch.float64) * torch.tensor([1, 3, 2, 0.5, 1, 4])
    of = budget.Embedded(numbers[:30], numbers[30:])
    turned = budget.principal(of)
    spread = turned.train.std(0)
    assert bool((spread[:-1] >= spread[1:]).all())
    torch.testing.assert_close(torch.cdist(*turned), torch.cdist(*of))
    np.testing.assert_allclose(turned.train.mean(0).numpy(), 0, atol=1e-12)


@pytest.mark.parametrize("name", budget.CONTENDERS)
def test_the_race_reads_as_recall_by_age_does(name: str) -> None:
    """Whole streams read anew, at the race's own gates, for a length in the middle and the last."""
    width, seed = 16, 3
    found = budget.race(width, name, seed=seed)
    answers = budget.memorised(name, width, **budget.TUNED[name][width])
    whole = streams.recall_pairs(128, width, generator=chance(seed), batch=64)
    for row, length in ((4, 12), (11, 128)):
        pairs = memory.Pairs(*(part[:, :length] for part in whole.pairs))
        stream = streams.Stream(pairs, whole.item[:length], *pairs)
        near = F.normalize(answers(stream), dim=-1) @ F.normalize(stream.values, dim=-1).mT
        right = (near.argmax(-1) == torch.arange(length)).double().mean(0).flip(0).reshape(-1, 2).mean(1)
        curve = found["recall"].values[row, 0, :, 0]
        np.testing.assert_allclose(curve[: length // 2], right.numpy(), atol=2 / 64)
        assert np.isnan(curve[length // 2 :]).all()


def test_attention_recalls_all_and_its_window_just_what_it_holds() -> None:
    for equal, tokens in (("bytes", 16), ("work", 64)):
        found = budget.race(32, equal=equal)
        _, window, whole = found["recall"].values[-1, 0].T
        np.testing.assert_array_equal(whole, 1.0)
        np.testing.assert_array_equal(window[: tokens // 4], 1.0)
        assert window[tokens // 4 :].max() < 0.1
        np.testing.assert_array_equal(found["reach"].values[:, 0, 0], found["reach"].times)


def test_a_window_is_as_long_as_its_memory_pays_for_and_no_longer_than_what_was_read() -> None:
    """Of width 32: 1,024 numbers pay for 16 tokens, for 32 where a cache has two bytes a number."""
    four, two = (budget.race(32, number=number)["window"].values[:, 0] for number in (4, 2))
    lengths = budget.race(32)["window"].times
    np.testing.assert_array_equal(four[:, budget.RACERS.index("gated delta")], np.minimum(lengths, 16))
    np.testing.assert_array_equal(two[:, budget.RACERS.index("gated delta")], np.minimum(lengths, 32))
    np.testing.assert_array_equal(four[:, 0], lengths)


def test_the_gates_of_the_race_are_those_that_the_benchmark_found() -> None:
    page = (Path(__file__).parents[1] / "benchmarks/budget.md").read_text("utf-8")
    for name, by_width in budget.TUNED.items():
        for width, gates in by_width.items():
            said = ", ".join(f"{gate} {value:g}" for gate, value in gates.items())
            assert f"| {width} | {name} | {said} |" in page


@pytest.mark.parametrize("joined", ["gated", "sum"])
@pytest.mark.parametrize("meeting", budget.MEETINGS)
def test_the_slider_is_segment_recall_at_every_length(meeting: str, joined: Any) -> None:
    trace = budget.slide(meeting, joined=joined, sharpness=10.0, inner_lr=0.5, seed=2)
    shares = trace["recall"].values[:, 0].mean(-1)
    for length, share in list(zip(trace["recall"].times.tolist(), shares, strict=True))[3::2]:
        given: dict[str, Any] = {"sharpness": 10.0, "joined": joined, "inner_lr": 0.5}
        expected = budget.segment_recall(meeting, length, generator=chance(2), **given)
        # an answer that is as near to two values may fall to either
        assert share == pytest.approx(expected, abs=2 / 256)


def test_what_is_kept_is_a_state_a_segment_and_a_key_to_gate_it() -> None:
    trace = budget.slide("rare among common")
    assert trace["recall"].times.tolist() == [1, 2, 4, 8, 16, 32, 64, 144]
    states = np.array([144, 72, 36, 18, 9, 5, 3])
    np.testing.assert_array_equal(trace["kept"].values[:, 0], [*states * (32**2 + 32), 32**2])
    np.testing.assert_array_equal(budget.slide("rare among common", joined="sum")["kept"].values[0], 144 * 32**2)
    assert trace["cache"].values.item() == 2 * 32 * 144


@pytest.mark.parametrize("keep", KEEPS)
@pytest.mark.parametrize("meeting", ["alike", "rare among common", "overwritten"])
def test_a_cache_that_is_known_beforehand_recalls_as_one_written_token_by_token(meeting: str, keep: str) -> None:
    trace = budget.choose(meeting, keep, 16, seed=5)
    by_room, rooms = trace["by_room"].values[:, 0, KEEPS.index(keep)], trace["by_room"].times.tolist()
    lots = range(5, 13) if keep == "random" else (5,)
    each = [budget.kept_recall(meeting, keep, 16, generator=chance(5), lots=lot) for lot in lots]
    assert by_room[rooms.index(16)] == pytest.approx(np.mean(each), abs=2 / 256)


@pytest.mark.parametrize("keep", KEEPS)
def test_a_cache_holds_what_the_memory_beside_it_would_keep(keep: Any) -> None:
    """The same tokens after every token, by a cache that is written."""
    trace = budget.choose("half noise", keep, 8, seed=1)
    stream = budget.MEETINGS["half noise"](chance(1), 8)
    made = memory.Cached(memory.Delta(32, 32), 8, keep, seed=1)
    for end in (3, 40, 128):
        pairs = memory.Pairs(*(part[:, :end] for part in stream.pairs))
        state = inner.unroll(made, pairs, memory.Gates.constant(pairs, 0.3)).state
        kept = trace["kept"].values[end - 1, 0].nonzero()[0]
        expected = state.keys[0][state.worth[0] > -torch.inf]
        assert len(kept) == len(expected) == min(end, 8)
        torch.testing.assert_close(stream.pairs.keys[0, kept].sum(0), expected.sum(0))


def test_every_token_is_of_the_kind_that_it_is() -> None:
    for meeting, counts in {"rare among common": (128, 16), "overwritten": (96, 32), "half noise": (64, 64)}.items():
        kind = budget.choose(meeting, "newest", 4)["kind"].values[0, 0]
        assert (int((kind == 0).sum()), int((kind == 1).sum())) == counts
    # the last of 128 is the newest of its key
    assert budget.choose("overwritten", "newest", 4)["kind"].values[0, 0, -1] == 1
