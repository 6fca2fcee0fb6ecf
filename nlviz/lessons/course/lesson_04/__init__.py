"""Lesson 04: surprise."""
