"""Prefixes: how far the first few numbers of an embedding go, on digits and on source code, and what they find."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import Any, Unpack

import torch

from nlviz import streams, views
from nlviz.experiments.budget import (
    QUESTIONS,
    WAYS,
    PrefixCourse,
    Search,
    asked_about,
    code_search,
    digit_search,
    excerpts,
    places,
    shortened,
)
from nlviz.labs.entrance import lab
from nlviz.outer import ByteModel
from nlviz.trace import Trace
from nlviz.widgets import Choice, Lab, Progress, Shown, Whole

__all__ = ["prefixes"]

OF = ("digits", *(f"code: {question}" for question in QUESTIONS))
ITEMS = 24
"""Questions that can be looked at, spread over all that are asked."""
BYTES, DOCUMENTS, QUERIES, STEPS = 40_000, 1024, 512, {"digits": 600, "code": 200}
_USUAL: dict[str, Any] = {"of": OF[0], "by": WAYS[2], "keep": 16, "asked": 3}
PRESETS: dict[str, dict[str, Any]] = {
    "digits": _USUAL,
    "cut off": {**_USUAL, "by": WAYS[0]},
    "names in code": {**_USUAL, "of": OF[2]},
    "what comes next": {**_USUAL, "of": OF[1]},
}


@lab()
def prefixes(preset: str = "digits", *, seed: int = 0, **shown: Unpack[Shown]) -> Lab:
    """The slider is how many of the first numbers of an embedding are compared; the longest is the whole of it.

    "Nested" means nested prefixes here: the first 2 numbers of one vector are part of its first 4. It does not mean
    levels of optimisation, loops in loops, as nested learning has them.
    Asked is for the nearest of many: which known digit shows the same, or at which earlier place in `email` the shipped
    reader's state is like this one; right is the same name there. Four ways to have few numbers: a plain embedding cut
    off, the same turned by PCA first, a Matryoshka embedding (heads on every prefix), and a net of its own for each
    length. Beside it: shares right against multiply-adds, with these numbers alone, with a shortlist by them that is
    compared again by all, and with a funnel (half of the list, twice the numbers, again and again).
    preset: "digits", "cut off" (the same, neighbours by a plain embedding), "names in code", "what comes next".
    seed: of the nets, and of which digits are asked about. shown: see `widgets.Shown`.
    Knobs: of (what is looked up), by (whose neighbours and costs are shown), keep (documents on the first list), asked
    (which question's neighbours are shown). The nets are trained when a question is first met, with progress shown.
    Source: Kusupati et al. 2022 (arXiv 2205.13147) §4.3.

        >>> lab = labs.prefixes("names in code", only=["asked"])
        >>> lab.trace["right"].names[2], lab.trace["right"].times.tolist()
        ('Matryoshka', [2, 4, 8, 16, 32, 64])
    """
    return Lab(
        partial(_run, _courses(seed)),
        views.prefixes,
        name="prefixes",
        title="Prefixes",
        summary=_summary,
        presets=PRESETS,
        preset=preset,
        dead=_dead,
        given={"seed": seed},
        **shown,  # pyright: ignore[reportArgumentType] (it holds only what Shown lists)
        of=Choice(OF[0], OF, label="looked up"),
        by=Choice(WAYS[2], WAYS, label="neighbours by"),
        keep=Choice(16, (4, 16, 64, 256), label="shortlist (documents)"),
        asked=Whole(3, 1, ITEMS, label="question"),
    )


@dataclass
class Courses:
    """What the labs of one seed have met, each trained once: whoever turns a knob back does not wait again."""

    seed: int
    met: dict[str, PrefixCourse] = field(default_factory=dict)

    def meet(self, of: str) -> Generator[tuple[int, int], None, PrefixCourse]:
        """A search by name; on its way how many of how many nets are trained."""
        if of not in self.met:
            search, said = _digits(self.seed) if of == OF[0] else _code(of.removeprefix("code: "))
            made = yield from shortened(search, seed=self.seed)
            self.met[of] = PrefixCourse(search, made, said)
        return self.met[of]


@lru_cache(maxsize=4)
def _courses(seed: int) -> Courses:
    """The same for every lab of a seed: nets take seconds, and a notebook may open the lab twice."""
    return Courses(seed)


def _digits(seed: int) -> tuple[Search, None]:
    task = streams.digits("domain-incremental", generator=torch.Generator().manual_seed(seed))[0]
    return digit_search(task, steps=STEPS["digits"]), None


def _code(question: str) -> tuple[Search, tuple[str, ...]]:
    source = streams.code("email", limit=BYTES)
    found = places(ByteModel.load(), source)
    search = code_search(found, question, documents=DOCUMENTS, queries=QUERIES, steps=STEPS["code"])
    rows = [*range(DOCUMENTS), *asked_about(found, DOCUMENTS, QUERIES).tolist()]
    return search, excerpts(source, found, rows)


def _run(courses: Courses, of: str, by: str, keep: int, asked: int) -> Generator[Progress, None, Trace]:
    pieces = courses.meet(of)
    while True:
        try:
            yield Progress(*next(pieces), noun="nets")
        except StopIteration as end:
            course: PrefixCourse = end.value
            break
    query = (asked - 1) * len(course.search.asked) // ITEMS
    return course.trace(way=by, keep=keep, asked=query)


def _dead(by: str, **_: Any) -> dict[str, str]:
    """Why a knob changes nothing as the others stand, by its name."""
    return {"keep": "every length has a net: no vector is longer, to compare a list by it" if by == WAYS[-1] else ""}


def _summary(trace: Trace) -> str:
    """The share that is right by the first lengths, of Matryoshka and of the plain embedding cut off."""
    right, few = trace["right"], slice(3)
    said = [f"{right.names[way]} {' → '.join(f'{share:.2f}' for share in right.values[few, 0, way])}" for way in (2, 0)]
    lengths = " → ".join(map(str, right.times[few].tolist()))
    return " · ".join([f"right by {lengths} numbers: {said[0]}", said[1]])
