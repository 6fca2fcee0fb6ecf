"""A player's traits as they leave Python where no Jupyter carries them: JSON here, binary buffers there."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterable
from typing import Any, NamedTuple, cast

from anywidget import AnyWidget

# ipywidgets' own way to take the buffers out of a tree, so that a page without Jupyter gets what one with it gets
from ipywidgets.widgets.widget import _remove_buffers

__all__ = ["Traits", "framed", "traits_of"]

Buffer = bytes | memoryview


class Traits(NamedTuple):
    """Traits by name; what was binary in them, in `buffers`, belongs where `paths` say."""

    state: dict[str, Any]
    paths: list[list[str | int]]
    buffers: list[Buffer]


def traits_of(player: AnyWidget, **instead: Any) -> Traits:
    """All that a page needs to know of the player: every trait that is tagged sync and is not of Jupyter's making."""
    ours = set(player.keys) - set(AnyWidget.class_trait_names(sync=True))
    state = player.get_state([name for name in ours if not name.startswith("_")])
    bare, paths, buffers = _remove_buffers({**state, **instead})
    return Traits(cast(dict[str, Any], bare), paths, buffers)


def framed(content: dict[str, Any], buffers: Iterable[Buffer] = ()) -> bytes:
    """One message: the length of its JSON in four bytes, the JSON with the buffers' `sizes`, then the buffers."""
    parts = [memoryview(buffer).cast("B") for buffer in buffers]
    head = json.dumps({**content, "sizes": [part.nbytes for part in parts]}).encode()
    return b"".join([struct.pack("<I", len(head)), head, *parts])
