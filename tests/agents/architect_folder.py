"""A small codebase made by hand, whose names and places are known."""

from __future__ import annotations

from pathlib import Path

from torch import Generator, randperm

from nlviz.agents import architect

__all__ = ["EARLY", "folder", "parcels_first"]

EARLY = '''"""Parcels."""


class Parcel:
    def __init__(self, weight, sender_name):
        self.weight = weight
        self.sender_name = sender_name


def deliver(parcel, address_book):
    street = lookup(address_book, parcel)
    return Route(street, weight=parcel.weight)
'''
_LATER = '''"""Routes {number}."""

from parcels import Parcel, deliver


def price_{number}(parcel, address_book):
    street_{number} = deliver(parcel, address_book)
    total_{number} = parcel.weight * {number}
    return charge(street_{number}, total_{number}, weight=parcel.weight)
'''


def folder(place: Path, files: int = 24) -> Path:
    """`parcels.py`, and many modules that use it."""
    (place / "parcels.py").write_text(EARLY, encoding="utf-8")
    for number in range(files):
        (place / f"routes_{number:02}.py").write_text(_LATER.format(number=number), encoding="utf-8")
    return place


def parcels_first(place: Path, *, renames: int = 6) -> architect.Legacy:
    """The folder as a project in which `parcels.py` is what Week 1 reads first."""
    names = sorted(one.name for one in folder(place).iterdir())
    first = names.index("parcels.py")
    orders = (randperm(len(names), generator=Generator().manual_seed(seed)).tolist() for seed in range(999))
    seed = next(seed for seed, order in enumerate(orders) if order[0] == first)
    return architect.legacy(path=place, renames=renames, seed=seed)
