"""Lesson 07: learning to learn."""
