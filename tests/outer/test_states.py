"""States as values: what is saved comes back as it was, in numbers, form and kind; and nothing in a file can run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Generator

from nlviz.inner import Pending, unroll
from nlviz.memory import MLP, Adam, DeepMemory, Gates, Pairs, Titans
from nlviz.outer import ByteModel, MemoryModel, WindowModel, detach, load, save
from nlviz.outer.models.states import note
from nlviz.outer.training.reader import train_reader
from nlviz.outer.training.window_and_memory import train_memory, train_window

CHANCE = Generator().manual_seed(0)
PAIRS = Pairs(torch.randn(2, 7, 4, generator=CHANCE), torch.randn(2, 7, 4, generator=CHANCE))
MEMORIES: dict[str, Any] = {
    "titans": Titans(4, 4),
    "two layers": DeepMemory(4, 4, net=MLP((5,)), initial=MLP((5,)).draw(4, 4, CHANCE)),
    "adam": DeepMemory(4, 4, rule=Adam()),
}


def state_of(name: str, period: int) -> Any:
    return unroll(MEMORIES[name], PAIRS, Gates.constant(PAIRS, 0.1, 0.2), period=period).state


def same(one: Any, other: Any) -> bool:
    if isinstance(one, torch.Tensor):
        return torch.equal(one, other) and one.dtype == other.dtype
    return type(one) is type(other) and len(one) == len(other) and all(map(same, one, other))


@pytest.mark.parametrize("name", MEMORIES)
@pytest.mark.parametrize("period", [1, 4])
def test_a_memory_comes_back_to_the_bit(name: str, period: int, tmp_path: Path) -> None:
    state = state_of(name, period)
    assert isinstance(state, Pending) == (period == 4)
    save(tmp_path / "state.safetensors", state, {"seed": "0"})
    assert same(load(tmp_path / "state.safetensors", state), state)
    assert note(tmp_path / "state.safetensors") == {"seed": "0"}


def test_weights_and_state_go_into_one_file_and_a_model_reads_on(tmp_path: Path) -> None:
    model = WindowModel(16, 2, window=9, generator=Generator().manual_seed(1))
    text = torch.randint(0, 256, (2, 40), generator=Generator().manual_seed(2), dtype=torch.uint8)
    _, state = model(text[:, :25])
    save(tmp_path / "all.safetensors", {"model": model.state_dict(), "state": state, "step": 25})
    other = WindowModel(16, 2, window=9, generator=Generator().manual_seed(3))
    back = load(tmp_path / "all.safetensors", {"model": other.state_dict(), "state": state, "step": 0})
    other.load_state_dict(back["model"])
    assert back["step"] == 25
    assert torch.equal(other(text[:, 25:], back["state"])[0], model(text[:, 25:], state)[0])


def test_the_same_state_gives_the_same_file(tmp_path: Path) -> None:
    for name in ("one", "two"):
        save(tmp_path / name, state_of("two layers", 4), {"a": "1", "b": "2"})
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_another_models_state_is_refused_by_name(tmp_path: Path) -> None:
    save(tmp_path / "state.safetensors", state_of("titans", 1))
    with pytest.raises(ValueError, match=r"lacks memory\.0, memory\.1.*has memory, past_surprise besides"):
        load(tmp_path / "state.safetensors", state_of("two layers", 1))


def test_what_is_no_number_is_not_saved(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="rule is Titans"):
        save(tmp_path / "state.safetensors", {"rule": Titans(4, 4)})


def test_no_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"outer\.save"):
        load(tmp_path / "none.safetensors", None)


def test_detaching_changes_no_number_and_cuts_all() -> None:
    model = ByteModel(8, 4)
    _, state = model(torch.zeros(2, 5, dtype=torch.uint8))
    assert state.hidden.requires_grad
    cut = detach(state)
    assert not cut.hidden.requires_grad
    assert type(cut) is type(state)
    assert torch.equal(cut.hidden, state.hidden)
    assert torch.equal(cut.last, state.last)


@pytest.mark.parametrize("content", [b"", b"not tensors", b"\xff" * 64, None])
def test_a_damaged_file_is_named_with_a_remedy(content: bytes | None, tmp_path: Path) -> None:
    path, state = tmp_path / "state.safetensors", state_of("titans", 1)
    save(path, state)
    path.write_bytes(path.read_bytes()[:-9] if content is None else content)
    for ask in (
        lambda: load(path, state),
        lambda: note(path),
        lambda: ByteModel.load(path),
        lambda: WindowModel.load(path),
    ):
        with pytest.raises(ValueError, match=r"state\.safetensors is damaged or no \.safetensors file .*(makes|make) "):
            ask()


def test_another_models_file_is_named_with_a_remedy(tmp_path: Path) -> None:
    path = tmp_path / "other.safetensors"
    WindowModel(16, 2, window=9).save(path, {})
    for kind in (ByteModel, MemoryModel):
        with pytest.raises(ValueError, match=r"other\.safetensors holds other weights than .*nlviz train-"):
            kind.load(path)


def test_a_save_that_fails_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "state.safetensors"
    save(path, state_of("titans", 1))
    before = path.read_bytes()
    model = WindowModel(16, 2, window=9)
    with torch.no_grad():
        model.embed.weight[0] = 1e6
    bad: list[tuple[Any, str]] = [
        (lambda: save(path, {"x": 0.5}), "x is 0.5"),
        (lambda: save(path, {"x": torch.zeros(2, dtype=torch.complex64)}), "real numbers"),
        (lambda: save(path, {"a.b": torch.zeros(1), "a": {"b": torch.ones(1)}}), "two parts of the state"),
        (lambda: save(path, {"x": torch.zeros(1)}, {"seed": 0}), "note is"),  # pyright: ignore
        (lambda: save(path, None), "nothing to save"),
        (lambda: model.save(path, {}), "1000000.0; expected at most 65504"),
    ]
    for wrong, said in bad:
        with pytest.raises(ValueError, match=said):
            wrong()
    assert path.read_bytes() == before
    assert [one.name for one in tmp_path.iterdir()] == ["state.safetensors"]
    with pytest.raises(ValueError, match="folder that exists"):
        save(tmp_path / "none" / "state.safetensors", state_of("titans", 1))


def test_arrays_and_their_whole_numbers_come_back_too(tmp_path: Path) -> None:
    state = {"array": np.arange(3.0), "step": np.int64(7)}
    save(tmp_path / "state", state)
    back = load(tmp_path / "state", state)
    assert np.array_equal(back["array"], state["array"])
    assert back["step"] == 7
    with pytest.raises(ValueError, match="expected 2 axes"):
        load(tmp_path / "state", {"array": np.zeros((1, 1)), "step": 0})


def test_a_training_looks_at_its_folder_before_the_work(tmp_path: Path) -> None:
    for training in (train_reader, train_window, train_memory):
        with pytest.raises(ValueError, match="folder that exists"):
            training(tmp_path / "none" / "out.safetensors", steps=10**8)
        with pytest.raises(ValueError, match=r"ends in \.safetensors"):
            training(tmp_path / "out.txt", steps=10**8)


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ({1: torch.ones(1)}, "the name of a part of the state is 1"),
        ({"__metadata__": torch.ones(1)}, "keep for the note; rename it"),
        ({"a": 10**30}, "a is 1000000"),
    ],
    ids=["a number for a name", "a reserved name", "a number too large"],
)
def test_what_a_file_cannot_hold_leaves_the_old_one(state: Any, said: str, tmp_path: Path) -> None:
    save(tmp_path / "s.safetensors", {"a": 1})
    with pytest.raises(ValueError, match=said):
        save(tmp_path / "s.safetensors", state)
    assert load(tmp_path / "s.safetensors", {"a": 0}) == {"a": 1}


def test_arrays_in_any_order_are_saved_and_kinds_kept_apart(tmp_path: Path) -> None:
    held = np.arange(4.0)
    locked = np.frombuffer(held.tobytes())
    for one in (held[::-1][::-1], held.astype(">f8"), locked):
        save(tmp_path / "s.safetensors", one)
        assert load(tmp_path / "s.safetensors", held).tolist() == held.tolist()
    with pytest.raises(ValueError, match="expected 1 axes of whole numbers"):
        load(tmp_path / "s.safetensors", torch.zeros(4, dtype=torch.int64))


def test_whole_numbers_are_no_weights(tmp_path: Path) -> None:
    whole = {name: one.to(torch.int32) for name, one in ByteModel(4, 4).state_dict().items()}
    save(tmp_path / "whole.safetensors", whole)
    with pytest.raises(ValueError, match=r"torch\.int32, no weights; make them by"):
        ByteModel.load(tmp_path / "whole.safetensors")
