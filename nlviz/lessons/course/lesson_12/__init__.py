"""Lesson 12: the Legacy Architect."""
