"""Newton–Schulz: the nearest matrix with orthogonal rows or columns, by products alone."""

from __future__ import annotations

from typing import Literal, get_args

import torch
from torch import Tensor

from nlviz.door import tensors, words

__all__ = ["FORMS", "Form", "newton_schulz", "orthogonal", "peaked"]

Form = Literal["quintic", "cubic"]
FORMS: dict[Form, tuple[float, float, float]] = {"quintic": (3.4445, -4.7750, 2.0315), "cubic": (1.5, -0.5, 0.0)}
"""The coefficients a, b, c of X ← a X + b (X Xᵀ) X + c (X Xᵀ)² X."""


def newton_schulz(matrix: Tensor, steps: int = 5, form: Form = "quintic") -> Tensor:
    """U Vᵀ of matrix = U S Vᵀ, nearly: every singular value goes towards 1, the singular vectors stay.

        X ← M/‖M‖_F, so that none is above 1; then `steps` times X ← a X + b (X Xᵀ) X + c (X Xᵀ)² X

    "cubic" goes on to exactly 1. "quintic", Muon's, is quicker: five steps take all above .01 to between .68 and 1.13,
    where they stay. Zero stays zero. matrix: […, rows, columns].
    Raises ValueError for what has no two axes, and an unknown form.
    Source: Jordan et al. 2024 (Muon); Behrouz et al. 2025 (arXiv 2512.24695) eq. 52.

        >>> optim.newton_schulz(torch.diag(torch.tensor([4.0, 1.0])), steps=20, form="cubic")
        tensor([[1., 0.],
                [0., 1.]])
    """
    steps, form = words.count("steps", steps, least=0, most=1000), words.choice("form", form, get_args(Form))
    held = tensors.floating("matrix", tensors.tensor("matrix", matrix))
    if held.dim() < 2:
        words.refuse("matrix", held, "[rows, columns]", "make a vector one row: matrix[None]")
    return orthogonal(held, steps, form)


def orthogonal(matrix: Tensor, steps: int, form: Form) -> Tensor:
    """`newton_schulz`, of what was looked at."""
    a, b, c = FORMS[form]
    tall = matrix.shape[-2] > matrix.shape[-1]
    x, _ = peaked(matrix.mT if tall else matrix)
    x = x / torch.linalg.vector_norm(x, dim=(-2, -1), keepdim=True).clamp_min(1)
    for _ in range(steps):
        gram = x @ x.mT
        x = a * x + (b * gram + c * gram @ gram) @ x
    return x.mT if tall else x


def peaked(matrix: Tensor) -> tuple[Tensor, Tensor]:
    """The matrix over the size of its largest number, and that size […, 1, 1]; of zero it is 1.

    What is left can be squared: neither 1e-24 nor 1e20 can in float32.
    """
    sizes = matrix.detach().abs()
    # where there are no numbers, none is the largest
    peak = sizes.amax((-2, -1), keepdim=True) if sizes.numel() else sizes.sum((-2, -1), keepdim=True)
    peak = torch.where(peak > 0, peak, 1.0)
    return matrix / peak, peak
