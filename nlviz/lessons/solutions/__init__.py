"""One right answer to every exercise, one file for each notebook; shown by `solution`, checked by the tests.

A function's docstring is the exercise it solves.
"""
