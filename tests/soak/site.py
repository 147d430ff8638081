"""The server under test: its processes, what they hold, and killing one of them."""

from __future__ import annotations

import os
import signal
import socket
import struct
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from tests.bench.processes import descriptors_of, memory_of, with_children
from tests.kit.polling import until
from tests.kit.processes import Program

Peer = tuple[str, int]

_ESTABLISHED_WITH = Path("/proc/net/tcp")
MANY_SECONDS = 60.0


class Site:
    """`quart-app serve`, with one process or several."""

    def __init__(self, program: Program, *, workers: int) -> None:
        self.port = program.port
        self._program = program
        self._workers = workers

    @classmethod
    @contextmanager
    def serving(cls, folder: Path, *, workers: int, settings: Mapping[str, str]) -> Iterator[Self]:
        words = ["quart_app", "serve", "--bind", "127.0.0.1:0"]
        if workers > 1:
            words += ["--workers", str(workers)]
        environment = {"QUART_DATA_DIR": str(folder / "data"), **settings}
        with Program.running(*words, environment=environment) as program:
            site = cls(program, workers=workers)
            until(lambda: len(site.workers()) == max(workers, 1))
            yield site

    def workers(self) -> list[int]:
        """Those who serve."""
        supervisor, *children = with_children(self._program.process.pid)
        return children if self._workers > 1 else [supervisor]

    def descriptors(self) -> int:
        """Open in all of its processes."""
        return descriptors_of(self._program.process.pid)

    def memory(self) -> int:
        """Bytes of all of its processes."""
        return memory_of(self._program.process.pid)

    def kill_one(self) -> set[Peer]:
        """Kill a worker, and wait until it has been replaced; who was connected to it."""
        before = self.workers()
        victim = before[0]
        os.kill(victim, signal.SIGSTOP)
        # Nobody is accepted from here on.
        peers = peers_of(victim, port=self.port)
        os.kill(victim, signal.SIGKILL)
        until(lambda: victim not in self.workers() and len(self.workers()) == len(before))
        return peers

    def comes_down_to(self, descriptors: int) -> None:
        """Wait until no more than these are open."""
        until(lambda: self.descriptors() <= descriptors, within=MANY_SECONDS)

    def stopped(self) -> int:
        """The exit status."""
        status, _ = self._program.stopped()
        return status


def peers_of(pid: int, *, port: int) -> set[Peer]:
    """The other ends of a process's connections on this port."""
    own = {os.readlink(each) for each in Path(f"/proc/{pid}/fd").iterdir()}
    peers = set()
    for line in _ESTABLISHED_WITH.read_text().splitlines()[1:]:
        _, here, there, *_, inode = line.split()[:10]
        if int(here.split(":")[1], 16) == port and f"socket:[{inode}]" in own:
            address, peer_port = there.split(":")
            host = socket.inet_ntoa(struct.pack("<I", int(address, 16)))
            peers.add((host, int(peer_port, 16)))
    return peers
