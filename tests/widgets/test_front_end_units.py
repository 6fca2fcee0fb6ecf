"""The front end's own tests, run by Node, and its types, checked by TypeScript: what needs no page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.widgets.programs import node, types_checked
from tests.widgets.scripts import FILES, WIDGETS, named

HERE = Path(__file__).parent / "front_end"
TESTS = sorted(HERE.rglob("*.test.mjs"))


@pytest.mark.parametrize("path", TESTS, ids=[str(path.relative_to(HERE)) for path in TESTS])
def test_units(path: Path) -> None:
    run = node("--test", "--test-reporter=tap", str(path))
    assert run.returncode == 0, run.stdout
    assert int(re.findall(r"^# pass (\d+)$", run.stdout, re.MULTILINE)[0]) > 0, run.stdout


def test_a_test_that_fails_is_a_failure(tmp_path: Path) -> None:
    (tmp_path / "one.test.mjs").write_text('import test from "node:test";\ntest("no", () => { throw 1; });\n')
    assert node("--test", str(tmp_path / "one.test.mjs")).returncode == 1


@pytest.mark.parametrize("path", FILES, ids=[named(path) for path in FILES])
def test_a_file_asks_for_its_types_to_be_checked(path: Path) -> None:
    assert path.read_text(encoding="utf-8").startswith("// @ts-check\n")


def test_types(tmp_path: Path) -> None:
    run = types_checked(FILES, tmp_path)
    assert run.returncode == 0, run.stderr


WRONG = {
    "TS2345": ("shapes.js", "export const wrong = () => pointIn(document.body, 1);"),
    "TS2304": ("shapes.js", "export const nobodyImported = () => stateAt;"),
    "TS7006": ("shapes.js", "export function withoutType(value) { return value; }"),
    "TS2531": ("shapes.js", 'export const mayBeMissing = () => document.querySelector("p").id;'),
    "TS2459": ("links.js", 'import { nest } from "./unpack.js"; export const notExported = nest;'),
}


@pytest.mark.parametrize("code", WRONG)
def test_a_wrong_type_would_be_found(code: str, tmp_path: Path) -> None:
    name, line = WRONG[code]
    for path in [*WIDGETS.rglob("*.js"), *WIDGETS.rglob("*.ts")]:
        copy = tmp_path / "static" / path.relative_to(WIDGETS)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    file = tmp_path / "static" / "player" / name
    file.write_text(f"{file.read_text(encoding='utf-8')}{line}\n", encoding="utf-8")
    run = types_checked([file], tmp_path / "cache")
    assert re.findall(r"^TS\d+", run.stderr, re.MULTILINE) == [code], run.stderr
