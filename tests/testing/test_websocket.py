"""A websocket in a test says what it waits for, and waits for nothing for ever."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from quart import Quart, abort, session, websocket
from quart.typing import ResponseReturnValue

from quart_app.sessions import Session
from quart_app.testing import Client, WebsocketClosed, WebsocketRefused, signed_in_client


@pytest.fixture
def app() -> Quart:
    app = Quart(__name__)
    app.config["SESSION_TYPE"] = "memory"
    Session(app)

    @app.websocket("/echo")
    async def echo() -> None:
        while True:
            await websocket.send(await websocket.receive())

    return app


async def test_messages_go_both_ways(app: Quart) -> None:
    async with Client(app).websocket("/echo") as ws:
        await ws.send("x")
        assert await ws.receive(timeout=1) == "x"

        await ws.send(b"\x00")
        assert await ws.receive() == b"\x00"

        await ws.send_json({"a": [1]})
        assert await ws.receive_json() == {"a": [1]}

    assert ws.close_code == 1000


async def test_the_websocket_is_that_of_whoever_is_signed_in(app: Quart) -> None:
    @app.websocket("/me")
    async def me() -> None:
        await websocket.send(session.get("name", "nobody"))

    ada = await signed_in_client(app, "ada")

    async with ada.websocket("/me") as ws:
        assert await ws.receive() == "ada"
    async with Client(app).websocket("/me") as ws:
        assert await ws.receive() == "nobody"
    async with ada.websocket("/me", site="cross-site") as ws:
        assert await ws.receive() == "nobody"


async def test_a_handshake_says_where_it_comes_from(app: Quart) -> None:
    @app.websocket("/headers")
    async def headers() -> None:
        await websocket.send_json({"scheme": websocket.scheme, **websocket.headers})

    client = Client(app, base_url="https://shop.example.org")

    async with client.websocket("/headers?a=b") as ws:
        ours = await ws.receive_json()
    url = "wss://shop.example.org/headers?http=b"
    async with client.websocket(url, site="cross-site", headers={"X-A": "b"}) as ws:
        theirs = await ws.receive_json()

    assert ours["scheme"] == "wss"
    assert ours["Origin"] == "https://shop.example.org"
    assert not [name for name in ours if name.startswith("Sec-Fetch")]
    assert theirs["Origin"] == "https://elsewhere.example"
    assert theirs["X-A"] == "b"


async def test_a_message_that_does_not_come_is_named(app: Quart) -> None:
    async with Client(app).websocket("/echo") as ws:
        with pytest.raises(TimeoutError, match=r"wss://example\.test/echo: no message .* 0\.05 s"):
            await ws.receive(timeout=0.05)

        await ws.send("still here")
        assert await ws.receive() == "still here"


async def test_a_default_limits_every_wait(app: Quart) -> None:
    async with Client(app, timeout=0.05).websocket("/echo") as ws:
        with pytest.raises(TimeoutError, match=r"0\.05 s"):
            await ws.receive()


async def test_the_code_with_which_the_application_closes_is_seen(app: Quart) -> None:
    @app.websocket("/ended")
    async def ended() -> None:
        await websocket.send("one moment")
        await websocket.close(4001, "signed out")

    async with Client(app).websocket("/ended") as ws:
        assert await ws.receive() == "one moment"
        with pytest.raises(WebsocketClosed, match="closed with code 4001: signed out"):
            await ws.receive()
        with pytest.raises(WebsocketClosed):
            await ws.send("too late")
    assert (ws.close_code, ws.close_reason) == (4001, "signed out")

    async with Client(app).websocket("/ended") as ws:
        assert await ws.wait_closed(timeout=1) == 4001


async def test_an_application_that_does_not_close_is_named(app: Quart) -> None:
    async with Client(app).websocket("/echo") as ws:
        with pytest.raises(TimeoutError, match="it was not closed within"):
            await ws.wait_closed(timeout=0.05)


async def test_the_browser_may_close_with_a_code(app: Quart) -> None:
    async with Client(app).websocket("/echo") as ws:
        await ws.close(1001, "gone")
        with pytest.raises(WebsocketClosed):
            await ws.receive()

    assert ws.close_code == 1001


async def test_what_the_handler_stores_after_closing_is_saved(app: Quart) -> None:
    @app.websocket("/store")
    async def store() -> None:
        await websocket.accept()
        await websocket.close(1000)
        for _ in range(50):
            await asyncio.sleep(0)
        session["seen"] = True

    client = await signed_in_client(app, "ada")
    async with client.websocket("/store") as ws:
        await ws.wait_closed()

    async with client.session() as held:
        assert held["seen"] is True


async def test_an_endpoint_that_returns_before_accepting_does_not_hang_the_test(
    app: Quart,
) -> None:
    @app.websocket("/returns")
    async def returns() -> None:
        """Neither accepts nor answers."""

    # Quart 0.23 goes on listening, so that nobody is told.
    with pytest.raises((WebsocketRefused, TimeoutError), match="accepted"):
        async with Client(app).websocket("/returns", timeout=0.5):
            pass


async def test_an_endpoint_that_never_accepts_is_named(app: Quart) -> None:
    @app.websocket("/waits")
    async def waits() -> None:
        await asyncio.sleep(60)

    with pytest.raises(TimeoutError, match=r"/waits: it was not accepted within 0\.05 s"):
        async with Client(app).websocket("/waits", timeout=0.05):
            pass


async def test_an_endpoint_that_answers_instead_shows_its_answer(app: Quart) -> None:
    @app.websocket("/private")
    async def private() -> ResponseReturnValue:
        abort(401)

    with pytest.raises(WebsocketRefused, match="answered with 401") as refused:
        async with Client(app).websocket("/private"):
            pass

    assert refused.value.response is not None
    assert refused.value.response.status == 401


async def test_a_protocol_is_agreed_on_and_a_cookie_comes_with_the_handshake(app: Quart) -> None:
    @app.websocket("/chat")
    async def chat() -> None:
        wanted = websocket.requested_subprotocols
        await websocket.accept(headers={"Set-Cookie": "a=1"}, subprotocol=wanted[-1])

    client = Client(app)
    async with client.websocket("/chat", subprotocols=["v1", "v2"]) as ws:
        assert ws.subprotocol == "v2"

    assert "a" in client.cookies


async def plain_app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """What frameworks would never do, an application of one's own may."""
    await receive()
    if scope["path"] == "/refuse":
        await send({"type": "websocket.close", "code": 4003})
        return
    await send({"type": "websocket.accept"})
    match scope["path"]:
        case "/raise":
            raise ValueError("a mistake")
        case "/stubborn":
            await asyncio.sleep(60)
        case "/polite":
            await send({"type": "websocket.close", "code": 4000})
            assert (await receive())["type"] == "websocket.disconnect"


async def test_an_application_that_refuses_is_told_of() -> None:
    with pytest.raises(WebsocketRefused, match="closed with 4003, not accepted"):
        async with Client(plain_app).websocket("/refuse"):
            pass


async def test_what_the_application_raises_is_raised_in_the_test_once() -> None:
    async with Client(plain_app).websocket("/raise") as ws:
        with pytest.raises(ValueError, match="a mistake"):
            await ws.receive()
    assert ws.close_code == 1006

    with pytest.raises(ValueError, match="a mistake"):
        async with Client(plain_app).websocket("/raise"):
            pass


async def test_an_application_that_leaves_without_a_word_counts_as_closed() -> None:
    async with Client(plain_app).websocket("/") as ws:
        assert await ws.wait_closed() == 1006


async def test_an_application_that_waits_for_the_browser_to_close_too_is_told() -> None:
    async with Client(plain_app).websocket("/polite") as ws:
        assert await ws.wait_closed() == 4000


async def test_an_application_that_goes_on_after_the_close_is_named_and_ended() -> None:
    with pytest.raises(TimeoutError, match=r"/stubborn: .* did not end within 0\.05 s"):
        async with Client(plain_app, timeout=0.05).websocket("/stubborn"):
            pass


async def test_a_failing_test_fails_for_its_own_reason() -> None:
    with pytest.raises(ZeroDivisionError):
        async with Client(plain_app).websocket("/stubborn"):
            _ = 1 / 0
