"""Whoever steals a Redis has no session."""

from __future__ import annotations

from pathlib import Path

import pytest
from quart import Quart, session

from quart_app.sessions import Session
from tests.kit.redis import RedisServer

SECRETS = {"diary": "dear diary, 7 o'clock", "basket of ada@example.org": ["pomegranate"]}


@pytest.mark.parametrize("is_sealed", [True, False], ids=["sealed", "not sealed"])
async def test_a_dump_of_redis_shows_neither_data_nor_names_nor_the_token(
    tmp_path: Path, is_sealed: bool
) -> None:
    # Without compression, so that what is readable can be found.
    with RedisServer.running("--rdbcompression", "no") as server:
        app = Quart(__name__, root_path=str(tmp_path))
        app.config.update(SESSION_TYPE="redis", SESSION_URI=server.url, SESSION_SEALED=is_sealed)
        Session(app)

        @app.post("/")
        async def fill() -> str:
            session.update(SECRETS)
            return "filled"

        async with app.test_app():
            answer = await app.test_client().post("/")
        token = answer.headers["Set-Cookie"].split("=")[1].split(";")[0]
        server.tell("SAVE")
        dump = (server.folder / "dump.rdb").read_bytes()

    assert b"session:" in dump
    assert token.encode() not in dump
    for readable in (b"diary", b"o'clock", b"ada@example.org", b"pomegranate"):
        # Not sealed it is there: the search itself would find it.
        assert (readable in dump) is not is_sealed
