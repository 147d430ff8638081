"""A machine that has no thread left."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch


@contextmanager
def none_left() -> Iterator[None]:
    """Meanwhile no thread can be started."""
    refused = RuntimeError("can't start new thread")
    with patch.object(threading.Thread, "start", side_effect=refused):
        yield
