"""Lesson 03: test-time training."""
