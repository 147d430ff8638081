"""Tells the service manager how things are, as sd_notify(3) does; nothing where there is none."""

from __future__ import annotations

import os
import socket
import time
from contextlib import suppress

VARIABLE = "NOTIFY_SOCKET"
READY = "READY=1"
STOPPING = "STOPPING=1"


def reloading() -> str:
    """The state until the next READY. The time tells it from one before."""
    return f"RELOADING=1\nMONOTONIC_USEC={time.monotonic_ns() // 1000}"


def notify(state: str) -> None:
    """Never fails and never waits: the service is worth more than what is said about it."""
    path = os.environ.get(VARIABLE)
    if not path:
        return
    # Linux also has names without a file, which are written so.
    address = "\0" + path[1:] if path.startswith("@") else path
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.setblocking(False)
        line.sendto(state.encode(), address)
