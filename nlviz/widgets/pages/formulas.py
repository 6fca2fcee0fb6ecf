"""Formulas for pages that cannot typeset: what JupyterLab sets from TeX becomes Unicode with sub- and superscripts.

It knows the few commands the lessons use; a formula with any other stays as it was written.
"""

from __future__ import annotations

import re

from nlviz.door.words import text

__all__ = ["formulas_in_text"]

_BETWEEN_DOLLARS = re.compile(r"\$\$(?P<own>.+?)\$\$|\$(?P<line>[^$\n]+)\$", re.DOTALL)
_CODE = re.compile(r"```.*?```|`[^`\n]*`|^ {4}.*$", re.DOTALL | re.MULTILINE)
_SIGNS = {
    "alpha": "α", "beta": "β", "eta": "η", "theta": "θ", "lambda": "λ", "sigma": "σ", "Delta": "Δ", "delta": "δ",
    "ln": "ln ", "cos": "cos ", "in": " ∈ ", "mu": "μ", "gamma": "γ", "rho": "ρ", "pi": "π", "psi": "ψ", "omega": "ω",
    "epsilon": "ε", "partial": "∂", "odot": " ⊙ ", "otimes": " ⊗ ", "to": " → ", "rightarrow": " → ", "ne": " ≠ ",
    "pm": " ± ", "lfloor": "⌊", "rfloor": "⌋", "dots": "…", "ldots": "…", "cdots": "⋯", "min": "min", "sqrt": "√",
    "leftarrow": " ← ", "nabla": "∇", "ell": "ℓ", "lVert": "‖", "rVert": "‖", "langle": "⟨", "rangle": "⟩", "top": "ᵀ",
    "sum": "Σ", "le": " ≤ ", "ge": " ≥ ", "cdot": "·", "max": "max", "log": "log ", "quad": "   ",
    "qquad": "     ", ",": " ", ";": " ", "|": "‖",
    "infty": "∞", "times": " × ", "approx": " ≈ ", "hat": "",
    "left": "", "right": "",
}  # fmt: skip
_HALF = re.compile(r"\\tfrac12")
_FRACTION = re.compile(r"\\t?frac\{([^{}]*)\}\{([^{}]*)\}")
_MATRIX = re.compile(r"\\begin\{pmatrix\}(.*?)\\end\{pmatrix\}", re.DOTALL)
_WORDS = re.compile(r"\\(?:text|mathrm)\{([^{}]*)\}")
_COMMAND = re.compile(r"\\([A-Za-z]+|[,;|])\s?")
_RAISED = re.compile(r"([_^])(?:\{([^{}]*)\}|(\S))")


def formulas_in_text(markdown: str) -> str:
    r"""The same Markdown, each `$…$` and `$$…$$` in Unicode with <sub> and <sup>; code is left alone.

    >>> from nlviz.widgets.pages.formulas import formulas_in_text
    >>> formulas_in_text(r"below $2/\lambda_{\max}$: $\theta\lVert k\rVert^2 < 2$")
    'below 2/λ<sub>max</sub>: θ‖k‖<sup>2</sup> &lt; 2'
    """
    kept: list[str] = []

    def put_by(code: re.Match[str]) -> str:
        kept.append(code[0])
        return f"\0{len(kept) - 1}\0"

    def said(found: re.Match[str]) -> str:
        if any(command not in _SIGNS for command in _COMMAND.findall(_without_shapes(found[0]))):
            return found[0]
        if found["own"] is not None:
            return f'\n<p class="formula">{_plain(found["own"].strip())}</p>\n'
        return _plain(found["line"])

    aside = _CODE.sub(put_by, text("markdown", markdown))
    return re.sub("\0(\\d+)\0", lambda code: kept[int(code[1])], _BETWEEN_DOLLARS.sub(said, aside))


def _without_shapes(formula: str) -> str:
    """Fractions and matrices on one line, words without their command."""
    formula = _MATRIX.sub(lambda matrix: f"({matrix[1].replace('&', ' ').replace(chr(92) * 2, '; ')})", formula)
    formula = _FRACTION.sub(lambda parts: "/".join(map(_held, parts.groups())), _HALF.sub("½", formula))
    return _WORDS.sub(r" \1 ", formula)


def _held(part: str) -> str:
    """Part of a fraction, in brackets if it is more than one sign."""
    return part if len(_COMMAND.sub("_", part).strip()) == 1 else f"({part})"


def _plain(formula: str) -> str:
    formula = _without_shapes(formula).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    formula = _COMMAND.sub(lambda command: _SIGNS[command[1]], formula)
    formula = _RAISED.sub(_raised, formula)
    return re.sub(r" +", " ", formula.replace("-", "−").replace("{", "").replace("}", "")).strip()


def _raised(part: re.Match[str]) -> str:
    inside = part[2] if part[2] is not None else part[3]
    if part[1] == "^" and inside == "ᵀ":
        return inside
    tag = "sub" if part[1] == "_" else "sup"
    return f"<{tag}>{inside}</{tag}>"
