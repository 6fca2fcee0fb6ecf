"""Slow weights around a memory: where it starts, how strongly and by which rule it writes, and their gradients."""
