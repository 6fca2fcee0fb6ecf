"""Whole systems with a memory, met by one user or one codebase over months: what they know, and who told them.

personal    a memory per user: preferences told, changed, taken back, and forgotten with proof
architect   a legacy codebase read over three months, with questions whose answers are computed from the code
"""

from nlviz.agents import personal

__all__ = ["personal"]
