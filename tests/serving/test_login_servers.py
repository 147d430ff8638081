"""A login in somebody's own application, under every server that it is run with."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.kit.processes import Program
from tests.kit.servers import SERVERS, configured, serving

PASSWORD = "correct horse"  # noqa: S105 - the program's
APP = "tests.serving.programs.with_login:app"
QUART_RUN = ("quart", "--app", APP, "run", "--host", "127.0.0.1", "--port", "{port}")


def walk(program: Program) -> None:
    """In and out."""
    with program.client() as ada:
        form = ada.get("/", follow_redirects=True)
        wrong = ada.post("/login", data={"name": "ada", "password": "wrong"})
        signed_in = ada.post("/login", data={"name": "ada", "password": PASSWORD, "next": "/"})
        home = ada.get(signed_in.headers["location"])
        open_page = ada.head("/events")
        style = ada.get(form.text.partition('rel="stylesheet" href="')[2].partition('"')[0])
        ada.post("/logout")
        after = ada.get("/")

    assert 'name="password"' in form.text
    assert (wrong.status_code, signed_in.status_code, after.status_code) == (401, 303, 302)
    assert home.json()["name"] == "ada"
    assert "content-security-policy" not in home.headers
    assert (open_page.status_code, style.status_code) == (200, 200)


@pytest.mark.parametrize("server", SERVERS)
def test_a_walk_in_and_out(server: str, tmp_path: Path) -> None:
    with serving(server, config={"DATA_DIR": str(tmp_path)}, app=APP) as program:
        walk(program)


def test_so_does_quarts_own_server(tmp_path: Path) -> None:
    environment = configured({"DATA_DIR": str(tmp_path)})
    with Program.running(*QUART_RUN, environment=environment) as program:
        program.answers()
        walk(program)


@pytest.mark.parametrize("server", ["hypercorn", "uvicorn", "granian"])
def test_a_path_that_is_taken_ends_the_start_with_its_name(server: str, tmp_path: Path) -> None:
    environment = configured({"DATA_DIR": str(tmp_path), "TAKEN": "/logout"})
    with Program.running(*SERVERS[server], APP, environment=environment) as program:
        program.ended()

    assert "the application has /logout already, as 'taken'" in program.said
