"""The byte model: causal, carried across calls, loaded without side effects, and as good as its note says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from nlviz.cli import main
from nlviz.outer import ByteModel
from nlviz.outer.models.byte_model import SHIPPED
from nlviz.outer.tasks.source_code import HELD_OUT, NOT_TRAINED_ON, READ, held_out_digest
from nlviz.outer.training import reader
from nlviz.outer.training.reader import held_out_bits
from nlviz.streams import code

from .beginning import its_beginning


def small(seed: int = 0) -> ByteModel:
    return ByteModel(d_key=12, d_embed=5, generator=torch.Generator().manual_seed(seed)).double()


def texts(batch: int, time: int, seed: int = 1) -> Tensor:
    return torch.randint(256, (batch, time), dtype=torch.uint8, generator=torch.Generator().manual_seed(seed))


def test_keys_are_unit_vectors_and_logits_need_no_bias() -> None:
    model, text = small(), texts(3, 40)
    keys = model.keys(text)
    assert keys.shape == (3, 40, 12)
    torch.testing.assert_close(keys.norm(dim=-1), torch.ones(3, 40, dtype=torch.float64))
    assert model.head_weights().shape == (256, 12)
    assert {name for name, _ in model.named_parameters() if name.startswith("head")} == {"head.weight"}


def test_a_key_depends_on_the_bytes_before_it_and_on_nothing_else() -> None:
    model, text = small(), texts(2, 30)
    changed = text.clone()
    changed[0, 17] ^= 1
    before, after = model.keys(text), model.keys(changed)
    assert torch.equal(before[:, :18], after[:, :18])
    assert torch.equal(before[1], after[1])
    assert (before[0, 18:] - after[0, 18:]).norm(dim=-1).min() > 1e-9


@given(cuts=st.lists(st.integers(0, 37), max_size=5).map(sorted))
def test_any_split_of_a_text_gives_the_keys_of_the_whole(cuts: list[int]) -> None:
    model, text, state, parts = small(), texts(2, 37), None, []
    for start, stop in zip([0, *cuts], [*cuts, 37], strict=True):
        keys, state = model(text[:, start:stop], state)
        parts.append(keys)
    torch.testing.assert_close(torch.cat(parts, 1), model.keys(text), rtol=0, atol=1e-12)


@pytest.mark.parametrize("text", [torch.zeros(4, dtype=torch.uint8), torch.zeros(1, 4)], ids=["no batch", "floats"])
def test_what_is_not_text_is_refused(text: Tensor) -> None:
    with pytest.raises(ValueError, match=r"expected whole numbers \[batch, time\]"):
        small().keys(text)


def test_the_seed_decides_the_weights() -> None:
    first, again, other = (torch.cat([p.flatten() for p in small(seed).parameters()]) for seed in (0, 0, 1))
    assert torch.equal(first, again)
    assert not torch.allclose(first, other)


def test_training_learns_and_its_result_depends_on_nothing_but_the_seed() -> None:
    text = torch.tensor(code("textwrap").bytes)

    def train(seed: int) -> list[float]:
        model = ByteModel(24, 8, generator=torch.Generator().manual_seed(seed))
        return list(reader._train(model, text, steps=30))

    first = train(0)
    assert first == train(0)
    assert first != train(1)
    # 8 bits know nothing; the bytes' bare frequencies already give less than 5
    assert first[0] > 7.5
    assert first[-1] < 4.5


def test_what_is_saved_comes_back(tmp_path: Path) -> None:
    model, text = small().float(), texts(1, 50)
    model.save(tmp_path / "model.safetensors", {"seed": "0"})
    loaded = ByteModel.load(tmp_path / "model.safetensors")
    assert ByteModel.note(tmp_path / "model.safetensors") == {"seed": "0"}
    assert loaded.head_weights().dtype == torch.float32
    # float16 keeps eleven bits of each weight
    torch.testing.assert_close(loaded.keys(text), model.keys(text).detach(), rtol=0, atol=3e-3)


def test_loading_draws_no_random_number_and_asks_for_no_gradient() -> None:
    before = torch.get_rng_state()
    model = ByteModel.load()
    assert torch.equal(torch.get_rng_state(), before)
    assert not any(weights.requires_grad for weights in model.parameters())
    assert not model.training


def test_a_lab_opens_without_torchs_compiler() -> None:
    """Importing it takes two seconds of a core, and nothing of it is wanted."""
    opened = """
import sys
import torch
from nlviz.outer import ByteModel, MemoryModel, WindowModel, architecture

for shipped in (ByteModel, MemoryModel, WindowModel):
    shipped.load()
architecture("MAC", 16, generator=torch.Generator().manual_seed(0))
assert "torch._dynamo" not in sys.modules
"""
    ran = subprocess.run([sys.executable, "-c", opened], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr


def test_no_weights_says_how_to_make_them(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="nlviz train-reader --out"):
        ByteModel.load(tmp_path / "none.safetensors")


def test_the_shipped_weights_are_small() -> None:
    assert SHIPPED.stat().st_size <= 1.5e6
    assert 0.2e6 < sum(weights.numel() for weights in ByteModel.load().parameters()) < 0.3e6


def test_what_is_read_and_what_is_held_out_is_not_trained_on() -> None:
    assert set(READ) | set(HELD_OUT) <= set(NOT_TRAINED_ON)
    assert "email" in READ
    assert ByteModel.note()["not_trained_on"].split() == list(NOT_TRAINED_ON)


def test_the_held_out_figure_is_what_the_note_says() -> None:
    note = ByteModel.note()
    measured, said = held_out_bits(ByteModel.load()), float(note["held_out_bits_per_byte"])
    # Other Pythons hold other versions of the same packages; on the same text only rounding may differ.
    assert measured == pytest.approx(said, abs=0.001 if held_out_digest() == note["held_out_sha256"] else 0.15)


def test_the_readme_beside_the_weights_repeats_their_note() -> None:
    page = (SHIPPED.parent / "README.md").read_text(encoding="utf-8")
    note = ByteModel.note()
    assert note["command"] in page
    assert f"{float(note['held_out_bits_per_byte']):.2f} bits per byte" in page
    for name in ("python", "held_out_sha256"):
        assert note[name] in page
    for package in (*HELD_OUT, *READ):
        assert f"`{package}`" in page


def test_the_command_trains_saves_and_says_what_it_did(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = its_beginning(monkeypatch, reader)
    out, threads = tmp_path / "reader.safetensors", torch.get_num_threads()
    main(["train-reader", "--steps", "3", "--seed", "5", "--out", str(out)])
    assert limits == [None]
    assert torch.get_num_threads() == threads
    note, printed = ByteModel.note(out), capsys.readouterr().out
    assert note["command"].startswith("nlviz train-reader --steps 3 --seed 5")
    assert all(f"{name}: {value}" in printed for name, value in note.items())
    assert held_out_bits(ByteModel.load(out)) == pytest.approx(float(note["held_out_bits_per_byte"]), abs=0.001)


def test_the_command_refuses_nonsense_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["train-reader", "--steps", "0"])
    assert "steps is 0; expected a whole number, at least 1" in capsys.readouterr().err


def test_the_last_byte_of_a_state_is_looked_at() -> None:
    model, text = small(), texts(2, 5)
    state = model(text)[1]
    for last in (state.last[:1], state.last.double(), state.last.long() + 1000, None):
        with pytest.raises(ValueError, match=r"last of the state|the text|text is|a symbol"):
            model(text, state._replace(last=last))
    assert model(text, state._replace(hidden=state.hidden.float()))[0].dtype == torch.float64
