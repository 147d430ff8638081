"""One answer for all workers of a machine, right after one was killed; never where the site is."""

from __future__ import annotations

import os
import re
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from quart_app.cli import main
from tests.kit.polling import until
from tests.kit.processes import Program, free_port

COUNT = re.compile(r'^quart_app_request_seconds_count\{route="/login",status="200"\} (\S+)$', re.M)
PARKED = re.compile(r'^quart_app_connections\{state="parked"\} (\S+)$', re.M)


@contextmanager
def measured(folder: Path, *, workers: int) -> Iterator[tuple[Program, str]]:
    """A server, and where its metrics are."""
    bind = f"127.0.0.1:{free_port()}"
    words = ("serve", "--bind", "127.0.0.1:0", "--workers", str(workers), "--data-dir", str(folder))
    environment = {"QUART_METRICS_BIND": bind, "TMPDIR": str(folder)}
    with Program.running("quart_app", *words, environment=environment) as program:
        program.answers()
        yield program, f"http://{bind}/metrics"


def number(pattern: re.Pattern[str], url: str) -> float:
    found = pattern.search(httpx.get(url).text)
    return float(found[1]) if found else 0.0


def visit(program: Program, times: int) -> None:
    for _ in range(times):
        # A connection each, so that all workers get some.
        assert httpx.get(f"{program.url}/login").status_code == 200


def children(program: Program) -> list[int]:
    pid = program.process.pid
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@pytest.mark.parametrize("workers", [1, 2])
def test_it_counts_what_all_of_them_answered(tmp_path: Path, workers: int) -> None:
    with measured(tmp_path, workers=workers) as (program, url):
        visit(program, 12)

        counted = number(COUNT, url)
        at_the_site = httpx.get(f"{program.url}/metrics")

    assert counted == 12
    assert at_the_site.status_code == 404


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_nothing_is_forgotten_when_workers_end(tmp_path: Path, how: int) -> None:
    with measured(tmp_path, workers=2) as (program, url):
        visit(program, 12)
        before = children(program)
        for pid in before:
            os.kill(pid, how)
            until(lambda gone=pid: gone not in children(program))  # type: ignore[misc]
            assert number(COUNT, url) == 12
        program.complains("worker serves", times=4)
        visit(program, 3)

        assert number(COUNT, url) == 15
        (folder,) = tmp_path.glob("quart-app-metrics-*")
        files = {file.name for file in folder.iterdir()}
        assert not any(f"_{pid}.db" in name for name in files for pid in before)
        program.stopped()

    assert not folder.exists()


def test_the_gauges_of_a_worker_go_with_it(tmp_path: Path) -> None:
    with measured(tmp_path, workers=2) as (program, url), program.client() as client:
        client.get("/login")
        until(lambda: number(PARKED, url) == 1)
        for pid in children(program):
            os.kill(pid, signal.SIGKILL)
        program.complains("worker serves", times=4)

        until(lambda: number(PARKED, url) == 0)


@pytest.mark.parametrize(
    ("bind", "complaint"),
    [
        ("127.0.0.1:8000", "the address of the site: choose another port"),
        ("nowhere", "METRICS_BIND is 'nowhere': set it to host:port"),
        ("192.0.2.1:9464", "set METRICS_BIND to another address"),
    ],
)
@pytest.mark.parametrize("workers", ["1", "2"])
def test_an_address_that_cannot_be_is_one_line(
    bind: str,
    complaint: str,
    workers: str,
    tmp_path: Path,
) -> None:
    with Program.running(
        *("quart_app", "serve", "--workers", workers, "--data-dir", str(tmp_path)),
        environment={"QUART_METRICS_BIND": bind},
    ) as program:
        status = program.ended()

    assert status == 1
    assert program.err.startswith("quart-app: ")
    assert complaint in program.err
    assert program.err.count("\n") == 1


@pytest.mark.usefixtures("logging_as_before")
def test_without_the_library_it_says_which_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("QUART_METRICS_BIND", "127.0.0.1:9464")
    monkeypatch.setitem(sys.modules, "prometheus_client", None)

    status = main(["check", "--data-dir", str(tmp_path)])

    assert status == 1
    assert "pip install 'quart-app[metrics]'" in capsys.readouterr().err
