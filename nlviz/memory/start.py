"""What a DeepMemory is given to start from: W_0, the factors of a chunk, a norm; looked at once, when it is built.

Tensors are kept as they are, the very same: a Parameter goes on being the one its layer owns.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from nlviz.door import tensors, words
from nlviz.memory.nets import MLP, LayerNorm
from nlviz.memory.state import parts

__all__ = ["check_start", "factors", "finite", "matrices"]

Shapes = Sequence[tuple[int, int]]


def factors(position: Any) -> Any:
    """ "sum", "mean" or a tensor of factors [period]."""
    if isinstance(position, str) or position is None:
        return words.choice("position", position, ("sum", "mean"))
    found = tensors.floating("position", tensors.tensor("position", position, "period"))
    if not len(found):
        words.refuse("position", position, "'sum', 'mean' or a factor for each token of a chunk")
    finite("position", found)
    return found


def matrices(initial: Any, shapes: Shapes) -> Any:
    """W_0 as tensors of these shapes, one for each layer; None where a single layer starts from zero."""
    if initial is None:
        if len(shapes) > 1:
            raise ValueError(
                f"a net of {len(shapes)} layers from zero has no gradient anywhere and could never be written; "
                "give initial=net.draw(d_key, d_value, generator), or weights of your own"
            )
        return None
    if isinstance(initial, torch.Generator):
        words.refuse("initial", initial, "weights, or None for zero", "use initial=net.draw(d_key, d_value, generator)")
    if isinstance(initial, Tensor) or not _layers(initial, len(shapes)):
        made = tensors.floating("initial", tensors.tensor("initial", initial))
    else:
        made = [tensors.floating("initial", tensors.tensor("initial", one)) for one in initial]
        made = initial if all(a is b for a, b in zip(made, initial, strict=True)) else tuple(made)
    _fit(made, shapes)
    return made


def _layers(initial: Any, count: int) -> bool:
    """Whether this is one matrix after the other, not a single matrix as rows of numbers."""
    several = isinstance(initial, list | tuple | nn.ParameterList)
    return several and (count > 1 or any(getattr(one, "ndim", 0) == 2 or _rows(one) for one in initial))


def _rows(one: Any) -> bool:
    return isinstance(one, list | tuple) and bool(one) and isinstance(one[0], list | tuple)


def _fit(initial: Any, shapes: Shapes) -> None:
    given, shapes = [list(one.shape) for one in parts(initial)], [list(shape) for shape in shapes]  # pyright: ignore
    if given != shapes:
        single = len(shapes) == 1 and len(given) == 1
        raise ValueError(
            f"initial weights have shape {given[0] if single else given}, expected "
            f"{'[d_value, d_key] = ' if single else ''}{shapes[0] if single else shapes}; "
            "transpose or project them"
        )
    for one in parts(initial):
        finite("initial", one)


def finite(name: str, given: Tensor) -> None:
    """Refuse a number that is not finite, and say where it is; one that an outer loop moves is not looked at."""
    # a slow weight that training has broken is training's to report
    if given.requires_grad or not tensors.may_look(given) or bool(torch.isfinite(given).all()):
        return
    where = torch.nonzero(~torch.isfinite(given))[0].tolist()
    words.refuse(f"{name} at {where}", given[tuple(where)].item(), "finite numbers")


def check_start(memory: Any) -> None:
    """Refuse a start that no write could leave, and a net or a norm that does not fit the memory's widths."""
    net = memory.net
    if isinstance(net, MLP):
        _check_dead(memory.initial)
        if net.norm is not None:
            _check_norm(net.norm, memory.d_value)
    elif memory.initial is not None:
        _try(memory)


def _check_dead(initial: Any) -> None:
    given = () if initial is None else parts(initial)
    zero = [layer for layer, one in enumerate(given) if tensors.may_look(one) and not bool((one != 0).any())]
    if len(zero) > 1:
        raise ValueError(
            f"initial weights of layers {zero} are all zero: then every gradient between them is zero and they "
            "stay so; leave at most one at zero, or use net.draw(d_key, d_value, generator)"
        )


def _check_norm(norm: LayerNorm, width: int) -> None:
    for name, given in (("gain", norm.gain), ("shift", norm.shift)):
        if given is not None and tuple(words.instance(f"the norm's {name}", given, Tensor).shape) != (width,):
            words.refuse(f"the norm's {name}", given, f"[d_value] = [{width}], one for each number of the answer")
    words.number("the norm's epsilon", norm.epsilon, least=0)


def _try(memory: Any) -> None:
    """Ask a net of someone else's about one key of zeros."""
    weights = [one.detach()[None] for one in parts(memory.initial)]
    key = weights[0].new_zeros(1, 1, memory.d_key)
    try:
        answer = memory.net.answer(weights, key)
    except Exception as error:
        raise ValueError(
            f"the net cannot answer a key of width {memory.d_key}: {error}; it is given the weights and [d_key]"
        ) from error
    expected = [1, 1, memory.d_value]
    if not isinstance(answer, Tensor) or list(answer.shape) != expected:
        words.refuse("the net's answer to one key", answer, f"{expected}, one number for each of d_value")
