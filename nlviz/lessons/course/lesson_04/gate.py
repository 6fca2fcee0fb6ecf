"""04.6: a gate that keeps 16 pairs in a stream that is half noise. It is run, on a few streams."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from nlviz import measure, streams
from nlviz.lessons.checking.calling import Case, alike, call, shape_of
from nlviz.lessons.checking.exercise import Judged, Verdict
from nlviz.lessons.words import say

__all__ = ["SLIPS", "judge"]

SLIPS = ("outside", "nothing", "open", "fooled", "slow", "timid", "other")
_ENOUGH = 0.95
_STREAMS = 20
_WIDTH = 32
_LEVELS = torch.tensor([0.05, 0.5, 1.0])
_ROUNDING = 1e-4


class _Fault(Exception):
    """What is wrong with a gate, in words."""


def judge(exercise: Judged, answer: Any, truth: Any) -> Verdict:
    """Recall over .95 is right, however it was reached; below it the regime is named."""
    unable = exercise.uncallable(answer, {"surprise": _LEVELS})
    if unable:
        return unable
    try:
        levels = _shares(answer, _LEVELS)
        share, recall, noisy = _run(answer)
    except _Fault as fault:
        return exercise.wrong(str(fault))
    found = {"recall": f"{recall:.2f}", "noisy": f"{noisy:.0%}"}
    outside = [level for level in levels.tolist() if not -_ROUNDING <= level <= 1 + _ROUNDING]
    if outside:
        return exercise.slip("outside", got=f"{outside[0]:.3g}")
    if recall > _ENOUGH:
        return exercise.right(**found)
    return exercise.slip(_regime(levels, share, recall), **found)


def _regime(levels: Tensor, share: float, recall: float) -> str:
    """Noise has surprise about 1 for ever, so what a gate gives to the wholly new says which gate it is."""
    _, begun, new = levels.tolist()
    if share < 1e-3:
        return "nothing"
    if levels.min() > 0.5:
        return "open"
    if new > 0.5:
        return "fooled"
    if new < 0.05 and recall < 0.8:
        return "timid"
    return "slow" if begun < 0.5 else "other"


def _run(gate: Any) -> tuple[float, float, float]:
    """Share written, recall, and share of the writes that was noise, of a delta memory behind the gate.

    The delta rule by hand, for twenty streams in one step: the gate is asked 640 times, not 12,800.
    """
    drawn = told()
    pairs, keys, values = (torch.cat(parts) for parts in zip(*map(_parts, drawn), strict=True))
    is_noise = torch.stack([one.item == streams.NOISE for one in drawn], 1)
    M, through = torch.zeros(_STREAMS, _WIDTH, _WIDTH), []
    for k, v in zip(*(part.unbind(1) for part in pairs.unbind(-1)), strict=True):
        error = (M @ k[..., None])[..., 0] - v
        share = _shares(gate, error.norm(dim=-1) * k.norm(dim=-1)).clamp(0, 1)
        M = M - share[:, None, None] * error[..., None] * k[:, None]
        through.append(share)
    written = torch.stack(through)
    noise = written[is_noise].sum() / written.sum().clamp_min(1e-9)
    return written.mean().item(), measure.cosine(keys @ M.mT, values).mean().item(), noise.item()


def told() -> list[streams.Stream]:
    """What a gate is tried on: twenty streams drawn one by one, so that each has places of its own for its noise."""
    generator = torch.Generator().manual_seed(0)
    return [streams.recall_pairs(16, _WIDTH, passes=20, noise=0.5, generator=generator) for _ in range(_STREAMS)]


def _parts(one: streams.Stream) -> tuple[Tensor, Tensor, Tensor]:
    """Pairs [1, time, 32, 2], the items' keys and their values."""
    return torch.stack(one.pairs, -1), one.keys, one.values


def _shares(gate: Any, surprise: Tensor) -> Tensor:
    """The gate's answer to many surprises; a gate written for one token (`if surprise > …`) is asked one by one."""
    together = call(gate, Case({"surprise": surprise}))
    if together.value is not None and alike(together.value.shape, surprise.shape):
        return torch.from_numpy(together.value).to(surprise.dtype).reshape(surprise.shape)
    alone = [call(gate, Case({"surprise": one})).value for one in surprise]
    if all(value is not None and value.size == 1 for value in alone):
        return surprise.new_tensor([value.item() for value in alone if value is not None])
    expected = say("check.of_shape", shape=list(surprise.shape))
    case = Case({"surprise": surprise})
    raise _Fault(together.problem or say("check.shape", got=shape_of(together.value), expected=expected, case=case))
