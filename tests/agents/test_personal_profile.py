"""One user's memory: whence an answer, what a deletion leaves, and a file that is theirs alone."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Generator

from nlviz import inner, memory
from nlviz.agents import personal
from nlviz.agents.personal import Profile
from nlviz.memory import Gates, Pairs
from nlviz.outer.tensor_files import note_in, tensors_in, write_tensors

from ..full_disk import room_for

GATES: dict[str, dict[str, float]] = {
    "Hebbian": {"inner_lr": 0.1, "forget": 0.01},
    "Delta": {"inner_lr": 0.5},
    "GatedDelta": {"inner_lr": 0.5, "forget": 0.02},
    "Titans": {"inner_lr": 0.3, "momentum": 0.5, "forget": 0.02},
}
MET = personal.life(generator=Generator().manual_seed(4), days=8)
KEYS, VALUES = (one[0].double() for one in MET.pairs)
every_rule = pytest.mark.parametrize("rule", personal.RULES)


def told(rule: str, user: str = "ada", many: int = 48) -> Profile:
    empty = personal.profile(user, personal.RULES[rule](16, 16), **GATES[rule])
    return empty.tell(KEYS[:many], VALUES[:many])


@every_rule
def test_telling_in_pieces_is_telling_at_once(rule: str) -> None:
    pieces = told(rule, many=0)
    for one in (slice(0, 1), slice(1, 20), slice(20, 20), slice(20, 48)):
        pieces = pieces.tell(KEYS[one], VALUES[one])
    torch.testing.assert_close(pieces.state, told(rule).state, atol=1e-12, rtol=0)
    torch.testing.assert_close(pieces.told_again(), pieces.state, atol=1e-12, rtol=0)


@every_rule
def test_sources_make_the_answer_and_are_the_influence(rule: str) -> None:
    ada, asked = told(rule), MET.topics[0].double()
    torch.testing.assert_close(ada.sources(asked) @ ada.preferences, ada.ask(asked))
    pairs = Pairs(KEYS[None], VALUES[None])
    gates = Gates.constant(pairs, **{"momentum": 0.0, "forget": 0.0} | GATES[rule])
    found = inner.influence(ada.rule, pairs, gates, asked[:1].expand(1, 48, -1)).shares[0, -1]
    torch.testing.assert_close(ada.sources(asked)[0], found)


@every_rule
def test_what_is_forgotten_was_never_told(rule: str) -> None:
    gone = [3, 17, 40]
    after, proof = told(rule).forget(gone)
    kept = torch.ones(48, dtype=torch.bool)
    kept[gone] = False
    silent = Gates(*(torch.full((1, 48), GATES[rule].get(one, 0.0), dtype=torch.float64) for one in Gates._fields))
    silent = silent._replace(inner_lr=silent.inner_lr * kept)
    never = inner.unroll(after.rule, Pairs(KEYS[None], VALUES[None]), silent).state
    torch.testing.assert_close(after.state, never, atol=1e-12, rtol=0)
    assert proof.apart < 1e-12
    assert proof.unexplained < 1e-12 < proof.moved
    assert not after.contexts[gone].any()
    assert not after.preferences[gone].any()
    assert not after.sources(KEYS[:5])[:, gone].any()
    # a second deletion finds a log that can still be told again
    torch.testing.assert_close(after.forget([0])[0].state, told(rule).forget([0, *gone])[0].state)


@every_rule
def test_where_nothing_fades_it_is_the_run_of_a_shorter_log(rule: str) -> None:
    empty = personal.profile("ada", personal.RULES[rule](16, 16), inner_lr=0.3)
    shorter = empty.tell(KEYS[1:], VALUES[1:])
    torch.testing.assert_close(empty.tell(KEYS, VALUES).forget([0])[0].state, shorter.state)


def test_a_deletion_takes_the_share_times_what_was_news() -> None:
    """One number: 4 is told, then 8 at the same key; θ = ½. The 8 was told to a memory that knew 2 of it."""
    ada = personal.profile("ada", memory.Delta(1, 1)).tell([[1], [1]], [[4], [8]])
    after, proof = ada.forget([1])
    assert ada.ask([1]).item() == 5
    assert after.ask([1]).item() == 2
    assert proof.moved == 3 == 0.5 * (8 - 2)
    assert proof.unexplained == 0
    assert ada.forget([0])[0].ask([1]).item() == 4


@pytest.mark.parametrize(
    ("gone", "said"), [([48], "at most 47"), ([], "at least 1"), ([2], "deleted before"), ([True], "whole number")]
)
def test_what_is_not_in_the_log_cannot_be_forgotten(gone: list[Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        told("Delta").forget([2])[0].forget(gone)


@every_rule
def test_a_file_gives_back_the_same_profile(rule: str, tmp_path: Path) -> None:
    ada = told(rule).forget([5])[0]
    again = personal.load(tmp_path, ada.user) if personal.save(tmp_path, ada) else None
    assert again is not None
    assert type(again.rule) is type(ada.rule)
    assert again.user == "ada"
    for one, other in zip(
        (*ada.state, ada.contexts, ada.kept), (*again.state, again.contexts, again.kept), strict=True
    ):
        assert torch.equal(one, other)
    more = (one.tell(KEYS[:3], VALUES[:3]).state.memory for one in (ada, again))
    assert torch.equal(*more)
    with pytest.raises(ValueError, match="deleted before"):
        again.forget([5])


def test_a_file_is_its_users_alone(tmp_path: Path) -> None:
    path = personal.save(tmp_path, told("Delta"))
    with pytest.raises(FileNotFoundError, match="no file"):
        personal.load(tmp_path, "bo")
    stolen = personal.file_of(tmp_path, "bo")
    stolen.write_bytes(path.read_bytes())
    with pytest.raises(ValueError, match="belongs to 'ada', not to 'bo'"):
        personal.load(tmp_path, "bo")
    with pytest.raises(ValueError, match="belongs to 'ada'"):
        personal.save(tmp_path, told("Delta", "bo"))
    assert stolen.read_bytes() == path.read_bytes()


@pytest.mark.parametrize("user", ["../ada", "a/b", "ada\0", "..", "Ada Lovelace", "Ünal", "con: *?", "a" * 150])
def test_no_name_leads_out_of_the_folder(user: str, tmp_path: Path) -> None:
    path = personal.save(tmp_path, told("Delta", user, 3))
    assert path.parent == tmp_path
    assert os.listdir(tmp_path) == [path.name]
    assert personal.load(tmp_path, user).user == user


@pytest.mark.parametrize("user", ["", " ", "a" * 151, "\ud800", 3])
def test_what_is_no_name_is_refused(user: Any, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="user"):
        personal.file_of(tmp_path, user)


def test_a_file_that_is_cut_or_changed_anywhere_is_refused(tmp_path: Path) -> None:
    path = personal.save(tmp_path, told("Delta", many=4))
    whole = path.read_bytes()
    for share in (0.0, 0.1, 0.5, 0.9, 0.999):
        path.write_bytes(whole[: int(share * len(whole))])
        with pytest.raises(ValueError, match=str(path)):
            personal.load(tmp_path, "ada")
    for place in range(0, len(whole), 41):
        changed = bytearray(whole)
        changed[place] ^= 4
        path.write_bytes(bytes(changed))
        with pytest.raises(ValueError, match=str(path)):
            personal.load(tmp_path, "ada")
    path.write_bytes(whole[:50])
    with pytest.raises(ValueError, match="not written over"):
        personal.save(tmp_path, told("Delta"))


def test_a_file_from_which_only_the_log_was_deleted_is_refused(tmp_path: Path) -> None:
    """Whoever empties the log and makes a new sum of the file still leaves the memory, and that says more."""
    path = personal.save(tmp_path, told("Delta"))
    note, held = note_in(path, ""), tensors_in(path, "")
    held["kept"][:] = False
    write_tensors(path, held, note | {"digest": personal.digest(note, held)})
    with pytest.raises(ValueError, match="not what its log makes"):
        personal.load(tmp_path, "ada")


def test_a_save_that_fails_leaves_what_was_there(tmp_path: Path) -> None:
    path = personal.save(tmp_path, told("Delta"))
    before = path.read_bytes()
    with pytest.raises(ValueError, match="run away"):
        personal.save(
            tmp_path, personal.profile("ada", memory.Delta(1, 1), inner_lr=9.0).tell([[9.0]] * 400, [[1]] * 400)
        )
    with pytest.raises(ValueError, match="folder"):
        personal.save(tmp_path / "none", told("Delta"))
    with room_for(1000), pytest.raises(OSError, match="File too large"):
        personal.save(tmp_path, told("GatedDelta"))
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == [path.name]


def test_a_rule_that_no_file_could_name_is_refused() -> None:
    with pytest.raises(ValueError, match="one of Hebbian, Delta"):
        personal.profile("ada", memory.KDA(4, 4))
    with pytest.raises(ValueError, match="one for each context"):
        told("Delta").tell(KEYS[:2], VALUES[:1])
    with pytest.raises(ValueError, match="finite"):
        told("Delta").ask([float("nan")] * 16)
