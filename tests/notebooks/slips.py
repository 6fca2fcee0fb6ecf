"""How sharp the check of numbers is: how many slips of one digit in our own notebooks it catches."""

from __future__ import annotations

import copy

from .books import NOTEBOOKS, Book
from .numbers import MEASURED, PARAGRAPHS, listing, numbers, unfound


def caught() -> list[bool]:
    """For each measured decimal or percentage of every notebook, whether one more in its last digit is noticed."""
    found = []
    for path in NOTEBOOKS:
        listed = [number for kind in listing(path.stem).values() for number in kind]
        book = Book(path)
        before = len(unfound(book, listed))
        for cell in [cell for cell in book.cells if cell.cell_type == "markdown"]:
            right = copy.copy(cell.source)
            for paragraph in filter(MEASURED.search, PARAGRAPHS.split(right)):
                for number in numbers(MEASURED.sub("", paragraph)):
                    digits = number.text.rstrip("%")
                    if number.whole or right.count(digits) != 1:
                        continue
                    cell.source = right.replace(digits, digits[:-1] + str((int(digits[-1]) + 1) % 10))
                    found.append(len(unfound(book, listed)) > before)
            cell.source = right
    return found
