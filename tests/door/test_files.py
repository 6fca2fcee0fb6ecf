"""Written beside, then renamed: all of it or nothing."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from nlviz.door.files import written

from ..full_disk import room_for


def test_what_is_written_beside_takes_the_place(tmp_path: Path) -> None:
    with written(tmp_path / "a.txt") as beside:
        assert beside.parent == tmp_path
        assert beside.suffix == ".txt"
        beside.write_text("new")
        assert not (tmp_path / "a.txt").exists()
    assert (tmp_path / "a.txt").read_text() == "new"
    assert os.listdir(tmp_path) == ["a.txt"]


@pytest.mark.parametrize("broken", [RuntimeError, KeyboardInterrupt])
def test_a_failure_leaves_what_was_there_and_nothing_beside(tmp_path: Path, broken: type[BaseException]) -> None:
    (tmp_path / "a.txt").write_text("old")

    def save() -> None:
        with written(str(tmp_path / "a.txt")) as beside:
            beside.write_text("half")
            raise broken

    with pytest.raises(broken):
        save()
    assert (tmp_path / "a.txt").read_text() == "old"
    assert os.listdir(tmp_path) == ["a.txt"]


def test_on_a_full_disk_the_file_one_asked_for_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("old")

    def save() -> None:
        with written(tmp_path / "a.txt") as beside:
            beside.write_bytes(bytes(5000))

    with room_for(1000), pytest.raises(OSError, match="File too large") as full:
        save()
    assert full.value.filename == str(tmp_path / "a.txt")
    assert (tmp_path / "a.txt").read_text() == "old"
    assert os.listdir(tmp_path) == ["a.txt"]


def test_nothing_written_is_a_failure_too(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("old")
    with pytest.raises(FileNotFoundError), written(tmp_path / "a.txt"):
        pass
    assert (tmp_path / "a.txt").read_text() == "old"


def test_links_and_permissions_stay(tmp_path: Path) -> None:
    real, link = tmp_path / "real.txt", tmp_path / "link.txt"
    real.write_text("old")
    real.chmod(0o640)
    link.symlink_to(real)
    with written(link) as beside:
        beside.write_text("new")
    assert link.is_symlink()
    assert real.read_text() == "new"
    assert real.stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("path", ["", "none/a.txt", ".", None, 3, "/dev/null"])
def test_no_path_for_a_file_is_refused_before_anything_is_written(path: object) -> None:
    with pytest.raises(ValueError, match="path is"), written(path):  # pyright: ignore[reportArgumentType]
        pytest.fail("the work began")
