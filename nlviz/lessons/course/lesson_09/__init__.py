"""Lesson 09: continuum memory and Hope."""
