"""Lesson 08: optimizers are memories."""
