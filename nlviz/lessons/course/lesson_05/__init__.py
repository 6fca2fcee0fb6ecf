"""Lesson 05: Titans."""
