"""`nlviz lab` on a working copy: what a student changed stays, the rest follows, the course itself stays clean."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from nlviz.commands import lab
from nlviz.commands._working_copy import updated


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """Two lessons and a picture."""
    folder = tmp_path / "notebooks"
    (folder / "pictures").mkdir(parents=True)
    for name in ("00_start.ipynb", "01_frozen.ipynb", "pictures/one.png"):
        (folder / name).write_text(f"first {name}")
    (folder / ".ipynb_checkpoints").mkdir()
    (folder / ".ipynb_checkpoints" / "00_start.ipynb").write_text("a left-over")
    return folder


def there(folder: Path) -> dict[str, str]:
    """All that a reader finds in a folder."""
    files = [path for path in folder.rglob("*") if path.is_file() and not path.name.startswith(".")]
    return {path.relative_to(folder).as_posix(): path.read_text() for path in files}


def test_the_first_time_all_is_copied_and_the_second_nothing(course: Path, tmp_path: Path) -> None:
    copy = tmp_path / "mine"
    assert len(updated(course, copy)) == 3
    names = ("00_start.ipynb", "01_frozen.ipynb", "pictures/one.png")
    assert there(copy) == {name: f"first {name}" for name in names}
    assert updated(course, copy) == []


def test_a_lesson_left_alone_follows_and_one_that_was_changed_stays(course: Path, tmp_path: Path) -> None:
    copy = tmp_path / "mine"
    updated(course, copy)
    (copy / "00_start.ipynb").write_text("my own words")
    for name in ("00_start.ipynb", "01_frozen.ipynb"):
        (course / name).write_text(f"second {name}")
    (course / "02_fast.ipynb").write_text("a new lesson")
    said = updated(course, copy)
    assert said == [
        "you have changed 00_start.ipynb: it is kept, and the new one is beside it, 00_start (new).ipynb",
        "updated: 01_frozen.ipynb",
        "new: 02_fast.ipynb",
    ]
    found = there(copy)
    assert found["00_start.ipynb"] == "my own words"
    assert found["00_start (new).ipynb"] == "second 00_start.ipynb"
    assert found["01_frozen.ipynb"] == "second 01_frozen.ipynb"
    # told once: the same news is not put there again
    assert updated(course, copy) == []
    (course / "00_start.ipynb").write_text("third")
    (copy / "00_start (new).ipynb").write_text("that one changed too")
    assert updated(course, copy)[0].endswith("00_start (new 2).ipynb")
    assert there(copy)["00_start (new).ipynb"] == "that one changed too"


def test_a_lesson_that_is_gone_is_handed_out_anew(course: Path, tmp_path: Path) -> None:
    copy = tmp_path / "mine"
    updated(course, copy)
    (copy / "00_start.ipynb").rename(copy / "my first try.ipynb")
    assert updated(course, copy) == ["new: 00_start.ipynb"]
    assert there(copy)["my first try.ipynb"] == "first 00_start.ipynb"


def test_a_copy_from_before_the_register_loses_nothing(course: Path, tmp_path: Path) -> None:
    copy = tmp_path / "mine"
    copy.mkdir()
    (copy / "00_start.ipynb").write_text("copied by hand, and changed")
    assert "00_start (new).ipynb" in " ".join(updated(course, copy))
    assert there(copy)["00_start.ipynb"] == "copied by hand, and changed"


def test_a_folder_that_cannot_be_is_said_with_a_remedy(course: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("a file")
    with pytest.raises(ValueError, match="name another folder in NLVIZ_NOTEBOOKS"):
        updated(course, tmp_path / "mine")


def test_the_command_brings_the_copy_up_to_date_and_leaves_the_course_alone(
    course: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NLVIZ_NOTEBOOKS", raising=False)
    parser = argparse.ArgumentParser()
    lab.arguments(parser)
    before = there(course)
    lab.run(parser.parse_args(["--update"]))
    assert there(tmp_path / "my_notebooks").items() <= before.items()
    assert there(course) == before
    (course / "01_frozen.ipynb").write_text("second")
    lab.run(parser.parse_args(["--update"]))
    assert capsys.readouterr().out.splitlines()[-1] == "updated: 01_frozen.ipynb"
    monkeypatch.setenv("NLVIZ_NOTEBOOKS", str(tmp_path / "elsewhere"))
    assert lab.working_copy(course) == tmp_path / "elsewhere"


@pytest.mark.parametrize("held", ["", "{", "[1]", '{"00_start.ipynb": 3}', "\x00"])
def test_a_damaged_register_is_said_and_loses_nothing(course: Path, tmp_path: Path, held: str) -> None:
    copy = tmp_path / "mine"
    updated(course, copy)
    (copy / "00_start.ipynb").write_text("my own words")
    (copy / ".handed_out.json").write_text(held)
    with pytest.raises(ValueError, match=r"the register .* is damaged; expected .*; delete it: what you have changed"):
        updated(course, copy)
    (copy / ".handed_out.json").unlink()
    assert "00_start (new).ipynb" in " ".join(updated(course, copy))
    assert there(copy)["00_start.ipynb"] == "my own words"


def test_an_update_without_a_working_copy_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "other").mkdir()
    parser = argparse.ArgumentParser()
    lab.arguments(parser)
    for given, said in (([], "holds no folder notebooks"), (["other"], "the folder other was given")):
        with pytest.raises(ValueError, match=f"no working copy to update: .*{said}"):
            lab.run(parser.parse_args([*given, "--update"]))
    assert [one.name for one in tmp_path.iterdir()] == ["other"]


def test_a_working_copy_at_home(course: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("NLVIZ_NOTEBOOKS", "~/course")
    assert lab.working_copy(course) == tmp_path / "home" / "course"
    assert (tmp_path / "home" / "course" / "00_start.ipynb").is_file()
