"""The course as a folder of pages that need no Python: lessons that play, predictions that lock, knobs that answer.

course      the folder: its pages, what they share, and the way from one to the next
searching   what a search of it looks through
in_kernel   what a lesson shows while a page of it is made: questions and results in a form that a page can ask again
"""

from nlviz.site.course import built

__all__ = ["built"]
