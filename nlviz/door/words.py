"""Single values at the door. Every word gives the value in one plain kind, or refuses it."""

from __future__ import annotations

import difflib
import math
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from numbers import Integral, Real
from pathlib import Path
from typing import Any, NoReturn, TypeVar

__all__ = [
    "able",
    "call",
    "choice",
    "count",
    "flag",
    "folder_for",
    "instance",
    "known",
    "number",
    "refuse",
    "seed",
    "several",
    "share",
    "shown",
    "text",
]

T = TypeVar("T")

MOST = 10**9
"""More than any stream here has tokens, or any memory axes: a slip of the hand is told apart from a wish."""


def refuse(name: str, value: object, expected: str, remedy: str = "") -> NoReturn:
    """Raise the ValueError of all doors: "name is value; expected …; remedy"."""
    raise ValueError("; ".join([f"{name} is {shown(value)}", f"expected {expected}", *([remedy] if remedy else [])]))


def shown(value: object) -> str:
    """The value in a few words: short ones as Python writes them, arrays by shape and kind, long ones cut."""
    if isinstance(value, type):
        return f"the class {value.__name__}"
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        # its parts may be long, and its name says enough
        return f"{'an' if type(value).__name__[:1] in 'AEIOU' else 'a'} {type(value).__name__}"
    if hasattr(value, "shape") and hasattr(value, "dtype") and math.prod(value.shape) != 1:  # pyright: ignore
        return f"{type(value).__name__} {list(value.shape)} of {value.dtype}"  # pyright: ignore
    if callable(value) and hasattr(value, "__name__"):
        return f"the function {value.__name__}"  # pyright: ignore
    try:
        words = repr(value)
    except Exception:
        return f"a {type(value).__name__}"
    # an object without a repr of its own shows an address, which says nothing
    if " object at 0x" in words:
        return f"a {type(value).__name__}"
    return words if len(words) <= 60 else f"{words[:57]}…"


def _single(value: object) -> object:
    """A number kept in an array or a tensor of one value, taken out of it: `np.int64(8)`, `torch.tensor(8)`."""
    if isinstance(value, Real | type) or not hasattr(value, "item") or math.prod(getattr(value, "shape", (0,))) != 1:
        return value
    return value.item()  # pyright: ignore[reportAttributeAccessIssue]


def _below(value: object, limit: int) -> bool:
    return not isinstance(value, Real) or not float(value) > limit


def _is_switch(value: object) -> bool:
    return isinstance(value, bool) or type(value).__name__ in ("bool_", "bool")


def count(name: str, value: Any, *, least: int = 1, most: int = MOST, of: str = "") -> int:
    """A whole number from `least` to `most`. 8, 8.0, np.int64(8) and torch.tensor(8) are; True, 2.5 and "8" are not.

    of: what is counted, for the words of a refusal ("tokens").
    """
    held = _single(value)
    whole = isinstance(held, Integral) or (isinstance(held, Real) and float(held).is_integer())
    top = "" if most == MOST and _below(held, MOST) else f" and at most {most:,}"
    what = f"a whole number{f' of {of}' if of else ''}, at least {least}{top}"
    if _is_switch(held) or not whole:
        refuse(name, value, what)
    if not least <= int(held) <= most:  # pyright: ignore[reportArgumentType]
        refuse(name, value, what)
    return int(held)  # pyright: ignore[reportArgumentType]


def seed(name: str, value: Any) -> int:
    """A whole number that a generator can start from."""
    return count(name, value, least=-(2**63), most=2**64 - 1)


def number(
    name: str,
    value: Any,
    *,
    least: float = -math.inf,
    most: float = math.inf,
    above: float | None = None,
    below: float | None = None,
    remedy: str = "",
) -> float:
    """A finite number in a range: least ≤ x ≤ most, or with `above` and `below` as open ends."""
    held = _single(value)
    low = f" above {above:g}" if above is not None else f" of at least {least:g}" if math.isfinite(least) else ""
    high = f" below {below:g}" if below is not None else f" up to {most:g}" if math.isfinite(most) else ""
    what = f"a finite number{low}{' and' if low and high else ''}{high}"
    if _is_switch(held) or not isinstance(held, Real):
        refuse(name, value, what, remedy)
    x = float(held)
    inside = math.isfinite(x) and least <= x <= most
    if not inside or (above is not None and not x > above) or (below is not None and not x < below):
        refuse(name, value, what, remedy)
    return x


def share(name: str, value: Any, *, remedy: str = "") -> float:
    """A number from 0 to 1."""
    return number(name, value, least=0.0, most=1.0, remedy=remedy)


def flag(name: str, value: Any) -> bool:
    """True or False; NumPy's are taken, 0, 1 and "yes" are not."""
    held = _single(value)
    if not _is_switch(held):
        refuse(name, value, "True or False")
    return bool(held)


def text(name: str, value: Any) -> str:
    """A string."""
    if not isinstance(value, str):
        refuse(name, value, "a text (a string)")
    return value


def choice(name: str, value: Any, options: Iterable[T]) -> T:
    """One of the options, as it stands among them; a word almost right is answered with the nearest one."""
    every, held = list(options), _single(value)
    for option in every:
        alike = type(option) is type(held) or isinstance(held, str | Real)
        same = option == held if alike and _is_switch(option) == _is_switch(held) else False
        if _is_switch(same) and same:
            return option
    words = [str(option) for option in every]
    near = difflib.get_close_matches(value, words, 1) if isinstance(value, str) else []
    hint = f"did you mean {near[0]!r}?" if near else ""
    refuse(name, value, f"one of {', '.join(map(repr, every))}", hint)


def known(name: str, value: Any, options: Mapping[str, T]) -> T:
    """What stands under a word in a table; the word is looked at as by `choice`."""
    return options[choice(name, value, options)]


def instance(name: str, value: Any, kind: type[T] | tuple[type[Any], ...], remedy: str = "") -> T:
    """A thing of a kind; a class in place of a thing made from it says so."""
    if isinstance(value, kind):
        return value  # pyright: ignore[reportReturnType]
    kinds = kind if isinstance(kind, tuple) else (kind,)
    names = " or ".join(one.__name__ for one in kinds)
    if isinstance(value, type) and issubclass(value, kinds):
        remedy = remedy or f"make one first: {value.__name__}(…)"
    article = "an" if names[:1] in "AEIOU" else "a"
    refuse(name, value, f"{article} {names}", remedy)


def able(name: str, value: Any, parts: Iterable[str], what: str, remedy: str = "") -> Any:
    """A thing that has all these methods and attributes, whatever its class; a class itself says to make one first."""
    every = list(parts)
    missing = [part for part in every if not hasattr(value, part)]
    some = len(missing) < len(every)
    if isinstance(value, type):
        refuse(name, value, what, remedy or (f"make one first: {value.__name__}(…)" if some else ""))
    if missing:
        refuse(name, value, what, remedy or (f"it has no {' and no '.join(missing)}" if some else ""))
    return value


def call(name: str, value: Any, what: str = "a function") -> Callable[..., Any]:
    """Something that can be called; not a class made to be filled in later, which is most often a slip."""
    if not callable(value):
        refuse(name, value, what)
    return value


def several(name: str, value: Any, *, least: int = 0, what: str = "values") -> Sequence[Any]:
    """A list or tuple of things, generators and arrays included; one string is not several."""
    if isinstance(value, str | bytes | Mapping) or not isinstance(value, Iterable):
        refuse(name, value, f"a list of {what}", f"put it in brackets: [{shown(value)}]")
    every = value if isinstance(value, list | tuple) else list(value)
    if len(every) < least:
        refuse(name, value, f"at least {least} of {what}")
    return every


def folder_for(name: str, value: Any, *, over: bool = False, suffix: str = "") -> Path:
    """A path that can be written, looked at before the work: its folder exists and takes files, nothing stands there.

    over: whether what stands there may be replaced. suffix: how the name must end, such as ".npz".
    """
    if not isinstance(value, str | os.PathLike) or not os.fspath(value):
        refuse(name, value, "a path")
    path = Path(value)  # pyright: ignore[reportArgumentType]
    if not _is_name(path):
        refuse(name, str(path), "a path that a file can have", "use a shorter one, of letters and digits")
    if path.is_dir():
        refuse(name, str(path), "the path of a file", "that is a folder; add a file name")
    if suffix and path.suffix != suffix:
        refuse(name, str(path), f"a name that ends in {suffix}")
    parent = path.parent
    if not parent.is_dir():
        refuse(name, str(path), "a path in a folder that exists", f"make {parent} first")
    if not os.access(parent, os.W_OK):
        refuse(name, str(path), "a path in a folder you may write to", "choose another folder")
    if path.exists() and not over:
        refuse(name, str(path), "a new file", "that file exists; choose another name or remove it first")
    return path


def _is_name(path: Path) -> bool:
    """Whether a file could be called so: not too long for this system, and without a zero byte."""
    try:
        os.lstat(path)
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return True
    except (OSError, ValueError):
        return False
    return True
