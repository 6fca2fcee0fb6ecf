"""The lab that a command is to show, by the name and the wishes typed."""

from __future__ import annotations

from inspect import signature
from typing import TYPE_CHECKING, Any

from nlviz.door import words

if TYPE_CHECKING:
    from nlviz.widgets import Lab

__all__ = ["lab_named"]


def lab_named(name: str | None, *, state: str | None = None, theme: str = "auto", **wishes: Any) -> Lab:
    """A lab of `nlviz.labs`, after its first run; of the wishes (preset, only, path) those that are not None count.

    state: what `lab.state()` gave, in place of a name. Raises ValueError for what there is not.
    """
    # they cost seconds to import: only when a lab is wanted
    import torch

    from nlviz import labs

    # the fastest for a loop of small matrices, as in `setup`
    torch.set_num_threads(1)
    wishes = {wish: value for wish, value in wishes.items() if value is not None}
    if state is not None:
        if name is not None or {"preset", "path"} & wishes.keys():
            raise ValueError("a state says which lab and how its knobs stand; give it without a name, preset and path")
        lab = labs.from_state(state, **wishes)
    elif name is None:
        raise ValueError(f"no lab was named; choose one of {', '.join(labs.__all__)}")
    else:
        made = getattr(labs, words.choice("lab", name, labs.__all__))
        if "path" in wishes and "path" not in signature(made).parameters:
            reads = [one for one in labs.__all__ if "path" in signature(getattr(labs, one)).parameters]
            what = f"to be given to a lab that reads a folder ({', '.join(reads)}); {name} does not"
            words.refuse("--path", wishes["path"], what)
        lab = made(**wishes)
    if lab.problem:
        raise lab.problem
    lab.theme = theme
    return lab
