"""Lesson 10: reading on a budget."""
