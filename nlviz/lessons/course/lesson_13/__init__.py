"""Lesson 13: one family of rules."""
