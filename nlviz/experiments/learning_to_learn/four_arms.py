"""Four ways to meet new text: fine-tuning, dynamic evaluation, in-context learning, test-time training. One stream."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from nlviz.door import words
from nlviz.experiments.entrance import bytes_of
from nlviz.inner import unroll
from nlviz.memory import Gates, Pairs
from nlviz.outer import ByteModel, WindowModel, detach
from nlviz.outer.models.byte_model import BYTES
from nlviz.streams.code import Source
from nlviz.trace import Signal, Token, Trace

__all__ = ["FOUR", "RATES", "four_arms"]

FOUR: tuple[str, ...] = ("fine-tuning", "dynamic evaluation", "in-context learning", "test-time training")
"""The arms, in the order of every signal."""
RATES: dict[str, float] = {"fine-tuning": 0.05, "dynamic evaluation": 0.2, "test-time training": 1.0}
"""The best of one small search for each arm, on `logging`: the search in tests/benchmarks/learning_to_learn.md."""
CUT = 8
"""Bytes that the window is cut to: hardly a word. With one byte it does not know where in a word it is."""
OVER, EVERY = 500, 50
"""Bytes that a gain is the mean of, and after how many it is looked at again."""
COST, SAVED = "bits per byte", "bits per byte saved"


class Paid(NamedTuple):
    """Bits for every byte of a session, and the processor seconds it took."""

    bits: np.ndarray
    seconds: float


def four_arms(
    sessions: Sequence[tuple[str, Source | bytes | np.ndarray]],
    *,
    rates: Mapping[str, float] = RATES,
    piece: int = 16,
    window: int = 64,
) -> Trace:
    """Read sessions one after the other, by each of FOUR. Every byte is scored first, and only then written.

                            what changes             when                              what the next session finds
        fine-tuning         all slow weights         between two sessions, in a pass   the changed weights
                                                     of its own over the last one
        dynamic evaluation  all slow weights         after each piece is scored        the changed weights
        in-context learning nothing but the context  never                             nothing
        test-time training  one fast matrix, W_0     after each piece is scored        nothing: it is at W_0 again
                            (the head) at first

    All read with the shipped `ByteModel`, but for in-context learning: there it is the shipped `WindowModel`, which
    sees the last `window` bytes. Each is held against its own reader without it: the byte model frozen, the window cut
    to 8 bytes. Context (the byte model's hidden state too) begins anew with each session.
    sessions: (name, text) in order; one text may come twice. piece: bytes between two writes; both arms that move slow
    weights take plain gradient steps on a piece's mean bits, no gradient longer than 1. rates: of the steps, by arm.

    Signals, [time, 1, 4] with the names FOUR: "bits" and "without" of every byte, with and without the arm; "gain", the
    mean of their difference over the last 500 bytes of the session, every 50 bytes; "session_gain" and "session_bits",
    means of each session; "seconds", of processor time for each session, with the tuning before it: not the same in
    two runs. Tokens: the sessions.
    Raises ValueError without sessions, for an empty text, and for rates that lack an arm.
    Source: dynamic evaluation is Mikolov et al. 2010, Krause et al. 2018 (arXiv 1709.07432); the definitions are ours.

        >>> run = experiments.learning_to_learn.four_arms([("a", b"import os" * 9), ("b", b"x = 1\\n" * 9)])
        >>> run["session_gain"].values.shape, [token.text for token in run.tokens]
        ((2, 1, 4), ['a', 'b'])
    """
    given = [
        _session(number, one)
        for number, one in enumerate(words.several("sessions", sessions, least=1, what="sessions"))
    ]
    piece, window = words.count("piece", piece, of="bytes"), words.count("window", window, least=CUT, of="bytes")
    learned = {name: words.number(f"the rate of {name}", one, least=0.0) for name, one in _all_of(rates).items()}
    texts = [text for _, text in given]
    paid = {
        "fine-tuning": _paid(_tuned(texts, learned["fine-tuning"], piece)),
        "dynamic evaluation": _paid(_dynamic(texts, learned["dynamic evaluation"], piece)),
        "in-context learning": _paid(_read(WindowModel.load(), texts, window=window)),
        "test-time training": _paid(_fast(texts, learned["test-time training"], piece)),
    }
    frozen, cut = _paid(_read(ByteModel.load(), texts)), _paid(_read(WindowModel.load(), texts, window=CUT))
    without = [cut if name == "in-context learning" else frozen for name in FOUR]
    return _trace([name for name, _ in given], [paid[name] for name in FOUR], without)


def _session(number: int, given: Any) -> tuple[str, Tensor]:
    """A session's name and its bytes, [1, time]."""
    if not isinstance(given, tuple | list) or len(given) != 2:
        words.refuse(f"sessions[{number}]", given, "a name and a text", 'use ("email", streams.code("email"))')
    name, text = words.text(f"the name of session {number}", given[0]), bytes_of(given[1])
    if not len(text):
        words.refuse(f"the text of session {number}", "empty", "a byte at least", "leave the session out")
    return name, torch.tensor(text)[None]


def _all_of(rates: Any) -> dict[str, Any]:
    held = dict(words.instance("rates", rates, Mapping, "give a table of arms: RATES | {'fine-tuning': 0.1}"))
    if set(held) != set(RATES):
        words.refuse("the arms of rates", ", ".join(map(str, held)), ", ".join(RATES), "use RATES | {name: rate}")
    return held


def _paid(sessions: Iterator[np.ndarray]) -> list[Paid]:
    """Every session of an arm; what it does before the first byte of one is counted to that session."""
    found, began = [], time.process_time()
    for bits in sessions:
        found.append(Paid(bits, time.process_time() - began))
        began = time.process_time()
    return found


def _tuned(texts: Sequence[Tensor], rate: float, piece: int) -> Iterator[np.ndarray]:
    model = ByteModel.load().requires_grad_(True)
    for before, text in zip((None, *texts), texts, strict=False):
        if before is not None:
            _steps(model, before, rate, piece)
        with torch.no_grad():
            yield _bits(model, model.keys(text), text)


def _dynamic(texts: Sequence[Tensor], rate: float, piece: int) -> Iterator[np.ndarray]:
    model = ByteModel.load().requires_grad_(True)
    for text in texts:
        yield _steps(model, text, rate, piece)


def _steps(model: ByteModel, text: Tensor, rate: float, piece: int) -> np.ndarray:
    """Bits of every byte, scored before its piece moves all slow weights by one step."""
    optimizer, state, found = torch.optim.SGD(model.parameters(), lr=rate), None, []
    for part in text.split(piece, 1):
        keys, state = model(part, state)
        found.append(_bits(model, keys.detach(), part))
        loss = F.cross_entropy((keys @ model.head_weights().mT)[0], part[0].long()) / math.log(2)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        # the next piece goes on from here, its gradient does not go back
        state = detach(state)
    return np.concatenate(found)


@torch.no_grad()
def _read(model: Any, texts: Sequence[Tensor], **how: Any) -> Iterator[np.ndarray]:
    """A model that nothing changes."""
    for text in texts:
        yield _bits(model, model(text, **how)[0], text)


@torch.no_grad()
def _fast(texts: Sequence[Tensor], rate: float, piece: int) -> Iterator[np.ndarray]:
    model = ByteModel.load()
    for text in texts:
        keys = model.keys(text)
        pairs = Pairs(keys, F.one_hot(text.long(), BYTES).to(keys.dtype))
        run = unroll(model.memory(), pairs, Gates.constant(pairs, rate), period=piece, read_first=True)
        yield _of(run.outputs, text)


def _bits(model: Any, keys: Tensor, text: Tensor) -> np.ndarray:
    return _of(keys @ model.head_weights().detach().mT, text)


def _of(logits: Tensor, text: Tensor) -> np.ndarray:
    return (F.cross_entropy(logits[0], text[0].long(), reduction="none") / math.log(2)).numpy()


def _trace(names: Sequence[str], paid: Sequence[list[Paid]], without: Sequence[list[Paid]]) -> Trace:
    """All arms on the last axis, all sessions in a row."""
    bits, plain = (
        np.stack([np.concatenate([one.bits for one in arm]) for arm in arms], -1) for arms in (paid, without)
    )
    ends = np.cumsum([len(one.bits) for one in paid[0]])
    sessions = [slice(start, end) for start, end in zip((0, *ends), ends, strict=False)]
    spans = [slice(max(at.start, to - OVER), to) for at in sessions for to in _looks(at)]
    gain, whole, every = plain - bits, ends - 1, np.arange(len(bits))
    signals = {
        "bits": _signal(bits, every, COST),
        "without": _signal(plain, every, COST),
        "gain": _signal([gain[span].mean(0) for span in spans], [span.stop - 1 for span in spans], SAVED),
        "session_bits": _signal([bits[at].mean(0) for at in sessions], whole, COST),
        "session_gain": _signal([gain[at].mean(0) for at in sessions], whole, SAVED),
        "seconds": _signal(np.array([[one.seconds for one in arm] for arm in paid]).T, whole, "s"),
    }
    tokens = (Token(name, at.start, at.stop, "session") for name, at in zip(names, sessions, strict=True))
    return Trace(signals, tuple(tokens))


def _looks(session: slice) -> list[int]:
    """After which bytes of a session the gain is looked at."""
    return [*range(session.start + EVERY, session.stop, EVERY), session.stop]


def _signal(values: Any, times: Any, unit: str) -> Signal:
    return Signal(np.asarray(values)[:, None], np.asarray(times), unit, FOUR)
