"""Lesson 01: the frozen model."""
