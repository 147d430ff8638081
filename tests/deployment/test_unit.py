"""The example's unit is one that systemd takes, and does what it is written for."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path

from tests.deployment.examples import Unit
from tests.deployment.service import Service
from tests.kit.programs import needed


def test_systemd_finds_nothing_wrong_with_it(tmp_path: Path) -> None:
    unit = tmp_path / "quart-app.service"
    unit.write_text(Unit.shown().with_our_program)

    verified = subprocess.run(
        [needed("systemd-analyze", package="systemd"), "verify", "--man=no", str(unit)],
        capture_output=True,
        text=True,
    )

    assert (verified.returncode, verified.stdout, verified.stderr) == (0, "", "")


def test_it_starts_reloads_and_stops(tmp_path: Path) -> None:
    with Service.running(tmp_path) as service:
        service.reload()
        reloading, ready = service.says(), service.says()
        service.program.process.send_signal(signal.SIGTERM)
        stopping = service.says()
        status = service.program.ended()
        more = service.said()

    assert reloading.startswith("RELOADING=1\nMONOTONIC_USEC=")
    assert (ready, stopping) == ("READY=1", "STOPPING=1")
    assert more is None, "workers do not speak for the service"
    assert status == 0
