"""The example's Containerfile: its program, environment and health check, run without an engine."""

from __future__ import annotations

import subprocess
import tomllib
from pathlib import Path

import httpx

from tests.deployment.examples import HOST, Container
from tests.kit.processes import ROOT, Program, free_port


def test_it_serves_and_is_found_healthy(tmp_path: Path) -> None:
    container, port = Container.shown(), free_port()
    environment = {
        **container.environment,
        "QUART_BIND": f"127.0.0.1:{port}",
        "QUART_DATA_DIR": str(tmp_path),
    }
    check = [word.replace(":8000/", f":{port}/") for word in container.health_check]

    with Program.running(*container.command, by=(), environment=environment) as program:
        assert program.port == port
        page = httpx.get(f"http://127.0.0.1:{port}/login", headers={"Host": HOST})
        is_healthy = subprocess.run(check, check=False).returncode
        program.stopped()
        is_healthy_later = subprocess.run(check, check=False, stderr=subprocess.DEVNULL).returncode

    assert page.status_code == 200
    assert (is_healthy, is_healthy_later) == (0, 1)


def test_it_says_where_it_listens_and_what_is_kept() -> None:
    container = Container.shown()

    assert container.environment["QUART_BIND"] == "0.0.0.0:8000"
    assert f"VOLUME {container.environment['QUART_DATA_DIR']}\n" in container.text
    assert "EXPOSE 8000\n" in container.text


def test_the_image_is_given_what_it_installs_from_and_nothing_else() -> None:
    told = tomllib.loads((ROOT / "pyproject.toml").read_text())
    project, wheel = told["project"], told["tool"]["hatch"]["build"]["targets"]["wheel"]
    ignored, *kept = (ROOT / ".dockerignore").read_text().splitlines()[1:]

    needed = {"pyproject.toml", project["readme"], *project["license-files"]}
    assert ignored == "*"
    assert {line.removeprefix("!") for line in kept} == {*needed, *wheel["only-include"]}
