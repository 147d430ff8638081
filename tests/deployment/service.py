"""The readme's unit as systemd would start it, and what it tells systemd."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from tests.deployment.readme import Unit
from tests.server.process import ROOT
from tests.servers import free_port

PATIENCE_SECONDS = 20.0


class Service:
    """One that is running."""

    def __init__(
        self, unit: Unit, process: subprocess.Popen[bytes], port: int, line: socket.socket
    ) -> None:
        self.process = process
        self.port = port
        self._unit = unit
        self._line = line

    @classmethod
    @contextmanager
    def running(cls, folder: Path) -> Iterator[Self]:
        """It serves."""
        unit, port = Unit.shown(), free_port()
        # With DynamicUser the folder is a link.
        (folder / "private").mkdir(mode=0o700)
        (folder / "state").symlink_to(folder / "private")
        ours = {
            "QUART_BIND": f"127.0.0.1:{port}",
            "QUART_DATA_DIR": str(folder / "state"),
            "QUART_TRUSTED_HOSTS": "localhost",
        }
        env = {**os.environ, **unit.environment(ours), "NOTIFY_SOCKET": str(folder / "notify")}
        command = unit.command("ExecStart", {})
        log = folder / "log"
        with (
            socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line,
            log.open("wb") as output,
        ):
            line.bind(env["NOTIFY_SOCKET"])
            with subprocess.Popen(
                command, cwd=ROOT, env=env, stdout=output, stderr=output
            ) as process:
                service = cls(unit, process, port, line)
                try:
                    assert service.says() == "READY=1", log.read_text()
                    yield service
                finally:
                    process.kill()

    def says(self, *, within: float = PATIENCE_SECONDS) -> str:
        """Wait for what it tells systemd next."""
        self._line.settimeout(within)
        return self._line.recv(4096).decode()

    def said(self) -> str | None:
        """What it has told systemd meanwhile."""
        try:
            return self.says(within=0)
        except BlockingIOError:
            return None

    def reload(self) -> None:
        """As `systemctl reload` does."""
        command = self._unit.command("ExecReload", {"$MAINPID": str(self.process.pid)})
        subprocess.run(command, check=True)
