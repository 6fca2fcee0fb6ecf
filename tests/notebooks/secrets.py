"""Whether a notebook keeps what a prediction asks for until it is revealed.

A prediction is a cell `predict("02.1")`; the first cell below with `predict("02.1").reveal(…)` reveals it. What a
reader meets before: the prose with what hovers over its terms, the code and outputs of every cell above the reveal,
labs with their title, knobs, summary and alt text, the names of their presets, and the committed output of the reveal
itself, as a page shows it. Not its code: that is folded. What they meet below it is looked at in `below.py`. A
prediction is found by its cells; of one without a line in `SHOWS` only the answer is looked for. Two things must not
stand there:

- the numbers of the answer, but for those that the question itself names; for an option, its words outside the question
- the setting that was asked about, in a lab or as a knob or preset that the prose tells to turn: `SHOWS`, by question

And for what compares outputs the answer must stand in the reveal's plain text, which no page shows.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from nlviz.lessons.predicting.questions import Options, Question, plain, question
from nlviz.lessons.words import say

from .books import Book
from .numbers import Number, _same, numbers

_ASKS = re.compile(r'^predict\("(\d\d\.\d+)"\)$', re.MULTILINE)
REVEALS = re.compile(r'predict\("(\d\d\.\d+)"\)\s*\.reveal\(')
_LAB = re.compile(r"^labs\.(\w+)\(", re.MULTILINE)

# What shows the answer of a question: a lab's line of knobs, or prose that names the knob and its value, or a preset.
SHOWS = {
    "01.1": r"distance 3[1-9]|distance\*\* (in|to)\b|out of view|\*\*restart|forget it\b|[?&](distance=3[1-9]|restart=)"
    r"|=(out\+of\+view|restarted)",
    "01.2": r"other facts [1-8]\b|\*\*other facts\*\*|\*\*crowded|others=[1-8]|=crowded",
    "02.1": r"items N (4[89]|[5-9]\d|\d{3})|items N\*\*( from \d+)? to ([5-9]\d|1\d\d)|\*\*full\*\*"
    r"|items=(4[89]|[5-9]\d)|=full\b",
    "02.2": r"forget=0?\.05|forget α 0\.05|[Mm]atrix of recall|\bfades?\b|[Rr]ecall against age[^\n]*α = 0?\.[0-9]",
    "03.1": r"keys overwritten 0?\.[1-9]|\*\*(overwrite|busy)\*\*|with its old|(?i:\berases?\b)",
    "03.2": r"\*\*one pass|writes 3[0-9]|the trap|loses to|Hebb(ian)?'?s? (rule )?(wins|has|is better)",
    "04.1": r"\d+ ?% (of the writes|written)[^.]*clean",
    "04.2": r"makes a memory worse|fooled|choosier[^.]*noise[^.]*keeps|\*\*noisy\*\*",
    "05.1": r"momentum η 0\.9|\*\*momentum η\*\*( to|\.|;)(?! Leave)|total write of 3",
    "05.2": r"forget only at ◆ on|\*\*(switch|forget only at ◆)\*\*|no bug",
    "06.1": r"rule Delta ·[^\n]*forget α 0 |\*\*(no gate|gentle)\*\*|erased on purpose",
    "06.2": r"\b[Ss]avings\b|faster he learned|\*\*domain-incremental",
    "07.1": r"(=|\*\*|\[)everything|W₀ free on|rates free on|earned by|what no constant can say|tuning\" is wrong",
    "07.2": r"rule (net|plastic)|asked on [^·\n]*as long|asked=|=net|run(s)? away|in bounds",
    "08.1": r"momentum β 0\.9\b|[?&]momentum=0?\.9\b|the last 44|44 (gradients )?make",
    "08.2": r"state thrown away(?! off)|[?&]lost=|is bookkeeping|write\* jumps",
    "09.1": r"B contradicts A on|[?&]contradicts=|\*\*(short|long) burst\*\*|to the bit|slow keeps",
    "09.2": r"puts off|is a small rate|means a small rate",
    "10.1": r"\bequal bytes\b|[?&]equal=bytes|narrow|wide\b|bfloat16|d/2|half (of )?(the|its) width",
    "10.2": r"kept\?[^)]*meeting=|(each once|rare among common|overwritten) · kept by"
    r"|\*\*(rare|overwritten|noise|dice)\*\*|[Ss]urprise finds",
    "10.3": r"first 2 numbers?: |labs\.prefixes|\bdedicated\b|has lost most|looked up digits",
    "11.1": r"tastes change and back|[?&]tastes=change|=(change|prompt)\b|the prompt (knows|hits)|last ten (know|hit)",
    "11.2": r"tastes change and back|[?&]tastes=change|=(change|prompt)\b|nothing to unlearn|the profile (knows|hits)",
    "11.3": r"\ba hole\b|personal\.remains\(|told nothing there",
    "12.1": r"show Week 1 again|show=Week|forgot (most|Week)|wrote over|forgets (most|Week 1)|gives back",
    "12.2": r"show questions|show=questions|old name|[Ss]tale answers (are|come)",
    "13.1": r"[Nn]egative|below zero|=what\+is\+there|[Kk]nobs\W+erases\W+what|0?\.6 [·*] 0?\.8",
    "13.2": r"[Ff]arther|too much\b|inner\.strike\(|patch (taken )?off",
}


class Secret(NamedTuple):
    """One prediction of a notebook: the cells that ask and reveal it."""

    question: Question
    asked: int
    revealed: int


def secrets(book: Book) -> list[Secret]:
    """The predictions of a notebook, in the order in which they are revealed."""
    asks = {id: place for place in book.code for id in _ASKS.findall(book.cells[place].source)}
    reveals = {id: place for place in reversed(book.code) for id in REVEALS.findall(book.cells[place].source)}
    found = [Secret(question(id), asks.get(id, -1), reveals.get(id, -1)) for id in {*asks, *reveals}]
    return sorted(found, key=lambda secret: secret.revealed)


def faults(book: Book, secret: Secret, presets: dict[str, list[str]]) -> list[str]:
    """Where the notebook gives a prediction away, in words. presets: the names of each lab's presets."""
    if not 0 <= secret.asked < secret.revealed:
        return [f"asked in cell {secret.asked}, revealed in cell {secret.revealed}: ask above, reveal below"]
    found = [*_out_of_sight(book, secret)]
    answer, shows = told(book, secret), re.compile(SHOWS.get(secret.question.id, "(?!)"))
    for place, text in before(book, secret):
        found += [f"cell {place} says {words!r}, the answer" for words in tells(text, secret.question, answer)]
        found += [f"cell {place} shows it: {shown[0]!r}" for shown in shows.finditer(text)]
    for place, name in _buttons(book, secret, presets):
        found += [f"cell {place} has a preset {name!r}, the answer" for _ in tells(name, secret.question, answer)]
    return found


def told(book: Book, secret: Secret) -> str:
    """The answer in words, as the plain text of the reveal's committed output has it."""
    whole = say("reveal.none", measured="(.*)").replace(".", r"\.").replace(r"(\.*)", "(.*)")
    lines = re.findall(whole, kept(book.cells[secret.revealed]))
    return lines[-1] if lines else ""


def kept(cell: Any) -> str:
    """The plain text of a reveal. Not as nbval compares it: its rules take some numbers out."""
    return "\n".join(output.get("data", {}).get("text/plain", "") for output in cell.outputs)


def before(book: Book, secret: Secret) -> Iterator[tuple[int, str]]:
    """What a reader meets before the reveal: the place of each cell with its words, the question's own left out."""
    for place, cell in enumerate(book.cells[: secret.revealed]):
        if cell.cell_type == "markdown" or not folded(cell):
            yield place, cell.source
        if cell.cell_type == "code" and not _ASKS.search(cell.source):
            yield place, "\n".join(seen(output) for output in cell.outputs)
    yield secret.revealed, "\n".join(seen(output) for output in book.cells[secret.revealed].outputs)


def seen(output: Any) -> str:
    """The words of an output that a page shows, alternative text included: where there is HTML, that alone."""
    data = output.get("data", {})
    if "text/html" not in data:
        return "\n".join([output.get("text", ""), *map(str, data.values())])
    words = re.sub(r'<[^>]*\balt="([^"]*)"[^>]*>', r" \1 ", re.sub(r"<style>.*?</style>", "", data["text/html"]))
    return html.unescape(re.sub(r"<[^>]*>", " ", words))


def folded(cell: Any) -> bool:
    """Whether a page hides the source of a cell until it is asked for."""
    return bool(cell.metadata.get("jupyter", {}).get("source_hidden"))


def _buttons(book: Book, secret: Secret, presets: dict[str, list[str]]) -> Iterator[tuple[int, str]]:
    for place in [place for place in book.code if place < secret.revealed]:
        yield from ((place, name) for lab in _LAB.findall(book.cells[place].source) for name in presets[lab])


def _out_of_sight(book: Book, secret: Secret) -> Iterator[str]:
    cell = book.cells[secret.revealed]
    if not told(book, secret):
        yield f"cell {secret.revealed} keeps no answer in its plain text, so nobody compares it"
    if not folded(cell):
        yield f"cell {secret.revealed}, the reveal, is not folded: its code tells"
    if any(set(output.get("data", {})) != {"text/html", "text/plain"} for output in cell.outputs):
        yield f"cell {secret.revealed} shows something before its question is answered"


def tells(text: str, asked: Question, answer: str) -> Iterator[str]:
    """The parts of the answer that stand in a text: an option's words, or numbers that the question does not name."""
    if isinstance(asked.kind, Options):
        parts = [answer, *re.split(r"[:,] ", answer)]
        yield from (part for part in parts if len(part.split()) > 2 and part.lower() in text.lower())
        return
    given = [*numbers(plain(asked.text)), *numbers(asked.kind.asked()), *numbers("1 0")]
    hidden = [one for one in numbers(answer) if not any(one.value == other.value for other in given)]
    # what hangs on a digit or two may stand there for another reason: code is read by its assertions and outputs
    yield from (one.text for one in numbers(text) if any(gives_away(one, secret) for secret in hidden))


def gives_away(shown: Number, secret: Number) -> bool:
    """Whether a number gives another away: equal, or one of them rounded to the other."""
    return _same(shown, secret) or _same(secret, shown)
