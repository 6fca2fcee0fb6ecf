"""Whether somebody is there: a person runs cells from a page, nbval and nbconvert run them alone."""

from __future__ import annotations

import sys
from typing import Any

__all__ = ["attended"]


def attended() -> bool:
    """True in a cell that a person runs and for a press on the page, False in a script, a test, nbval or nbconvert.

    A front end says with every cell whether it could ask its user for input; a runner without a user says no. There is
    no other word on it in the protocol.
    """
    # A process that never loaded IPython is no notebook, and should not load it to find out.
    shell: Any = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    kernel = getattr(shell, "kernel", None)
    if kernel is None:
        return False
    request = kernel.get_parent()
    pressed = request.get("header", {}).get("msg_type") == "comm_msg"
    return pressed or bool(request.get("content", {}).get("allow_stdin", False))
