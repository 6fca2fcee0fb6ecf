"""The commands: each one file, each with help and an example that works as typed; bad values end in one line."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from nlviz import labs
from nlviz.cli import _parser, main
from nlviz.commands import commands
from nlviz.commands.lab import folder

COMMANDS = commands()


def test_the_commands_are_those_of_the_design():
    assert {"demo", "doctor", "export", "lab", "train-reader"} <= COMMANDS.keys()


def test_help_lists_every_command_with_a_sentence(capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    said = " ".join(capsys.readouterr().out.split())
    assert ended.value.code == 0
    for name, module in COMMANDS.items():
        assert f"{name} {' '.join((module.__doc__ or '').split('.')[0].split())}" in said


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_has_an_example_that_its_parser_takes(name: str):
    example = re.search(r"^Example: nlviz (.+)$", COMMANDS[name].__doc__ or "", re.M)
    assert example
    chosen = _parser().parse_args(shlex.split(example.group(1)))
    assert chosen.command is COMMANDS[name].run
    assert example.group(1).split()[0] == name


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("demo nonsense", f"there is no lab 'nonsense'; choose one of {', '.join(labs.__all__)}"),
        ("demo surprise --preset nonsense", "this lab has no preset 'nonsense'; its presets are 'clean'"),
        ("export nonsense", f"there is no lab 'nonsense'; choose one of {', '.join(labs.__all__)}"),
        ("export write_head --preset nonsense", "this lab has no preset 'nonsense'; its presets are 'clean'"),
        ("export nonsense.ipynb", "there is no notebook nonsense.ipynb; give the path of an .ipynb file"),
        ("export text.ipynb", "text.ipynb is no notebook: "),
        ("export text.ipynb --preset clean", "a notebook has no presets"),
        ("lab nonsense", "there is no folder nonsense; give one that holds notebooks"),
    ],
)
def test_a_bad_value_ends_in_one_line(
    typed: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.chdir(tmp_path)
    Path("text.ipynb").write_text("no JSON", encoding="utf-8")
    with pytest.raises(SystemExit) as ended:
        main(shlex.split(typed) + (["--no-browser"] if typed.startswith("demo") else []))
    last = capsys.readouterr().err.splitlines()[-1]
    assert ended.value.code == 2
    assert last.startswith(f"nlviz: {said}")


def test_every_lab_is_offered(capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit):
        main(["export", "?"])
    said = capsys.readouterr().err
    assert all(name in said for name in labs.__all__ if name != "from_state")


def test_the_notebooks_are_found(tmp_path: Path):
    assert folder(None, tmp_path) == tmp_path
    (tmp_path / "notebooks").mkdir()
    assert folder(None, tmp_path) == tmp_path
    (tmp_path / "notebooks" / "00_start.ipynb").touch()
    assert folder(None, tmp_path) == tmp_path / "notebooks"
    assert folder(tmp_path, tmp_path) == tmp_path
