"""MemoryModel: any split gives the same, only its fast weights move, and it knows what its note says."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Generator, Tensor

from nlviz.cli import main
from nlviz.outer import ManyFacts, MemoryModel, WindowModel, answer_probability, asked_at
from nlviz.outer.models.memory_model import SHIPPED
from nlviz.outer.models.window_model import LOCAL
from nlviz.outer.tasks.facts import QUESTION
from nlviz.outer.tasks.source_code import NOT_TRAINED_ON, held_out_digest
from nlviz.outer.training.window_and_memory import FAR, held_out_bits, held_out_text, recall


def small(seed: int = 0) -> MemoryModel:
    return MemoryModel(16, 2, 2, generator=Generator().manual_seed(seed)).double()


def texts(batch: int = 2, time: int = 40, seed: int = 1) -> Tensor:
    return torch.randint(256, (batch, time), dtype=torch.uint8, generator=Generator().manual_seed(seed))


@given(cuts=st.lists(st.integers(0, 40), max_size=4).map(sorted))
def test_any_split_of_a_text_gives_the_keys_of_the_whole(cuts: list[int]) -> None:
    model, text, state, parts = small(), texts(), None, []
    for start, stop in zip([0, *cuts], [*cuts, 40], strict=True):
        keys, state = model(text[:, start:stop], state)
        parts.append(keys)
    torch.testing.assert_close(torch.cat(parts, 1), model.keys(text), rtol=0, atol=1e-10)


def test_a_key_depends_on_the_bytes_before_it_and_on_its_own_text() -> None:
    model, text = small(), texts()
    changed = text.clone()
    changed[0, 17] ^= 1
    before, after = model.keys(text), model.keys(changed)
    torch.testing.assert_close(before[:, :18], after[:, :18], rtol=0, atol=1e-12)
    torch.testing.assert_close(before[1], after[1], rtol=0, atol=1e-12)
    # through the fast weights, far beyond what the first block sees
    assert (before[0, 18 + LOCAL :] - after[0, 18 + LOCAL :]).norm(dim=-1).min() > 1e-9


def test_the_fast_weights_are_written_by_the_delta_rule() -> None:
    """The matrices of the state, found again by hand from the layer's own keys, values and gates."""
    model, text = small(), texts()
    state = model(text)[1]
    x = model.embed(torch.cat([torch.full((2, 1), 10), text[:, :-1].long()], 1))
    local, layer = model.blocks[0](x, None, window=LOCAL)[0], model.blocks[1]
    pairs, gates, _ = layer.mixer.stream(layer.norm(local))  # pyright: ignore[reportCallIssue, reportAttributeAccessIssue]
    memory = torch.zeros(4, 8, 8, dtype=torch.float64)
    for k, v, lr in zip(pairs.keys.unbind(1), pairs.values.unbind(1), gates.inner_lr.unbind(1), strict=True):
        error = torch.einsum("bvk,bk->bv", memory, k) - v
        memory = memory - lr[:, None, None] * error[:, :, None] * k[:, None]
    torch.testing.assert_close(model.fast_weights(state).flatten(0, 1), memory, rtol=0, atol=1e-10)


def test_waking_keeps_the_fast_weights_and_no_byte() -> None:
    model, (one, other) = small(), (texts(seed=1), texts(seed=2))
    woken = model.wake(model(one)[1].blocks[1])
    assert woken is not None
    torch.testing.assert_close(model.fast_weights(woken), model.fast_weights(model(one)[1]))
    assert woken.blocks[0] is None
    assert woken.last.tolist() == [10, 10]
    assert not torch.allclose(model(other, woken)[0], model.keys(other))
    assert model.wake(None) is None


def test_waking_on_zero_fast_weights_is_a_new_model() -> None:
    model, text = small(), texts()
    fast = model(text)[1].blocks[1]
    nothing = fast._replace(memory=torch.zeros_like(fast.memory), past_surprise=torch.zeros_like(fast.past_surprise))
    torch.testing.assert_close(model(text, model.wake(nothing))[0], model.keys(text), rtol=0, atol=1e-12)


def test_reading_moves_the_fast_weights_alone() -> None:
    model = MemoryModel.load()
    before = {name: one.clone() for name, one in model.state_dict().items()}
    state = model(texts(1, 500))[1]
    assert all((one - before[name]).norm() == 0 for name, one in model.state_dict().items())
    assert model.fast_weights(state).norm() > 1


def test_a_restart_that_keeps_the_fast_weights_is_a_restart() -> None:
    """What `answer_probability` does with `carry`, by hand."""
    model = MemoryModel.load()
    told = asked_at(40, held_out_text(2000), streams=3, generator=Generator().manual_seed(0))
    state = model(told.text[:, :-QUESTION])[1]
    nats = model.loss(told.text[:, -QUESTION:], model.wake(state.blocks[1]))[0]
    by_hand = (-nats[:, -4:].sum(-1)).exp()
    torch.testing.assert_close(answer_probability(model, told, restart=True, carry=True), by_hand)
    assert by_hand.mean() > 0.8
    assert answer_probability(model, told, restart=True).mean() < 0.001


def test_many_facts_are_told_before_they_are_asked_for() -> None:
    filler = torch.full((1000,), ord("."), dtype=torch.uint8).numpy()
    text, asked = ManyFacts(filler, time=128, most=4).draw(32, Generator().manual_seed(0))
    counts = set()
    for row, marked in zip(text, asked, strict=True):
        lines = bytes(row.tolist()).decode().replace(".", "").split()
        facts = [line for line in lines if lines.count(line) == 2]
        counts.add(len(facts) // 2)
        assert sorted(facts) == sorted(lines)
        said = bytes(row[marked].tolist()).decode()
        seen: list[str] = []
        again = [line[4:] for line in lines if line in seen or seen.append(line)]
        assert said == "".join(again)
    assert counts == {1, 2, 3, 4}


@pytest.mark.parametrize(
    ("time", "most", "said"),
    [
        (19, 1, "1 facts in a stretch of 19 bytes; use 1 fact or more in at least 20"),
        (64, 0, "most is 0; .* at least 1"),
    ],
)
def test_what_no_fact_fits_into_is_refused(time: int, most: int, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        ManyFacts(held_out_text(2000), time=time, most=most)


def test_others_stand_between_fact_and_question() -> None:
    filler = torch.full((1000,), ord("."), dtype=torch.uint8).numpy()
    told = asked_at(80, filler, streams=2, generator=Generator().manual_seed(0), others=3)
    for row in told.text:
        lines = [line for line in bytes(row.tolist()).decode().replace(".", "\n").split() if "=" in line]
        assert len(lines) == 5
        assert lines[0] == lines[-1]
        assert len(set(lines)) == 4
    with pytest.raises(ValueError, match="with 3 facts between use 43 or more"):
        asked_at(42, filler, streams=1, generator=Generator(), others=3)


def test_the_note_says_what_is_measured() -> None:
    model, note = MemoryModel.load(), MemoryModel.note()
    near = 0.002 if held_out_digest() == note["held_out_sha256"] else 0.15
    assert held_out_bits(model) == pytest.approx(float(note["held_out_bits_per_byte"]), abs=near)
    for distance, measured in zip(FAR[:2], recall(model, FAR[:2]).mean(0), strict=True):
        assert measured == pytest.approx(float(note[f"recall_at_{distance}"]), abs=max(near, 0.01))
    assert set(note["not_trained_on"].split()) == set(NOT_TRAINED_ON)


def test_the_readme_beside_the_weights_repeats_their_note() -> None:
    page, note = (SHIPPED.parent / "README.md").read_text(encoding="utf-8"), MemoryModel.note()
    assert note["command"] in page
    assert f"{float(note['held_out_bits_per_byte']):.2f} bits per byte" in page
    for distance in FAR:
        assert f"{float(note[f'recall_at_{distance}']):.3f}" in page


def test_the_shipped_weights_are_small_and_as_many_as_its_twin_s() -> None:
    before = torch.get_rng_state()
    model, twin = MemoryModel.load(), WindowModel.load()
    assert torch.equal(torch.get_rng_state(), before)
    assert SHIPPED.stat().st_size <= 0.56e6
    assert sum(one.stat().st_size for one in SHIPPED.parent.iterdir()) <= 2e6
    mine, theirs = (sum(one.numel() for one in each.parameters()) for each in (model, twin))
    assert mine == pytest.approx(theirs, rel=0.005)
    assert not any(one.requires_grad for one in model.parameters())


def test_what_is_saved_comes_back_and_what_is_missing_is_named(tmp_path: Path) -> None:
    model = small().float()
    model.save(tmp_path / "model.safetensors", {"seed": "0"})
    loaded = MemoryModel.load(tmp_path / "model.safetensors")
    assert (loaded.heads, loaded.memories) == (2, 2)
    torch.testing.assert_close(loaded.keys(texts()), model.keys(texts()).detach(), rtol=0, atol=1e-2)
    with pytest.raises(FileNotFoundError, match="nlviz train-memory --out"):
        MemoryModel.load(tmp_path / "none.safetensors")


def test_the_command_trains_saves_and_says_what_it_did(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # the figures are measured on a thousand bytes a question: here one near distance will do
    monkeypatch.setattr("nlviz.outer.training.window_and_memory.FAR", (33,))
    out = tmp_path / "memory.safetensors"
    main(["train-memory", "--steps", "3", "--seed", "5", "--out", str(out)])
    note, printed = MemoryModel.note(out), capsys.readouterr().out
    assert note["command"].startswith("nlviz train-memory --steps 3 --seed 5")
    assert f"recall_at_33: {note['recall_at_33']}" in printed
    with pytest.raises(SystemExit, match="2"):
        main(["train-memory", "--steps", "0"])
    assert "steps is 0; expected a whole number, at least 1" in capsys.readouterr().err
