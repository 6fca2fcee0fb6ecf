"""Marks: what went wrong in a run, at which token and, where the reason is known, why. Never an exception."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from nlviz.door.tensors import may_look
from nlviz.memory import Gates, Memory, Pairs
from nlviz.memory.able import Able
from nlviz.trace import Mark

__all__ = ["Watch", "divergence", "reason", "unheld"]

LIMIT = 1e9
COLLAPSE = (
    "every layer has shrunk to a thousandth of its start, so it answers nothing and no gradient is left; "
    "forget less, decay towards the initial weights, or add a residual and a layer norm"
)


def divergence(
    outputs: Tensor, values: Tensor, why: Callable[[int, int], str] = lambda row, time: ""
) -> tuple[Mark, ...]:
    """A mark at the first token whose answer is not finite, or 10⁹ times any value and the first answer.

    10⁹ is far beyond what a stable rule reaches by adding up (a Hebbian memory would need 10⁹ writes of one key), and
    an unstable one passes it on its way to infinity. outputs, values: [batch, time, d_value]. why: what is known of the
    reason, for a stream and a token.
    """
    if outputs.numel() == 0 or not may_look(outputs, values):
        return ()
    with torch.no_grad():
        size = outputs.abs().amax(-1)
        usual = torch.maximum(values.abs().amax(), size[:, 0].nan_to_num(0, 0, 0).amax())
        # where nothing gives a size, and where the limit itself overflows, only what is not finite is lost
        limit = LIMIT * usual if usual > 0 else torch.full_like(usual, torch.inf)
        lost = ~(size <= limit.clamp_max(torch.finfo(size.dtype).max))
        if not lost.any():
            return ()
        time = int(lost.any(0).nonzero()[0])
        row = int(lost[:, time].nonzero()[0])
        known = why(row, time)
    where = f"diverged at write {time}{_of_stream(row, outputs.shape[0])}"
    return (Mark(time, "diverged", f"{where}: {known}" if known else where),)


def unheld(memory: Memory[Any], gates: Gates) -> tuple[Mark, ...]:
    """A mark at the first token whose forget gate is above zero and yet does nothing: 1 − α is 1 in this precision."""
    if gates.forget.numel() == 0 or "forget" not in Able(memory).obeys or not may_look(gates.forget):
        return ()
    forget = gates.forget.detach()
    lost = (forget != 0) & (1 - forget == 1)
    if not bool(lost.any()):
        return ()
    forget, lost = forget.reshape(*forget.shape[:2], -1), lost.reshape(*forget.shape[:2], -1)
    time = int(lost.any(-1).any(0).nonzero()[0])
    row, channel = lost[:, time].nonzero()[0].tolist()
    kind = str(forget.dtype).removeprefix("torch.")
    where = f"forget {forget[row, time, channel]:.1e} does nothing from write {time}{_of_stream(row, forget.shape[0])}"
    return (Mark(time, "unheld", f"{where}: 1 − forget is 1 in {kind}; use 0, or float64"),)


def reason(
    memory: Memory[Any], start: Any, pairs: Pairs, gates: Gates, period: int = 1, waiting: int = 0
) -> Callable[[int, int], str]:
    """Says, for a stream and a token, what up to there explains that it diverged, if anything does. Never raises.

    That is the first number that is not finite, the write that was the furthest beyond its stability limit, or a rate
    below zero. The limits are the memory's own (`stable_below`): on θ‖k‖² of one token, on θ·λ_max(KKᵀ) of a chunk,
    whose gradients add up; for a net on θ·λ_max(JJᵀ), taken at the state the run started from. waiting: tokens at the
    head of the stream from which time is not counted yet.
    """

    def known(row: int, time: int) -> str:
        seen = slice(0, ((time + waiting) // period + 1) * period)
        given = {name: _plain(x[row, seen]) for name, x in {**pairs._asdict(), **gates._asdict()}.items()}
        said = _not_finite(given, waiting)
        able = Able(memory)
        limits = able.stable_below(gates)
        carries = period > 1 and "momentum" in able.obeys and bool(given["momentum"].any())
        if said or limits is None or carries:
            return said
        rates, limits = given["inner_lr"].clamp_min(0), _plain(limits[row, seen])
        try:
            if able.is_map:
                name, strengths = _of_map(given["keys"], rates, period)
                limits = torch.stack([chunk.min() for chunk in limits.split(period)])
            else:
                every = able.sharpness(start, pairs.keys)
                if every is None:
                    return ""
                name, strengths = "λ_max(JJᵀ) at the start", rates * _plain(every[row, seen])
            strengths = strengths * _plain(torch.as_tensor(able.factor(period)))
        except torch.linalg.LinAlgError:  # pyright: ignore[reportPrivateImportUsage]
            # a start that is not finite has no eigenvalues, and this is an explanation, not a check
            return ""
        return _beyond(name, strengths, limits) or _uphill(given["inner_lr"], waiting)

    return known


def _plain(x: Tensor) -> Tensor:
    """In float64 on the CPU, off any graph: nothing overflows there, and LAPACK knows it."""
    return x.detach().cpu().double()


def _not_finite(given: dict[str, Tensor], waiting: int) -> str:
    for name, x in given.items():
        bad = (~torch.isfinite(x)).nonzero()
        if len(bad):
            verb = "hold" if x.dim() > 1 else "is"
            return f"{name} {verb} {float(x[tuple(bad[0])]):g} at write {int(bad[0, 0]) - waiting}"
    return ""


def _of_map(keys: Tensor, rates: Tensor, period: int) -> tuple[str, Tensor]:
    """θ‖k‖² of every token, or θ·λ_max(KKᵀ) of every chunk, of one linear map."""
    chunks = (keys * rates.sqrt()[..., None]).split(period)
    strengths = torch.stack([torch.linalg.matrix_norm(chunk, 2).square() for chunk in chunks])
    return "‖k‖²" if period == 1 else "λ_max(KKᵀ)", strengths


def _beyond(name: str, strengths: Tensor, limits: Tensor) -> str:
    worst = int((strengths / limits).nan_to_num(0).argmax())
    if not strengths[worst] >= limits[worst]:
        return ""
    return f"inner_lr·{name} = {strengths[worst]:.3g} ≥ {limits[worst]:.3g}"


def _uphill(rates: Tensor, waiting: int) -> str:
    below = (rates < 0).nonzero()
    if not len(below):
        return ""
    first = int(below[0, 0])
    where = f"at write {first - waiting}"
    return f"inner_lr is {float(rates[first]):.3g} {where}; below 0 a write makes the error larger"


class Watch:
    """Sees whether a memory stays collapsed, where it can collapse at all (a net of several layers)."""

    def __init__(self, memory: Memory[Any]) -> None:
        self.able = Able(memory)
        self._fallen: list[Tensor] = []
        self._times: list[int] = []

    def see(self, time: int, state: Any) -> None:
        """Look at the state after the write whose last token is `time`."""
        fallen = self.able.collapsed(state)
        if fallen is not None and may_look(fallen):
            self._fallen.append(fallen)
            self._times.append(time)

    def marks(self) -> tuple[Mark, ...]:
        """A mark at the write after which a stream's memory stayed collapsed, for the first such stream."""
        if not self._fallen or not bool(self._fallen[-1].any()):
            return ()
        stayed = torch.stack(self._fallen).flip(0).cummin(0).values.flip(0)
        write = int(stayed.any(1).nonzero()[0])
        row = int(stayed[write].nonzero()[0])
        time = self._times[write]
        where = f"collapsed at write {time}{_of_stream(row, stayed.shape[1])}"
        return (Mark(time, "collapsed", f"{where}: {COLLAPSE}"),)


def _of_stream(row: int, batch: int) -> str:
    return f" of stream {row}" if batch > 1 else ""
