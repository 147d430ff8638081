"""Tells whether an exception is being handled just now."""

from __future__ import annotations

import sys


def is_being_handled(failure: Exception) -> bool:
    """Whether an error handler, or what makes an error page, is at work on this one."""
    # What is not a coroutine runs in a thread, where exc_info is empty. But a failure that has
    # arrived at Quart itself has passed all handlers, and only what makes the error page follows.
    came_to = failure.__traceback__
    arrived = came_to is not None and came_to.tb_frame.f_globals.get("__name__") == "quart.app"
    return arrived or sys.exc_info()[1] is failure
