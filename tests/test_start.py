"""start.py does what the Makefile does where there is no make: what it would run on every system; nothing is run."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
from pathlib import Path, PurePosixPath, PureWindowsPath
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture
def start() -> ModuleType:
    spec = importlib.util.spec_from_file_location("start", ROOT / "start.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Ran:
    """What was run, and what each of it ended with."""

    def __init__(self, fails: str = "nothing") -> None:
        self.commands: list[str] = []
        self.fails = fails

    def __call__(self, command: list[str], check: bool, **how: object) -> subprocess.CompletedProcess[str]:
        self.commands.append(" ".join(command))
        status = int(self.fails in self.commands[-1])
        if check and status:
            raise subprocess.CalledProcessError(status, command)
        return subprocess.CompletedProcess(command, status)


@pytest.fixture
def elsewhere(start: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout in which nothing is installed."""
    for name in ("requirements.lock", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    monkeypatch.setattr(start, "HERE", tmp_path)
    (tmp_path / ".venv").mkdir()
    return tmp_path


def test_every_system_has_its_python_where_it_puts_it(start: ModuleType) -> None:
    windows = start.python_of(PureWindowsPath(r"C:\course\.venv"), "nt")
    assert str(windows) == r"C:\course\.venv\Scripts\python.exe"
    assert str(start.python_of(PurePosixPath("course/.venv"), "posix")) == "course/.venv/bin/python"


def test_torch_is_installed_first_and_alone(start: ModuleType) -> None:
    torch, lock, ours = start.installing(PureWindowsPath(r"C:\python.exe"))
    assert torch[0] == r"C:\python.exe"
    assert re.fullmatch(r"torch==\d+\.\d+\.\d+", torch[-1])
    assert lock[-2:] == ["-r", str(ROOT / "requirements.lock")]
    assert ours[-4:] == ["--no-deps", "--no-build-isolation", "--editable", str(ROOT)]


def test_a_start_installs_once_and_opens_the_lab(
    start: ModuleType, elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = Ran(), Ran()
    for ran in (first, second):
        monkeypatch.setattr(start.subprocess, "run", ran)
        assert start.main(["lab", "--port", "8890"]) == 0
    python = start.python_of(elsewhere / ".venv")
    assert len(first.commands) == 1 + 3 + 1
    assert first.commands[0].endswith(f"-m venv {elsewhere / '.venv'}")
    assert second.commands == first.commands[-1:] == [f"{python} -m nlviz.cli lab --port 8890"]
    os.utime(elsewhere / ".venv" / ".ready", (0, 0))
    assert not start.is_ready(elsewhere / ".venv" / ".ready")


def test_what_could_not_be_installed_is_said_and_tried_again(
    start: ModuleType, elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(start.subprocess, "run", Ran("requirements.lock"))
    with pytest.raises(SystemExit, match=r"could not be done.*requirements\.lock"):
        start.main(["ready"])
    assert not start.is_ready(elsewhere / ".venv" / ".ready")


def test_a_test_that_fails_fails_all_and_the_others_run(
    start: ModuleType, elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = Ran("pyright")
    monkeypatch.setattr(start.subprocess, "run", ran)
    assert start.main(["test", "--here", "-k", "door"]) == 1
    assert ran.commands[-1].endswith("tests/browser -k door")
    assert not (elsewhere / ".venv" / ".ready").exists()


def test_an_old_python_is_told_what_to_do(start: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(start.sys, "version_info", (3, 9, 1))
    with pytest.raises(SystemExit, match=r"needs Python 3\.11 or newer.* is 3\.9\.1; name another"):
        start.main(["lab"])


@pytest.mark.skipif(shutil.which("make") is None, reason="no make on this machine")
def test_its_tests_are_those_of_the_makefile(start: ModuleType) -> None:
    made = subprocess.run(
        ["make", "--dry-run", "--no-print-directory", "-o", ".venv/.ready", "lint", "computed", "browser"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    said = [re.sub(r"OMP_NUM_THREADS=1 |\.venv/bin/(python -m )?", "", line) for line in made.stdout.splitlines()]
    assert [" ".join(command[2:]) for command in start.stages("python", [])] == said
