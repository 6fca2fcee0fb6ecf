"""Lesson 06: forgetting."""
