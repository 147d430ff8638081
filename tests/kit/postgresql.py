"""A PostgreSQL server of our own, that tests may kill, hang and start again."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any, Self

import psycopg

from tests.kit.polling import PATIENCE_SECONDS, until
from tests.kit.processes import free_port
from tests.kit.programs import missing

# What it keeps on disk is for this test only.
_SETTINGS = {"fsync": "off", "full_page_writes": "off", "max_connections": "300"}


def _folder_of_programs() -> Path:
    """Debian keeps them in a folder for each version, and puts a few of them on the path."""
    found = [*Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if (on_path := shutil.which("initdb")) is not None:
        found.append(Path(on_path))
    if not found:
        missing("no postgres here: apt-get install postgresql")
    return max(found).parent


def _user() -> str | None:
    """Who runs it: it refuses to be run by root."""
    return "postgres" if os.geteuid() == 0 else None


def signal_all(pid: int, number: signal.Signals) -> None:
    """To its first process, which makes the others, and to those, each a group of its own."""
    # Of one that has ended there would be none.
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    os.kill(pid, number)
    for child in children:
        with suppress(ProcessLookupError):
            os.kill(int(child), number)


class PostgreSQLServer:
    """On a port of its own, with a folder of its own."""

    def __init__(self) -> None:
        self._programs = _folder_of_programs()
        self._port = free_port()
        self._folder = Path(tempfile.mkdtemp(prefix="postgresql-test-"))
        self._names = count(1)
        self._process: subprocess.Popen[bytes] | None = None

    @classmethod
    @contextmanager
    def running(cls) -> Iterator[Self]:
        """Until the end of the block, where all that it has written goes too."""
        server = cls()
        try:
            server._make()
            server.start()
            yield server
        finally:
            server.kill()
            shutil.rmtree(server._folder, ignore_errors=True)

    @property
    def is_running(self) -> bool:
        return self._process is not None

    def new_database(self) -> str:
        """The address of one that is empty."""
        name = f"test_{next(self._names)}"
        self.tell(f"CREATE DATABASE {name}")
        return self._url(name)

    def tell(self, command: str, *, database: str = "postgres") -> list[tuple[Any, ...]]:
        """What it answers, on a connection of its own."""
        with psycopg.connect(self._url(database), autocommit=True) as connection:
            cursor = connection.execute(command)
            return cursor.fetchall() if cursor.description else []

    def start(self) -> None:
        """Until it answers. What one that was killed has of memory may go a moment later."""
        until(self._has_started)

    def _has_started(self) -> bool:
        settings = [word for pair in _SETTINGS.items() for word in ("-c", "=".join(pair))]
        sockets = ["-c", f"unix_socket_directories={self._folder}"]
        process = subprocess.Popen(
            [
                self._program("postgres"),
                "-D",
                self._data,
                "-p",
                str(self._port),
                *settings,
                *sockets,
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            user=_user(),
            cwd=self._folder,
        )
        until(lambda: process.poll() is not None or self._answers())
        if process.poll() is not None:
            return False
        self._process = process
        return True

    def kill(self) -> None:
        """All of its processes, at once."""
        if self._process is None:
            return
        signal_all(self.pid, signal.SIGKILL)
        self._process.wait(timeout=PATIENCE_SECONDS)
        self._process = None
        (self._data / "postmaster.pid").unlink(missing_ok=True)

    def pause(self) -> None:
        """Connections still open, and nothing answers on them."""
        signal_all(self.pid, signal.SIGSTOP)

    def resume(self) -> None:
        signal_all(self.pid, signal.SIGCONT)

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    def _url(self, database: str) -> str:
        return f"postgresql://quart@127.0.0.1:{self._port}/{database}"

    def _program(self, name: str) -> str:
        return str(self._programs / name)

    def _make(self) -> None:
        if (user := _user()) is not None:
            shutil.chown(self._folder, user)
        how = ["--auth", "trust", "--username", "quart", "--no-sync", "--encoding", "UTF8"]
        made = subprocess.run(
            [self._program("initdb"), "-D", self._data, *how, "--locale", "C.UTF-8"],
            capture_output=True,
            text=True,
            user=user,
            cwd=self._folder,
            check=False,
        )
        assert made.returncode == 0, made.stderr

    def _answers(self) -> bool:
        try:
            self.tell("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True
