"""What goes wrong when the cells of a notebook are run in another order, found without running any of them.

A student scrolls up, changes a line and runs that cell again, or starts in the middle. That may end in an error that
says what is missing, never in another picture. It cannot, if every name has one home: a name that a cell takes is given
by one cell only, which stands above it, and no cell changes what it takes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .names import Names, names


def faults(sources: Sequence[str]) -> list[str]:
    """Each fault in words, cells numbered from 0 among the code cells; an empty list means that no order misleads."""
    cells = [names(source) for source in sources]
    return [*_astray(cells), *_replaced(cells)]


def missing(sources: Sequence[str], place: int) -> set[str]:
    """The names that cell `place` lacks when only the first cell has been run before it."""
    return set(names(sources[place]).taken - names(sources[0]).given)


def _astray(cells: Sequence[Names]) -> Iterator[str]:
    for place, cell in enumerate(cells):
        for name in sorted(cell.taken):
            homes = _homes(cells, name)
            if not homes:
                yield f"code cell {place} takes `{name}`, which no cell gives"
            elif name in cell.given:
                yield f"code cell {place} changes `{name}`: run twice, it gives something else"
            elif len(homes) > 1:
                yield f"code cell {place} takes `{name}`, given by code cells {homes}: the last one run decides"
            elif homes[0] > place:
                yield f"code cell {place} takes `{name}`, which only code cell {homes[0]} below it gives"


def _replaced(cells: Sequence[Names]) -> Iterator[str]:
    """A function that other cells call looks up its names when called: nobody else may have given them anew."""
    for place, cell in enumerate(cells):
        elsewhere = set().union(*(other.taken for other in cells))
        for function in sorted(elsewhere.intersection(cell.carried)):
            for name in sorted(cell.carried[function]):
                if len(homes := _homes(cells, name)) > 1:
                    yield f"`{function}` of code cell {place} reads `{name}`, given by code cells {homes}"


def _homes(cells: Sequence[Names], name: str) -> list[int]:
    return [place for place, cell in enumerate(cells) if name in cell.given]
