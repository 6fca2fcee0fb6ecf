"""WindowModel: frozen, causal, blind beyond its window; what the shipped weights recall, measured again."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Generator, Tensor

from nlviz.cli import main
from nlviz.experiments import read
from nlviz.outer import Facts, WindowModel, answer_probability, asked_at, train
from nlviz.outer.models.window_model import SHIPPED
from nlviz.outer.tasks.source_code import HELD_OUT, NOT_TRAINED_ON, READ, held_out_digest
from nlviz.outer.training import window_and_memory
from nlviz.outer.training.window_and_memory import held_out_bits, held_out_text, recall

from .beginning import its_beginning

TIME = 40


def chance(seed: int = 0) -> Generator:
    return Generator().manual_seed(seed)


def small(dtype: torch.dtype = torch.float64) -> WindowModel:
    return WindowModel(16, 2, window=24, generator=chance()).to(dtype)


def texts() -> Tensor:
    return torch.randint(0, 256, (2, TIME), generator=chance(1), dtype=torch.uint8)


@given(cuts=st.lists(st.integers(0, TIME), max_size=4), window=st.sampled_from([1, 3, 5, 6, 16, 24, 64]))
def test_any_split_gives_the_numbers_of_the_whole(cuts: list[int], window: int) -> None:
    for dtype, tolerance in ((torch.float64, 1e-12), (torch.float32, 1e-6)):
        model, text, state, pieces = small(dtype), texts(), None, []
        for piece in text.tensor_split(sorted(cuts), 1):
            keys, state = model(piece, state, window=window)
            pieces.append(keys)
        torch.testing.assert_close(torch.cat(pieces, 1), model(text, window=window)[0], rtol=0, atol=tolerance)


@pytest.mark.parametrize("window", [1, 4, 5, 6, 16, 24])
def test_a_byte_beyond_the_window_has_no_gradient_and_every_byte_within_has(window: int) -> None:
    model, text = small(), texts()
    vectors: list[Tensor] = []
    # only a lookup stands between bytes and vectors, so their gradient says which byte matters
    model.embed.register_forward_hook(lambda _, __, out: vectors.append(out.detach().requires_grad_()) or vectors[-1])
    model(text, window=window)[0][:, -1].square().mul(torch.arange(16)).sum().backward()
    assert vectors[0].grad is not None
    # vector t is byte t − 1: a byte is predicted from those before it
    reached = (vectors[0].grad.abs().sum((0, 2)) > 0).tolist()
    assert reached == [t > TIME - 1 - window for t in range(TIME)]


@pytest.mark.parametrize("window", [4, 24])
def test_keys_depend_on_what_comes_before_alone(window: int) -> None:
    model, text = small(), texts()
    for at in (0, 9, TIME - 1):
        other = text.clone()
        other[:, at:] = 255 - other[:, at:]
        first, second = (model(each, window=window)[0] for each in (text, other))
        assert torch.equal(first[:, : at + 1], second[:, : at + 1])
        if at + 1 < TIME:
            assert not torch.allclose(first[:, at + 1], second[:, at + 1])


def test_keys_are_unit_vectors_and_the_frozen_reader_is_the_head() -> None:
    model, text = WindowModel.load(), texts()[:1]
    torch.testing.assert_close(model.keys(text).norm(dim=-1), torch.ones(1, TIME))
    trace = read(model, text[0].numpy(), inner_lr=0.0).trace  # pyright: ignore[reportArgumentType]
    assert (trace["bits"].values == trace["frozen_bits"].values).all()


def test_no_byte_is_no_key_and_no_window_is_refused() -> None:
    keys, state = small()(texts()[:, :0])
    assert keys.shape == (2, 0, 16)
    assert torch.equal(small()(texts(), state)[0], small()(texts())[0])
    with pytest.raises(ValueError, match="window is 0; expected a whole number of bytes, at least 1"):
        small()(texts(), window=0)


def test_training_learns_and_its_result_depends_on_nothing_but_the_seed() -> None:
    def losses(seed: int) -> list[float]:
        model = small(torch.float32)
        optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
        task = Facts(held_out_text(2000), time=64, farthest=24)
        return [r.loss for r in train(model, task, steps=25, optimizer=optimizer, batch=8, seed=seed)]

    first = losses(0)
    assert first == losses(0) != losses(1)
    # 11.1 nats are two bytes of which nothing is known
    assert first[0] > 10
    assert first[-1] < 8


def test_a_fact_stands_where_it_is_said_to() -> None:
    told = asked_at(33, held_out_text(2000), streams=5, generator=chance(), before=10)
    for row, asked in zip(told.text, told.asked, strict=True):
        text, (first, *others) = bytes(row.tolist()), asked.nonzero().flatten().tolist()
        assert others == [first + 1, first + 2, first + 3]
        assert first - 33 == 10
        fact = text[10:18]
        assert fact[:3].isupper()
        assert fact[4:].isdigit()
        assert text[18:19] == b"\n"
        assert text[first - 5 : first + 4] == b"\n" + fact
    with pytest.raises(ValueError, match="distance is 12; fact and question take 13"):
        asked_at(12, held_out_text(2000), streams=1, generator=chance())


def test_what_is_learned_from_is_told_and_asked_in_every_stretch() -> None:
    told = Facts(held_out_text(2000), time=96, farthest=50).draw(20, chance())
    assert told.asked.sum(1).tolist() == [4] * 20
    for row, asked in zip(told.text, told.asked, strict=True):
        first = int(asked.nonzero()[0])
        question = bytes(row[first - 4 : first + 4].tolist())
        earlier = bytes(row[: first - 4].tolist()).rfind(question + b"\n")
        assert 13 <= first - earlier <= 50


@pytest.mark.claim
@pytest.mark.parametrize("window", [16, 32, 64])
def test_the_shipped_model_knows_a_fact_to_the_edge_of_its_window_and_no_byte_further(window: int) -> None:
    # measured here, windows 16 / 32 / 64: 0.98, 0.98, 0.97 at the edge, 0.02, 0.01, 0.17 one byte on, 0 six on
    inside, edge, beyond, far = recall(WindowModel.load(), (13, window, window + 1, window + 6), window=window).T
    assert min(inside.min(), edge.min()) > 0.9
    assert beyond.max() < 0.25
    assert far.max() < 0.001


@pytest.mark.claim
def test_a_restart_forgets_and_reading_moves_no_weight() -> None:
    model = WindowModel.load()
    before = {name: one.clone() for name, one in model.state_dict().items()}
    told = asked_at(31, held_out_text(), streams=64, generator=chance())
    assert answer_probability(model, told, window=32).mean() > 0.9
    assert answer_probability(model, told, window=32, restart=True).mean() < 0.001
    assert all((one - before[name]).norm() == 0 for name, one in model.state_dict().items())


def test_the_note_says_what_is_measured() -> None:
    model, note = WindowModel.load(), WindowModel.note()
    # Other Pythons hold other versions of the same packages; on the same text only rounding may differ.
    near = 0.001 if held_out_digest() == note["held_out_sha256"] else 0.15
    assert held_out_bits(model) == pytest.approx(float(note["held_out_bits_per_byte"]), abs=near)
    for at, measured in zip((31, 33), recall(model, (31, 33), window=32).mean(0), strict=True):
        assert measured == pytest.approx(float(note[f"recall_at_{at}_with_window_32"]), abs=max(near, 0.005))
    assert set(READ) | set(HELD_OUT) <= set(note["not_trained_on"].split()) == set(NOT_TRAINED_ON)


def test_the_readme_beside_the_weights_repeats_their_note() -> None:
    page, note = (SHIPPED.parent / "README.md").read_text(encoding="utf-8"), WindowModel.note()
    assert note["command"] in page
    assert f"{float(note['held_out_bits_per_byte']):.2f} bits per byte" in page
    for name in ("recall_at_31_with_window_32", "recall_at_33_with_window_32"):
        assert f"{float(note[name]):.3f}" in page


def test_the_shipped_weights_are_small_and_loading_draws_no_chance() -> None:
    before = torch.get_rng_state()
    model = WindowModel.load()
    assert torch.equal(torch.get_rng_state(), before)
    assert SHIPPED.stat().st_size <= 0.6e6
    assert sum(one.stat().st_size for one in SHIPPED.parent.iterdir()) <= 2e6
    assert 0.2e6 < sum(one.numel() for one in model.parameters()) < 0.3e6
    assert not any(one.requires_grad for one in model.parameters())


def test_what_is_saved_comes_back(tmp_path: Path) -> None:
    model = small(torch.float32)
    model.save(tmp_path / "model.safetensors", {"seed": "0"})
    loaded = WindowModel.load(tmp_path / "model.safetensors")
    assert (loaded.window, loaded.heads) == (24, 2)
    assert WindowModel.note(tmp_path / "model.safetensors")["seed"] == "0"
    torch.testing.assert_close(loaded.keys(texts()), model.keys(texts()).detach(), rtol=0, atol=5e-3)
    with pytest.raises(FileNotFoundError, match="nlviz train-window --out"):
        WindowModel.load(tmp_path / "none.safetensors")


def test_the_command_trains_saves_and_says_what_it_did(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = its_beginning(monkeypatch, window_and_memory)
    out = tmp_path / "window.safetensors"
    main(["train-window", "--steps", "2", "--seed", "5", "--out", str(out)])
    assert limits == [window_and_memory.READ_BYTES]
    note, printed = WindowModel.note(out), capsys.readouterr().out
    assert note["command"].startswith("nlviz train-window --steps 2 --seed 5")
    assert f"held_out_bits_per_byte: {note['held_out_bits_per_byte']}" in printed


def test_the_command_refuses_nonsense_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["train-window", "--steps", "0"])
    assert "steps is 0; expected a whole number, at least 1" in capsys.readouterr().err
