"""The service manager is told when it serves, reloads and stops, as `Type=notify` asks."""

from __future__ import annotations

import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kit.processes import Program


@pytest.fixture
def manager(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """Listens where systemd would."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(10)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        yield manager


def test_one_process_tells(manager: socket.socket) -> None:
    with Program.running("tests.server.programs.everything", "0.3", "fastest", "0") as program:
        ready = manager.recv(4096)
        assert program.port
        program.process.send_signal(signal.SIGTERM)
        stopping = manager.recv(4096)
        program.ended()

    assert (ready, stopping) == (b"READY=1", b"STOPPING=1")


def test_a_manager_that_does_not_listen_is_no_reason_to_fail(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "nobody"))

    with Program.running("tests.server.programs.everything", "0.3", "fastest", "0") as program:
        assert program.port
        status, _ = program.stopped()

    assert status == 0
