"""Clients that are slow on purpose (slowhttptest, in all its modes) do not keep others waiting."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from statistics import median

import httpx
import pytest

from tests.kit.polling import until
from tests.kit.processes import Program
from tests.kit.programs import needed

ATTACKERS = 400  # in each mode
SECONDS = 2
LONG_ENOUGH_SECONDS = 60
AS_BEFORE = 10  # times the time that it took before, at most
NO_MATTER_SECONDS = 0.05
LONGEST_SECONDS = 1.0
MODES = {
    "heads": ("-H", "-i", "1", "-x", "24"),
    "bodies": ("-B", "-i", "1", "-s", "8192", "-x", "24"),
    "reading": ("-X", "-w", "1", "-y", "16", "-n", "1", "-z", "1"),
}


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    # The forms of the login pages refuse the tool's made-up Referer before they read on.
    serve = "tests.server.programs.bodies"
    environment = {"QUART_DATA_DIR": str(tmp_path / "data")}
    with Program.running(serve, environment=environment) as program:
        yield program


@pytest.fixture
def slowhttptest() -> str:
    return needed("slowhttptest", package="slowhttptest")


def test_clients_that_are_slow_on_purpose_keep_nobody_waiting(
    program: Program, slowhttptest: str
) -> None:
    url = f"{program.url}/login"
    attacked = {"heads": url, "bodies": url.replace("login", "body"), "reading": url}
    before = median(seconds_of_visits(url, during=1))
    rate = ("-c", str(ATTACKERS), "-r", str(ATTACKERS), "-l", str(LONG_ENOUGH_SECONDS), "-p", "3")
    with ExitStack() as stack:
        attacks = [
            stack.enter_context(
                subprocess.Popen(
                    [slowhttptest, *mode, *rate, "-u", attacked[name]], stdout=subprocess.DEVNULL
                )
            )
            for name, mode in MODES.items()
        ]
        until(lambda: program.descriptors > ATTACKERS * len(MODES) / 2)

        meanwhile = list(seconds_of_visits(url, during=SECONDS))

        assert all(attack.poll() is None for attack in attacks), "it was still going on"
        for attack in attacks:
            attack.terminate()
    assert median(meanwhile) < max(AS_BEFORE * before, NO_MATTER_SECONDS)
    assert max(meanwhile) < max(AS_BEFORE * before, LONGEST_SECONDS)


def seconds_of_visits(url: str, *, during: float) -> Iterator[float]:
    """How long visitors waited who came one after the other, for this many seconds."""
    end = time.monotonic() + during
    while time.monotonic() < end:
        began = time.perf_counter()
        # Each on a connection of its own.
        assert httpx.get(url, timeout=10).status_code == 200
        yield time.perf_counter() - began
