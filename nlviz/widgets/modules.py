"""The front end's files, which import one another, as one script: a widget's script cannot load its neighbours.

Every file becomes a function that is called once and returns what the file exports. So names that two files both use
stay apart, as they do where a browser or Node loads the files themselves, and no order is kept by hand.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

__all__ = ["exports", "imports", "joined"]

_IMPORT = re.compile(r'^import \{ (\w+(?:, \w+)*) \} from "(\.\.?/[\w./]+)";$', re.MULTILINE)
_EXPORT = re.compile(r"^export ((?:async )?(?:function\*?|const|class) (\w+))", re.MULTILINE)
_DEFAULT = re.compile(r"^export default .*;\n", re.MULTILINE)
_OTHER = re.compile(r"^(?:import\b(?!\().*|export\b(?! default .*;$).*)", re.MULTILINE)
# What stands alone on its lines is for those who read the files: a third of them, and nothing that a page needs.
_COMMENT = re.compile(r"^[ \t]*(?://.*|/\*\*(?:(?!\*/)[\s\S])*\*/[ \t]*)\n", re.MULTILINE)
_NOTHING: Mapping[Path, str] = MappingProxyType({})


def joined(entry: Path, given: Mapping[Path, str] = _NOTHING) -> str:
    """`entry` and all that it imports, directly or not, as one ES module; its default export is that of `entry`.

    given: what stands in the place of some files' own text, because only Python knows it.
    Raises ValueError for a file or a name that is not there, for files that import each other in a circle, and for an
    import or export in another form than `import { a, b } from "./file.js";`, `export function`, `const` or `class`.
    """
    made: dict[Path, str] = {}
    text = _linked(entry.resolve(), (), given, made)
    return "\n".join([*made.values(), text])


def imports(text: str, path: Path) -> list[tuple[list[str], Path]]:
    """What the file at `path` imports, line by line: the names, and the file that they come from."""
    other = _OTHER.search(_EXPORT.sub("", _IMPORT.sub("", text)))
    if other:
        raise ValueError(
            f'{path.name} says {other[0]!r}; write `import {{ a, b }} from "./file.js";` on one line for each file, '
            "and `export` before function, const or class"
        )
    return [(names.split(", "), (path.parent / where).resolve()) for names, where in _IMPORT.findall(text)]


def exports(text: str) -> list[str]:
    """The names that a file exports, without its default."""
    return [name for _, name in _EXPORT.findall(text)]


def _linked(path: Path, above: tuple[Path, ...], given: Mapping[Path, str], made: dict[Path, str]) -> str:
    """The file's text with its imports taken from what is in `made` afterwards; `above` are those that import it."""
    if path in above:
        circle = " → ".join(one.name for one in (*above[above.index(path) :], path))
        raise ValueError(f"{circle}: a circle of imports; move what both need to a file of its own")
    text = _text(path, above, given)
    for names, other in imports(text, path):
        missing = sorted(set(names) - set(exports(_text(other, (path,), given))))
        if missing:
            raise ValueError(f"{path.name} imports {missing[0]} from {other.name}, which does not export it")
        if other not in made:
            body = _DEFAULT.sub("", _linked(other, (*above, path), given, made))
            made[other] = _called(f"{other.stem}_{len(made)}", body, exports(_text(other, (path,), given)))
        text = _IMPORT.sub(f"const {{ {', '.join(names)} }} = {_name(made[other])};", text, count=1)
    return _EXPORT.sub(r"\1", _COMMENT.sub("", text))


def _called(name: str, body: str, shared: list[str]) -> str:
    return f"const {name} = (() => {{\n{body}return {{ {', '.join(shared)} }};\n}})();"


def _name(piece: str) -> str:
    return piece.split(" ", 2)[1]


def _text(path: Path, above: tuple[Path, ...], given: Mapping[Path, str]) -> str:
    if path in given:
        return given[path]
    if not path.is_file():
        by = f"{above[-1].name} imports {path.name}" if above else path.name
        raise ValueError(f"{by}: there is no such file in {path.parent}")
    return path.read_text(encoding="utf-8")
