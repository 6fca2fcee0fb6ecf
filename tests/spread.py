"""What goes to which worker: a file stays in one, what its tests share is made once; and so does all of one lab."""

from __future__ import annotations

import re

from xdist.scheduler.loadscope import LoadScopeScheduling

__all__ = ["BesideItsOwn"]

OF_LABS = ("tests/browser/test_accessibility.py", "tests/browser/test_fit.py", "tests/browser/test_labs.py")
"""Files whose tests take a lab that is opened once, its name first among their parameters."""


class BesideItsOwn(LoadScopeScheduling):
    """Like xdist's `--dist loadfile`, but the tests of one lab, of three files, go together."""

    def _split_scope(self, nodeid: str) -> str:
        return shared_by(nodeid)


def shared_by(nodeid: str) -> str:
    """Of what a test is one of several: a lab, or else its file."""
    file, _, test = nodeid.partition("::")
    lab = re.search(r"\[(\w+)", test) if file in OF_LABS else None
    return f"the lab {lab[1]}" if lab else file
