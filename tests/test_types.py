"""The package says its types to whoever uses it: the marker is there, and nearly every public name has one type."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import nlviz

COMPLETE = 0.95
"""The share of public names whose type is known; what is left inherits from packages that say none."""


def test_a_wheel_holds_every_file_and_the_marker_that_type_checkers_look_for(tmp_path: Path) -> None:
    house = Path(nlviz.__file__).parent
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=house.parent, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    held = {name for name in zipfile.ZipFile(wheel).namelist() if name.startswith("nlviz/")}
    there = {str(path.relative_to(house.parent)) for path in house.rglob("*") if path.is_file()}
    assert held == {name for name in there if "__pycache__" not in name}
    assert "nlviz/py.typed" in held


def test_public_names_have_types() -> None:
    command = [sys.executable, "-m", "pyright", "--verifytypes", "nlviz", "--ignoreexternal", "--outputjson"]
    # it asks the first Python on PATH where packages are
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    ran = subprocess.run(command, env={**os.environ, "PATH": path}, capture_output=True, text=True)
    report = json.loads(ran.stdout)["typeCompleteness"]
    public = [one for one in report["symbols"] if one["isExported"]]
    untold = [one["name"] for one in public if not one["isTypeKnown"] or one["isTypeAmbiguous"]]
    assert len(public) > 1000
    assert report["completenessScore"] >= COMPLETE, f"{len(untold)} public names without a type: {untold}"
