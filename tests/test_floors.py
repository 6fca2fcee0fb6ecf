"""The floors of the house: an import only goes down, and what draws knows no torch.

The table is that of the design; a room that is not in it has no floor yet, and the test says so.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import nlviz

HOUSE = Path(nlviz.__file__).parent
FILES = sorted(HOUSE.rglob("*.py"))

FLOORS = {
    "door": -1,
    "trace": 0,
    "memory": 1,
    "views": 1,
    "streams": 2,
    "inner": 2,
    "widgets": 2,
    "measure": 3,
    "optim": 3,
    "outer": 3,
    "experiments": 4,
    "agents": 5,
    "labs": 6,
    "lessons": 6,
    "site": 7,
    "teaching": 8,
    "commands": 9,
    "cli": 10,
}
PORCH = ("__init__", "_attended", "_setup", "__main__", "data")
"""What is no room: it imports none; data is no code."""

DRAWS = {"trace", "views", "widgets"}
PICTURES = {"views", "widgets"}
MEETING = {"labs", "lessons", "site", "teaching", "commands", "cli"}
"""Where what computes and what draws may meet."""

every_file = pytest.mark.parametrize("path", FILES, ids=[str(path.relative_to(HOUSE)) for path in FILES])


def _room(path: Path) -> str:
    return path.relative_to(HOUSE).parts[0].removesuffix(".py")


def _imports(tree: ast.AST, package: str) -> Iterator[str]:
    """Full dotted names of all imports, in functions and under TYPE_CHECKING too; `package` resolves relative ones."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            module = ".".join([*above, *([node.module] if node.module else [])])
            yield from (f"{module}.{alias.name}" for alias in node.names)


def _imported(path: Path) -> set[str]:
    package = ".".join(["nlviz", *path.relative_to(HOUSE).parts[:-1]])
    return set(_imports(ast.parse(path.read_text("utf-8")), package))


def _rooms(names: set[str]) -> set[str]:
    """The rooms of this house among imported names; `from nlviz import setup` and its like are the porch."""
    parts = [name.split(".") for name in names]
    return {p[1] for p in parts if p[0] == "nlviz" and len(p) > 1 and p[1] in FLOORS}


def _faults(room: str, names: set[str]) -> list[str]:
    """What is wrong with a file of `room` that imports `names`."""
    faults = []
    for other in sorted(_rooms(names) - {room}):
        if room in PORCH and other == "door":
            continue  # what is looked at there holds nothing heavy, and is loaded when `setup` is called
        if room in PORCH:
            faults.append(f"{room} imports {other}; `import nlviz` is to load no room")
        elif FLOORS[other] >= FLOORS[room]:
            faults.append(
                f"{room} (floor {FLOORS[room]}) imports {other} (floor {FLOORS[other]}); imports only go down"
            )
        elif other in PICTURES and room not in MEETING | PICTURES:
            faults.append(f"{room} computes and imports {other}, which draws; they meet in labs")
        elif room in PICTURES and other not in DRAWS | {"door"}:
            faults.append(f"{room} draws and imports {other}, which computes; they meet in labs")
    if room in DRAWS and any(name.split(".")[0] == "torch" for name in names):
        faults.append(f"{room} imports torch")
    return faults


@every_file
def test_imports_only_go_down(path: Path) -> None:
    room = _room(path)
    assert room in FLOORS or room in PORCH, f"{room} is in no floor of the table; give it one"
    assert _faults(room, _imported(path)) == []


def _graph() -> dict[str, set[str]]:
    """Every module and those it imports when it is read; imports inside functions come later and close no circle."""
    names = {".".join(["nlviz", *path.relative_to(HOUSE).with_suffix("").parts]): path for path in FILES}
    modules = {name.removesuffix(".__init__"): path for name, path in names.items()}
    graph = {}
    for name, path in modules.items():
        tree = ast.parse(path.read_text("utf-8"))
        functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
        inside = {child for function in functions for child in ast.walk(function)}
        read = [node for node in ast.walk(tree) if _is_import(node) and node not in inside]
        found = {_module(one, modules) for node in read for one in _imports(node, name)}
        graph[name] = found & modules.keys() - {name}
    return graph


def _is_import(node: ast.AST) -> bool:
    return isinstance(node, ast.Import | ast.ImportFrom)


def _module(imported: str, modules: dict[str, Path]) -> str:
    """The module of an imported name: itself, or the one it is a name of."""
    return imported if imported in modules else imported.rpartition(".")[0]


def test_no_circle_of_files() -> None:
    TopologicalSorter(_graph()).prepare()
    with pytest.raises(CycleError):
        TopologicalSorter(_graph() | {"nlviz.door.words": {"nlviz.inner.unroll"}}).prepare()


@pytest.mark.parametrize(
    ("room", "source"),
    [
        ("memory", "from nlviz.inner import unroll"),
        ("memory", "from nlviz import views"),
        ("inner", "import nlviz.outer.models.token_model"),
        ("inner", "from nlviz.streams.code import read"),
        ("outer", "from nlviz.measure import half_life"),
        ("outer", "from nlviz.experiments import read"),
        ("outer", "def f():\n    from nlviz.widgets import Lab"),
        ("measure", "from nlviz.views import surprise"),
        ("widgets", "from nlviz.memory import Titans"),
        ("views", "import torch.nn as nn"),
        ("trace", "if TYPE_CHECKING:\n    from torch import Tensor"),
        ("__init__", "from nlviz import labs"),
    ],
)
def test_a_wrong_import_would_be_found(room: str, source: str) -> None:
    assert len(_faults(room, set(_imports(ast.parse(source), f"nlviz.{room}")))) == 1


@pytest.mark.parametrize(
    ("room", "source"),
    [
        ("inner", "from nlviz.memory import Titans\nfrom nlviz.trace import Trace\nimport torch"),
        ("inner", "from . import probes\nfrom .step import Step"),
        ("outer", "from ..inner import unroll"),
        ("labs", "from nlviz import inner, views, widgets"),
        ("cli", "import nlviz\nfrom nlviz import __version__, labs"),
        ("widgets", "from nlviz.views.drawing.frames import frames"),
        ("views", "from nlviz.trace import Trace\nimport torchlike"),
    ],
)
def test_a_right_import_is_left_alone(room: str, source: str) -> None:
    assert _faults(room, set(_imports(ast.parse(source), f"nlviz.{room}"))) == []


def _loaded_by(statement: str) -> set[str]:
    """The modules in memory after `statement` in a fresh interpreter."""
    script = f"{statement}\nimport sys\nprint(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", script], cwd=HOUSE.parent, capture_output=True, text=True, check=True)
    return set(run.stdout.split())


@pytest.mark.parametrize("room", sorted(DRAWS))
def test_what_draws_loads_no_torch(room: str) -> None:
    loaded = _loaded_by(f"import nlviz.{room}")
    assert f"nlviz.{room}" in loaded
    assert "torch" not in loaded


def test_a_room_is_loaded_when_it_is_asked_for() -> None:
    loaded = _loaded_by("import nlviz; nlviz.streams.code")
    assert {"nlviz.streams", "nlviz.streams.code"} <= loaded
    assert set(nlviz._ROOMS) == {room for room in FLOORS if (HOUSE / room).is_dir() or (HOUSE / f"{room}.py").is_file()}
    assert set(nlviz._ROOMS) | {"setup"} <= set(dir(nlviz))


@pytest.mark.parametrize(("name", "words"), [("labz", "did you mean 'labs'"), ("quux", "it has setup and the rooms")])
def test_a_room_there_is_not_is_answered_with_the_nearest(name: str, words: str) -> None:
    with pytest.raises(AttributeError, match=words):
        getattr(nlviz, name)


def test_import_nlviz_loads_nothing_heavy() -> None:
    loaded = _loaded_by("import nlviz")
    assert "nlviz" in loaded
    assert not {"torch", "numpy", "plotly", "ipywidgets", "anywidget"} & loaded
    assert not _rooms(loaded)


def _dangers(tree: ast.AST) -> list[str]:
    """Ways to run what a file or a string holds that ruff has no rule for; the others are in pyproject.toml."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id in ("eval", "exec"):
            found.append(node.id)
        if isinstance(node, ast.keyword) and node.arg == "allow_pickle" and ast.unparse(node.value) != "False":
            found.append("allow_pickle")
    return found


def test_no_pickle_no_eval() -> None:
    assert [(path, found) for path in FILES if (found := _dangers(ast.parse(path.read_text("utf-8"))))] == []


@pytest.mark.parametrize("source", ["eval('1')", "f = exec", "np.load(path, allow_pickle=True)"])
def test_a_danger_would_be_found(source: str) -> None:
    assert len(_dangers(ast.parse(source))) == 1


@pytest.mark.parametrize(
    "source",
    ["import pickle", "from joblib import load", "import torch\ntorch.load(1)", "import builtins\nbuiltins.eval"],
)
def test_a_danger_would_be_found_by_ruff(source: str) -> None:
    command = [sys.executable, "-m", "ruff", "check", "--select=TID251", "--stdin-filename=nlviz/any.py", "-"]
    run = subprocess.run(command, cwd=HOUSE.parent, input=source, capture_output=True, text=True, check=False)
    assert run.returncode == 1, run.stdout + run.stderr
    assert "TID251" in run.stdout


def test_a_model_may_be_put_in_eval_mode() -> None:
    assert _dangers(ast.parse("model.eval()\nnp.load(path, allow_pickle=False)")) == []
