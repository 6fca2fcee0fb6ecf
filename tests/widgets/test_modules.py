"""The front end's files joined do what they do as modules, and what cannot be joined is refused in words."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from nlviz.lessons.predicting import widget as asking
from nlviz.widgets import page
from nlviz.widgets.modules import exports, imports, joined
from tests.widgets.programs import node
from tests.widgets.scripts import FILES as SCRIPTS

# Two files keep a `unit` for themselves, one is imported twice, the entry takes part of what there is.
FILES = {
    "entry.js": """// The entry.
import { far } from "./deep/far.js";
import { once } from "./deep/once.js";
import { near } from "./near.js";

/**
 * Words for who reads this.
 */
export const own = typeof unit; // the others' are not seen here
export default { sum: near() + far(), same: once === near.once, own, text: "/** kept */" };
""",
    "near.js": """import { once } from "./deep/once.js";

const unit = 1;
/** Near. */
export function near() {
  // one
  return unit;
}
near.once = once;
""",
    "deep/far.js": """import { given } from "../given.js";
import { once } from "./once.js";

const unit = 40;
export const far = () => (once ? unit + given : 0);
export default { far };
""",
    "deep/once.js": 'export const once = Symbol("once");\nexport class Unused {}\nexport async function* more() {}\n',
    "given.js": "export const given = 0;\n",
}


def _laid(folder: Path, **changed: str) -> Path:
    for name, text in {**FILES, **{f"{stem}.js": text for stem, text in changed.items()}}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder / "entry.js"


def _default(module: Path) -> str:
    """What the default export of a module holds, told by Node."""
    script = f'import all from "{module.as_uri()}"; console.log(JSON.stringify(all))'
    run = node("--input-type=module", "--eval", script)
    assert run.returncode == 0, run.stderr
    return run.stdout.strip()


def _joined(folder: Path, text: str) -> Path:
    alone = folder / "alone" / "joined.mjs"
    alone.parent.mkdir()
    alone.write_text(text, encoding="utf-8")
    return alone


def test_joined_files_do_what_the_modules_do(tmp_path: Path) -> None:
    entry = _laid(tmp_path)
    told = _default(_joined(tmp_path, joined(entry)))
    assert told == _default(entry) == '{"sum":41,"same":true,"own":"undefined","text":"/** kept */"}'


def test_what_only_python_knows_takes_the_place_of_a_file(tmp_path: Path) -> None:
    entry = _laid(tmp_path)
    told = _default(_joined(tmp_path, joined(entry, {tmp_path / "given.js": "export const given = 100;\n"})))
    assert told.startswith('{"sum":141,')


def test_comments_that_stand_alone_stay_at_home(tmp_path: Path) -> None:
    text = joined(_laid(tmp_path))
    assert "the others' are not seen here" in text
    assert not re.search(r"The entry|Words for who|Near\.|// one", text)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        (
            {"given": 'import { far } from "./deep/far.js";\nexport const given = far;\n'},
            r"far\.js → given\.js → far\.js: a circle of imports; move what both need to a file of its own",
        ),
        ({"given": 'import { given } from "./given.js";\n'}, r"imports given from given\.js, which does not export it"),
        (
            {"given": 'import { gone } from "./gone.js";\nexport const given = gone;\n'},
            r"given\.js imports gone\.js: there is no such file in ",
        ),
    ],
)
def test_what_cannot_be_joined_is_refused_in_words(tmp_path: Path, changed: dict[str, str], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        joined(_laid(tmp_path, **changed))


FORMS = [
    "import * as all from './a.js';",
    'import all from "./a.js";',
    'import { one as two } from "./a.js";',
    'import {\n  one,\n} from "./a.js";',
    'import { one } from "elsewhere";',
    'import "./a.js";',
    "export let count = 0;",
    "export { one };",
    'export * from "./a.js";',
    "export default function () {\n}",
]


@pytest.mark.parametrize("text", FORMS)
def test_another_form_of_import_or_export_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=re.escape(f"file.js says {text.splitlines()[0]!r}; write `import {{ a, b }}")):
        imports(f"const before = 1;\n{text}\n", Path("file.js"))


def test_what_is_no_import_is_none() -> None:
    text = 'import(url);\n  import { a } from "./a.js";\n// import\nconst exported = 1;\nexport default { a };\n'
    assert imports(text, Path("file.js")) == []
    assert exports(text + "export const one = 1;\nexport async function two() {}\n") == ["one", "two"]


@pytest.mark.parametrize(
    "text", [page.ESM, page.LOADER, str(asking.Prediction._esm)], ids=["widget", "loader", "prediction"]
)
def test_what_a_notebook_gets_is_one_module_with_a_default(tmp_path: Path, text: str) -> None:
    run = node("--check", str(_joined(tmp_path, text)))
    assert run.returncode == 0, run.stderr
    assert re.findall(r"^export .*", text, re.MULTILINE) == ["export default { render };"]
    assert not re.search(r"^import\b(?!\()", text, re.MULTILINE)


@pytest.mark.parametrize("entry", ["pages/serve.js", "pages/alone.js"])
def test_a_page_of_our_own_gets_a_script_with_nothing_left_to_import(tmp_path: Path, entry: str) -> None:
    text = page.script(entry)
    assert node("--check", str(_joined(tmp_path, text))).returncode == 0
    assert not re.search(r"^(import\b(?!\()|export\b)", text, re.MULTILINE)
    assert text.count('TEMPLATES = {"light"') == 1


def test_the_files_hold_no_text_over_several_lines_that_a_comments_end_could_be_taken_for() -> None:
    for file in SCRIPTS:
        code = re.sub(r"^[ \t]*//.*$|/\*\*[\s\S]*?\*/", "", file.read_text(encoding="utf-8"), flags=re.MULTILINE)
        assert all(line.count("`") % 2 == 0 for line in code.splitlines()), file.name
