"""`nlviz doctor`: what is missing or does not fit is named with its remedy, as broken files and folders show."""

from __future__ import annotations

import json
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from nlviz.cli import main
from nlviz.commands import _health as health


def _extension(folder: Path, name: str, number: str) -> Path:
    """A folder of JupyterLab extensions with this one in it."""
    (folder / name).mkdir(parents=True)
    (folder / name / "package.json").write_text(json.dumps({"name": name, "version": number}), encoding="utf-8")
    return folder


def _program(path: Path, script: str) -> Path:
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def test_this_installation_is_well(capsys: pytest.CaptureFixture[str]):
    assert main(["doctor"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert all(line[0] in "✓!" for line in said[:-1])
    assert any(line.startswith("✓ JupyterLab's extension anywidget") for line in said)
    assert "✓ the shipped weights of ByteModel load" in said
    assert said[-1].endswith("nothing needed is missing")


def test_an_old_python():
    assert health.python("3.11.7", ">=3.11").mark == "✓"
    found = health.python("3.10.2", ">=3.11")
    assert str(found) == "✗ Python 3.10.2, needed is >=3.11: make the environment anew with such a Python"


def test_packages_that_do_not_fit():
    found = health.packages("nlviz", ["plotly<1", "no-such-package>=2", "numpy"])
    assert [finding.mark for finding in found] == ["✗", "✗"]
    assert found[0].said == f"plotly is {version('plotly')}, needed is <1 (nlviz needs it)"
    assert "requirements.lock" in found[0].remedy
    assert [finding.mark for finding in health.packages("nlviz", ["numpy"])] == ["✓"]


def test_versions_other_than_the_lock_are_worth_knowing():
    found = health.lock(["numpy==1.0", "plotly==1.0", "no-such-tool==1.0"])
    assert found.mark == "!"
    assert found.said.startswith(f"2 differ from requirements.lock (numpy is {version('numpy')}, needed is ==1.0")
    assert health.lock([f"numpy=={version('numpy')}", "no-such-tool==1.0"]).mark == "✓"


def test_what_is_damaged_is_said(tmp_path: Path):
    found = health.lock(["numpy==", "plotly"])
    assert found.mark == "!"
    assert found.said.startswith("requirements.lock is damaged: ")
    folder = _extension(tmp_path, "anywidget", "0.9.3")
    for held in ("", "[]", "{}", '{"version": 3}', '{"version": "x"}'):
        (folder / "anywidget" / "package.json").write_text(held, encoding="utf-8")
        assert "anywidget is damaged" in health.extension("anywidget", [folder], (), "0.9.3").said


def test_a_widget_extension_missing_switched_off_or_of_another_version(tmp_path: Path):
    folder = _extension(tmp_path / "labextensions", "anywidget", "0.9.3")
    assert health.extension("anywidget", [folder], [], "0.9.21").mark == "✓"
    missing = health.extension("anywidget", [tmp_path], [], "0.9.21")
    assert "JupyterLab has no extension anywidget" in missing.said
    other = health.extension("anywidget", [folder], [], "0.11.0")
    assert other.said == "JupyterLab's extension anywidget is 0.9.3, the Python package is 0.11.0"
    for disabled in (["anywidget"], ["anywidget:plugin"]):
        off = health.extension("anywidget", [folder], disabled, "0.9.3")
        assert off.remedy == "jupyter labextension enable anywidget"
    assert [finding.mark for finding in (missing, other, off)] == ["✗", "✗", "✗"]
    assert health.extension("anywidget", [folder], ["anywidgets:plugin"], "0.9.3").mark == "✓"


def test_a_kernel_that_is_missing_or_another_python():
    rest = ["-m", "ipykernel_launcher", "-f", "{connection_file}"]
    assert health.kernel(["python3", *rest], sys.executable).mark == "✓"
    assert health.kernel([sys.executable, *rest], sys.executable).mark == "✓"
    other = health.kernel(["/opt/old/bin/python3", *rest], sys.executable)
    missing = health.kernel(None, sys.executable)
    assert "another Python, /opt/old/bin/python3" in other.said
    for found in (other, missing):
        assert found.mark == "✗"
        assert found.remedy == f"{sys.executable} -m ipykernel install --sys-prefix"


def test_chromium_by_name_by_path_broken_and_missing(tmp_path: Path):
    good = _program(tmp_path / "chromium", "echo Chromium 156.0")
    bad = _program(tmp_path / "broken", "exit 3")
    assert health.chromium({"PATH": str(tmp_path)}).said == "Chromium 156.0 for stills and browser tests"
    assert health.find_chromium({"PATH": "", "NLVIZ_CHROMIUM": str(good)}) == str(good)
    for environment in ({"PATH": ""}, {"NLVIZ_CHROMIUM": str(bad)}, {"NLVIZ_CHROMIUM": str(tmp_path / "none")}):
        found = health.chromium(environment)
        assert found.mark == "!", "learning needs none"
        assert found.remedy


def test_weights_and_gpu():
    broken = health.weights("ByteModel", FileNotFoundError("no weights at here"))
    assert broken.mark == "✗"
    assert "no weights at here" in broken.said
    assert "none is needed" in health.gpu(None, False).said
    assert "RTX" in health.gpu("RTX 9", False).said
    assert "Apple" in health.gpu(None, True).said


def test_what_is_needed_and_missing_is_an_exit_status(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    """A kernel "python3" of the user's own that is another Python: JupyterLab would take it."""
    spec = tmp_path / "kernels" / "python3"
    spec.mkdir(parents=True)
    about = {"argv": ["/opt/old/bin/python3", "-m", "ipykernel_launcher"], "display_name": "old", "language": "python"}
    (spec / "kernel.json").write_text(json.dumps(about), encoding="utf-8")
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    assert main(["doctor"]) == 1
    said = capsys.readouterr().out
    assert '✗ the notebook kernel "python3" is another Python, /opt/old/bin/python3' in said
    assert said.splitlines()[-1].endswith("1 thing to repair")
