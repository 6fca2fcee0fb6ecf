"""The Legacy Architect: three months with a codebase, what each day cost, what is still known, and who taught it."""

from __future__ import annotations

import os
from collections.abc import Generator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, Unpack

import numpy as np

from nlviz import views
from nlviz.agents.architect import (
    ARMS,
    CHECKPOINTS,
    CLASSES,
    DAYS,
    THRESHOLD,
    USUAL,
    Clocks,
    Continuum,
    Head,
    Legacy,
    Made,
    Months,
    legacy,
    month_pieces,
)
from nlviz.door import words
from nlviz.labs.entrance import lab
from nlviz.labs.remarks import remarks
from nlviz.trace import Mark, Signal, Trace
from nlviz.widgets import Choice, Control, Lab, Number, Progress, Shown, Whole

__all__ = ["architect"]

FROZEN, TRACED, GATED, LEVELLED = "frozen", "one rate", "surprise-gated", "continuum"
PACKAGES = ("json", "email", "http", "logging")
SHOWS = ("Week 1 again", "questions", "memory")
SIZE = 16_000
EACH, LEVELS = 8, ("day", "week", "month")
_USUAL: dict[str, Any] = {"arm": LEVELLED, "show": SHOWS[0], "gate": THRESHOLD, "week": Clocks().week}
PRESETS: dict[str, dict[str, Any]] = {
    "levels": _USUAL,
    "one rate": {**_USUAL, "arm": TRACED},
    "gate": {**_USUAL, "arm": GATED},
    "kept text": {**_USUAL, "arm": "retrieval"},
    "frozen": {**_USUAL, "arm": FROZEN},
}


@lab()
def architect(
    path: str | os.PathLike[str] | None = None,
    preset: str = "levels",
    *,
    seed: int = 0,
    **shown: Unpack[Shown],
) -> Lab:
    """A reader lives with a codebase for three months: sixty days of equal size, some names renamed in Week 4.

    Every day is scored byte by byte, then written (`agents.architect.read_months`). Pictured is what a day cost; at the
    ends of Week 1, Week 4 and Month 3 what Week 1 costs when it is read again without writing, or how many questions,
    made from the code itself, are answered right; and one question with the earlier lines that taught the memory of one
    rate its answer, exactly.
    path: any folder of Python code in the place of a package. preset: the arm that is shown, "levels" (the continuum),
    "one rate", "gate" (it writes what surprises), "kept text" (retrieval) or "frozen". seed: of the order of modules
    and of the questions. shown: see `widgets.Shown`.
    Knobs: arm, show (Week 1 again, questions, or what the memory holds), question (which one), gate (the bits above
    which a byte is written), text (a package, or your folder). Out of sight: week, after how many days of work the
    continuum's middle level hands over to the slowest; size, bytes read at most: 16,000 open in seconds, 350,000 take a
    minute and can be stopped.

        >>> lab = labs.architect(knobs={"size": 4_000})
        >>> lab.summary.split(":")[0]
        'bits per byte over 60 of 60 days'
    """
    texts = PACKAGES if path is None else (_folder(path), *PACKAGES)
    controls: dict[str, Control] = {
        "arm": Choice(_USUAL["arm"], USUAL),
        "show": Choice(SHOWS[0], SHOWS),
        "question": Whole(1, 1, EACH * len(CLASSES)),
        "gate": Number(THRESHOLD, 0.0, 6.0, 0.5, unit="bits"),
        "text": Choice(texts[0], texts),
        "week": Whole(Clocks().week, 1, 20, hidden=True, unit="days"),
        "size": Whole(SIZE, 3_840, 350_000, hidden=True, unit="bytes"),
    }
    return Lab(
        partial(_run, Lives(path, seed)),
        views.timeline,
        name="architect",
        title="Architect timeline",
        summary=_summary,
        presets=PRESETS,
        preset=preset,
        dead=_dead,
        given={"path": None if path is None else Path(path), "seed": seed},
        **shown,  # pyright: ignore[reportArgumentType] (it holds only what Shown lists)
        **controls,  # pyright: ignore[reportArgumentType] (no knob is named like a parameter)
    )


def _dead(arm: str, **_: Any) -> dict[str, str]:
    """Why a knob changes nothing as the others stand, by its name."""
    return {"gate": "" if arm == GATED else f"only the arm “{GATED}” has one"}


def _folder(path: Any) -> str:
    """A folder's own name, for the knob."""
    if not isinstance(path, str | os.PathLike):
        words.refuse("path", path, "a folder of Python code", 'as in labs.architect(path="src")')
    name = Path(path).expanduser().resolve().name or os.fspath(path)
    return f"{name} (folder)"


class Plan(NamedTuple):
    """What months depend on."""

    text: str
    size: int
    arms: tuple[str, ...]
    gate: float
    week: int

    def made(self) -> dict[str, Made]:
        """The arms, with the gate and the clock that were asked for."""
        asked: dict[str, Made] = {
            GATED: lambda head: Head(head, threshold=self.gate),
            LEVELLED: lambda head: Continuum(head, clocks=Clocks(week=self.week)),
        }
        return {name: asked.get(name, ARMS[name]) for name in self.arms}


@dataclass
class Lives:
    """The months of one lab, each lived once: whoever turns a knob back does not wait again."""

    path: str | os.PathLike[str] | None
    seed: int
    met: dict[tuple[str, int], Legacy] = field(default_factory=dict)
    done: dict[Plan, Months] = field(default_factory=dict)

    def project(self, text: str, size: int) -> Legacy:
        """The codebase as days."""
        if (text, size) not in self.met:
            own = self.path is not None and text == _folder(self.path)
            where: dict[str, Any] = {"path": self.path} if own else {"package": text}
            self.met[text, size] = legacy(**where, limit=size, seed=self.seed)
        return self.met[text, size]


def _run(
    lives: Lives, *, text: str, size: int, arm: str, show: str, question: int, gate: float, week: int
) -> Generator[Progress, None, Trace]:
    # the one that never writes and the one that is traced stand beside it; what an arm does not have changes nothing
    beside = tuple(dict.fromkeys((FROZEN, TRACED, arm)))
    plan = Plan(text, size, beside, gate if arm == GATED else THRESHOLD, week if arm == LEVELLED else Clocks().week)
    pictured = partial(_trace, text, arm, show, question)
    if plan not in lives.done:
        piece = None
        for piece in month_pieces(lives.project(text, size), plan.made(), each=EACH, seed=lives.seed):
            so_far = piece.so_far
            yield Progress(piece.done, piece.total, "days", lambda so_far=so_far: pictured(so_far()))
        assert piece is not None, "three months have days"
        lives.done[plan] = piece.so_far()
    return pictured(lives.done[plan])


def _trace(text: str, arm: str, show: str, question: int, months: Months) -> Trace:
    days = np.arange(1, months.days + 1)
    looks = np.array([look.day for look in months.checkpoints], int)
    paid = months.bits.reshape(len(months.arms), months.days, -1).mean(-1).T
    again = np.array([look.known[:, 0] for look in months.checkpoints]).reshape(len(looks), len(months.arms))
    signals = {
        "paid": Signal(paid[:, None], days, "bits per byte", months.arms),
        "again": Signal(again[:, None], looks, "bits per byte", months.arms),
    }
    place = months.arms.index(arm)
    if show == SHOWS[1] and months.questions and months.answers:
        signals["right"] = Signal(_right(months, place)[:, None], looks, "share right", CLASSES)
    if show == SHOWS[2]:
        signals["kept"] = _kept(months, place, days)
    marks = [Mark(day, "look", name) for name, day in CHECKPOINTS.items()]
    notes = {"arm": arm, "text": text, "asked": _asked(months, place, question), "remarks": tuple(_said(months))}
    return Trace(signals, marks=tuple(marks), notes={name: said for name, said in notes.items() if said})


def _right(months: Months, place: int) -> np.ndarray:
    """Shares of questions answered right, [looks, classes]; NaN of a class that is not asked."""
    about = np.array([one.about for one in months.questions])
    found = np.full((len(months.answers), len(CLASSES)), np.nan)
    for row, answers in enumerate(months.answers):
        for column, name in enumerate(CLASSES):
            right = answers.right[place, about == name]
            if np.isfinite(right).any():
                found[row, column] = np.nanmean(right)
    return found


def _kept(months: Months, place: int, days: np.ndarray) -> Signal:
    """What the memory holds every evening: level by level of a continuum, else how far it is from the slow weights."""
    if months.arms[place] == LEVELLED:
        return Signal(months.levels[:, None], days, "‖level‖", LEVELS)
    moved = months.moved[place][:, None, None]
    return Signal(moved, days, "‖W − W₀‖", (months.arms[place],))


def _asked(months: Months, place: int, question: int) -> tuple[str, ...]:
    """One question in lines, as it will be asked, and at each look: where, the code, the answer, and who taught it."""
    if not months.questions:
        return ("Nothing can be asked of so little of this text.",)
    at = (question - 1) % len(months.questions)
    coming = f"asked on days {', '.join(map(str, CHECKPOINTS.values()))}:"
    first = "\n".join([coming, *_place(months, at, 0)])
    return first, *(_one(months, place, at, look) for look in range(len(months.answers)))


def _place(months: Months, at: int, look: int) -> tuple[str, str]:
    """Where a question stands, and its line of code with the blank."""
    asked = months.questions[at]
    code = asked.prompts[look].decode("utf-8", "replace").splitlines()[-1:]
    follows = asked.follows.decode("utf-8", "replace").splitlines()[:1]
    return f"{Path(asked.file).name}:{asked.line} ({asked.about})", f"  {''.join(code).strip()}▢{''.join(follows)}"


def _one(months: Months, place: int, at: int, look: int) -> str:
    asked, answers = months.questions[at], months.answers[look]
    truth = int(answers.truth[at])
    where, line = _place(months, at, look)
    head = f"{answers.checkpoint}: {where}"
    if truth < 0:
        return "\n".join([head, line, "not asked then"])
    said, right = (asked.candidates[one] for one in (int(answers.chosen[place, at]), truth))
    verdict = f"“{said}” ✓" if said == right else f"“{said}” ✗ right: “{right}”"
    rows = [head, line, f"{months.arms[place]}: {verdict}"]
    if months.taught:
        taught = months.taught[look][at]
        rows.append(f"{TRACED}: {_signed(taught.logits)} logits, slow weights {_signed(taught.base)}")
        for one in taught.teachers[:4]:
            rows.append(f"{_signed(one.logits)} {Path(one.file).name}:{one.line} {one.text.strip()}")
    return "\n".join(rows)


def _signed(value: float) -> str:
    return f"{value:+.1f}".replace("-", "−")


def _said(months: Months) -> list[str]:
    """What had to be said on the way: files left out, and what the run itself has to say."""
    skipped, unread = len(months.legacy.skipped), len(months.legacy.unread)
    found = [f"{skipped} files could not be read"] if skipped else []
    if unread:
        found.append(f"{unread} files are not reached at this size")
    return [*found, *months.remarks]


def _summary(trace: Trace) -> str:
    """What every arm paid in all, and how many days it is of."""
    paid = trace["paid"]
    each = [f"{name} {paid.values[:, 0, at].mean():.2f}" for at, name in enumerate(paid.names)]
    return " · ".join([f"bits per byte over {len(paid.times)} of {DAYS} days: {', '.join(each)}", *remarks(trace)])
