"""Planted faults: one small change in a file at a time, and whether its tests notice. See `python -m tests.mutants`."""
