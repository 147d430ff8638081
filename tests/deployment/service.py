"""The example's unit as systemd would start it, and what it tells systemd."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from tests.deployment.examples import Unit
from tests.kit.polling import PATIENCE_SECONDS
from tests.kit.processes import Program, free_port


class Service:
    """One that is running."""

    def __init__(self, unit: Unit, program: Program, port: int, line: socket.socket) -> None:
        self.program = program
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
        environment = {**unit.environment(ours), "NOTIFY_SOCKET": str(folder / "notify")}
        command = unit.command("ExecStart", {})
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
            line.bind(environment["NOTIFY_SOCKET"])
            with Program.running(*command, by=(), environment=environment) as program:
                service = cls(unit, program, port, line)
                assert service.says() == "READY=1", program.said
                yield service

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
        main = {"$MAINPID": str(self.program.process.pid)}
        subprocess.run(self._unit.command("ExecReload", main), check=True)
