"""Lesson 02: fast weights."""
