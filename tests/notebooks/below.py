"""Whether what stands below a reveal tells a reader who has not answered yet, and to whom it shows nothing.

Such a reader reads on. Looked at is what they meet before they turn to something else: the prose after the reveal to
its end, and all cells down to the next section. In it must not stand

- the answer (see `secrets.py`), or other words for it: `TELLS`, by question
- in the prose about it, before a heading turns to something else: a decimal or percentage that the reveal's lines
  measure, and that was not known above; these lines say what was measured, once somebody may see it
- a lab that opens where it shows the answer: `SHOWS` of `secrets.py`

The prose may say which knob to turn: who turns it wants to know. A notebook's summary tells everything.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from nlviz.lessons.predicting.questions import plain

from .books import STILL, Book
from .numbers import Number, numbers
from .secrets import REVEALS, SHOWS, Secret, before, folded, gives_away, kept, seen, tells, told

# Words that tell the answer of a question below its reveal, and are neither its number nor its option.
TELLS = {
    "01.1": r"\bfade\b|begins anew|never was\b|a guess\b",
    "01.2": r"\bdearly\b|costs? the first",
    "02.1": r"\b[Ff]ifty\b|not 1,024|beyond d pairs|it holds \d",
    "02.2": r"chooses who|keeps (more|less)\b|α = 0?\.05 goes",
    "03.1": r"new value alone|of both\b|is chance\b",
    "03.2": r"always beats|before it pay|loses nothing|\bperfect\b",
    "04.1": r"good reason to write|of the writes keep",
    "04.2": r"[Rr]ecall \**falls|once is \**always|share of noise",
    "05.1": r"\blater\b|pull the recall|it peaks|faster\" is wrong",
    "05.2": r"no bug|best known|decided by the token|old comes back|One pulse\b",
    "06.1": r"[Nn]othing decayed|recall falls|is left\b",
    "06.2": r"learned them \**again|in less time|something was left",
    "07.1": r"the gate has earned|were known",
    "07.2": r"in bounds|it held\b|runs? away|worse than an empty",
    "08.1": r"make 99",
    "08.2": r"is bookkeeping|AdamW's (loss|\**write\**) (is|jumps|rises)|begin anew|in every seed",
    "09.1": r"to the bit|fall from|is as it was|No slow update",
    "09.2": r"puts off|half right|after the tick",
    "10.1": r"half (of )?(the|its) width",
    "10.2": r"[Ss]urprise finds|\bharms?\b|dice are",
    "10.3": r"has lost most|\" is wrong",
    "11.1": r"the prompt (knows|hits|wins)|no way is best",
    "11.2": r"nothing to unlearn|the profile (knows|hits|wins)",
    "11.3": r"\ba hole\b|still there|is not gone",
    "12.1": r"wrote over|read on\b|dearer than|grows day",
    "12.2": r"old name most|were right once, all|nobody told them",
    "13.1": r"[Nn]egative|took out what|what is missing",
    "13.2": r"[Ff]arther|too much\b|erased much",
}
_SECTION = re.compile(r"^(?=## )", re.MULTILINE)


class Below(NamedTuple):
    """A piece of what is read below a reveal. labs: the words of the labs in it. near: prose about what was asked."""

    place: int
    text: str
    labs: str = ""
    near: bool = False


def faults_below(book: Book, secret: Secret) -> list[str]:
    """Where the notebook gives a prediction away below its reveal, in words."""
    answer, id, lines = told(book, secret), secret.question.id, [*_measured(book, secret)]
    words, shows = re.compile(TELLS.get(id, "(?!)")), re.compile(SHOWS.get(id, "(?!)"))
    found = []
    for piece in below(book, secret):
        said = [*tells(piece.text, secret.question, answer), *(match[0] for match in words.finditer(piece.text))]
        said += [match[0] for match in shows.finditer(piece.labs)]
        said += [one.text for one in numbers(piece.text) if piece.near and any(gives_away(one, two) for two in lines)]
        found += [f"cell {piece.place}, below the reveal, says {one!r}" for one in said]
    return found


def below(book: Book, secret: Secret) -> Iterator[Below]:
    """What is met below the reveal before the next section. Other reveals may have been answered: they are read too."""
    first, near = True, True
    for place, cell in enumerate(book.cells[secret.revealed + 1 :], secret.revealed + 1):
        if cell.cell_type != "markdown":
            yield _code(place, cell)
            continue
        sections = [part for part in _SECTION.split(cell.source) if part]
        for part in sections if first else sections[: not sections[0].startswith("## ")]:
            near = near and (part is sections[0])
            yield Below(place, part, near=near)
        if not first and _SECTION.search(cell.source):
            return
        first = False


def _code(place: int, cell: Any) -> Below:
    if REVEALS.search(cell.source):
        return Below(place, kept(cell))
    labs = "\n".join(seen(output) for output in cell.outputs if STILL in output.get("data", {}))
    source = "" if folded(cell) else cell.source
    return Below(place, "\n".join([source, *map(seen, cell.outputs)]), labs)


def _measured(book: Book, secret: Secret) -> Iterator[Number]:
    """The decimals and percentages that the reveal measures, and that nobody has met above it."""
    asked = secret.question
    met = "\n".join([plain(asked.text), asked.kind.asked(), *(text for _, text in before(book, secret))])
    known = {number.value for number in numbers(met)}
    shown = numbers(kept(book.cells[secret.revealed]))
    yield from (one for one in shown if not one.whole and one.digits > 1 and one.value not in known)
