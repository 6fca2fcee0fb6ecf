"""Test-time training layers' memories: TTT-Linear and TTT-MLP, as in the paper and as in its code.

    f(x) = x + LN(f_res(x)),   ℓ = ½‖f(k) − v‖² = ½‖LN(f_res(k)) − (v − k)‖²:   the target is v − k
    in a mini-batch of b tokens, all gradients at the weights of its start W:
        W_t = W − p_t Σ_{i≤t} η_i ∂ℓ_i/∂W,   answer_t = f(q_t; W_t)

`unroll(…, period=b)` computes that as it stands (the primal form), `unroll_dual` without a matrix per token (the dual
form); the paper's b is 16. Mini-batch of the whole text: batch gradient descent. b = 1: online.
Source: Sun et al. 2024 (arXiv 2407.04620) eq. 1–8 and their code; the paper's ℓ has no ½, so its η is half of ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import torch
from torch import Generator, Tensor

from nlviz.door import tensors, words
from nlviz.memory.deep import DeepMemory
from nlviz.memory.nets import MLP, LayerNorm, gelu_tanh
from nlviz.memory.rules import GradientDescent

__all__ = ["inner_rate", "position_factors", "ttt_linear", "ttt_mlp"]

PLAIN = LayerNorm()
Position = Literal["sum", "mean"] | Tensor


def ttt_linear(
    width: int,
    initial: Tensor | Sequence[Tensor] | Generator | None = None,
    *,
    position: Position = "mean",
    bias: bool = True,
    norm: LayerNorm | None = PLAIN,
    residual: bool = True,
) -> DeepMemory:
    """TTT-Linear: one matrix [width, width], with a last column for the bias b, as fast weights.

    initial: W_0, a Parameter if it is learned; or a generator to draw it as the code does, normal with deviation 0.02;
    None is zero, and only without a norm: a layer norm of nothing has no direction, a gradient 1/√ε times too large.
    position: p_t, "mean" is 1/t as in the code, "sum" is 1 as in the paper, a tensor [b] is learned factors.
    norm: its gain and shift are slow. norm=None, residual=False, bias=False is the linear model of Theorem 1.
    """
    width = words.count("width", width)
    if initial is None and norm is not None:
        raise ValueError(
            "TTT-Linear from zero: the layer norm of nothing has no direction, and its gradient is 1/√ε = 1000 times "
            "too large; give initial=generator to draw W_0, weights of your own, or norm=None"
        )
    net = MLP(bias=bias, residual=residual, norm=norm)
    start = _started(net, width, initial)
    return DeepMemory(width, width, initial=start, net=net, rule=GradientDescent(), position=position)


def ttt_mlp(
    width: int,
    initial: Tensor | Sequence[Tensor] | Generator,
    *,
    position: Position = "mean",
    bias: bool = True,
    norm: LayerNorm | None = PLAIN,
    expand: int = 4,
) -> DeepMemory:
    """TTT-MLP: two layers, the hidden one `expand` times as wide, GELU between (its tanh form), as fast weights.

    initial: W_0 of both layers, [expand·width, width + 1] and [width, expand·width + 1], Parameters if learned; or a
    generator to draw them as the code does, normal with deviation 0.02. The rest as in `ttt_linear`.
    """
    width, expand = words.count("width", width), words.count("expand", expand)
    net = MLP((expand * width,), gelu_tanh, bias=bias, residual=True, norm=norm)
    start = _started(net, width, initial)
    return DeepMemory(width, width, initial=start, net=net, rule=GradientDescent(), position=position)


def _started(net: MLP, width: int, initial: Any) -> Any:
    """W_0 as given, or drawn; a seed is told to be made a generator first."""
    if isinstance(initial, int | float | str | np.number):
        tensors.generator("initial", initial)
    return draw(net, width, initial) if isinstance(initial, Generator) else initial


def draw(net: MLP, width: int, generator: Generator, deviation: float = 0.02) -> tuple[Tensor, ...]:
    """W_0 as the code draws it: normal with this deviation, biases zero, float32."""
    drawn = []
    for rows, columns in net.shapes(width, width):
        weight = deviation * torch.randn(rows, columns, generator=generator, device=generator.device)
        drawn.append(torch.cat([weight[:, :-1], 0 * weight[:, -1:]], 1) if net.bias else weight)
    return tuple(drawn)


def inner_rate(inputs: Tensor, gate: Tensor, bias: Tensor | float = 0.0, *, base: float = 1.0) -> Tensor:
    """η(x) = η_base · σ(θ_lr · x + b) / width: the learned learning rate of every token [batch, time].

    inputs [batch, time, width]; gate θ_lr [width]. base: 1 for TTT-Linear, 0.1 for TTT-MLP. The division by the
    width of a head is the code's; multiply it back for the paper's η.
    """
    inputs = tensors.floating("inputs", tensors.tensor("inputs", inputs, "batch time width"))
    gate = tensors.tensor("gate", gate, "width", like=inputs)
    tensors.fits("inputs", inputs, "width", len(gate), "the gate has one weight for each number of an input")
    tensors.same_kind("gate", gate, inputs, "the inputs")
    if not isinstance(bias, Tensor):
        bias = words.number("bias", bias)
    return words.number("base", base) * torch.sigmoid(inputs @ gate + bias) / inputs.shape[-1]


def position_factors(period: int, learned: Tensor | None = None) -> Tensor:
    """p_t = max(1/t + learned_t, 0) for t = 1…period, as in the code, where learned starts at zero."""
    period = words.count("period", period, of="tokens")
    if learned is not None:
        learned = tensors.floating("learned", tensors.tensor("learned", learned, "period"))
        tensors.fits("learned", learned, "period", period)
    like = torch.empty(0) if learned is None else learned
    shares = 1 / torch.arange(1, period + 1, dtype=like.dtype, device=like.device)
    return shares if learned is None else (shares + learned).clamp_min(0)
