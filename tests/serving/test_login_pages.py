"""The login pages under every ASGI server, which hear their visitors in their own way."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kit.servers import serving

PAGES = "tests.serving.programs.pages:app"


@pytest.mark.parametrize("server", ["hypercorn", "uvicorn", "uvicorn with uvloop", "granian"])
def test_a_visitor_signs_in_however_the_form_arrives(server: str, tmp_path: Path) -> None:
    def in_pieces() -> Iterator[bytes]:
        yield b"name="
        time.sleep(0.1)
        yield b"Ada"

    form = {"Content-Type": "application/x-www-form-urlencoded"}
    config = {"DATA_DIR": str(tmp_path / "data")}
    with (
        serving(server, config=config, app=PAGES) as program,
        program.client() as at_once,
        program.client() as slow,
    ):
        at_once.post("/login", data={"name": "Ada"})
        slow.post("/login", content=in_pieces(), headers=form)
        homes = [client.get("/").text for client in (at_once, slow)]

    assert all("<bdi>Ada</bdi>" in home for home in homes)
