"""Exercises of notebook 01: what moves while a model reads, the least window, a restart, and a call that hands over."""

from __future__ import annotations

import functools
from collections.abc import Callable
from functools import cache
from typing import Any

import torch
from torch import Generator, Tensor

from nlviz.door.results import fitted, numbers, parts
from nlviz.lessons.checking.calling import Case
from nlviz.lessons.checking.cases import cases
from nlviz.lessons.checking.exercise import Exercise, Judged, Verdict
from nlviz.memory.state import State
from nlviz.outer import MemoryModel, ModelState, WindowModel

__all__ = ["EXERCISES"]

LINE_END = ord("\n")
# Models compute in single precision, and a sum over digits loses some of it.
TOLERANCE = 1e-3
# Where a text is cut into calls.
CUTS = (30, 60)


def _t(*numbers: Any) -> Tensor:
    return torch.tensor(numbers, dtype=torch.float32)


def _weights(generator: Generator, dtype: torch.dtype) -> dict[str, Any]:
    before, after = torch.randn(2, 20, generator=generator, dtype=torch.float64).to(dtype)
    return {"before": before, "after": 2 * before + after}


WEIGHT_CHANGE = Exercise(
    "01.1",
    "weight_change",
    truth=lambda before, after: sum((new - old) ** 2 for old, new in zip(before, after, strict=True)) ** 0.5,
    cases=cases([{"before": _t(1, 0), "after": _t(0, 3)}], _weights),
    slips={
        "lengths": lambda before, after: after.norm() - before.norm(),
        "vector": lambda before, after: after - before,
        "sum": lambda before, after: (after - before).sum(),
        "absolute": lambda before, after: (after - before).abs().sum(),
        "squared": lambda before, after: (after - before).square().sum(),
        "mean": lambda before, after: (after - before).square().mean().sqrt(),
        "largest": lambda before, after: (after - before).abs().max(),
        "relative": lambda before, after: (after - before).norm() / before.norm(),
    },
)


def _curve(generator: Generator, dtype: torch.dtype) -> dict[str, Any]:
    """A curve that is enough, falls below and is enough again, as measured ones may: no search by halves finds it."""
    windows = 8 + 3 * torch.arange(10)
    chance = torch.rand(10, generator=generator, dtype=torch.float64).sort().values
    chance[[4, 5]] = chance[[5, 4]]
    chance[2] = chance[0] / 2
    enough = float(chance[[4, 5]].mean())
    return {"windows": windows, "chance": chance.to(dtype), "enough": enough}


SMALLEST_WINDOW = Exercise(
    "01.2",
    "smallest_window",
    truth=lambda windows, chance, enough: min(
        window for window, likely in zip(windows.tolist(), chance.tolist(), strict=True) if likely >= enough
    ),
    cases=cases(
        [
            {
                "windows": torch.tensor([10, 20, 30, 40]),
                "chance": _t(0.25, 0.5, 0.75, 0.625),
                "enough": 0.5,
            },
            {"windows": torch.tensor([8, 9, 10]), "chance": _t(0.25, 0.75, 0.875), "enough": 0.875},
        ],
        _curve,
    ),
    slips={
        "best": lambda windows, chance, enough: windows[chance.argmax()],
        "index": lambda windows, chance, enough: (chance >= enough).nonzero()[0, 0],
        "largest": lambda windows, chance, enough: windows[chance >= enough].max(),
        "failing": lambda windows, chance, enough: windows[chance < enough].max(),
        "strict": lambda windows, chance, enough: windows[chance > enough].min(),
        "mask": lambda windows, chance, enough: chance >= enough,
        "half": lambda windows, chance, enough: windows[chance >= 0.5].min(),
        "chance": lambda windows, chance, enough: chance[chance >= enough].min(),
        "rising": lambda windows, chance, enough: windows[(chance < enough).nonzero()[-1, 0] + 1],
    },
)


@cache
def _window_model() -> WindowModel:
    return WindowModel.load()


@cache
def _memory_model() -> MemoryModel:
    return MemoryModel.load()


def _text(generator: Generator, streams: int = 2) -> tuple[Tensor, Tensor]:
    """A fact told in something like code, and the question with its answer: bytes [streams, 30], [streams, 8]."""
    fact = torch.randint(ord("A"), ord("Z") + 1, (streams, 8), generator=generator)
    fact[:, 3], fact[:, 4:] = ord("="), torch.randint(ord("0"), ord("9") + 1, (streams, 4), generator=generator)
    code = torch.tensor(list(b"self.name = x\n")).expand(streams, -1)
    return torch.cat([code[:, -12:], fact, code[:, -10:]], 1).byte(), fact.byte()


def _nats(model: Any, text: Tensor, state: Any = None) -> tuple[Tensor, Any]:
    """−ln p of every byte, from the keys."""
    with torch.no_grad():
        keys, state = model(text, state)
    said = (keys @ model.head_weights().mT).log_softmax(-1)
    return -said.gather(-1, text.long()[..., None])[..., 0], state


def _asked(score: Callable[[Tensor], Tensor], *, kept: bool = False) -> Callable[..., Tensor]:
    """What is made of −ln p of the question's bytes."""

    def ask(model: Any, told: Tensor, asked: Tensor) -> Tensor:
        state = _nats(model, told)[1] if kept else None
        return score(_nats(model, asked, state)[0])

    return ask


def _restarts() -> list[Case]:
    drawn = [_text(Generator().manual_seed(seed)) for seed in range(3)]
    return [Case({"model": _window_model(), "told": told, "asked": asked}, TOLERANCE) for told, asked in drawn]


ASK_AFTER_RESTART = Exercise(
    "01.3",
    "ask_after_restart",
    truth=_asked(lambda nats: (-nats[:, -4:].sum(-1)).exp()),
    cases=_restarts(),
    slips={
        "kept": _asked(lambda nats: (-nats[:, -4:].sum(-1)).exp(), kept=True),
        "all": _asked(lambda nats: (-nats.sum(-1)).exp()),
        "first": _asked(lambda nats: (-nats[:, 4]).exp()),
        "each": _asked(lambda nats: (-nats[:, -4:]).exp()),
        "mean": _asked(lambda nats: (-nats[:, -4:].mean(-1)).exp()),
        "added": _asked(lambda nats: (-nats[:, -4:]).exp().sum(-1)),
        "nats": _asked(lambda nats: nats[:, -4:].sum(-1)),
        "streams": _asked(lambda nats: (-nats[:, -4:].sum(-1)).exp().mean()),
    },
)


def _sessions() -> list[Case]:
    """A fact is told, more is read, the question is put: to be read in three calls."""
    made = []
    for seed in range(3):
        told, asked = _text(Generator().manual_seed(seed))
        code = _text(Generator().manual_seed(seed + 10))[0]
        text = torch.cat([told, code, asked], 1)
        made.append(Case({"model": _memory_model(), "text": text, "fast": None}, TOLERANCE))
    return made


def _called(read: Callable[..., Any], kinds: list[str] | None = None) -> Callable[..., Any]:
    """A text in three calls: nats of all its bytes [streams, time], and beside them the fast weights' norm."""

    @functools.wraps(read)
    def sessions(model: Any, text: Tensor, fast: Any) -> Any:
        nats = []
        for session in text.tensor_split(CUTS, 1):
            given = parts(read(model, session, fast), 2)
            lost = numbers(given[0]) if given else None
            lost = None if lost is None else fitted(lost, session.shape)
            if given is None or lost is None:
                (kinds if kinds is not None else []).append("pair")
                return None
            if not isinstance(given[1], State | ModelState | None):
                (kinds if kinds is not None else []).append("part")
                return None
            nats.append(lost)
            fast = given[1]
        norm = 0.0 if fast is None else _memory_of(fast).norm().item()
        return torch.cat([*nats, torch.full_like(nats[0][:, :1], norm)], 1)

    return sessions


def _memory_of(fast: Any) -> Tensor:
    """The matrices in what was handed over, be it the fast weights alone or a whole state."""
    return fast.blocks[1].memory if isinstance(fast, ModelState) else fast.memory


def _woken(model: Any, text: Tensor, fast: Any) -> ModelState:
    """A state with these fast weights, by hand: no byte in view, and a line end before the first."""
    if fast is None:
        empty = torch.zeros_like(_nats(model, text)[1].blocks[1].memory)
        fast = _nats(model, text)[1].blocks[1]._replace(memory=empty, past_surprise=empty)
    return ModelState(text.new_full(text.shape[:1], LINE_END), (None, fast))


def _handed_over(model: Any, text: Tensor, fast: Any) -> tuple[Tensor, Any]:
    nats, state = _nats(model, text, _woken(model, text, fast))
    return nats, state.blocks[1]


def _unread(model: Any, text: Tensor, fast: Any) -> tuple[Tensor, Any]:
    nats, state = _nats(model, text)
    return nats, state.blocks[1]


def _twice(model: Any, text: Tensor, fast: Any) -> tuple[Tensor, Any]:
    nats, state = _nats(model, text, _woken(model, text, fast))
    return nats, _nats(model, text, state)[1].blocks[1]


READ = Exercise(
    "01.4",
    "read",
    truth=_called(_handed_over),
    cases=_sessions(),
    slips={
        "frozen": _called(lambda model, text, fast: (_nats(model, text)[0], fast)),
        "unread": _called(_unread),
        "whole": _called(lambda model, text, fast: _nats(model, text, fast)),
        "twice": _called(_twice),
    },
)


def _judge(exercise: Judged, answer: Any, truth: Any) -> Verdict:
    """The calls are made here; what comes of them is compared."""
    model = _memory_model()
    unable = exercise.uncallable(answer, READ.cases[0].arguments)
    if unable:
        return unable
    kinds: list[str] = []
    before = torch.cat([one.flatten() for one in model.parameters()]).clone()
    found = READ.judged(_called(answer, kinds))
    after = torch.cat([one.detach().flatten() for one in model.parameters()])
    if not torch.equal(before, after):
        model.load_state_dict(MemoryModel.load().state_dict())
        return exercise.slip("slow")
    return exercise.slip(kinds[0]) if kinds else found


SLIPS = (*READ.slips, "pair", "part", "slow")

EXERCISES = (WEIGHT_CHANGE, SMALLEST_WINDOW, ASK_AFTER_RESTART, Judged("01.4", "read", _judge, SLIPS))
