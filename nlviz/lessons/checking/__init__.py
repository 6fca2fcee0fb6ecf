"""Exercises: what they are, how an answer is called and judged, and the hints and solutions beside them."""
