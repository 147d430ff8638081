"""A line for each request, which tells what an operator needs and nothing that a visitor would
mind."""

from __future__ import annotations

import json
import re

import pytest
from quart import Quart

from quart_app.forwarded import Proxies
from quart_app.observing.access_log import AccessLog
from quart_app.observing.layer import Layer
from tests.web.asking import browser

TEXT = re.compile(
    r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00 INFO quart_app\.access: GET /login status=200 "
    r"bytes=\d+ ms=\d+\.\d peer=127\.0\.0\.1 request=\w+-1"
)


def logged(app: Quart, *, in_json: bool) -> tuple[Layer, list[str]]:
    lines: list[str] = []
    log = AccessLog(lines.append, in_json=in_json)
    return Layer(app, proxies=Proxies(()), reports=[log.report]), lines


async def test_a_line_of_text(app: Quart) -> None:
    layer, lines = logged(app, in_json=False)

    async with browser(layer) as visitor:
        await visitor.get("/login")

    (line,) = lines
    assert TEXT.fullmatch(line)


async def test_a_line_of_json(app: Quart) -> None:
    layer, lines = logged(app, in_json=True)

    async with browser(layer) as visitor:
        page = await visitor.get("/login")

    told = json.loads(lines[0])
    assert {name: told[name] for name in ("method", "path", "status", "bytes", "peer")} == {
        "method": "GET",
        "path": "/login",
        "status": 200,
        "bytes": len(page.content),
        "peer": "127.0.0.1",
    }
    assert told.keys() >= {"time", "level", "logger", "ms", "request"}


@pytest.mark.parametrize("in_json", [False, True])
async def test_no_token_no_name_and_no_query_is_in_it(app: Quart, in_json: bool) -> None:
    layer, lines = logged(app, in_json=in_json)

    async with browser(layer) as visitor:
        await visitor.post("/login?next=/secret", data={"name": "Grace Hopper"})
        await visitor.get("/user?token=secret", headers={"Authorization": "Bearer secret"})
        token = visitor.cookies["session"]

    said = "\n".join(lines)
    assert len(lines) == 2
    assert token not in said
    assert "secret" not in said
    assert "Grace" not in said


@pytest.mark.parametrize(
    "path", ["/a%20b", "/%22%20status=200", "/%0aGET%20/", "/%1b[2J", "/%E2%80%AE"]
)
@pytest.mark.parametrize("in_json", [False, True])
async def test_a_path_cannot_pass_for_something_else(app: Quart, path: str, in_json: bool) -> None:
    layer, lines = logged(app, in_json=in_json)

    async with browser(layer) as visitor:
        await visitor.get(path)

    (line,) = lines
    assert line.isascii()
    assert line.isprintable()
    assert not re.search(r'[^\\]" status=200', line), "the quotes are the client's"
