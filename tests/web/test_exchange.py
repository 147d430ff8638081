"""Answered in one task, a request still hears what its client sends, and that it leaves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from functools import partial
from threading import current_thread, main_thread
from typing import Any

import pytest
from quart import Blueprint, Quart, Response, request

from tests.web.asking import ask
from tests.web.client import HANGS_UP, Client, part
from tests.web.configured import configured


class Waiting:
    """A handler that waits until it is cancelled, and takes a moment even then."""

    def __init__(self) -> None:
        self.began = asyncio.Event()
        self.ended = False

    async def __call__(self) -> str:
        try:
            self.began.set()
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            self.ended = True
        return ""


@pytest.fixture
def waiting(app: Quart) -> Waiting:
    waiting = Waiting()

    async def wait() -> str:
        return await waiting()

    app.add_url_rule("/waits", view_func=wait, methods=["GET", "POST"])
    return waiting


@pytest.fixture(autouse=True)
async def no_task_is_left() -> AsyncIterator[None]:
    before = asyncio.all_tasks()
    yield
    assert asyncio.all_tasks() - before - {asyncio.current_task()} == set()


def echo(app: Quart) -> None:
    async def handler() -> str:
        return str(await request.get_data(as_text=True))

    app.add_url_rule("/echo", view_func=handler, methods=["POST"])


@pytest.mark.parametrize("over_ours", [False, True], ids=["another server", "ours"])
@pytest.mark.parametrize("comes_late", [False, True], ids=["at once", "late"])
async def test_a_body_is_read_as_a_whole(app: Quart, comes_late: bool, over_ours: bool) -> None:
    echo(app)
    client = Client(app, over_ours=over_ours)

    asked = client.ask("POST", "/echo")
    for _ in range(10 * comes_late):
        await asyncio.sleep(0)
    was_answered = asked.done()
    client.say(part(b"he"), part(b""), part(b"llo"), part(b"", more_body=False))
    await asked

    assert not was_answered
    assert client.body == b"hello"


@pytest.mark.parametrize("over_ours", [False, True], ids=["another server", "ours"])
async def test_a_body_that_grows_too_large_is_refused_before_its_end(
    app: Quart, over_ours: bool
) -> None:
    echo(app)
    app.config["MAX_CONTENT_LENGTH"] = 7
    client = Client(app, over_ours=over_ours)
    client.say(part(b"hello, "), part(b"hello"), part(b"he"))

    await client.ask("POST", "/echo")

    assert client.heard[0]["status"] == 413


@pytest.mark.parametrize("over_ours", [False, True], ids=["another server", "ours"])
async def test_who_receives_in_between_and_in_a_task_loses_nothing(
    app: Quart, over_ours: bool
) -> None:
    async def between(scope: Any, receive: Any, send: Any) -> None:
        async def louder() -> Any:
            message = await receive()
            return {**message, "body": message["body"].upper()}

        await app(scope, lambda: asyncio.create_task(louder()), send)

    echo(app)
    client = Client(between, over_ours=over_ours)
    client.say(part(b"he"), part(b"llo", more_body=False))

    await client.ask("POST", "/echo")

    assert client.body == b"HELLO"


async def ends_unheard(waiting: Waiting, client: Client, asked: asyncio.Task[None]) -> None:
    """Once its client hangs up."""
    client.say(HANGS_UP)
    await asked

    assert waiting.ended
    assert client.heard == []
    assert asked.cancelling() == 0


@pytest.mark.parametrize("is_whole", [False, True], ids=["half", "whole"])
async def test_a_handler_ends_when_its_client_hangs_up(
    app: Quart, waiting: Waiting, is_whole: bool
) -> None:
    client = Client(app)
    client.say(part(b"", more_body=not is_whole))
    asked = client.ask("GET", "/waits")
    await waiting.began.wait()

    await ends_unheard(waiting, client, asked)


async def test_who_left_in_the_middle_of_a_request_gets_no_handler(
    app: Quart, waiting: Waiting
) -> None:
    client = Client(app)
    client.say(part(b"half"), HANGS_UP)

    await client.ask("POST", "/waits")

    assert not waiting.began.is_set()


async def test_who_has_asked_and_says_no_more_is_answered(app: Quart) -> None:
    client = Client(app)
    client.say(part(b"", more_body=False), HANGS_UP)

    await client.ask("GET", "/login")

    assert client.heard[0]["status"] == 200


async def test_a_server_that_stops_a_request_is_told_that_it_stopped(
    app: Quart, waiting: Waiting
) -> None:
    asked = Client(app).ask("GET", "/waits")
    await waiting.began.wait()

    asked.cancel()
    await asyncio.wait({asked})

    assert asked.cancelled()
    assert waiting.ended


async def test_a_server_that_stops_a_request_whose_client_hangs_up_is_told_so_too(
    app: Quart, waiting: Waiting
) -> None:
    client = Client(app)
    asked = client.ask("GET", "/waits")
    await waiting.began.wait()

    client.say(HANGS_UP)
    asked.cancel()
    await asyncio.wait({asked})

    assert asked.cancelled()
    assert waiting.ended


async def test_a_server_that_fails_to_listen_ends_the_request(app: Quart, waiting: Waiting) -> None:
    client = Client(app)
    asked = client.ask("GET", "/waits")
    await waiting.began.wait()

    client.say(ConnectionError("the wire is cut"))
    await asyncio.wait({asked})

    assert waiting.ended
    assert client.heard[0]["status"] == 500


@pytest.mark.parametrize("kind", ["page", "redirect"])
async def test_a_page_is_one_message_after_its_head(app: Quart, kind: str) -> None:
    client = Client(app)

    await client.ask("GET", "/login" if kind == "page" else "/")

    assert [message["type"] for message in client.heard] == [
        "http.response.start",
        "http.response.body",
    ]
    assert not client.heard[1]["more_body"]
    lengths = [value for name, value in client.heard[0]["headers"] if name == b"content-length"]
    assert lengths == [str(len(client.body)).encode()]


async def test_a_stream_leaves_part_by_part(app: Quart) -> None:
    sent = asyncio.Event()

    async def parts() -> AsyncIterator[bytes]:
        yield b"first"
        await sent.wait()
        yield b"second"

    async def stream() -> Response:
        return Response(parts())

    app.add_url_rule("/stream", view_func=stream)
    client = Client(app)
    asked = client.ask("GET", "/stream")
    await client.hears_a_part.wait()
    first = client.body
    sent.set()
    await asked

    assert (first, client.body) == (b"first", b"firstsecond")
    assert client.heard[-1]["more_body"] is False


@configured(RESPONSE_TIMEOUT=0.05)
async def test_who_does_not_read_an_answer_in_time_gets_no_more_of_it(app: Quart) -> None:
    client = Client(app)
    client.can_read.clear()

    await client.ask("GET", "/login")

    assert client.heard == []


@configured(RESPONSE_TIMEOUT=0.05)
async def test_a_response_may_have_a_limit_of_its_own(app: Quart) -> None:
    async def patient() -> Response:
        response = Response("slow")
        response.timeout = None
        return response

    app.add_url_rule("/patient", view_func=patient)
    client, other = Client(app), Client(app)
    for each in (client, other):
        each.can_read.clear()
    asked = client.ask("GET", "/patient")
    await other.ask("GET", "/login")
    client.can_read.set()
    await asked

    assert other.heard == []
    assert client.body == b"slow"


async def test_a_handler_that_is_about_to_time_out_ends_when_its_client_hangs_up(
    app: Quart, waiting: Waiting
) -> None:
    late = asyncio.Event()

    async def tries_again() -> str:
        with suppress(TimeoutError):
            async with asyncio.timeout(0.01):
                try:
                    await asyncio.Event().wait()
                finally:
                    late.set()
                    await asyncio.sleep(0.1)
        return await waiting()

    app.add_url_rule("/tries-again", view_func=tries_again)
    client = Client(app)
    asked = client.ask("GET", "/tries-again")
    await late.wait()
    await ends_unheard(waiting, client, asked)


@configured(RESPONSE_TIMEOUT=0.05)
async def test_who_does_not_read_gets_no_more_even_of_a_handler_that_is_not_to_be_stopped(
    app: Quart, waiting: Waiting
) -> None:
    async def stubborn() -> str:
        with suppress(asyncio.CancelledError):
            await waiting()
        return "all the same"

    app.add_url_rule("/stubborn", view_func=stubborn)
    client = Client(app)
    client.can_read.clear()
    asked = client.ask("GET", "/stubborn")
    await waiting.began.wait()
    await ends_unheard(waiting, client, asked)


async def test_handlers_that_are_not_plainly_async_are_called_as_quart_calls_them(
    app: Quart,
) -> None:
    async def greet(greeting: str) -> str:
        return greeting

    def somewhere() -> str:
        return "the main thread" if current_thread() is main_thread() else "a thread of its own"

    app.add_url_rule("/partial", "partial", partial(greet, "hello"))
    app.add_url_rule("/blocking", view_func=somewhere)

    client = app.test_client()

    assert await (await client.get("/partial")).get_data() == b"hello"
    assert await (await client.get("/blocking")).get_data() == b"a thread of its own"


async def test_a_page_of_a_blueprint_has_its_hooks(app: Quart) -> None:
    outer, inner = Blueprint("outer", __name__), Blueprint("inner", __name__)
    asked: list[str] = []

    @outer.before_request
    async def note() -> None:
        asked.extend(request.blueprints)

    inner.add_url_rule("/inside", view_func=lambda: "inside")
    outer.register_blueprint(inner)
    app.register_blueprint(outer)

    inside, outside = await ask(app, "/inside"), await ask(app, "/login")

    assert (inside.text, outside.status) == ("inside", 200)
    assert asked == ["outer.inner", "outer"]
