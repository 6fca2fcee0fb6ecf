"""What a budget buys, against plain counts: costs, recall by age, what is kept, and prefixes of embeddings."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Generator

from nlviz import memory, outer, streams
from nlviz.experiments import budget


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
