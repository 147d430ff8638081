"""Begins to listen and passes its sockets to a command, as systemd does for a `.socket` unit."""

from __future__ import annotations

import fcntl
import os
import socket
import sys
from pathlib import Path

FIRST = 3
FAR = 100


def listening(where: str) -> socket.socket:
    """A path, `host:port`, or `deaf` for a socket that waits for nobody."""
    if where == "deaf":
        return socket.socket()
    if "/" in where:
        sock = socket.socket(socket.AF_UNIX)
        sock.bind(where)
    else:
        host, _, port = where.rpartition(":")
        sock = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((host, int(port)))
    sock.listen()
    return sock


if __name__ == "__main__":
    folder, places, *command = sys.argv[1:]
    os.chdir(Path(folder))
    sockets = [listening(place) for place in places.split(",")]
    # First away from where they are to go, so that none overwrites another.
    away = [fcntl.fcntl(sock, fcntl.F_DUPFD_CLOEXEC, FAR) for sock in sockets]
    for number, descriptor in enumerate(away, FIRST):
        os.dup2(descriptor, number, inheritable=True)
    os.environ["LISTEN_PID"] = str(os.getpid())
    os.environ["LISTEN_FDS"] = str(len(sockets))
    os.environ["LISTEN_FDNAMES"] = ":".join(f"name-{index}" for index in range(len(sockets)))
    os.execv(sys.executable, [sys.executable, "-m", *command])  # noqa: S606 - the test's own
