"""What is displayed at once, whoever reads it."""

from __future__ import annotations

__all__ = ["show"]


def show(html: str, plain: str) -> None:
    """Display something at once, as HTML, or in words where there is no page."""
    from IPython.display import display

    display({"text/html": html, "text/plain": plain}, raw=True)
