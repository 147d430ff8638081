"""What the outermost layer notes of a request."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from quart import Quart, websocket

from quart_app.forwarded import Proxies
from quart_app.observing.layer import Layer, Seen, name_routes
from quart_app.scope import Message, Receive, Scope, Send
from tests.kit.scopes import scope
from tests.web.asking import browser


async def test_status_and_size_of_the_answer(visitor: httpx.AsyncClient, seen: list[Seen]) -> None:
    page = await visitor.get("/login")
    missing = await visitor.get("/nothing")

    assert [each.status for each in seen] == [200, 404]
    assert [each.body_bytes for each in seen] == [len(page.content), len(missing.content)]


async def test_the_peer_is_whom_the_proxy_names(
    visitor: httpx.AsyncClient, seen: list[Seen]
) -> None:
    await visitor.get("/login", headers={"X-Forwarded-For": "6.6.6.6, 192.0.2.7"})
    await visitor.get("/login")

    assert [each.peer for each in seen] == ["192.0.2.7", "127.0.0.1"]


@pytest.mark.parametrize(
    ("given", "is_taken"),
    [
        ("0123456789abcdef", True),
        ("5f1e8a3c-1d2b-4c3d-9e8f-001122334455", True),
        ("short", False),
        ("x" * 129, False),
        ("ab cd ef gh ij", False),
        ('abcdefgh" status=200', False),
        ("", False),
    ],
)
async def test_a_proxys_request_id_is_taken_if_it_looks_like_one(
    given: str, is_taken: bool, visitor: httpx.AsyncClient, seen: list[Seen]
) -> None:
    await visitor.get("/login", headers={"X-Request-Id": given})

    assert (seen[0].request_id == given) is is_taken
    assert seen[0].request_id == seen[0].request_id


async def test_nobody_elses_request_id_is_taken(app: Quart, seen: list[Seen]) -> None:
    layer = Layer(app, proxies=Proxies(()), reports=[seen.append])

    async with browser(layer) as stranger:
        await stranger.get("/login", headers={"X-Request-Id": "0123456789abcdef"})
        await stranger.get("/login", headers={"X-Forwarded-For": "192.0.2.7"})

    assert "0123456789abcdef" not in {each.request_id for each in seen}
    assert len({each.request_id for each in seen}) == 2
    assert {each.peer for each in seen} == {"127.0.0.1"}


async def test_the_route_is_the_rule(
    app: Quart, visitor: httpx.AsyncClient, seen: list[Seen]
) -> None:
    app.add_url_rule("/notes/<int:number>", "note", lambda number: f"note {number}")
    name_routes(app)

    await visitor.get("/notes/7")
    await visitor.get("/nothing/1234")
    await visitor.post("/user")

    assert [each.route for each in seen] == ["/notes/<int:number>", None, None]


async def test_a_websocket_is_one_request(seen: list[Seen]) -> None:
    app = Quart(__name__)
    name_routes(app)

    @app.websocket("/ws/<room>")
    async def talk(room: str) -> None:
        await websocket.send("hello")

    layer = Layer(app, proxies=Proxies(()), reports=[seen.append])
    app.asgi_app = layer  # type: ignore[method-assign, assignment]
    layer._app = Quart.asgi_app.__get__(app)

    async with app.test_client().websocket("/ws/1") as connection:
        await connection.receive()

    assert [(each.status, each.route) for each in seen] == [(101, "/ws/<room>")]


async def test_a_request_that_fails_is_reported_without_a_status(seen: list[Seen]) -> None:
    async def fails(_scope: Scope, _receive: Receive, _send: Send) -> None:
        raise RuntimeError

    layer = Layer(fails, proxies=Proxies(()), reports=[seen.append])

    with pytest.raises(RuntimeError):
        await layer(scope(), _nothing, _nothing)

    assert [each.status for each in seen] == [None]


async def test_what_the_server_gave_is_not_changed() -> None:
    given: list[Any] = []

    async def app(scope: Scope, receive: Receive, _send: Send) -> None:
        given.extend((scope, receive))

    told = scope()
    before = dict(told)
    layer = Layer(app, proxies=Proxies(()), reports=[])
    await layer(told, _nothing, _nothing)

    assert told == before
    assert given[1] is _nothing, "otherwise it has to be waited for"


async def _nothing(*_: Message) -> Any:
    return {"type": "http.disconnect"}
