"""Any ASGI application can be visited, started or not; what goes wrong in it is told."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from quart import Quart

from quart_app.testing import Client


async def test_an_answer_that_does_not_come_is_named(app: Quart) -> None:
    @app.get("/never")
    async def never() -> str:
        await asyncio.sleep(60)
        return ""

    with pytest.raises(TimeoutError, match=r"GET https://example\.test/never was not answered"):
        await Client(app).get("/never", timeout=0.05)


async def test_within_async_with_the_application_is_started_and_stopped(app: Quart) -> None:
    told = []

    @app.before_serving
    async def start() -> None:
        told.append("started")

    @app.after_serving
    async def stop() -> None:
        told.append("stopped")

    async with Client(app) as client:
        await client.get("/echo")
        assert told == ["started"]

    assert told == ["started", "stopped"]


async def test_an_application_that_does_not_start_says_why(app: Quart) -> None:
    @app.before_serving
    async def start() -> None:
        raise ValueError("no such disk")

    with pytest.raises(RuntimeError, match="startup failed: no such disk"):
        async with Client(app):
            pass

    assert asyncio.all_tasks() == {asyncio.current_task()}


async def plain_app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """An ASGI application without a framework, nor a lifespan."""
    if scope["type"] == "lifespan":
        raise NotImplementedError
    match scope["path"]:
        case "/raise":
            raise ValueError("a mistake")
        case "/late":
            raise TimeoutError("of the application")
        case "/nothing":
            return
    await receive()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"plain ", "more_body": True})
    await send({"type": "http.response.body", "body": b"text"})
    assert (await receive())["type"] == "http.disconnect"


async def test_any_asgi_application_can_be_visited() -> None:
    async with Client(plain_app) as client:
        assert (await client.get("/")).text() == "plain text"


async def test_what_the_application_raises_is_raised_in_the_test() -> None:
    with pytest.raises(ValueError, match="a mistake"):
        await Client(plain_app).get("/raise")


async def test_a_timeout_of_the_application_is_not_taken_for_one_of_the_client() -> None:
    with pytest.raises(TimeoutError, match="of the application"):
        await Client(plain_app).get("/late")


async def test_an_application_that_says_nothing_is_told_of() -> None:
    with pytest.raises(RuntimeError, match=r"without a whole answer to .*/nothing"):
        await Client(plain_app).get("/nothing")


async def test_what_the_application_keeps_from_its_start_reaches_its_requests() -> None:
    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await receive()
            scope["state"]["greeting"] = b"hello"
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await send({"type": "lifespan.shutdown.complete"})
        else:
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": scope["state"]["greeting"]})

    async with Client(app) as client:
        assert (await client.get("/")).body == b"hello"
