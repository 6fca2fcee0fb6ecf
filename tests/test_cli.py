"""The commands: each one file, each with help and an example that works as typed; bad values end in one line."""

from __future__ import annotations

import os
import re
import shlex
import socket
import webbrowser
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
    for name, command in COMMANDS.items():
        assert f"{name} {' '.join(command.words.split('.')[0].split())}" in said


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_has_an_example_that_its_parser_takes(name: str):
    example = re.search(r"^Example: nlviz (.+)$", COMMANDS[name].words, re.M)
    assert example
    chosen = _parser().parse_args(shlex.split(example.group(1)))
    assert chosen.command is COMMANDS[name].run
    assert example.group(1).split()[0] == name


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("demo nonsense", f"lab is 'nonsense'; expected one of {', '.join(map(repr, labs.__all__))}"),
        ("demo surprise --preset nonsense", "this lab has no preset 'nonsense'; its presets are 'clean'"),
        ("export nonsense", f"lab is 'nonsense'; expected one of {', '.join(map(repr, labs.__all__))}"),
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


REFUSED = [
    ("", "the following arguments are required: COMMAND"),
    ("dmo", "COMMAND is 'dmo'; expected one of 'assignment', 'audit', 'demo'"),
    ("demo surprize", "did you mean 'surprise'?"),
    ("poll nowhere", "FOLDER|FILE is 'nowhere'; expected a folder of answer files, or a file; collect them first"),
    ("site pages --course nowhere", "--course is 'nowhere'; expected a folder; give the folder of the course"),
    ("slides nowhere.ipynb --out a.html", "path is 'nowhere.ipynb'; expected a notebook; give the path of"),
    ("summary text.ipynb --out a.html", "path is 'text.ipynb'; expected a notebook; give one that JupyterLab opens"),
    ("summary text.ipynb", "the following arguments are required: --out"),
    ("assignment text.ipynb --for otter --out text.ipynb --force", "expected another file than what is read"),
    ("assignment text.ipynb --for ottre --out a.ipynb", "SYSTEM is 'ottre'; expected one of 'nbgrader', 'otter'"),
    ("export surprise --settings abc", "--settings is 'abc'; expected a finite number"),
    ("demo surprise --port 70000", "--port is 70000; expected a whole number, at least 0 and at most 65,535"),
    ("demo surprise --port abc", "--port is 'abc'; expected a whole number"),
    ("demo surprise --port -1", "--port is -1; expected a whole number"),
    ("demo surprise --prest noisy", "--prest noisy is not understood; did you mean --preset?"),
    ("demo --only", "argument --only: expected at least one argument"),
    ("demo surprise --path .", "expected to be given to a lab that reads a folder (architect); surprise does not"),
    ("lab --port 99999", "--port is 99999; expected a whole number"),
    ("lab text.ipynb", "there is no folder text.ipynb"),
    ("doctor now", "now is not understood"),
    ("audit nonsense", "package 'nonsense' is not installed"),
    ("audit --bytes 7", "--bytes is 7; expected a whole number, at least 8"),
    ("audit --reader mine", "--reader is 'mine'; expected FILE.py:NAME"),
    ("audit --reader mine.py:bits", "there is no mine.py"),
    ("audit --reader broken.py:bits", "broken.py cannot be run: ZeroDivisionError"),
    ("audit --reader reader.py:none", "reader.py has no function none"),
    ("export folder.ipynb", "there is no notebook folder.ipynb"),
    ("export list.ipynb", "list.ipynb is no notebook: "),
    ("export bytes.ipynb", "bytes.ipynb is no notebook: "),
    ("export cells.ipynb", "cells.ipynb is no notebook: "),
    ("export wirte_head", "did you mean 'write_head'?"),
    ("export write_head --as blok", "FORM is 'blok'; expected one of 'page', 'block'"),
    ("export write_head --as block --out a.html", "--out is 'a.html'; expected a name that ends in .mjs, by which"),
    ("export text.ipynb --as block", "a block holds one lab, and text.ipynb is a file; name a lab"),
    ("export write_head --out none/a.html", "--out is 'none/a.html'; expected a path in a folder that exists"),
    ("export write_head --out folder.ipynb", "that is a folder; add a file name"),
    ("export write_head --out text.ipynb", "that file exists; choose another name, or add --force to replace it"),
    ("export text.ipynb --out text.ipynb --force", "expected another file than what is read"),
    ("export text.ipynb --out link.html --force", "expected another file than what is read"),
    ("train-window --steps 0", "--steps is 0; expected a whole number, at least 1"),
    ("train-window --steps many", "--steps is 'many'; expected a whole number, at least 1"),
    ("train-window --seed 1.5", "--seed is '1.5'; expected a whole number"),
    ("train-window --threads 1000000", "--threads is 1000000; expected a whole number"),
    ("train-window", "add --force to replace it"),
    ("train-memory --out none/a.safetensors", "expected a path in a folder that exists; make none first"),
    ("train-reader --out text.ipynb", "that file exists"),
]


@pytest.mark.parametrize(("typed", "said"), REFUSED)
def test_a_slip_is_one_line_and_touches_nothing(
    typed: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(webbrowser, "open", lambda _: pytest.fail("a browser was opened before anything was looked at"))
    Path("folder.ipynb").mkdir()
    Path("text.ipynb").write_text("no JSON", encoding="utf-8")
    Path("link.html").symlink_to("text.ipynb")
    Path("list.ipynb").write_text("[]", encoding="utf-8")
    Path("broken.py").write_text("1 / 0", encoding="utf-8")
    Path("reader.py").write_text("bits = 8", encoding="utf-8")
    Path("bytes.ipynb").write_bytes(b"\xff\x00")
    Path("cells.ipynb").write_text('{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": 3}', encoding="utf-8")
    with pytest.raises(SystemExit) as ended:
        main(shlex.split(typed))
    heard = capsys.readouterr().err
    assert ended.value.code == 2
    assert heard.startswith("nlviz: ")
    assert heard.count("\n") == 1
    assert said in heard
    assert Path("text.ipynb").read_text(encoding="utf-8") == "no JSON"


def test_a_page_is_replaced_only_when_that_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    page = Path("write_head.html")
    page.write_text("older", encoding="utf-8")
    with pytest.raises(SystemExit):
        main(["export", "write_head"])
    assert page.read_text(encoding="utf-8") == "older"
    main(["export", "write_head", "--force"])
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert os.listdir() == [page.name]


def test_a_port_that_is_taken_is_said_before_a_lab_is_made(capsys: pytest.CaptureFixture[str]):
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(SystemExit):
        main(["demo", "nonsense", "--port", str(taken.getsockname()[1])])
    assert "cannot be had (Address already in use" in capsys.readouterr().err


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
