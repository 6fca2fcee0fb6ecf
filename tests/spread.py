"""What goes to which worker: a file stays in one, what its tests share is made once; and so does all of one lab.

A long file whose tests share nothing but what they make of one notebook or lab goes in parts: its last test would
leave the other worker idle.
"""

from __future__ import annotations

import re

from xdist.scheduler.loadscope import LoadScopeScheduling

__all__ = ["BesideItsOwn"]

OF_LABS = ("tests/browser/test_accessibility.py", "tests/browser/test_fit.py", "tests/browser/test_labs.py")
"""Files whose tests take a lab that is opened once, its name first among their parameters."""
IN_PARTS = ("tests/labs/test_dead_knobs.py", "tests/labs/test_state.py", "tests/notebooks/test_again.py")
"""Files of which every lab or notebook, first among the parameters, may go to another worker."""


class BesideItsOwn(LoadScopeScheduling):
    """Like xdist's `--dist loadfile`, but the tests of one lab, of three files, go together."""

    def _split_scope(self, nodeid: str) -> str:
        return shared_by(nodeid)


def shared_by(nodeid: str) -> str:
    """Of what a test is one of several: a lab, a part of its file, or else its file."""
    file, _, test = nodeid.partition("::")
    first = re.search(r"\[(\w+)", test)
    if first and file in OF_LABS:
        return f"the lab {first[1]}"
    return f"{first[1]} of {file}" if first and file in IN_PARTS else file
