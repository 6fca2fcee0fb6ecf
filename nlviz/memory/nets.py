"""Nets whose weights are fast: an MLP with its backward pass written out, and any function by `torch.func`.

A net holds no fast weight. It says which matrices it needs, what they answer, and what each token would change in each
matrix. That change is always a pair, an input κ and the error u that came back to it: the gradient is u κᵀ. So a
gradient is itself something to be stored, and an update rule is a memory of such pairs (`rules`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple, Protocol

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from nlviz.door import tensors, words

__all__ = ["MLP", "Activation", "Function", "Gradient", "Layer", "LayerNorm", "Net", "gelu", "gelu_tanh", "silu"]

BENT = 20.0
"""From here on GELU is flat or straight."""

Layer = Callable[[Tensor], Tensor]
Derivative = Callable[[Tensor], Tensor]


class Gradient(NamedTuple):
    """∂ℓ_t/∂W of every token, as u_t κ_tᵀ: errors u [batch, chunk, rows], inputs κ [batch, chunk, columns]."""

    errors: Tensor
    inputs: Tensor


class Net(Protocol):
    """What `DeepMemory` asks of a net. weights: one [batch, rows, columns] for each of `shapes`.

    shapes: (rows, columns) of every matrix. answer: [batch, chunk, d_key] -> [batch, chunk, d_value].
    gradients: of every token, where `derivative` turns an answer into ∂ℓ/∂answer.
    A net may also tell `is_map`, that its gradient is the error times the key; not told is no.
    """

    def shapes(self, d_key: int, d_value: int) -> tuple[tuple[int, int], ...]: ...

    def answer(self, weights: Sequence[Tensor], x: Tensor) -> Tensor: ...

    def gradients(self, weights: Sequence[Tensor], x: Tensor, derivative: Derivative) -> tuple[Gradient, ...]: ...


class Activation(NamedTuple):
    """σ between two layers, and its slope σ′."""

    name: str
    value: Callable[[Tensor], Tensor]
    slope: Callable[[Tensor], Tensor]


def _gelu_slope(z: Tensor) -> Tensor:
    """Φ(z) + z φ(z), as torch's own backward pass computes it, in one go."""
    return torch.ops.aten.gelu_backward(torch.ones_like(z), z)


def _gelu_tanh_slope(z: Tensor) -> Tensor:
    scale = math.sqrt(2 / math.pi)
    # beyond it the slope is 0 or 1 to the last bit, and its parts overflow
    z = z.clamp(-BENT, BENT)
    bend = torch.tanh(scale * (z + 0.044715 * z**3))
    return 0.5 * (1 + bend) + 0.5 * z * (1 - bend.square()) * scale * (1 + 3 * 0.044715 * z.square())


def _silu_slope(z: Tensor) -> Tensor:
    open_share = z.sigmoid()
    return open_share * (1 + z * (1 - open_share))


gelu: Activation = Activation("GELU", F.gelu, _gelu_slope)
"""z Φ(z), exact."""

gelu_tanh: Activation = Activation("GELU, tanh form", lambda z: F.gelu(z, approximate="tanh"), _gelu_tanh_slope)
"""GELU as the TTT code computes it."""

silu: Activation = Activation("SiLU", F.silu, _silu_slope)
"""z σ(z)."""


class LayerNorm(NamedTuple):
    """y = γ (z − mean z) / √(var z + ε) + β over the last axis; γ and β are slow weights, 1 and 0 if None."""

    gain: Tensor | None = None
    shift: Tensor | None = None
    epsilon: float = 1e-6

    def __call__(self, z: Tensor) -> Tensor:
        """The normed z."""
        return F.layer_norm(z, z.shape[-1:], self._like(self.gain, z), self._like(self.shift, z), self.epsilon)

    def pull(self, z: Tensor, error: Tensor) -> Tensor:
        """∂ℓ/∂z from ∂ℓ/∂y: what remains of the error once mean and scale of z are taken out."""
        centred = z - z.mean(-1, keepdim=True)
        scale = (centred.square().mean(-1, keepdim=True) + self.epsilon).rsqrt()
        normed = centred * scale
        error = error if self.gain is None else error * self.gain.to(z)
        along = (error * normed).mean(-1, keepdim=True)
        return scale * (error - error.mean(-1, keepdim=True) - normed * along)

    @staticmethod
    def _like(given: Tensor | None, z: Tensor) -> Tensor | None:
        return None if given is None else given.to(z)


class Pass(NamedTuple):
    """One pass through an MLP: what each layer was given (κ), what it made of it (z), and the net's answer."""

    inputs: tuple[Tensor, ...]
    sums: tuple[Tensor, ...]
    answer: Tensor


@dataclass(frozen=True, eq=False)
class MLP:
    """f_res(x) = W_L σ(… σ(W_1 x)); answers f_res(x), or x + LN(f_res(x)) with `residual` and `norm`.

    hidden: widths between keys and values; () is one linear map. activation: `gelu`, `silu`, or your own.
    bias: one more column in every matrix, for an input that is always one. residual: adds x; keys and values must be
    equally wide. norm: a `LayerNorm` of f_res, whose gain and shift stay slow.
    Gradients are the backward pass written out, at any depth.
    Source: Sun et al. 2024 (arXiv 2407.04620) §2.4 for x + LN(f_res(x)); Behrouz et al. 2024 (2501.00663) §3.1.
    """

    hidden: tuple[int, ...] = ()
    activation: Activation = gelu
    bias: bool = False
    residual: bool = False
    norm: LayerNorm | None = None

    def __post_init__(self) -> None:
        hidden = self.hidden if isinstance(self.hidden, tuple | list) else words.several("hidden", self.hidden)
        widths = tuple(words.count("hidden", width, of="units of a layer") for width in hidden)
        object.__setattr__(self, "hidden", widths)
        words.instance("activation", self.activation, Activation, "give gelu, silu, or Activation(name, value, slope)")
        for name in ("value", "slope"):
            words.call(f"the activation's {name}", getattr(self.activation, name), "a function of a tensor")
        for name in ("bias", "residual"):
            object.__setattr__(self, name, words.flag(name, getattr(self, name)))
        if self.norm is not None:
            words.instance("norm", self.norm, LayerNorm)

    @property
    def is_map(self) -> bool:
        """Whether a gradient is the error times the key, with nothing in between."""
        return not (self.hidden or self.bias or self.norm)

    def shapes(self, d_key: int, d_value: int) -> tuple[tuple[int, int], ...]:
        """(rows, columns) of every matrix. Raises ValueError where a residual cannot be added."""
        d_key, d_value = words.count("d_key", d_key), words.count("d_value", d_value)
        if self.residual and d_key != d_value:
            raise ValueError(
                f"a residual adds the key to the answer, but d_key is {d_key} and d_value {d_value}; "
                "make them equal, or residual=False"
            )
        widths = (d_key, *self.hidden, d_value)
        return tuple((rows, columns + self.bias) for columns, rows in pairwise(widths))

    def draw(self, d_key: int, d_value: int, generator: Generator) -> tuple[Tensor, ...]:
        """Initial weights in float32: normal, of variance 1/columns; a bias starts at zero."""
        tensors.generator("generator", generator)
        drawn = []
        for rows, columns in self.shapes(d_key, d_value):
            weight = torch.randn(rows, columns, generator=generator, device=generator.device)
            weight = weight / math.sqrt(columns - self.bias)
            drawn.append(torch.cat([weight[:, :-1], 0 * weight[:, -1:]], 1) if self.bias else weight)
        return tuple(drawn)

    def answer(self, weights: Sequence[Tensor], x: Tensor) -> Tensor:
        return self.run([_map(weight) for weight in weights], x).answer

    def run(self, layers: Sequence[Layer], x: Tensor) -> Pass:
        """One pass, layer by layer. A layer is any linear function of its input, so the dual form can give its own."""
        inputs, sums, at = [], [], x
        for layer in layers:
            at = self.activation.value(sums[-1]) if sums else x
            inputs.append(F.pad(at, (0, 1), value=1.0) if self.bias else at)
            sums.append(layer(inputs[-1]))
        answer = sums[-1] if self.norm is None else self.norm(sums[-1])
        return Pass(tuple(inputs), tuple(sums), x + answer if self.residual else answer)

    def gradients(self, weights: Sequence[Tensor], x: Tensor, derivative: Derivative) -> tuple[Gradient, ...]:
        """Backwards through one pass: u_L = LNᵀ ∂ℓ/∂answer, u_l = σ′(z_l) ∘ W_{l+1}ᵀ u_{l+1}; ∂ℓ/∂W_l = u_l κ_lᵀ."""
        return self._back(weights, x, derivative)[0]

    def pulled(
        self, weights: Sequence[Tensor], x: Tensor, derivative: Derivative
    ) -> tuple[tuple[Gradient, ...], Tensor]:
        """The gradients, and the error that comes out at the other end: ∂ℓ/∂x = W_1ᵀ u_1 (+ ∂ℓ/∂answer: residual)."""
        gradients, error = self._back(weights, x, derivative)
        back = gradients[0].errors @ (weights[0][..., :-1] if self.bias else weights[0])
        return gradients, back + error if self.residual else back

    def _back(
        self, weights: Sequence[Tensor], x: Tensor, derivative: Derivative
    ) -> tuple[tuple[Gradient, ...], Tensor]:
        inputs, sums, answer = self.run([_map(weight) for weight in weights], x)
        error = derivative(answer)
        errors = [error if self.norm is None else self.norm.pull(sums[-1], error)]
        for weight, z in zip(reversed(weights[1:]), reversed(sums[:-1]), strict=True):
            back = errors[-1] @ (weight[..., :-1] if self.bias else weight)
            errors.append(back * self.activation.slope(z))
        return tuple(Gradient(u, kappa) for u, kappa in zip(reversed(errors), inputs, strict=True)), error


@dataclass(frozen=True, eq=False)
class Function:
    """Any differentiable function as a net, its gradients by `torch.func`.

    call: (weights, x [d_key]) -> [d_value], one token and plain weights of the shapes given. Each weight is kept as one
    column of numbers, whatever its shape. Slower than `MLP`, and its twin in the tests.
    """

    call: Callable[[tuple[Tensor, ...], Tensor], Tensor]
    forms: tuple[tuple[int, ...], ...]

    def __post_init__(self) -> None:
        words.call("call", self.call, "a function (weights, x [d_key]) -> [d_value]")
        forms = words.several("forms", self.forms, least=1, what="shapes, one for each weight")
        sizes = (words.several("forms", form, what="sizes, the shape of a weight") for form in forms)
        counted = tuple(tuple(words.count("forms", size) for size in form) for form in sizes)
        object.__setattr__(self, "forms", counted)

    def shapes(self, d_key: int, d_value: int) -> tuple[tuple[int, int], ...]:
        """One column for each weight."""
        return tuple((math.prod(form), 1) for form in self.forms)

    def answer(self, weights: Sequence[Tensor], x: Tensor) -> Tensor:
        return torch.vmap(torch.vmap(self._call, (None, 0)))(tuple(weights), x)

    def gradients(self, weights: Sequence[Tensor], x: Tensor, derivative: Derivative) -> tuple[Gradient, ...]:
        def pull(columns: tuple[Tensor, ...], one: Tensor, error: Tensor) -> tuple[Tensor, ...]:
            back = torch.func.vjp(lambda of: self._call(of, one), columns)[1]
            return back(error)[0]

        error = derivative(self.answer(weights, x))
        found = torch.vmap(torch.vmap(pull, (None, 0, 0)))(tuple(weights), x, error)
        return tuple(Gradient(columns[..., 0], torch.ones_like(columns[..., :1, 0])) for columns in found)

    def _call(self, columns: tuple[Tensor, ...], x: Tensor) -> Tensor:
        return self.call(tuple(column.reshape(form) for column, form in zip(columns, self.forms, strict=True)), x)


def _map(weight: Tensor) -> Layer:
    return lambda x: x @ weight.mT
