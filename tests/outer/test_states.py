"""States as values: what is saved comes back as it was, in numbers, form and kind; and nothing in a file can run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Generator

from nlviz.inner import Pending, unroll
from nlviz.memory import MLP, Adam, DeepMemory, Gates, Pairs, Titans
from nlviz.outer import ByteModel, WindowModel, detach, load, save
from nlviz.outer.states import note

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
