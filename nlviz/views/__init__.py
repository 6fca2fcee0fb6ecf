"""Views: one function each, `Trace -> go.Figure`. They compute nothing and import no torch."""

from nlviz.views.frames import LAYOUT, Track, alt_text, animate, describe, frames

__all__ = ["LAYOUT", "Track", "alt_text", "animate", "describe", "frames"]
