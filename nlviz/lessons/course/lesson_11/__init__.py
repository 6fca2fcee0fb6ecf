"""Lesson 11: the personalised agent."""
