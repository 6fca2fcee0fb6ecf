"""Fast weights: what a memory is, and the rules that write it."""

from nlviz.memory.protocol import Gates, Memory, Pairs

__all__ = ["Gates", "Memory", "Pairs"]
